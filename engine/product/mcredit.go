package product

import (
	"cmp"
	"time"

	"mpg/engine/card"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/store"
)

// CardRules are the operator's rules for payments with a card. What a shop has chosen for
// itself comes first.
type CardRules struct {
	Capture merchant.Capture // empty: at once
	Silence merchant.Silence // of a shop that is asked; empty: it refuses
	Within  time.Duration    // the time that a shop has to say whether it accepts an order
	Holds   card.Holds       // how long issuers hold money
	Split   bool             // the purse pays what an issuer does not, where the amount is known
}

// PayingCard is the card that an order is paid with.
type PayingCard struct {
	*card.Card
	Account store.AccountID // what its issuer owes us for cards
}

// meansMCredit: the seed's mCredit, from a card to a merchant, to which the subscriber texts
// in place of showing the card.
func meansMCredit(o order.Order) bool {
	return o.Intent == order.Pay && o.Source == order.FromCard
}

// planMCredit has the issuer hold the amount, with the payer's fee, and take it once the
// payment is certain: what is held is released without a trace, and what is taken is
// not. Only the issuer's acceptance of the completion makes the payment. Of an amount that is
// known, the payer's purse may pay what the issuer does not.
func planMCredit(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	if s.Card == nil {
		return payment.Plan{}, &Refusal{Text: lang.NoCard}
	}
	charged, terms := Amounts(o.Amount, s.Fee).Charged, s.Shop.Cards
	asked := payment.Ask{Bank: s.Card.Issuer, Account: s.Card.Token, Amount: charged, Kind: payment.PreAuth, Card: true}
	taken := asked
	taken.Kind, taken.From = payment.Completion, s.Card.Account
	plan := payment.Plan{Product: payment.MCredit, Asks: []payment.Ask{asked, taken}, Card: s.Card.Shown()}
	if cmp.Or(terms.Capture, set.Cards.Capture) == merchant.Later {
		plan.Capture = set.Cards.Holds.Keeps(s.Card.Scheme, terms.MCC)
	}
	if wait := set.Verticals.CaptureFor(s.Shop); wait > 0 { // its price is known only later
		plan.Capture = min(wait, set.Cards.Holds.Keeps(s.Card.Scheme, terms.MCC))
	}
	if terms.Asked {
		plan.Decision = &payment.Decision{Within: set.Cards.Within, Accepts: cmp.Or(terms.Silence, set.Cards.Silence) == merchant.Accepts}
	}
	if set.Cards.Split && plan.Capture == 0 {
		plan.Split = s.Payer.Purse
	}
	plan.Legs = legs(s.Card.Account, s.Shop.Account, o.Amount, s.Fee, plan.Last())
	return plan, nil
}
