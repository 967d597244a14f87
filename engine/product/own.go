package product

import (
	"slices"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/user"
	"mpg/store"
)

// meansBankIn: from the bank account into the same subscriber's purse.
func meansBankIn(o order.Order) bool { return o.Intent == order.TopUp }

// CanTopUp reports whether a subscriber can move money from their bank account to the purse.
func CanTopUp(person *user.User, set Settings) bool {
	_, linked := linkedBank(person, set)
	return linked && !slices.Contains(set.Off, payment.BankIn)
}

// linkedBank returns the account of what the bank of a subscriber owes us, and whether a bank
// account is linked.
func linkedBank(person *user.User, set Settings) (store.AccountID, bool) {
	account, known := set.Banks[person.Bank]
	return account, known && person.BankAccount != 0
}

// planBankIn makes a hold for the purse as well, so that a purse that has no room for the money
// refuses it before the PIN.
func planBankIn(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	account, linked := linkedBank(s.Payer, set)
	if !linked {
		return payment.Plan{}, &Refusal{Text: lang.NotLinked}
	}
	return payment.Plan{
		Product: payment.BankIn,
		Legs:    legs(account, s.Payer.Purse, o.Amount, s.Fee, payment.AtConfirm+1),
		Asks:    []payment.Ask{{Bank: s.Payer.Bank, Account: s.Payer.BankAccount, Amount: Amounts(o.Amount, s.Fee).Charged, Kind: payment.Debit}},
	}, nil
}

// meansBankOut: from the purse to the same subscriber's bank account.
func meansBankOut(o order.Order) bool { return o.Intent == order.Out && o.To == "" }

// planBankOut has the money held until the bank has taken it: what the bank declines
// is given back, and what it leaves open stays out of reach of other payments.
func planBankOut(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	account, linked := linkedBank(s.Payer, set)
	if !linked {
		return payment.Plan{}, &Refusal{Text: lang.NotLinked}
	}
	return payment.Plan{
		Product: payment.BankOut,
		Legs:    legs(s.Payer.Purse, account, o.Amount, s.Fee, payment.AtConfirm+1),
		Asks:    []payment.Ask{{Bank: s.Payer.Bank, Account: s.Payer.BankAccount, Amount: o.Amount, Kind: payment.Credit}},
	}, nil
}
