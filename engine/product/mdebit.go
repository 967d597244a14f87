package product

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
)

// meansMDebit: the seed's mDebit, from the bank account to a merchant. It
// cannot be undone, and the payer is told so before the PIN.
func meansMDebit(o order.Order) bool {
	return o.Intent == order.Pay && o.Source == order.FromBank
}

func planMDebit(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	account, known := set.Banks[s.Payer.Bank]
	if s.Payer.BankAccount == 0 || !known {
		return payment.Plan{}, &Refusal{Text: lang.NoBankAccount}
	}
	return payment.Plan{
		Product: payment.MDebit,
		Legs:    []payment.Leg{leg(account, s.Shop.Account, o.Amount, payment.AtConfirm+1)},
		Asks:    []payment.Ask{{Bank: s.Payer.Bank, Account: s.Payer.BankAccount, Amount: o.Amount, Kind: payment.Debit}},
	}, nil
}
