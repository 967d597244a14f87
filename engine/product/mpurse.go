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

// planMPurse has the amount held where the shop captures its price later.
func planMPurse(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	plan := payment.Plan{
		Product:   payment.MPurse,
		Legs:      legs(s.Payer.Purse, s.Shop.Account, o.Amount, s.Fee, payment.AtConfirm),
		PINExempt: pinFree(o.Amount, s, set),
	}
	if wait := set.Verticals.CaptureFor(s.Shop); wait > 0 {
		plan.Capture, plan.Legs = wait, legs(s.Payer.Purse, s.Shop.Account, o.Amount, s.Fee, payment.AtConfirm+1)
		return plan, nil
	}
	for i := range plan.Legs {
		plan.Legs[i].Held = !plan.PINExempt // what is paid at once need not be held
	}
	return plan, nil
}

// pinFree reports whether no PIN call is needed: up to an amount and up to a sum of the day,
// both set by the operator. The payer of a fee hears of it in the call, before it is taken.
func pinFree(amount money.Amount, s Sides, set Settings) bool {
	return amount <= set.PINAbove && s.Payer.Today(s.Date).Free <= set.PINFreeDay-amount && (s.Fee == nil || s.Fee.Payer == 0)
}
