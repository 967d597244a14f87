// Package admin is what the operator can do and see: commands that change the books,
// each under a key, and views of what the books hold.
//
//	command.go   keys: a command is done once     users.go      subscribers
//	merchants.go shops; close.go ends one         cash.go       top-ups and corrections
//	resolve.go   what a bank left open            check.go      what may be registered
//	reader.go    Reader, and accounts             payments.go   payments; request.go their requests
//	refusals.go  refused orders                   list.go       pages of long lists
//	verify.go    the whole ledger                 view.go       how a record is shown
//	verbs.go     commands that modules bring      status.go     what is running
//
// A view has amounts in major units, times in RFC 3339 and UTC, and numbers in E.164. Of
// a PIN it has only whether there is one, of an account number only the last digits.
// engine/api and the demo sit on top of this package. No rule of money is here: the
// store decides what can be moved, and payment what can become of a payment.
//
// The package imports store, the unit of work (engine/tx), engine/books, engine/process,
// engine/audit, engine/acquirer and engine/call for what they show, local, phone, bank for
// the form of an account number, and the packages of the records that it shows.
// github.com/nyaruka/phonenumbers knows how long the numbers of a country are.
package admin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/local"
	"mpg/engine/payment"
	"mpg/engine/phone"
	"mpg/engine/pin"
	"mpg/engine/process"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Errors of the operator's commands. Others are refusals whose text is for the
// operator.
var (
	ErrKeyBody    = errors.New("this key was used for another command")
	ErrNoUser     = errors.New("no subscriber has this number")
	ErrNoMerchant = errors.New("no merchant has this code")
	ErrNoPayment  = errors.New("no payment has this reference")
	ErrNoRecord   = errors.New("there is no such record")
	ErrNotOpened  = errors.New("has not been opened: no money has passed through it yet")
	ErrExists     = errors.New("is registered already")
	ErrNoBank     = errors.New("is not configured")
)

// ErrArgument is matched by all errors about an argument whose form is wrong, whatever
// the books hold.
var ErrArgument = errors.New("not a usable argument")

// badArgument is an error of that kind.
type badArgument struct{ error }

// Is reports whether target is ErrArgument.
func (badArgument) Is(target error) bool { return target == ErrArgument }

// Unwrap returns the error itself.
func (b badArgument) Unwrap() error { return b.error }

// Acquirer holds the requests to banks; it is an acquirer.Banks.
type Acquirer interface {
	// Resolve ends, in this step, what the bank of p left open, and returns the request
	// as it is then. The error is acquirer.ErrNotInDoubt, acquirer.ErrStands, or one of
	// the step.
	Resolve(t *tx.Tx, p *payment.Payment, how payment.Resolution) (*payment.Request, error)
	// Up reports whether that bank can be asked now.
	Up(bank string) bool
	// Requests returns the requests of p in order, with the reversal attempts that are not
	// stored yet.
	Requests(ctx context.Context, p *payment.Payment) ([]*payment.Request, error)
}

// Config is what a Service works with.
type Config struct {
	Store    store.Store
	Run      *tx.Runner
	Books    *books.Books
	Process  *process.Machine
	Checks   func() []audit.Check // of modules
	Acquirer Acquirer
	Place    local.Place
	Hasher   *pin.Hasher
	Banks    []string // names of those that are configured

	Bind      string // by which texts that answer no text go
	ShortCode string // sender of these texts

	Numbers *phone.Reader
	Modules func() []Module // what is offered now, and what is off
	// TopUpLimit returns the most that one top-up may be now; 0: no limit.
	TopUpLimit func() money.Amount
	// Verified is called with the time when Verify found no fault.
	Verified func(at time.Time)

	Now func() time.Time
	Log *slog.Logger
}

// Service carries out commands, and shows what the books hold. It may be used by any
// number of goroutines.
type Service struct {
	*Reader
	Verbs *Verbs // that modules bring

	cfg Config
}

// New returns a Service.
func New(cfg Config) *Service {
	s := &Service{Reader: &Reader{cfg: cfg}, cfg: cfg}
	s.Verbs = &Verbs{service: s, by: make(map[string]joinedVerb)}
	return s
}
