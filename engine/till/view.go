package till

import (
	"context"
	"time"

	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
)

// State is where a payment is, as a shop needs to know it.
type State string

// The states.
const (
	Open       State = "open"       // the customer has not confirmed it, or the bank has not answered
	Offered    State = "offered"    // the card issuer has approved it, and it waits for the word of the shop
	Authorized State = "authorized" // the money is held for the shop
	Captured   State = "captured"   // the bank is being told to take it
	Paid       State = "paid"
	Released   State = "released" // what was held was released
	Voided     State = "voided"   // nothing was taken
	Returned   State = "returned" // what was taken was handed back
	Doubt      State = "doubt"    // the bank has not said what it did
	Refunded   State = "refunded" // the shop has paid it back: a payment of its own, see View.Of

	// ChargedBack says that a card issuer has taken it back: a payment of its own, see View.Of.
	ChargedBack State = "charged_back"
)

// View is all that a till may see of a payment. Amounts are in major units, times in RFC 3339
// and UTC.
type View struct {
	Ref      string `json:"ref"`
	State    State  `json:"state"`
	Product  string `json:"product"`
	Amount   string `json:"amount"` // the price of the goods, without the customer's fee
	Currency string `json:"currency"`
	Payer    string `json:"payer,omitempty"` // masked
	At       string `json:"at"`              // when the payment came into its state
	Of       string `json:"of,omitempty"`    // reference of the payment that a refund or a chargeback gives back
	Note     string `json:"note,omitempty"`  // what the customer of a car park wrote behind the amount
	// Increase is what the shop has asked for last on top of what was ordered, and Increased
	// what became of that: asked, approved, declined, or dropped, for want of an answer.
	Increase  string `json:"increase,omitempty"`
	Increased string `json:"increased,omitempty"`

	Expires string `json:"expires,omitempty"` // when what is held is released
	Until   string `json:"until,omitempty"`   // when the time to accept or refuse it ends
	Scheme  string `json:"scheme,omitempty"`  // of the card that pays
	Last4   string `json:"last4,omitempty"`   // last four digits of its number
	CardFacts
}

// CardFacts is what a shop learns of a card payment that is not in the payment itself.
type CardFacts struct {
	AuthID string `json:"auth_id,omitempty"` // approval code of the issuer, ISO 8583:1987 DE38
	Holder string `json:"holder,omitempty"`  // the name on the card, if its holder has agreed to that
}

// Facts returns what the shop may learn of the card that pays p. The name of its holder is
// kept sealed, so that it is nowhere in the journal from which tills are told.
type Facts func(ctx context.Context, p *payment.Payment) (CardFacts, error)

// of returns what the shop may learn of the card that pays p, or nothing if no card does. f
// may be nil.
func (f Facts) of(ctx context.Context, p *payment.Payment) (CardFacts, error) {
	if f == nil || p.Plan.Card == nil || givesBack(p) {
		return CardFacts{}, nil
	}
	return f(ctx, p)
}

// stateOf returns the state of p.
func stateOf(p *payment.Payment) State {
	switch p.State {
	case payment.Done:
		return endOf(p)
	case payment.Offered:
		return Offered
	case payment.Authorized:
		return Authorized
	case payment.Advising:
		if p.Passed(payment.Captured) {
			return Captured
		}
		return Authorized
	case payment.Doubt:
		return Doubt
	}
	return Open
}

// endOf returns the state of a payment that is done.
func endOf(p *payment.Payment) State {
	switch isRefund := p.Plan.Product == payment.PaidBack; {
	case p.Plan.Product == payment.Chargeback:
		return ChargedBack
	case isRefund && (p.Passed(payment.Posted) || p.Passed(payment.Returned)):
		return Refunded
	case p.Passed(payment.Posted):
		return Paid
	case p.Passed(payment.Returned):
		return Returned
	case p.Passed(payment.Released):
		return Released
	}
	return Voided
}

// heard reports whether the shop has heard of p before its end, or of its end: of an order
// that its customer did not confirm, or that a bank declined, it hears nothing.
func heard(p *payment.Payment, state State) bool {
	switch state {
	case Open:
		return false
	case Voided, Returned:
		return p.Passed(payment.Authorized) || p.Passed(payment.Advising) || p.Passed(payment.Offered) || p.Passed(payment.Doubt)
	}
	return true
}

// shopOf returns the code of the shop whose payment it is, or "". Of what no subscriber pays,
// such as the funding of an agent, tills hear only what the shop gives back to a customer:
// they would hand out goods for anything else.
func shopOf(p *payment.Payment) string {
	switch {
	case givesBack(p):
		return p.Payer.Code
	case p.Payer.User != 0:
		return p.Payee.Code
	}
	return ""
}

// givesBack reports whether p takes from a shop what a customer had paid it.
func givesBack(p *payment.Payment) bool {
	return p.Plan.Product == payment.PaidBack || p.Plan.Product == payment.Chargeback
}

// viewOf returns what the tills of the shop may see of p. of returns the reference of a
// payment.
func viewOf(p *payment.Payment, of func(no uint64) string) View {
	state := stateOf(p)
	v := View{Ref: p.Ref, State: state, Product: string(p.Plan.Product), Currency: p.Currency, At: p.Updated().UTC().Format(time.RFC3339Nano)}
	amount, customer := p.Received+p.PayeeFee, p.Payer
	if givesBack(p) {
		amount, customer = p.Charged, p.Payee
		v.Of = of(p.Of)
	}
	v.Amount = notice.Currency(p.Currency).Format(payment.Capturable(p, amount))
	if customer.Phone != "" {
		v.Payer = lang.Mask(customer.Phone)
	}
	if p.Plan.Vertical == string(merchant.Parking) {
		v.Note = lang.MaskText(p.Memo)
	}
	if p.Plan.Card != nil {
		v.Scheme, v.Last4 = p.Plan.Card.Scheme, p.Plan.Card.Last4
	}
	if n := len(p.Increases); n > 0 {
		v.Increase, v.Increased = notice.Currency(p.Currency).Format(p.Increases[n-1].Ordered), string(p.Increases[n-1].State)
	}
	if state == Offered {
		v.Until = p.Deadline.UTC().Format(time.RFC3339Nano)
	}
	if state == Authorized && p.State == payment.Authorized {
		v.Expires = p.Deadline.UTC().Format(time.RFC3339Nano)
	}
	return v
}
