package product

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
)

// meansCashOut: from the purse to an agent, who hands out the cash.
func meansCashOut(o order.Order) bool { return o.Intent == order.Out && o.To != "" }

func planCashOut(o order.Order, s Sides, _ Settings) (payment.Plan, *Refusal) {
	if !s.Shop.Agent {
		return payment.Plan{}, &Refusal{Text: lang.NoAgent}
	}
	return payment.Plan{
		Product: payment.CashOut,
		Legs:    legs(s.Payer.Purse, s.Shop.Account, o.Amount, s.Fee, payment.AtConfirm),
	}, nil
}

// meansCashIn: from an agent, who has taken the cash, to a purse.
func meansCashIn(o order.Order) bool { return o.Intent == order.In }

func planCashIn(o order.Order, s Sides, _ Settings) (payment.Plan, *Refusal) {
	if s.Payee.No == s.Payer.No {
		return payment.Plan{}, &Refusal{Text: lang.InYourself}
	}
	return payment.Plan{
		Product: payment.CashIn,
		Legs:    legs(s.Shop.Account, s.Payee.Purse, o.Amount, s.Fee, payment.AtConfirm),
	}, nil
}
