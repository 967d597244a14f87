package proof

import (
	"slices"
	"strings"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// splitSpoils are the ways in which a gateway may be wrong about payments and refunds that a card
// and a purse share.
func splitSpoils() []spoil {
	const sum, took, refund = "the receipts add up to", "the bank took", "for the refund"
	return []spoil{
		{"a purse has paid its part twice", func(r *record) bool { return r.shiftSplit("merchant:", -1) }, sum},
		{"a purse has not paid its part, which the issuer owes", func(r *record) bool { return r.shiftSplit("card:", 1) }, sum},
		{"a purse has paid its part, which the issuer owes as well", func(r *record) bool {
			o, _ := r.split()
			r.account("merchant:"+o.Payee).add(r.money(), o.byPurse())
			r.issuer(o.From).add(r.money(), o.byPurse())
			return true
		}, sum},
		{"an issuer has taken all", func(r *record) bool {
			o, _ := r.split()
			return r.changeEntry(host.Debited, o.From, o.ByCard, o.charged())
		}, took},
		{"an issuer has taken the part of the purse", func(r *record) bool {
			o, _ := r.split()
			return r.changeEntry(host.Debited, o.From, o.ByCard, o.byPurse())
		}, took},
		{"an issuer has taken the part of the purse as well", func(r *record) bool {
			o, _ := r.split()
			r.Bank = append(r.Bank, host.Entry{Outcome: host.Debited, Amount: o.byPurse(), Account: r.at(o.From)})
			return true
		}, took},
		{"an issuer has taken its part of somebody else", func(r *record) bool {
			o, _ := r.split()
			return r.moveEntry(o.From, o.ByCard)
		}, took},
		{"what nobody could pay is paid", func(r *record) bool {
			i := slices.IndexFunc(r.Orders, func(o *order) bool { return o.Unpayable && r.paymentOf(o) != nil })
			r.paymentOf(r.Orders[i]).Outcome = "paid"
			return true
		}, "nobody pays what the issuer does not"},
		{"the ledger has other parts", func(r *record) bool { _, p := r.split(); p.ByCard, p.ByPurse = p.ByPurse, p.ByCard; return true }, "and they were to pay"},
		{"the ledger has one part only", func(r *record) bool { _, p := r.split(); p.ByCard, p.ByPurse = "", ""; return true }, "and they were to pay"},
		{"a receipt names another part", func(r *record) bool {
			o, p := r.split()
			return r.retellOf(p, saidPaid, r.money().Format(o.byPurse()), "0.01")
		}, "was not told that the purse pays"},
		{"a receipt of a part is missing", func(r *record) bool { _, p := r.split(); return r.unsaid(p, saidPaid) }, "has no receipt"},
		{"a card pays only a part of what was paid", func(r *record) bool { _, p := r.split(); return r.partOnly(p) }, "was paid, and"},
		{"a card pays only a part, and the issuer holds all", func(r *record) bool {
			i := slices.IndexFunc(r.Orders, func(o *order) bool { return o.Product == cardAtOnce && o.ByCard == 0 && r.paymentOf(o) != nil })
			return r.partOnly(r.paymentOf(r.Orders[i]))
		}, "the issuer holds all of payment"},
		{"a card has not got its part back", func(r *record) bool { return r.shiftShared(1) }, sum},
		{"a card has got its part back twice", func(r *record) bool { return r.shiftShared(-1) }, sum},
		{"an issuer has paid all of a refund", func(r *record) bool {
			p := r.sharedRefund()
			return r.changeEntry(host.Credited, p.Payee, r.sum(p.ByCard), r.sum(p.Amount))
		}, refund},
		{"an issuer has paid its part of a refund twice", func(r *record) bool {
			p := r.sharedRefund()
			r.Bank = append(r.Bank, host.Entry{Outcome: host.Credited, Amount: r.sum(p.ByCard), Account: r.at(p.Payee)})
			return true
		}, refund},
		{"the purse gets its part of a refund before the card", func(r *record) bool { p := r.sharedRefund(); p.ByCard, p.ByPurse = p.ByPurse, p.ByCard; return true }, "and was to have"},
		{"the parts of a refund are not all of it", func(r *record) bool { r.sharedRefund().ByPurse = "0.01"; return true }, "which is not all of it"},
		{"a receipt names another part of a refund", func(r *record) bool {
			p := r.sharedRefund()
			return r.retellOf(p, saidRefundSplit, p.ByPurse, "0.01")
		}, "is in the purse, and"},
		{"a card was to get more than it has paid", func(r *record) bool { r.sharedRefund().Request.Code = codeTooMuch; return true }, "more than it has taken"},
		{"a customer was not told of both parts of a refund", func(r *record) bool { return r.silence(saidRefundSplit) }, "has no receipt"},
	}
}

// split is the first payment that a card and a purse have paid, and its order.
func (r *record) split() (*order, *payment) {
	for _, o := range r.Orders {
		if p := r.paymentOf(o); o.ByCard > 0 && p != nil && p.paid() {
			return o, p
		}
	}
	return nil, nil
}

// sharedRefund is the first refund that a card and a purse have got.
func (r *record) sharedRefund() *payment {
	i := slices.IndexFunc(r.Books.Payments, func(p payment) bool { return p.Product == "refund" && p.paid() && p.ByPurse != "" })
	if i < 0 {
		return nil
	}
	return &r.Books.Payments[i]
}

// sum is an amount of the ledger as a number.
func (r *record) sum(amount string) money.Amount {
	sum, _ := r.money().Parse(amount)
	return sum
}

// issuer is the account of what the issuer of the card owes of the person who has that number.
func (r *record) issuer(number string) *account {
	i := slices.IndexFunc(r.Books.Banks, func(a account) bool { return a.Account == "card:"+r.Banks[number] })
	return &r.Books.Banks[i]
}

// shiftSplit takes the purse's part of the first such payment once more, or gives it back, and
// the other account has the difference.
func (r *record) shiftSplit(other string, times money.Amount) bool {
	o, _ := r.split()
	r.account("purse:"+o.From).add(r.money(), times*o.byPurse())
	if other == "card:" {
		r.issuer(o.From).add(r.money(), times*o.byPurse())
	} else {
		r.account(other+o.Payee).add(r.money(), -times*o.byPurse())
	}
	return true
}

// shiftShared puts the card's part of the first such refund into the purse, or takes it out.
func (r *record) shiftShared(times money.Amount) bool {
	p := r.sharedRefund()
	r.account("purse:"+p.Payee).add(r.money(), times*r.sum(p.ByCard))
	r.issuer(p.Payee).add(r.money(), times*r.sum(p.ByCard))
	return true
}

// changeEntry changes the amount of an entry of the bank about who has that number.
func (r *record) changeEntry(does host.Outcome, number string, was, is money.Amount) bool {
	i := slices.IndexFunc(r.Bank, func(e host.Entry) bool {
		return e.Outcome == does && r.Accounts[e.Account] == number && e.Amount == was
	})
	if i < 0 {
		return false
	}
	r.Bank[i].Amount = is
	return true
}

// moveEntry moves a debit of who has that number to the account of somebody else.
func (r *record) moveEntry(number string, amount money.Amount) bool {
	i := slices.IndexFunc(r.Bank, func(e host.Entry) bool {
		return e.Outcome == host.Debited && r.Accounts[e.Account] == number && e.Amount == amount
	})
	for account, owner := range r.Accounts {
		if i >= 0 && owner != number {
			r.Bank[i].Account = account
			return true
		}
	}
	return false
}

// retellOf changes the words of the texts that say so of p.
func (r *record) retellOf(p *payment, what said, was, is string) bool {
	told := false
	for i, t := range r.Texts {
		if says, of := read(t.Text); says == what && of == p.Ref && strings.Contains(t.Text, was) {
			r.Texts[i].Text, told = strings.ReplaceAll(t.Text, was, is), true
		}
	}
	return told
}

// unsaid takes away the texts that say so of p.
func (r *record) unsaid(p *payment, what said) bool {
	before := len(r.Texts)
	r.Texts = slices.DeleteFunc(r.Texts, func(t text) bool { says, of := read(t.Text); return says == what && of == p.Ref })
	return len(r.Texts) < before
}

// partOnly tells the payer of p that the card pays only a part, and the purse not the rest.
func (r *record) partOnly(p *payment) bool {
	words := p.Ref + ": your card pays only part of CNY " + p.Amount + " to SHOP, and your purse cannot pay the rest. We're undoing it and will text you."
	r.Texts = append(r.Texts, text{To: p.Payer, Text: words})
	return true
}
