package payment

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mpg/store"
	"mpg/store/money"
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
	PaidBack   Product = "refund"     // a shop pays its customer back
)

// Plan is what a product makes of an order: pure data, fixed when the order is accepted.
//
// A payment passes through stages. It is at AtOrder when it is taken in, at AtConfirm once
// it is confirmed, and one further with each gate that opens: the approval of a bank, in
// the order of Asks, or the capture of an amount. Each leg says at which stage it is posted; at the last stage the
// payment is made. If a gate stays shut, what is held is given back, and what earlier
// stages have posted is handed back: it goes to Back.
type Plan struct {
	Product Product `cbor:"1,keyasint"`
	Legs    []Leg   `cbor:"2,keyasint"`
	// PINExempt payments are made without a PIN call.
	PINExempt bool  `cbor:"3,keyasint,omitempty"`
	Asks      []Ask `cbor:"4,keyasint,omitempty"` // in their order; none: the purse pays
	Notice    int   `cbor:"5,keyasint"`           // version of what is spoken before the PIN
	// Capture is how long the payment, once confirmed, waits to learn how much of what is
	// held is to be captured; 0: it does not wait. A bank always pays the whole of what it
	// is asked for, so such a plan asks no bank.
	Capture time.Duration `cbor:"6,keyasint,omitempty"`
	// Back is the account to which money is handed back that was posted before a gate
	// stayed shut. It must be set if a leg is posted before the last stage.
	Back store.AccountID `cbor:"7,keyasint,omitempty"`
}

// Leg is one movement of a Plan.
type Leg struct {
	From   store.AccountID `cbor:"1,keyasint"`
	To     store.AccountID `cbor:"2,keyasint"`
	Amount money.Amount    `cbor:"3,keyasint"`
	Code   uint16          `cbor:"4,keyasint"` // why; see the Code constants
	// Held legs are set aside, at stage HeldAt, before they are posted. A leg that a bank
	// will move is held as well: limits and closed accounts are checked only when a hold
	// is made, so a bank never takes what the books then refuse.
	Held bool `cbor:"5,keyasint,omitempty"`
	// HeldAt is the stage at which the leg is set aside; AtOrder is the usual one. A leg
	// that moves money out of transit is held at the stage that posts the money into
	// transit.
	HeldAt Stage `cbor:"6,keyasint,omitempty"`
	// PostedAt is the stage at which the leg is posted.
	PostedAt Stage `cbor:"7,keyasint,omitempty"`
	// Currency is that of the accounts, if it is not the payment's: points, for example.
	Currency string `cbor:"8,keyasint,omitempty"`
}

// Stage counts how far a payment has come: see Plan.
type Stage int

// The stages before and at the confirmation. A leg's zero HeldAt is AtOrder.
const (
	AtOrder   Stage = iota // taken in, and not confirmed
	AtConfirm              // confirmed; each gate adds one
)

// Kind says what a bank is asked to do.
type Kind string

// The kinds of requests.
const (
	Debit  Kind = "debit"  // take money out of the account for us
	Credit Kind = "credit" // pay money into the account
	Refund Kind = "refund" // pay back what it debited before
)

// Ask is what one bank is asked for. The account is fixed when the order is accepted: one
// that the subscriber gives later does not change what was promised.
type Ask struct {
	Bank     string       `cbor:"1,keyasint"`
	Account  uint64       `cbor:"2,keyasint"` // number of its sealed document
	Amount   money.Amount `cbor:"3,keyasint"`
	Kind     Kind         `cbor:"4,keyasint"`
	Currency string       `cbor:"5,keyasint,omitempty"` // if it is not the payment's
}

// Codes of legs, kept in the journal.
const (
	CodePay   uint16 = 1 // the ordered amount
	CodeTopUp uint16 = 2 // cash in

	CodeCorrection uint16 = 3 // a top-up taken back
	CodeBankIn     uint16 = 4 // from a bank into transit
	CodeBankOut    uint16 = 5 // out of transit to a bank
	CodeFee        uint16 = 6
	CodeDiscount   uint16 = 7
	CodeBack       uint16 = 8 // what was in transit goes to Plan.Back
	CodeRefund     uint16 = 9
)

// Bank returns the name of the bank that is asked first, or "" for none.
func (p *Plan) Bank() string {
	if len(p.Asks) == 0 {
		return ""
	}
	return p.Asks[0].Bank
}

// Last returns the stage at which the payment is made.
func (p *Plan) Last() Stage {
	last := AtConfirm + Stage(len(p.Asks))
	if p.Capture > 0 {
		last++
	}
	return last
}

// awaitsCapture reports whether the gate after stage is the capture.
func (p *Plan) awaitsCapture(stage Stage) bool { return p.Capture > 0 && stage == p.Last()-1 }

// takes reports whether legs are posted or set aside at stage, which is not the last.
func (p *Plan) takes(stage Stage) bool {
	for i := range p.Legs {
		if leg := &p.Legs[i]; leg.PostedAt == stage || leg.Held && leg.HeldAt == stage {
			return true
		}
	}
	return false
}

// Check returns what is wrong with a plan, for its maker: an error here is a fault in the
// program, not in an order.
func (p *Plan) Check() error {
	last, early := p.Last(), false
	if len(p.Legs) == 0 || len(p.Legs) > legsMax {
		return fmt.Errorf("payment: a plan of %d legs", len(p.Legs))
	}
	for i, leg := range p.Legs {
		switch {
		case leg.Amount <= 0 || leg.From == leg.To:
			return fmt.Errorf("payment: leg %d moves nothing", i)
		case leg.PostedAt < AtConfirm || leg.PostedAt > last:
			return fmt.Errorf("payment: leg %d is posted at stage %d of %d", i, leg.PostedAt, last)
		case leg.Held && leg.HeldAt >= leg.PostedAt:
			return fmt.Errorf("payment: leg %d is held at stage %d and posted at %d", i, leg.HeldAt, leg.PostedAt)
		case !leg.Held && last > AtConfirm:
			return fmt.Errorf("payment: leg %d is not held, and could be refused after a bank has paid", i)
		case leg.PostedAt < last && leg.To == p.Back:
			return fmt.Errorf("payment: leg %d pays the account to which it would go back", i)
		case leg.PostedAt < last && p.drawsOnEarly(&leg):
			return fmt.Errorf("payment: leg %d moves money that another leg brought, and both would be handed back", i)
		case leg.PostedAt < last && leg.Currency != "":
			return fmt.Errorf("payment: leg %d would be handed back in another currency", i)
		}
		early = early || leg.PostedAt < last
	}
	if p.Capture < 0 || p.Capture > 0 && (early || len(p.Asks) > 0) {
		return errors.New("payment: only what is held in the books can be captured in part")
	}
	if early && p.Back == 0 {
		return errors.New("payment: money in transit has no account to go back to")
	}
	return p.checkAsks()
}

// checkAsks reports what is wrong with the requests of a plan. Each approval posts, at its
// stage, legs that move what the bank has moved: otherwise the books would say that nothing
// was taken when a later gate stays shut. Only the last request may pay out, since what one
// bank has paid to somebody cannot be handed back to the payer as well.
func (p *Plan) checkAsks() error {
	for i, ask := range p.Asks {
		switch {
		case ask.Bank == "" || ask.Account == 0 || ask.Amount <= 0 || !ask.Kind.known():
			return fmt.Errorf("payment: request %d asks a bank for nothing", i)
		case ask.Kind != Debit && i < len(p.Asks)-1:
			return fmt.Errorf("payment: request %d pays out before the other banks have agreed", i)
		case !p.books(ask, AtConfirm+1+Stage(i)):
			return fmt.Errorf("payment: no legs move what request %d asks for at the stage of its approval", i)
		}
	}
	return nil
}

// books reports whether the legs posted at stage move the amount of ask out of one account,
// or into one if the bank pays out.
func (p *Plan) books(ask Ask, stage Stage) bool {
	sums := make(map[store.AccountID]money.Amount)
	for i := range p.Legs {
		leg := &p.Legs[i]
		switch {
		case leg.PostedAt != stage:
		case ask.Kind == Debit:
			sums[leg.From] += leg.Amount
		default:
			sums[leg.To] += leg.Amount
		}
	}
	for _, sum := range sums {
		if sum == ask.Amount {
			return true
		}
	}
	return false
}

// drawsOnEarly reports whether another leg pays, before the last stage, into the account
// that leg draws on.
func (p *Plan) drawsOnEarly(leg *Leg) bool {
	return slices.ContainsFunc(p.Legs, func(other Leg) bool { return other.PostedAt < p.Last() && other.To == leg.From })
}

// legsMax bounds the legs of a plan, so that each has its own hold (see Payment.HoldID) and
// one Cmd can both make and end all of them, or post a part of each and give back the rest.
const legsMax = store.TransfersMax / 2

func (k Kind) known() bool { return k == Debit || k == Credit || k == Refund }

// NoticeVersion is the version of the notices spoken today. It grows when the
// meaning of their words changes.
const NoticeVersion = 2

// LegState says where a leg of a payment is.
type LegState uint8

// The states of a leg.
const (
	LegPlanned  LegState = iota // nothing has been done yet, or ever will be
	LegHeld                     // set aside
	LegPosted                   // it has moved
	LegVoided                   // what was set aside was given back
	LegReturned                 // it had moved, and was handed back to Plan.Back
)

// Stage returns how far the payment has come.
func (p *Payment) Stage() Stage {
	stage := AtOrder
	for _, step := range p.Steps {
		if step.State == Confirmed || step.State == Approved || step.State == Captured {
			stage++
		}
	}
	return stage
}

// Leg returns where leg i is after the last step of the payment.
func (p *Payment) Leg(i int) LegState {
	leg, stage := &p.Plan.Legs[i], p.Stage()
	posted := leg.PostedAt <= stage
	if leg.PostedAt == p.Plan.Last() {
		posted = p.Passed(Posted)
	}
	switch {
	case posted && p.Passed(Returned):
		return LegReturned
	case posted:
		return LegPosted
	case len(p.Steps) == 0 || !leg.Held || leg.HeldAt > stage:
		return LegPlanned
	case p.Passed(Voided) || p.Passed(Returned):
		return LegVoided
	}
	return LegHeld
}

// HandedBack returns how much was handed back to Plan.Back.
func (p *Payment) HandedBack() money.Amount {
	var sum money.Amount
	for i := range p.Plan.Legs {
		if p.Leg(i) == LegReturned {
			sum += p.Plan.Legs[i].Amount
		}
	}
	return sum
}

// Moves returns how much of leg i is posted: the captured amount, or all of it.
func (p *Payment) Moves(i int) money.Amount {
	if p.Captured == nil {
		return p.Plan.Legs[i].Amount
	}
	return p.Captured[i]
}
