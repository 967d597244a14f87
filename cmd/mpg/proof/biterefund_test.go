package proof

import (
	"slices"
	"strings"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// refundSpoils are the ways in which a gateway may be wrong about refunds, fees, and amounts
// of which a shop charges a part.
func refundSpoils() []spoil {
	return []spoil{
		{"a refund is missing", func(r *record) bool { return r.dropPayment(r.refundAt("paid", false)) }, "was made 0 times"},
		{"a refund is made twice", func(r *record) bool {
			p := r.Books.Payments[r.refundAt("paid", false)]
			p.Ref = "22222222"
			r.Books.Payments = append(r.Books.Payments, p)
			return true
		}, "was made 2 times"},
		{"a refund was never ordered", func(r *record) bool { r.Books.Payments[r.refundAt("paid", true)].Amount = "98.76"; return true }, "was never ordered"},
		{"a refund of what was not paid", func(r *record) bool {
			of := r.Books.Payments[r.refundAt("paid", true)].Of
			i := slices.IndexFunc(r.Books.Payments, func(p payment) bool { return p.Ref == of })
			r.Books.Payments[i].Outcome = "not paid"
			return true
		}, "was never paid"},
		{"a refund goes to somebody else", func(r *record) bool { r.Books.Payments[r.refundAt("paid", true)].Payee = "+8613700000000"; return true }, "was ordered from"},
		{"the shop has not paid a refund", func(r *record) bool { return r.shiftRefund("merchant:", 1) }, "the receipts add up to"},
		{"the shop has paid a refund twice", func(r *record) bool { return r.shiftRefund("merchant:", -1) }, "the receipts add up to"},
		{"a refund is not in the purse", func(r *record) bool { return r.shiftRefund("purse:", -1) }, "the receipts add up to"},
		{"the bank has not paid a refund", func(r *record) bool { return r.dropRefundEntry() }, "for the refund"},
		{"the bank has paid a refund twice", func(r *record) bool { return r.creditRefund("paid", true) }, "for the refund"},
		{"a refund is in the purse and at the bank", func(r *record) bool { return r.creditRefund("returned", true) }, "for the refund"},
		{"a customer was not told of a refund", func(r *record) bool { return r.silence(saidRefundPurse) }, "has no receipt"},
		{"a customer was not told of a refund to the bank", func(r *record) bool { return r.silence(saidRefundBank) }, "has no receipt"},
		{"a shop was not told of a refund", func(r *record) bool { return r.silence(saidRefunded) }, "has no receipt"},
		{"a refund to the purse is told as one to the bank", func(r *record) bool { return r.retell("to your purse. Balance", "to your bank account. Balance") }, "went to the purse"},
		{"a refund that was not made is told", func(r *record) bool { r.Books.Payments[r.refundAt("paid", false)].Outcome = "not paid"; return true }, "was not made"},
		{"a fee is not returned", func(r *record) bool {
			r.Books.Fees.add(r.money(), 1)
			r.account("merchant:8001").add(r.money(), -1)
			return true
		}, "the receipts add up to"},
		{"tax is kept as a fee", func(r *record) bool { r.Books.Fees.add(r.money(), 2); r.Books.Tax.add(r.money(), -2); return true }, "the receipts add up to"},
		{"a receipt names no fee", func(r *record) bool { return r.retell(", including a fee of CNY", ", including CNY") }, "with a fee of"},
		{"a shop's receipt names no fee", func(r *record) bool { return r.retell(", after a fee of CNY", ", after CNY") }, "with a fee of"},
		{"all was taken of which the shop charged a part", func(r *record) bool {
			o, p := r.partly("tank", "charge")
			if p == nil {
				return false
			}
			p.Amount = r.money().Format(o.charged())
			return true
		}, "and the shop charged"},
		{"the bank took all of which the shop charged a part", func(r *record) bool {
			o, _ := r.partly("charge")
			i := slices.IndexFunc(r.Bank, func(e host.Entry) bool { return o != nil && e.Outcome == host.Debited && e.Amount == o.Part })
			if i < 0 {
				return false
			}
			r.Bank[i].Amount = o.Amount
			return true
		}, "the bank took"},
	}
}

func (r *record) money() money.Currency {
	c, _ := money.Lookup(r.Currency)
	return c
}

// refundAt is the index of the first refund that ended so, and that asked a bank or did not.
func (r *record) refundAt(outcome string, asked bool) int {
	return slices.IndexFunc(r.Books.Payments, func(p payment) bool {
		return p.Product == "refund" && p.Outcome == outcome && (p.Request != nil) == asked
	})
}

// dropPayment loses a payment.
func (r *record) dropPayment(i int) bool {
	r.Books.Payments = slices.Delete(r.Books.Payments, i, i+1)
	return true
}

// shiftRefund pays the first refund to a purse into, or out of, an account of its shop or its
// customer once more.
func (r *record) shiftRefund(kind string, times money.Amount) bool {
	p := r.Books.Payments[r.refundAt("paid", false)]
	owner := p.Payer
	if kind == "purse:" {
		owner = p.Payee
	}
	amount, _ := r.money().Parse(p.Amount)
	r.account(kind+owner).add(r.money(), times*amount)
	return true
}

// dropRefundEntry forgets that the bank has paid the first refund to it.
func (r *record) dropRefundEntry() bool {
	amount, _ := r.money().Parse(r.Books.Payments[r.refundAt("paid", true)].Amount)
	i := slices.IndexFunc(r.Bank, func(e host.Entry) bool { return e.Outcome == host.Credited && e.Amount == amount })
	if i < 0 {
		return false
	}
	r.Bank = slices.Delete(r.Bank, i, i+1)
	return true
}

// creditRefund has the bank pay the first refund that ended so once more.
func (r *record) creditRefund(outcome string, asked bool) bool {
	p := r.Books.Payments[r.refundAt(outcome, asked)]
	amount, _ := r.money().Parse(p.Amount)
	r.Bank = append(r.Bank, host.Entry{Outcome: host.Credited, Amount: amount, Account: r.at(p.Payee)})
	return true
}

// retell changes the words of every text that has them.
func (r *record) retell(was, is string) bool {
	told := false
	for i := range r.Texts {
		if changed := strings.Replace(r.Texts[i].Text, was, is, 1); changed != r.Texts[i].Text {
			r.Texts[i].Text, told = changed, true
		}
	}
	return told
}

// partly is the first payment of those products of which the shop has charged a part, and its
// order.
func (r *record) partly(products ...string) (*order, *payment) {
	for _, o := range r.Orders {
		if o.Part == 0 || o.Part == o.Amount || !slices.Contains(products, o.Product) {
			continue
		}
		if p := r.paymentOf(o); p != nil && p.paid() {
			return o, p
		}
	}
	return nil, nil
}
