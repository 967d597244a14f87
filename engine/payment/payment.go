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
	From   store.AccountID `cbor:"1,keyasint"`
	To     store.AccountID `cbor:"2,keyasint"`
	Amount money.Amount    `cbor:"3,keyasint"`
	Code   uint16          `cbor:"4,keyasint"` // why; see the Code constants
	// Hold sets the amount aside when the order is taken in. A leg that a bank will move
	// is held as well: limits and closed accounts are checked only when a hold is made,
	// so a bank never takes what the books then refuse.
	Hold bool `cbor:"5,keyasint,omitempty"`
}

// Ask is what one bank is asked for. The account is fixed when the order is taken in:
// one that the subscriber gives later does not change what was promised.
type Ask struct {
	Bank    string       `cbor:"1,keyasint"`
	Account uint64       `cbor:"2,keyasint"` // number of its sealed document
	Amount  money.Amount `cbor:"3,keyasint"`
}

// Codes of legs, kept in the journal.
const (
	CodePay   uint16 = 1 // the ordered amount
	CodeTopUp uint16 = 2 // cash in

	CodeCorrection uint16 = 3 // a top-up taken back
)

// Plan is what a product makes of an order: pure data.
type Plan struct {
	Product Product `cbor:"1,keyasint"`
	Legs    []Leg   `cbor:"2,keyasint"`
	Free    bool    `cbor:"3,keyasint,omitempty"` // no PIN call
	Asks    []Ask   `cbor:"4,keyasint,omitempty"` // in their order; none: the purse pays
	Notice  int     `cbor:"5,keyasint"`           // version of what is spoken before the PIN
}

// Bank returns the name of the bank that is asked first, or "" for none.
func (p *Plan) Bank() string {
	if len(p.Asks) == 0 {
		return ""
	}
	return p.Asks[0].Bank
}

// NoticeVersion is the version of the notices spoken today. It grows when the
// meaning of their words changes.
const NoticeVersion = 2

// Party is one side of a payment as it was when it was ordered.
type Party struct {
	User  uint64    `cbor:"1,keyasint,omitempty"` // number; 0 for a merchant
	Code  string    `cbor:"2,keyasint,omitempty"` // of a merchant
	Phone string    `cbor:"3,keyasint,omitempty"`
	Name  lang.Name `cbor:"4,keyasint,omitzero"`
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
	At    time.Time `cbor:"1,keyasint"`
	State State     `cbor:"2,keyasint"`
}

// Payment is one order on its way. It is one document of the store.
type Payment struct {
	No       uint64       `cbor:"1,keyasint"`
	Ref      string       `cbor:"2,keyasint"`
	State    State        `cbor:"3,keyasint"`
	Reason   Reason       `cbor:"4,keyasint,omitempty"`
	Bank     string       `cbor:"5,keyasint,omitempty"` // with Declined: class of the bank's answer
	Plan     Plan         `cbor:"6,keyasint"`
	Payer    Party        `cbor:"7,keyasint"`
	Payee    Party        `cbor:"8,keyasint"`
	Ordered  money.Amount `cbor:"9,keyasint"`
	Charged  money.Amount `cbor:"10,keyasint"`
	Currency string       `cbor:"11,keyasint"`
	Bill     string       `cbor:"12,keyasint,omitempty"` // reference at a biller
	Memo     string       `cbor:"13,keyasint,omitempty"`
	Lang     lang.Lang    `cbor:"14,keyasint"`
	Via      string       `cbor:"15,keyasint"` // name of the SMSC bind it came by
	Code     string       `cbor:"16,keyasint"` // short code it was sent to
	Date     string       `cbor:"17,keyasint"` // local day on which its sum is counted
	Deadline time.Time    `cbor:"18,keyasint"`
	Calls    int          `cbor:"19,keyasint,omitempty"`
	Requests []uint64     `cbor:"20,keyasint,omitempty"` // numbers of its bank requests, as Plan.Asks
	Of       uint64       `cbor:"21,keyasint,omitempty"` // number of the payment that it takes back; 0: none
	Why      string       `cbor:"22,keyasint,omitempty"` // the operator's reason, of a Correction
	By       *Actor       `cbor:"23,keyasint,omitempty"` // who entered it; nil: its payer
	Steps    []Step       `cbor:"24,keyasint"`
}

// Actor is the person who gave an operator's command, and the key of that command.
type Actor struct {
	UID uint32 `cbor:"1,keyasint"`
	Key string `cbor:"2,keyasint"`
}

// Returned sums up what later payments have given back of payment Of. The version
// of its document guards the sum: two payments at once cannot return more than was
// paid.
type Returned struct {
	Of  uint64       `cbor:"1,keyasint"`
	Sum money.Amount `cbor:"2,keyasint"`
	By  []uint64     `cbor:"3,keyasint"` // numbers of the payments, in their order
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

// Request returns the number of the bank request that was made last, 0 for none.
func (p *Payment) Request() uint64 {
	if len(p.Requests) == 0 {
		return 0
	}
	return p.Requests[len(p.Requests)-1]
}
