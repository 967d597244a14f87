package payment

import (
	"fmt"
	"time"

	"mpg/engine/lang"
	"mpg/store"
	"mpg/store/money"
)

// Tables of the package. Both are keyed by Key.
const (
	Table     store.Table = 4 // Payment by number
	OpenTable store.Table = 5 // an empty document for each payment not done
	BankTable store.Table = 6 // Request by number

	// OpenRequestTable lists the requests that a restart has to look at: an
	// empty document for each that is Listed. A payment may be done while its
	// request is not.
	OpenRequestTable store.Table = 46
	ReturnedTable    store.Table = 43 // Returned by the number of the first payment
)

// Product names what the subscriber ordered.
type Product string

// The products.
const (
	MPurse Product = "mpurse" // purse to merchant
	MDebit Product = "mdebit" // bank account to merchant
	MP2P   Product = "mp2p"   // purse to a registered person's purse
	TopUp  Product = "topup"  // cash in, by the operator

	Correction Product = "correction" // a top-up taken back, by the operator
)

// Leg is one movement of a Plan.
type Leg struct {
	From   store.AccountID `json:"from"`
	To     store.AccountID `json:"to"`
	Amount money.Amount    `json:"amount"`
	Code   uint16          `json:"code"` // why; see the Code constants
}

// Codes of legs, kept in the journal.
const (
	CodePay   uint16 = 1 // the ordered amount
	CodeTopUp uint16 = 2 // cash in

	CodeCorrection uint16 = 3 // a top-up taken back
)

// Plan is what a product makes of an order: pure data.
type Plan struct {
	Product Product `json:"product"`
	Legs    []Leg   `json:"legs"`
	Free    bool    `json:"free,omitempty"` // no PIN call
	Bank    string  `json:"bank,omitempty"` // name of the bank that is asked; empty: the purse pays
	Notice  int     `json:"notice"`         // version of what is spoken before the PIN
}

// NoticeVersion is the version of the notices spoken today. It grows when the
// meaning of their words changes.
const NoticeVersion = 2

// Party is one side of a payment as it was when it was ordered.
type Party struct {
	User  uint64    `json:"user,omitempty"` // number; 0 for a merchant
	Code  string    `json:"code,omitempty"` // of a merchant
	Phone string    `json:"phone,omitempty"`
	Name  lang.Name `json:"name,omitzero"`
}

// Shown returns the party as others are told of it: a shop by name and code, a
// person by number alone. Paying 0.01 to a number must not reveal whose it is.
func (p Party) Shown() lang.Party {
	if p.Code != "" {
		return lang.Party{Name: p.Name, Code: p.Code}
	}
	return lang.Party{Number: p.Phone}
}

// Step is one state that the payment has been in.
type Step struct {
	At    time.Time `json:"at"`
	State State     `json:"state"`
}

// Payment is one order on its way. It is one document of the store.
type Payment struct {
	No       uint64       `json:"no"`
	Ref      string       `json:"ref"`
	State    State        `json:"state"`
	Reason   Reason       `json:"reason,omitempty"`
	Bank     string       `json:"bank_reason,omitempty"` // with Declined: class of the bank's answer
	Plan     Plan         `json:"plan"`
	Payer    Party        `json:"payer"`
	Payee    Party        `json:"payee"`
	Ordered  money.Amount `json:"ordered"`
	Charged  money.Amount `json:"charged"`
	Currency string       `json:"currency"`
	Bill     string       `json:"bill,omitempty"` // reference at a biller
	Memo     string       `json:"memo,omitempty"`
	Lang     lang.Lang    `json:"lang"`
	Via      string       `json:"via"`  // name of the SMSC bind it came by
	Code     string       `json:"code"` // short code it was sent to
	Date     string       `json:"date"` // local day on which its sum is counted
	Deadline time.Time    `json:"deadline"`
	Calls    int          `json:"calls,omitempty"`
	Request  uint64       `json:"request,omitempty"` // number of its bank request
	Of       uint64       `json:"of,omitempty"`      // number of the payment that it takes back; 0: none
	Why      string       `json:"why,omitempty"`     // the operator's reason, of a Correction
	By       *Actor       `json:"by,omitempty"`      // who entered it; nil: its payer
	Steps    []Step       `json:"steps"`
}

// Actor is the person who gave an operator's command, and the key of that command.
type Actor struct {
	UID uint32 `json:"uid"`
	Key string `json:"key"`
}

// Returned sums up what later payments have given back of payment Of. The version
// of its document guards the sum: two payments at once cannot return more than was
// paid.
type Returned struct {
	Of  uint64       `json:"of"`
	Sum money.Amount `json:"sum"`
	By  []uint64     `json:"by"` // numbers of the payments, in their order
}

// Key is the document key of payment or request number no: keys sort as
// numbers do.
func Key(no uint64) string { return fmt.Sprintf("%016x", no) }

// Created is the time of the order.
func (p *Payment) Created() time.Time { return p.Steps[0].At }

// Updated is the time of the last step.
func (p *Payment) Updated() time.Time { return p.Steps[len(p.Steps)-1].At }

// Passed reports whether the payment has been in state s.
func (p *Payment) Passed(s State) bool {
	for _, step := range p.Steps {
		if step.State == s {
			return true
		}
	}
	return false
}

// HoldID is the hold of leg i. A payment has fewer than 256 legs.
func (p *Payment) HoldID(i int) store.HoldID { return store.HoldID(p.No<<8 | uint64(i)) }

// HoldOwner returns the number of the payment whose hold it is.
func HoldOwner(id store.HoldID) uint64 { return uint64(id) >> 8 }

// Holds reports whether the plan sets money aside: a bank's account cannot be
// held here, a purse can.
func (p *Payment) Holds() bool { return p.Plan.Bank == "" && !p.Plan.Free }
