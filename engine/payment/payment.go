package payment

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"mpg/engine/lang"
	"mpg/engine/tariff"
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
	RefundsTable     store.Table = 43 // Refunds by the number of the first payment
	UnclaimedTable   store.Table = 58 // Unclaimed by the number of the payment
)

// Party is one side of a payment as it was when it was ordered.
type Party struct {
	User  uint64    `cbor:"1,keyasint,omitempty"` // number; 0 for a merchant
	Code  string    `cbor:"2,keyasint,omitempty"` // of a merchant
	Phone string    `cbor:"3,keyasint,omitempty"`
	Name  lang.Name `cbor:"4,keyasint,omitzero"`
	Class string    `cbor:"5,keyasint,omitempty"` // of a merchant, on which fees and limits may depend
	// Own says which of the payer's own places for money this is. User and Phone are then
	// those of the payer as well.
	Own lang.Own `cbor:"6,keyasint,omitempty"`
	// Account is the name of the account that is this side where neither a person nor a
	// merchant is, such as losses or card:NAME; empty: the float, or not recorded.
	Account string `cbor:"7,keyasint,omitempty"`
}

// Side returns who or what is one side of a payment of a product, as operators see it: a
// merchant's code, a person's number, or the name of an account.
func (p Party) Side(product Product) string {
	return cmp.Or(p.Code, p.Phone, p.Account, product.unnamed())
}

// unnamed returns the account that is a side of payments of a product where they record neither a
// person nor a merchant nor an account, as those of earlier versions may.
func (p Product) unnamed() string {
	switch p {
	case Chargeback:
		return "issuer"
	case LatePaid, LateUndone, WriteOff:
		return "suspense"
	case DebtOff:
		return "losses"
	}
	return "float"
}

// Shown returns the party as others are told of it: a shop by name and code, a
// person by number alone. Paying 0.01 to a number must not reveal whose it is.
func (p Party) Shown() lang.Party {
	if p.Own != "" {
		return lang.Party{Own: p.Own}
	}
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
	No     uint64 `cbor:"1,keyasint"`
	Ref    string `cbor:"2,keyasint"`
	State  State  `cbor:"3,keyasint"`
	Reason Reason `cbor:"4,keyasint,omitempty"`
	// DeclineReason is the class of the bank's answer, with BankDeclined.
	DeclineReason string `cbor:"5,keyasint,omitempty"`
	Plan          Plan   `cbor:"6,keyasint"`
	Payer         Party  `cbor:"7,keyasint"`
	Payee         Party  `cbor:"8,keyasint"`
	Amounts
	Bill string `cbor:"12,keyasint,omitempty"` // reference at a biller
	Memo string `cbor:"13,keyasint,omitempty"`
	Route
	Date     string    `cbor:"17,keyasint"` // local day on which its sum is counted
	Deadline time.Time `cbor:"18,keyasint"`
	Calls    int       `cbor:"19,keyasint,omitempty"`
	Requests []uint64  `cbor:"20,keyasint,omitempty"` // numbers of its bank requests, as Plan.Asks
	Origin
	Steps []Step `cbor:"24,keyasint"`
	// Tariff is the row in force when the payment was ordered; nil: it costs nothing, or a
	// module has worked out its fee.
	Tariff *tariff.Applied `cbor:"33,keyasint,omitempty"`
	// Counted says that it counts in what its payer has used of the limits in files.
	Counted bool `cbor:"34,keyasint,omitempty"`
}

// Amounts say who pays and who gets how much.
type Amounts struct {
	Ordered  money.Amount `cbor:"9,keyasint"`
	Charged  money.Amount `cbor:"10,keyasint"`           // what the payer pays, fees included
	Currency string       `cbor:"11,keyasint"`           // of all of them
	Received money.Amount `cbor:"25,keyasint"`           // what the payee gets
	Fee      money.Amount `cbor:"26,keyasint,omitempty"` // of both sides, with its tax
	Discount money.Amount `cbor:"27,keyasint,omitempty"`
	// Captured holds the amounts of the legs, in their order, of a payment whose amount
	// became known only after it was authorized; nil: the whole of each leg.
	Captured []money.Amount `cbor:"28,keyasint,omitempty"`
	// Granted is what a bank holds, if that is less than it was asked for.
	Granted money.Amount `cbor:"29,keyasint,omitempty"`
	// PayeeFee is the part of Fee that the payee pays out of what it would receive. The payer
	// pays the rest in addition to the amount.
	PayeeFee money.Amount `cbor:"31,keyasint,omitempty"`
	Tax      money.Amount `cbor:"32,keyasint,omitempty"` // the part of Fee that is tax
	// Increases are what the payee has asked to have held in addition, in their order.
	// The amounts above contain those that are approved.
	Increases []Increase `cbor:"45,keyasint,omitempty"`
}

// PayerFee returns the part of the fee that the payer pays.
func (a *Amounts) PayerFee() money.Amount { return a.Fee - a.PayeeFee }

// Route says how texts reach the payer.
type Route struct {
	Lang lang.Lang `cbor:"14,keyasint"`
	Via  string    `cbor:"15,keyasint"` // name of the SMSC bind that the order came by
	Code string    `cbor:"16,keyasint"` // short code that it was sent to
}

// Origin says what an entry of the operator, or a refund, comes from.
type Origin struct {
	Of  uint64 `cbor:"21,keyasint,omitempty"` // number of the payment that it takes back; 0: none
	Why string `cbor:"22,keyasint,omitempty"` // the operator's reason
	By  *Actor `cbor:"23,keyasint,omitempty"` // who entered it; nil: its payer
	// Manager is the subscriber who ordered, for the shop that pays it, a refund by text: who
	// is called for it, and whose PIN confirms it. The zero Party: nobody did.
	Manager Party `cbor:"30,keyasint,omitzero"`
	// Claim is the number of the payment whose claim this one ends; 0: it ends none.
	Claim uint64 `cbor:"40,keyasint,omitempty"`
	// OfRequest is the number of the bank request of another payment about which this one
	// records what the bank did after that payment had ended; 0: it does not.
	OfRequest uint64 `cbor:"41,keyasint,omitempty"`
}

// Actor is the person who gave an operator's command, and the key of that command.
type Actor struct {
	UID  uint32 `cbor:"1,keyasint"`
	Key  string `cbor:"2,keyasint"`
	Name string `cbor:"3,keyasint,omitempty"` // of the member of staff; empty: nobody was logged in
}

// Refunds is the total that later payments have refunded of payment Of. The version of its
// document guards the total: two payments at once cannot refund more than was paid.
type Refunds struct {
	Of  uint64       `cbor:"1,keyasint"`
	Sum money.Amount `cbor:"2,keyasint"`
	By  []uint64     `cbor:"3,keyasint"` // numbers of the payments, in their order
	// Purse is how much of Sum goes to the purse, where a card and the purse have paid.
	Purse money.Amount `cbor:"4,keyasint,omitempty"`
}

// Unclaimed is money of a customer that has nowhere to go, because their purse is closed.
// It is in the operator's account for such money until somebody pays it out.
type Unclaimed struct {
	Payment  uint64       `cbor:"1,keyasint"` // number of the payment that brought it there
	User     uint64       `cbor:"2,keyasint"` // whose it is
	Amount   money.Amount `cbor:"3,keyasint"`
	Currency string       `cbor:"4,keyasint"`
	Since    time.Time    `cbor:"5,keyasint"`
	By       uint64       `cbor:"6,keyasint,omitempty"` // number of the payment that paid it out; 0: it waits
	Ended    time.Time    `cbor:"7,keyasint,omitzero"`
}

// Key is the document key of payment or request number no: keys sort as
// numbers do.
func Key(no uint64) string {
	var big [8]byte
	binary.BigEndian.PutUint64(big[:], no)
	var key [2 * len(big)]byte
	hex.Encode(key[:], big[:])
	return string(key[:])
}

// Orderer returns the subscriber who ordered the payment, and is called to confirm it: its
// payer, or the manager of a shop that refunds. It is the zero Party if a command did.
func (p *Payment) Orderer() Party {
	switch {
	case p.Manager.User != 0:
		return p.Manager
	case p.Payer.User != 0:
		return p.Payer
	}
	return Party{}
}

// Credits reports whether the payment has brought money into account.
func (p *Payment) Credits(account store.AccountID) bool {
	for i := range p.Plan.Legs {
		switch p.Leg(i) {
		case LegPosted:
			if p.Plan.Legs[i].To == account {
				return true
			}
		case LegReturned:
			if p.Plan.Back == account {
				return true
			}
		case LegPlanned, LegHeld, LegVoided:
		}
	}
	return false
}

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

// HoldID is the hold of leg i; see legsMax.
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

// WaitsForPayee reports whether the bank that was asked last is the payee's: what it says, or
// does not say, is no affair of the payer's bank. Whoever pays out to their own bank account
// waits for their own bank.
func (p *Payment) WaitsForPayee() bool {
	i := len(p.Requests) - 1
	return i >= 0 && i < len(p.Plan.Asks) && p.Plan.Asks[i].Kind == Credit && p.Payee.Own == ""
}

// RestsOn reports whether the payment stands, or would be made, on the approval of request
// no. What a bank holds no longer counts once the payment is void.
func (p *Payment) RestsOn(no uint64) bool {
	if p.Passed(Voided) && (no == p.PreAuth() || slices.Contains(p.Increased(), no)) {
		return false
	}
	return p.Approved(no) || slices.Contains(p.Increased(), no)
}

// Approved reports whether the payment went on because a bank approved request no, or
// because people said that it had.
func (p *Payment) Approved(no uint64) bool {
	approvals := 0
	for _, step := range p.Steps {
		if step.State == Approved {
			approvals++
		}
	}
	return slices.Contains(p.Requests[:min(approvals, len(p.Requests))], no)
}
