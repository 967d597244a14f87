// Package intent does what texts order: one file for each kind of order, and one table
// (table.go) that names them all. It answers texts that are no orders, and records what it
// refuses.
//
//	intent.go     Service, Config            request.go   a text that waits for its answer
//	table.go      intent -> handler          answer.go    from a text to its handler, and back
//	unread.go     texts that are no orders   refuse.go    what is kept of refused orders
//	pay.go        PAY, SEND, TOPUP and OUT   check.go     what keeps an order from being taken on
//	agent.go      IN, by an agent            incoming.go  limits of what a purse receives
//	first.go      the first payment to a payee
//	refund.go     REFUND, by a shop          card.go      the card that pays
//	yes.go no.go again.go                    what is said to a question or an open order
//	ask.go        ASK: requests for money, and which of them YES and NO mean
//	statement.go language.go offers.go pin.go receive.go   the other intents
//	name.go       NAME, NAMES and UNNAME, and a name in place of a number
//	remind.go     a word that may be a copy  instead.go   the answer when the books refuse
//
// A handler runs inside a step (tx.Tx) that its caller commits: it reads, saves and
// notifies there, changes nothing else, and runs again if another step came in between.
// Where a text came from, whether it is a copy and when it is acknowledged is not known
// here. What a call or a bank does is behind the ports of Config.
//
// The package imports store, the unit of work (engine/tx), books, process, refund, the records
// and pure rules that it applies, clock, local, meter and quota. It never imports the
// package that takes texts in.
package intent

import (
	"sync/atomic"
	"time"

	"mpg/engine/ask"
	"mpg/engine/books"
	"mpg/engine/claim"
	"mpg/engine/clock"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/meter"
	"mpg/engine/names"
	"mpg/engine/order"
	"mpg/engine/process"
	"mpg/engine/product"
	"mpg/engine/quota"
	"mpg/engine/refund"
	"mpg/engine/refusal"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// Rules are the operator's settings for orders, as they were when the text came.
type Rules struct {
	Products      product.Settings
	Expires       time.Duration // of an order
	Repeat        time.Duration // an equal order within this is asked about
	Redelivery    time.Duration // a copy of a text within this is recognised
	UnreadPerHour int           // answers to texts that are no orders, for each sender
	CallsPerOrder int
	CallsPerHour  int           // for each subscriber
	First         First         // payments to a new payee
	RefundWithin  time.Duration // from a payment to its refund by text; 0: no limit
	Ask           ask.Rules     // of requests for money
	Claim         claim.Rules   // of what is sent to numbers that are not registered
}

// OrderCounts are counters since the start.
type OrderCounts struct {
	Orders     atomic.Int64 // texts read as an order
	Unread     atomic.Int64 // texts not understood
	Unreadable atomic.Int64 // in an alphabet that is not supported, or not plain text
	PINTexts   atomic.Int64 // texts that looked like a PIN
	CardTexts  atomic.Int64 // texts that held a card number
	Unanswered atomic.Int64 // over the hourly quota of answers
	// RefusalsDropped counts refused orders that were not kept because their sender was
	// over the hourly quota.
	RefusalsDropped atomic.Int64
}

// PINCalls are the calls in which a PIN is chosen.
type PINCalls interface {
	// ChoosingPIN reports whether one to u has not ended.
	ChoosingPIN(t *tx.Tx, u *user.User) (bool, error)
	// ChoosePIN records one to u in this step and begins it after the commit. via and
	// code are those of the text that asked for it.
	ChoosePIN(t *tx.Tx, u *user.User, l lang.Lang, via, code string)
}

// Config is what a Service works with.
type Config struct {
	Books    *books.Books
	Process  *process.Machine
	Place    local.Place
	Clock    *clock.Clock
	Grammar  order.Grammar
	Now      func() time.Time
	Counts   *OrderCounts
	PINCalls PINCalls
	Refunds  *refund.Desk
	Claims   *claim.Desk
	Names    *names.Desk
	Speaks   func(l lang.Lang) bool         // whether there is a voice for l, so that a call can be made
	BankUp   func(bank string) bool         // whether that bank can be asked now
	BankFull func(bank string)              // told of each order refused because that bank would owe more than it may; nil: nobody
	Ordered  func(ref string, at time.Time) // told of each order before its commit; nil: nobody
}

// Service answers texts. It may be used by any number of goroutines.
type Service struct {
	// Refused counts refused orders by reason since the start.
	Refused meter.Tally[refusal.Reason]

	cfg    Config
	table  map[order.Intent]Entry
	unread quota.Sliding // answers to texts that are no orders
	kept   quota.Fixed   // refused orders that are kept
}

// New returns a Service with the intents of this package.
func New(cfg Config) *Service {
	if cfg.Ordered == nil {
		cfg.Ordered = func(string, time.Time) {}
	}
	if cfg.BankFull == nil {
		cfg.BankFull = func(string) {}
	}
	s := &Service{cfg: cfg, Refused: meter.NewTally(refusal.Reasons()...)}
	s.table = s.builtin()
	return s
}
