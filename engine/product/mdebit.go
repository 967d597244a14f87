package product

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/store"
)

// meansMDebit: the seed's mDebit, from the bank account to a merchant. It
// cannot be undone, and the payer is told so before the PIN.
func meansMDebit(o order.Order) bool {
	return o.Intent == order.Pay && o.Source == order.FromBank
}

// planMDebit has the bank pay the fee as well: the payer, who chose the bank, need not have
// anything in the purse; the bank's statement shows the amount that the payer heard; and one
// request is approved, declined or reversed with all that depends on it.
func planMDebit(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	account, linked := linkedBank(s.Payer, set)
	if !linked {
		return payment.Plan{}, &Refusal{Text: lang.NoBankAccount}
	}
	if wait := set.Verticals.CaptureFor(s.Shop); wait > 0 {
		return planLater(account, wait, o, s), nil
	}
	return payment.Plan{
		Product: payment.MDebit,
		Legs:    legs(account, s.Shop.Account, o.Amount, s.Fee, payment.AtConfirm+1),
		Asks:    []payment.Ask{{Bank: s.Payer.Bank, Account: s.Payer.BankAccount, Amount: Amounts(o.Amount, s.Fee).Charged, Kind: payment.Debit}},
	}, nil
}

// planLater has the bank hold the amount with the fee, and take what the shop captures.
func planLater(account store.AccountID, wait time.Duration, o order.Order, s Sides) payment.Plan {
	ask := payment.Ask{Bank: s.Payer.Bank, Account: s.Payer.BankAccount, Amount: Amounts(o.Amount, s.Fee).Charged, Kind: payment.PreAuth}
	takes := ask
	takes.Kind, takes.From = payment.Completion, account
	const taken = payment.AtConfirm + 3 // after the authorization and the capture, the completion
	return payment.Plan{Product: payment.MDebit, Capture: wait, Asks: []payment.Ask{ask, takes},
		Legs: legs(account, s.Shop.Account, o.Amount, s.Fee, taken)}
}
