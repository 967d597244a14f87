package product

import (
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/store/money"
)

// meansMPurse: the seed's mPurse, a small payment from the purse to a merchant.
func meansMPurse(o order.Order) bool {
	return o.Intent == order.Pay && (o.Source == "" || o.Source == order.FromPurse)
}

func planMPurse(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	plan := payment.Plan{
		Product:   payment.MPurse,
		Legs:      []payment.Leg{leg(s.Payer.Purse, s.Shop.Account, o.Amount, payment.AtConfirm)},
		PINExempt: pinFree(o.Amount, s, set),
	}
	plan.Legs[0].Held = !plan.PINExempt // what is paid at once need not be set aside
	return plan, nil
}

// pinPINExempt: no PIN call up to an amount and up to a sum of the day, both set by
// the operator.
func pinFree(amount money.Amount, s Sides, set Settings) bool {
	return amount <= set.PINAbove && s.Payer.Today(s.Date).Free <= set.PINFreeDay-amount
}
