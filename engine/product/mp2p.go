package product

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/store"
)

// meansMP2P: the seed's mP2P, from the purse or the bank account to a registered person by
// phone number. Where the money arrives, in the purse or at a bank, is the payee's choice.
func meansMP2P(o order.Order) bool {
	return o.Intent == order.Send && o.Source != order.FromCard
}

// planMP2P has each bank pay or take its part. The payer's bank, which is asked first, pays the
// fee as well, as with planMDebit. What it has paid is in transit until the payee's bank has
// taken it, and is the payer's own again, in the purse, if that bank does not.
func planMP2P(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	if s.Stranger != nil {
		return planClaim(o, s)
	}
	if s.Payee.No == s.Payer.No {
		return payment.Plan{}, &Refusal{Text: lang.Yourself}
	}
	plan, amounts := payment.Plan{Product: payment.MP2P}, Amounts(o.Amount, s.Fee)
	from, to, paid := s.Payer.Purse, s.Payee.Purse, payment.AtConfirm
	if o.Source == order.FromBank {
		account, linked := linkedBank(s.Payer, set)
		if !linked {
			return payment.Plan{}, &Refusal{Text: lang.NoBankAccount}
		}
		from, paid = account, paid+1
		plan.Asks = append(plan.Asks, payment.Ask{Bank: s.Payer.Bank, Account: s.Payer.BankAccount, Amount: amounts.Charged, Kind: payment.Debit})
	}
	if account, atBank := payeeBank(s, set); atBank {
		to, paid = account, paid+1
		plan.Asks = append(plan.Asks, payment.Ask{Bank: s.Payee.Bank, Account: s.Payee.BankAccount, Amount: amounts.Received, Kind: payment.Credit})
	}
	if len(plan.Asks) < 2 {
		plan.Legs = legs(from, to, o.Amount, s.Fee, paid)
		return plan, nil
	}
	plan.Back = s.Payer.Purse
	plan.Legs = []payment.Leg{{From: from, To: s.Transit, Amount: amounts.Charged, Code: payment.CodeBankIn, Held: true, PostedAt: paid - 1}}
	for _, leg := range legs(s.Transit, to, o.Amount, s.Fee, paid) {
		leg.HeldAt = paid - 1
		if leg.Code == payment.CodePay {
			leg.Code = payment.CodeBankOut
		}
		plan.Legs = append(plan.Legs, leg)
	}
	return plan, nil
}

// planClaim moves the money, and the fee with it, to where it waits for its payee: the fee is
// due only once the payee has the money. It comes from the purse, to which it can go back.
func planClaim(o order.Order, s Sides) (payment.Plan, *Refusal) {
	if o.Source == order.FromBank {
		return payment.Plan{}, &Refusal{Text: lang.PayeeNotRegistered}
	}
	fee := s.Fee
	if fee != nil {
		waits := *fee
		waits.Account, waits.TaxAccount = s.Stranger.Waits, s.Stranger.Waits
		fee = &waits
	}
	return payment.Plan{Product: payment.MP2P, Claim: s.Stranger.For,
		Legs: legs(s.Payer.Purse, s.Stranger.Waits, o.Amount, fee, payment.AtConfirm)}, nil
}

// payeeBank returns the account of the bank at which the payee wants to receive money, or
// false if it goes to the purse. It is so even if mpg no longer works with the bank.
func payeeBank(s Sides, set Settings) (store.AccountID, bool) {
	account, known := set.Banks[s.Payee.Bank]
	return account, known && s.Payee.ReceivesAtBank()
}

// Transits reports whether an order moves money from bank to bank, so that it needs
// Sides.Transit.
func Transits(o order.Order, s Sides, set Settings) bool {
	if !meansMP2P(o) || o.Source != order.FromBank || s.Payee == nil {
		return false
	}
	_, atBank := payeeBank(s, set)
	return atBank
}
