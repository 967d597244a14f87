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
	Transit store.AccountID // of the bank that paid
	Bank    store.AccountID // that bank's; 0: the purse paid, or the bank is no longer configured
}

// Refundable reports whether a shop may pay p back: a subscriber paid it, in whole or in
// the amount that was captured.
func Refundable(p *payment.Payment) bool {
	return p.State == payment.Done && p.Passed(payment.Posted) && p.Payer.User != 0 && p.Payee.Code != ""
}

// PaidByBank returns the name of the bank that paid p out of its payer's account, at once or
// from what it had set aside, or "". A bank that was only asked to pay the payee does not
// count.
func PaidByBank(p *payment.Payment) string {
	if len(p.Plan.Asks) == 0 {
		return ""
	}
	if kind := p.Plan.Asks[0].Kind; kind != payment.Debit && kind != payment.PreAuth {
		return ""
	}
	return p.Plan.Bank()
}

// PlanRefund returns the plan of a refund. The money goes back the way it came: into the
// purse at once, or into the bank account. In that case the shop pays first, and what the
// bank does not accept goes to the purse: the customer does not wait for a bank.
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
