package proof

import (
	"slices"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// fresh is an order that has no sum in common with another.
func (w *world) fresh(product string, p person, payee string) *order {
	only := orders{next: largeCent, until: func(int) bool { return false }}
	return only.draw(w.journal.claim, func(amount money.Amount) *order { return w.order(product, p, payee, amount) })
}

// certainly has what each run must have, whatever chance brings: one of each product that
// was paid, a debit that the bank gave back, a relay that the second bank did not take, amounts
// of which the shop charges a part, and refunds.
func (w *world) certainly() {
	w.t.Helper()
	w.bankUp()
	p, other, third := w.people[0], w.people[1], w.people[2] // who receives at the bank
	for _, tt := range []struct {
		product, payee string
		fault          host.Fault
		reason         string
	}{
		{"mpurse", w.shops[0].Code, host.Fault{}, "paid"},
		{"mp2p", other.Number, host.Fault{}, "paid"},
		{"mdebit", w.shops[0].Code, host.Fault{}, "paid"},
		{"mdebit", w.shops[0].Code, host.Fault{Kind: host.Silence, Account: p.Account}, "reversed"},
		{sendFromBank, other.Number, host.Fault{}, "paid"},
		{sendFromBank, third.Number, host.Fault{}, "paid"},
		{sendFromBank, third.Number, host.Fault{Kind: host.Decline, Account: third.Account, Code: "14"}, "declined"},
		{"mp2p", third.Number, host.Fault{}, "paid"},
		{cardAtOnce, w.shops[0].Code, host.Fault{}, "paid"},
		{cardShort, w.shops[0].Code, host.Fault{}, "reversed"},
		{"mp2p", third.Number, host.Fault{Kind: host.Silence, Account: third.Account}, "reversed"},
		{"relay", other.Number, host.Fault{}, "paid"},
		{"relay", other.Number, host.Fault{Kind: host.Decline, Account: other.Account, Code: "14"}, "declined"},
	} {
		for ended := ""; ended != tt.reason; { // on a busy machine a call may be too slow
			w.fails(tt.fault)
			if made := w.made(tt.product, p, tt.payee, nil); made != nil {
				ended = made.Reason
			}
		}
	}
	w.bank.ClearFaults()
	w.certainlyByFile(w.people[fileOneIn])
	for _, product := range []string{"tank", "charge"} {
		w.chargedPartly(product, p, w.shops[0].Code)
	}
	for _, product := range []string{"mpurse", "mdebit"} {
		w.chargedPartly(product, p, fuelShop)
	}
	w.chargedPartly(cardAtOnce, p, laterShop)
	w.certainlyRefunded(p)
	w.bank.ClearFaults()
}

// certainlyByFile has a debit by file that was paid, and one that the bank booked without a word
// and gave back.
func (w *world) certainlyByFile(p person) {
	w.t.Helper()
	for reason, fault := range map[string]host.Fault{"paid": {}, "reversed": {Kind: host.Silence, Account: p.Account}} {
		for ended := ""; ended != reason; {
			w.fails(fault)
			ended = w.made("mdebit", p, w.shops[0].Code, nil).Reason
		}
	}
	w.bank.ClearFaults()
}

// fails has the bank fail the next request so, and in no other way.
func (w *world) fails(fault host.Fault) {
	w.bank.ClearFaults()
	if fault.On, fault.Times = host.Requests, 1; fault.Kind != 0 {
		w.bank.Fault(fault)
	}
}

// made has p order a payment and confirm it, and returns it once it is done. onward is told of
// each state before that; it may be nil.
func (w *world) made(product string, p person, payee string, onward func(*order, *payment)) *payment {
	w.t.Helper()
	w.behave(p, good())
	o := w.fresh(product, p, payee)
	w.send(o)
	var made *payment
	eventually(w.t, stateMax, "the end of a "+product, func() bool {
		made = w.paymentOf(o)
		if made != nil && made.State != "done" && onward != nil {
			onward(o, made)
		}
		return made != nil && made.State == "done"
	})
	return made
}

// chargedPartly has a payment of which the shop charges a part.
func (w *world) chargedPartly(product string, p person, payee string) {
	w.t.Helper()
	for whole, ended := true, ""; whole || ended != "paid"; {
		ended = w.made(product, p, payee, func(o *order, made *payment) {
			if whole = o.Part == o.Amount; made.State == "authorized" {
				_, _ = w.op.run("", w.chargeWords("capture", made.Ref, o)...) // it may have expired
			}
		}).Outcome
	}
}

// certainlyRefunded has a refund to a purse, one to a bank, one that the bank does not take, and
// one that a card and a purse share.
func (w *world) certainlyRefunded(p person) {
	w.t.Helper()
	shop := w.shops[0].Code
	for _, tt := range []struct {
		product, payee string
		fault          host.Fault
		outcome        string
	}{
		{"mpurse", shop, host.Fault{}, "paid"},
		{"mdebit", shop, host.Fault{}, "paid"},
		{"mdebit", shop, host.Fault{Kind: host.Decline, Account: p.Account, Code: "14"}, "returned"},
		{cardSplit, askedShop, host.Fault{}, "paid"},
	} {
		for ended := ""; ended != tt.outcome; {
			w.bank.ClearFaults()
			if first := w.made(tt.product, p, tt.payee, nil); first.Outcome == "paid" {
				w.fails(tt.fault)
				ended = w.refunded(first, p).Outcome
			}
		}
	}
}

// refunded refunds most of what p has paid, which is more than an issuer holds of a part, and
// returns the refund once it is done.
func (w *world) refunded(first *payment, p person) *payment {
	w.t.Helper()
	paid, err := w.currency.Parse(first.Amount)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &refund{Of: first.Ref, Shop: first.Payee, To: p.Number, Amount: paid - paid/4}
	for o := w.journal.orderOf(first); !w.journal.claim(r.sums(o)...); {
		r.Amount--
	}
	w.journal.refunds(r)
	w.op.must(w.t, "", "payment", "refund", r.Of, w.currency.Format(r.Amount), "--reason", refundReason)
	w.journal.refunded(r)
	var made *payment
	eventually(w.t, stateMax, "the end of a refund", func() bool {
		all := w.payments()
		i := slices.IndexFunc(all, func(p payment) bool { return p.Of == r.Of && p.State == "done" })
		if i >= 0 {
			made = &all[i]
		}
		return i >= 0
	})
	return made
}

// certainlyWhole has what a whole world has besides: own money, cash, money for a number that
// is registered later, and a chargeback of a payment by card.
func (w *world) certainlyWhole() {
	w.t.Helper()
	p, stranger := w.people[0], w.journal.stranger()
	for _, tt := range []struct {
		product string
		p       person
		payee   string
	}{
		{bankIn, p, p.Number}, {bankOut, p, p.Number}, {cashOut, p, agentShop}, {cashIn, w.agent(), w.people[2].Number}, {sendClaim, p, stranger},
	} {
		for paid := false; !paid; {
			paid = w.made(tt.product, tt.p, tt.payee, nil).paid()
		}
	}
	w.op.must(w.t, "", "user", "add", stranger, "--name", "Late Comer")
	w.journal.registered(stranger)
	all := w.payments()
	i := slices.IndexFunc(all, func(p payment) bool {
		return p.Product == cardAtOnce && p.Payee == w.shops[0].Code && p.Outcome == "paid"
	})
	if i < 0 {
		w.t.Fatal("nobody has paid by card")
	}
	paid, _ := w.currency.Parse(all[i].Amount)
	r := &refund{Of: all[i].Ref, Shop: all[i].Payee, To: p.Number, Amount: paid / 3, Issuer: p.Bank}
	for !w.journal.claim(r.Amount) {
		r.Amount--
	}
	w.journal.refunds(r)
	if err := w.op.twice("payment", r.product(), r.Of, w.currency.Format(r.Amount), "--reason", refundReason); err != nil {
		w.t.Fatal(err)
	}
	w.journal.refunded(r)
}
