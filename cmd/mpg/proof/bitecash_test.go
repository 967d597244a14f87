package proof

import (
	"slices"
	"time"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// cashSpoils are the ways in which a gateway may be wrong about one's own money, and about cash.
func cashSpoils() []spoil {
	const sum = "the receipts add up to"
	return []spoil{
		{"what came from the bank is not in the purse", func(r *record) bool { return r.pays(bankIn, "purse:", -1) }, sum},
		{"what came from the bank is in the purse twice", func(r *record) bool { return r.pays(bankIn, "purse:", 1) }, sum},
		{"the bank has paid in twice", func(r *record) bool { return r.ownDeal(bankIn, host.Debited) }, "the bank took"},
		{"what went to the bank is still in the purse", func(r *record) bool { return r.pays(bankOut, "purse:", 1) }, sum},
		{"the bank was paid twice", func(r *record) bool { return r.ownDeal(bankOut, host.Credited) }, "the bank paid out"},
		{"the bank was not paid", func(r *record) bool { return r.ownDeal(bankOut, host.Recalled) }, "the bank paid out"},
		{"cash is given that the float has not got", func(r *record) bool { return r.shiftCash(cashOut, -1) }, sum},
		{"cash is taken that is still in the float", func(r *record) bool { return r.shiftCash(cashIn, 1) }, sum},
		{"cash is taken, and the purse has not got it", func(r *record) bool { return r.pays(cashIn, "purse:", -1) }, sum},
		{"an agent was not told to give cash", func(r *record) bool { return r.hush(cashOut, saidReceived) }, "has no receipt"},
		{"an agent was not told to take cash", func(r *record) bool { return r.hush(cashIn, saidPaid) }, "has no receipt"},
		{"a subscriber was not told of cash paid in", func(r *record) bool { return r.hush(cashIn, saidReceived) }, "has no receipt"},
		{"an agent is somebody else", func(r *record) bool { r.Books.Payments[r.paid(cashIn)].Payer = "8999"; return true }, "became cashin"},
	}
}

// claimSpoils are the ways in which a gateway may be wrong about money for numbers that are not
// registered, and about requests for money.
func claimSpoils() []spoil {
	return []spoil{
		{"a claim is paid twice", func(r *record) bool {
			p := r.Books.Payments[r.paid("claim")]
			p.Ref, p.Product = "22222222", "claim-back"
			r.Books.Payments = append(r.Books.Payments, p)
			return true
		}, "has ended 2 times"},
		{"a claim was never sent", func(r *record) bool { r.Books.Payments[r.paid("claim")].Amount = "98.76"; return true }, "a claim that is none"},
		{"a claim is paid to somebody else", func(r *record) bool { r.Books.Payments[r.paid("claim")].Payee = "+8613700000000"; return true }, "who was not registered later"},
		{"a claim is paid to somebody who is not registered", func(r *record) bool { r.Late = nil; return true }, "who was not registered later"},
		{"what waits is lost", func(r *record) bool { r.Books.Waiting.add(r.money(), -1); return true }, "the receipts add up to"},
		{"what was claimed is not in the purse", func(r *record) bool { return r.pays("claim", "purse:", -1) }, "the receipts add up to"},
		{"nobody was told to register", func(r *record) bool { return r.silence(saidClaimFor) }, "has no receipt"},
		{"a payer was not told of a claim", func(r *record) bool { return r.silence(saidCollected) }, "has no receipt"},
		{"a payee was not told of a claim", func(r *record) bool { return r.hush("claim", saidReceived) }, "has no receipt"},
		{"a request is refused, and nobody was told", func(r *record) bool {
			r.Wishes = append(r.Wishes, &wish{From: r.Orders[0].From, To: r.Orders[1].From, Amount: 98_76, Refused: time.Now()})
			return true
		}, "told so: false"},
		{"a request is refused that nobody has refused", func(r *record) bool {
			delete(r.Nays, r.Orders[1].From)
			r.Wishes = append(r.Wishes, &wish{From: r.Orders[0].From, To: r.Orders[1].From, Amount: 98_76})
			r.Texts = append(r.Texts, text{To: r.Orders[0].From, Text: "138****0002 did not accept your request for CNY 98.76. Nothing was paid."})
			return true
		}, "refused: false"},
		{"a request is refused and paid", func(r *record) bool {
			o := r.orderOf(&r.Books.Payments[r.paid("mp2p")])
			r.Wishes = append(r.Wishes, &wish{From: o.Payee, To: o.From, Amount: o.Amount, Refused: time.Now()})
			r.Texts = append(r.Texts, text{To: o.Payee, Text: "138****0001 did not accept your request for CNY " + r.money().Format(o.Amount) + ". Nothing was paid."})
			return true
		}, "for which there is an order"},
	}
}

// chargebackSpoils are the ways in which a gateway may be wrong about what issuers take back,
// and about the words of tills.
func chargebackSpoils() []spoil {
	const sum = "the receipts add up to"
	return []spoil{
		{"a chargeback is missing", func(r *record) bool { return r.dropPayment(r.paid("chargeback")) }, "was made 0 times"},
		{"a chargeback is made twice", func(r *record) bool {
			p := r.Books.Payments[r.paid("chargeback")]
			p.Ref = "22222222"
			r.Books.Payments = append(r.Books.Payments, p)
			return true
		}, "was made 2 times"},
		{"a chargeback was never ordered", func(r *record) bool { r.Books.Payments[r.paid("chargeback")].Amount = "98.76"; return true }, "was never ordered"},
		{"a chargeback of what somebody else was paid", func(r *record) bool { r.Books.Payments[r.paid("chargeback")].Payer = "8999"; return true }, "was ordered from"},
		{"the shop has not paid a chargeback", func(r *record) bool { return r.shiftChargeback(1) }, sum},
		{"the shop has paid a chargeback twice", func(r *record) bool { return r.shiftChargeback(-1) }, sum},
		{"the issuer has not got a chargeback", func(r *record) bool {
			i := slices.IndexFunc(r.Refunds, func(back *refund) bool { return back.Issuer != "" && back.Done })
			j := slices.IndexFunc(r.Books.Banks, func(a account) bool { return a.Account == "card:"+r.Refunds[i].Issuer })
			r.Books.Banks[j].add(r.money(), r.Refunds[i].Amount)
			return true
		}, sum},
		{"a shop was not told of a chargeback", func(r *record) bool { return r.silence(saidChargedBack) }, "has no receipt"},
		{"a shop owes what nobody took back", func(r *record) bool {
			r.Books.Owed = append(r.Books.Owed, account{"receivable:" + r.Books.Payments[r.paid("mpurse")].Payee, "5.00", "5.00"})
			return true
		}, sum},
		{"an order is paid that the till has refused", func(r *record) bool {
			r.Decided = map[string]bool{r.Books.Payments[r.paid(cardAtOnce)].Ref: false}
			return true
		}, "the till has answered"},
		{"an order is turned down that the till has accepted", func(r *record) bool {
			p := &r.Books.Payments[r.paid(cardAtOnce)]
			p.Reason, r.Decided = "turned down", map[string]bool{p.Ref: true}
			return true
		}, "the till has answered"},
	}
}

// orderOf is the order that became p.
func (r *record) orderOf(p *payment) *order {
	i := slices.IndexFunc(r.Orders, func(o *order) bool {
		return o.Product == p.Product && (r.money().Format(o.charged()) == p.Amount || r.money().Format(o.final()) == p.Amount)
	})
	return r.Orders[i]
}

// pays puts the first payment of the product into the account of its payee once more, or takes
// it out.
func (r *record) pays(product, kind string, times money.Amount) bool {
	p := r.Books.Payments[r.paid(product)]
	amount, _ := r.money().Parse(p.Amount)
	r.account(kind+p.Payee).add(r.money(), times*amount)
	return true
}

// shiftCash puts the first cash of the product into the agent's float once more, or takes it out.
func (r *record) shiftCash(product string, times money.Amount) bool {
	p := r.Books.Payments[r.paid(product)]
	code := p.Payee
	if product == cashIn {
		code = p.Payer
	}
	amount, _ := r.money().Parse(p.Amount)
	r.account("merchant:"+code).add(r.money(), times*amount)
	return true
}

// ownDeal has the bank do so, once more, with the account of whoever has moved their own money
// first.
func (r *record) ownDeal(product string, does host.Outcome) bool {
	o := r.orderOf(&r.Books.Payments[r.paid(product)])
	amount := o.received()
	if product == bankIn {
		amount = o.bankTakes()
	}
	r.Bank = append(r.Bank, host.Entry{Outcome: does, Amount: amount, Account: r.at(o.From)})
	return true
}

// hush takes away the texts that say so of the first payment of the product.
func (r *record) hush(product string, what said) bool {
	return r.unsaid(&r.Books.Payments[r.paid(product)], what)
}

// shiftChargeback gives the shop of the first chargeback its amount once more, or takes it.
func (r *record) shiftChargeback(times money.Amount) bool {
	p := r.Books.Payments[r.paid("chargeback")]
	amount, _ := r.money().Parse(p.Amount)
	r.account("merchant:"+p.Payer).add(r.money(), times*amount)
	return true
}
