package product

import (
	"mpg/engine/payment"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Refund is what a shop pays back of a payment.
type Refund struct {
	Of      *payment.Payment
	Shop    store.AccountID
	Payer   *user.User // of Of: who gets it
	Amount  money.Amount
	Transit store.AccountID // of the bank that had paid
	Bank    store.AccountID // its own; 0: the purse had paid, or the bank is no longer there
}

// Refundable reports whether a shop may pay p back: it was paid for by a subscriber, as a
// whole or to the amount that was captured.
func Refundable(p *payment.Payment) bool {
	return p.State == payment.Done && p.Passed(payment.Posted) && p.Payer.User != 0 && p.Payee.Code != ""
}

// PaidByBank returns the name of the bank that paid p out of its payer's account, or "".
// A bank that was only asked to pay its payee is none.
func PaidByBank(p *payment.Payment) string {
	if len(p.Plan.Asks) == 0 || p.Plan.Asks[0].Kind != payment.Debit {
		return ""
	}
	return p.Plan.Bank()
}

// PlanRefund returns the plan of a refund. It goes back the way the money came: into the
// purse at once, or into the bank account. There the shop pays first, and what the bank
// does not take goes to the purse: the customer does not wait for a bank.
func PlanRefund(r Refund) payment.Plan {
	plan := payment.Plan{Product: payment.PaidBack, PINExempt: true, Notice: payment.NoticeVersion}
	leg := payment.Leg{From: r.Shop, To: r.Payer.Purse, Amount: r.Amount, Code: payment.CodeRefund, PostedAt: payment.AtConfirm}
	if r.Bank == 0 {
		plan.Legs = []payment.Leg{leg}
		return plan
	}
	leg.To, leg.Held = r.Transit, true
	plan.Legs = []payment.Leg{leg,
		{From: r.Transit, To: r.Bank, Amount: r.Amount, Code: payment.CodeRefund, Held: true, HeldAt: payment.AtConfirm, PostedAt: payment.AtConfirm + 1}}
	plan.Asks = []payment.Ask{{Bank: r.Of.Plan.Bank(), Account: r.Of.Plan.Asks[0].Account, Amount: r.Amount, Kind: payment.Refund}}
	plan.Back = r.Payer.Purse
	return plan
}
