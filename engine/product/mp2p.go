package product

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
)

// meansMP2P: the seed's mP2P, from the purse to a registered person's purse by
// phone number.
func meansMP2P(o order.Order) bool {
	return o.Intent == order.Send && (o.Source == "" || o.Source == order.FromPurse)
}

func planMP2P(o order.Order, s Sides, _ Settings) (payment.Plan, *Refusal) {
	if s.Payee.No == s.Payer.No {
		return payment.Plan{}, &Refusal{Text: lang.Yourself}
	}
	return payment.Plan{
		Product: payment.MP2P,
		Legs:    legs(s.Payer.Purse, s.Payee.Purse, o.Amount, s.Fee, payment.AtConfirm),
	}, nil
}
