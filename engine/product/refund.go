package product

import (
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// Refund is what a shop pays back of a payment.
type Refund struct {
	Of      *payment.Payment
	From    []Share         // whose amounts add up to that of the refund
	ToPurse money.Amount    // the part of it that the purse gets in any case, since a card paid only the rest
	Purse   store.AccountID // of the customer, who paid Of
	Transit store.AccountID // of the bank that paid
	Bank    store.AccountID // that bank's; 0: the purse paid, or the bank is no longer configured
	// Unclaimed is the account of money whose owner's purse is closed. It must be set if
	// Closed or Ceiling is.
	Unclaimed store.AccountID
	Closed    bool // the customer's purse is closed
	Ceiling   bool // the customer's purse has a ceiling
	Call      bool // the refund is confirmed in a call, and its money is held until then
}

// Share is the part of a refund that comes from one account.
type Share struct {
	Account store.AccountID
	Amount  money.Amount
}

// Sum returns the amount of the refund.
func (r *Refund) Sum() money.Amount {
	var sum money.Amount
	for _, share := range r.From {
		sum += share.Amount
	}
	return sum
}

// Refundable reports whether a shop may pay p back: a subscriber paid it, in whole or in
// the amount that was captured. What an agent gave cash for is not: the subscriber has the cash,
// and can pay it in again.
func Refundable(p *payment.Payment) bool {
	return p.Plan.Product != payment.CashOut && p.State == payment.Done && p.Passed(payment.Posted) && p.Payer.User != 0 && p.Payee.Code != ""
}

// RefundMax returns how much of p its shop may pay back in all: what the payer paid, less
// the payer's own fees with their tax, which stay with the operator. A fee that the shop paid
// is not the customer's affair, and does not lessen it, even if its legs draw on what the
// customer pays from. All that was paid may be paid back if the row of the tariff says that a
// refund returns the fee.
func RefundMax(p *payment.Payment) money.Amount {
	if p.Tariff != nil && p.Tariff.Terms.Returned {
		return p.Charged
	}
	var fees money.Amount
	for i, leg := range p.Plan.Legs {
		if (leg.Code == payment.CodeFee || leg.Code == payment.CodeTax) && leg.Currency == "" && !p.Pays(leg.From) {
			fees += p.Moves(i)
		}
	}
	return p.Charged - max(0, fees-p.PayeeFee)
}

// PaidByBank returns the name of the bank that paid p out of its payer's account, at once or
// from what it held, or "". A bank that was only asked to pay the payee does not
// count.
func PaidByBank(p *payment.Payment) string {
	if !p.Plan.FromBank() {
		return ""
	}
	return p.Plan.Bank()
}

// PlanRefund returns the plan of a refund. The money goes back the way it came: into the
// purse at once, or into the bank account. In that case the shop pays first, and what the
// bank does not accept goes to the purse: the customer does not wait for a bank. If a card and
// the purse paid, both parts stay in the bank's transit account until the bank has answered, and
// both go to the purse if it does not accept the card's.
//
// A purse takes its own money back whatever its ceiling, since the money was its owner's
// before. A hold cannot ignore a ceiling, so that such money is held for, and passes
// through, the account of unclaimed money. There it stays if the purse is closed.
func PlanRefund(r Refund) payment.Plan {
	plan := payment.Plan{Product: payment.PaidBack, PINExempt: !r.Call, Notice: payment.NoticeVersion}
	to, sum := r.Purse, r.Sum()
	switch {
	case r.Bank != 0:
		to = r.Transit
	case r.Closed || r.Ceiling:
		to = r.Unclaimed
	}
	for _, share := range r.From {
		plan.Legs = append(plan.Legs, payment.Leg{From: share.Account, To: to, Amount: share.Amount, Code: payment.CodeRefund,
			Held: r.Call || r.Bank != 0, PostedAt: payment.AtConfirm})
	}
	switch {
	case r.Bank != 0:
		plan.Card = r.Of.Plan.Card
		plan.Legs = append(plan.Legs, payment.Leg{From: r.Transit, To: r.Bank, Amount: sum - r.ToPurse, Code: payment.CodeRefund,
			Held: true, HeldAt: payment.AtConfirm, PostedAt: payment.AtConfirm + 1})
		if r.ToPurse > 0 {
			plan.Legs = append(plan.Legs, payment.Leg{From: r.Transit, To: r.purse(), Amount: r.ToPurse, Code: payment.CodeBack, PostedAt: payment.AtConfirm + 1})
		}
		plan.Asks = []payment.Ask{{Bank: r.Of.Plan.Bank(), Account: r.Of.Plan.Asks[0].Account, Amount: sum - r.ToPurse, Kind: payment.Refund, Card: r.Of.Plan.Asks[0].Card}}
		plan.Back = r.Purse
	case r.Ceiling && !r.Closed:
		plan.Legs = append(plan.Legs, payment.Leg{From: r.Unclaimed, To: r.Purse, Amount: sum, Code: payment.CodeBack, PostedAt: payment.AtConfirm})
	}
	return plan
}

// purse returns the account that gets what is the purse's.
func (r *Refund) purse() store.AccountID {
	if r.Closed {
		return r.Unclaimed
	}
	return r.Purse
}

// PlanChargeback returns the plan of a chargeback: what the issuer of a card has taken back
// lessens what it owes us.
func PlanChargeback(from []Share, issuer store.AccountID) payment.Plan {
	plan := payment.Plan{Product: payment.Chargeback, PINExempt: true, Notice: payment.NoticeVersion}
	for _, share := range from {
		plan.Legs = append(plan.Legs, payment.Leg{From: share.Account, To: issuer, Amount: share.Amount, Code: payment.CodeChargeback, PostedAt: payment.AtConfirm})
	}
	return plan
}
