package proof

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/ivr/phone"
	"mpg/store/money"
)

// refundStage is one place at which the daemon is killed in a refund.
type refundStage struct {
	name    string
	byText  bool                          // the shop orders it, and its manager is called
	arrange func(w *world, p person)      // once the payment is made; p is the customer, or the manager who is called
	state   string                        // of the refund, in which the kill finds it
	reached func(w *world, p person) bool // what has to be so besides; may be nil
	again   bool                          // AGAIN makes it go on
	outcome string
	atBank  bool // by text: nothing goes wrong in the call, only at the customer's bank
}

// refundStages are all of them. The others are passed within a commit.
func refundStages() []refundStage {
	all, struck := ownRefundStages(), map[string]bool{}
	for _, s := range all {
		if !s.byText && !struck[s.state] { // one of each state once more, for refunds by text
			struck[s.state] = true
			s.byText, s.atBank, s.name = true, true, "by text, "+s.name
			all = append(all, s)
		}
	}
	return all
}

// ownRefundStages are those that are not made of others.
func ownRefundStages() []refundStage {
	fault := func(faults ...host.Fault) func(*world, person) {
		return func(w *world, p person) {
			for _, f := range faults {
				f.Account = p.Account
				w.bank.Fault(f)
			}
		}
	}
	credited := func(w *world, p person) bool { return w.outcome(p, host.Credited) }
	return []refundStage{
		{name: "the manager's phone rings", byText: true, state: "calling", arrange: handset(mood{Behaviour: phone.Behaviour{Does: phone.NeverAnswers}}), reached: engaged, again: true, outcome: "paid"},
		{name: "waiting for AGAIN", byText: true, state: "waiting", arrange: handset(mood{Behaviour: phone.Behaviour{Does: phone.IsBusy}}), again: true, outcome: "paid"},
		{name: "paid, and the receipts unsent", state: "done", arrange: withoutTexts(good()), outcome: "paid"},
		{name: "the bank has paid it out and is silent", state: "sent", arrange: fault(host.Fault{Kind: host.Silence, On: host.Requests}), reached: credited, outcome: "returned"},
		{name: "the bank has not paid it out and is silent", state: "sent", arrange: fault(host.Fault{Kind: host.Ignore, On: host.Requests}), outcome: "returned"},
		{name: "the bank does not answer the reversal", state: "reversing", outcome: "returned",
			arrange: fault(host.Fault{Kind: host.DropAfter, On: host.Requests}, host.Fault{Kind: host.Ignore, On: host.Reversals})},
		{name: "the bank does not understand the reversal", state: "doubt", outcome: "returned", arrange: fault(
			host.Fault{Kind: host.DropBefore, On: host.Requests}, host.Fault{Kind: host.Decline, On: host.Reversals, Code: "12"})},
		{name: "the bank declined, and the text unsent", state: "done", outcome: "returned", arrange: func(w *world, p person) {
			fault(host.Fault{Kind: host.Decline, On: host.Requests, Code: "14"})(w, p)
			withoutTexts(good())(w, p)
		}},
	}
}

// TestRefundStates kills the daemon once in each state of a refund. The shop has paid once,
// the customer has the money once, at the bank or in the purse, the bank's own book says the
// same, and both were told.
func TestRefundStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.expires, s.bankTimeout = time.Minute, stateMax })
	w.start()
	all := refundStages()
	w.populate(len(all) + 1)
	manager := w.people[len(all)]
	w.op.must(t, "", "merchant", "add", "8555", "--name", "TEA", "--phone", manager.Number)
	const back = money.Amount(40)
	var left money.Amount // with the shop
	for i, s := range all {
		p, paid := w.people[i], money.Amount(firstCent+100+i)
		before := w.inPurse(p)
		ref := w.refundStruck(s, p, manager, paid, w.currency.Format(back))
		left += paid - back
		moved, purse := -paid, before
		if s.outcome == "paid" {
			moved += back
		} else {
			purse += back
		}
		if got := w.inPurse(p); got != purse {
			t.Errorf("%s: the purse holds %d, want %d", s.name, got, purse)
		}
		if got := w.bankMoved(p); got != moved {
			t.Errorf("%s: the bank's book has moved %d, want %d", s.name, got, moved)
		}
		for _, number := range []string{p.Number, manager.Number} {
			eventually(t, patience, s.name+": a receipt to "+number, func() bool {
				return slices.ContainsFunc(w.journal.textsTo(number, time.Time{}), func(words string) bool {
					return strings.Contains(words, ref) && strings.Contains(words, "0.40") && (strings.Contains(words, "refunded") || strings.Contains(words, "退款"))
				})
			})
		}
	}
	var shop account
	if err := w.op.ask(&shop, "account", "show", "merchant:8555"); err != nil || shop.Posted != w.currency.Format(left) || shop.Available != shop.Posted {
		t.Errorf("the shop holds %+v, want %s: %v", shop, w.currency.Format(left), err)
	}
	var books verified
	if err := w.op.ask(&books, "ledger", "verify"); err != nil || !books.Sound {
		t.Errorf("%+v %v", books, err)
	}
}

// refundStruck makes a payment, refunds a part of it, kills the daemon in the stage, and
// returns the reference of the refund once it is done.
func (w *world) refundStruck(s refundStage, p, manager person, paid money.Amount, part string) string {
	w.t.Helper()
	w.bankUp()
	w.behave(p, good())
	o := w.order("mdebit", p, "8555", paid)
	w.send(o)
	eventually(w.t, stateMax, s.name+": the payment", func() bool { return w.state(o) == "done" })
	first := w.paymentOf(o).Ref
	called := p
	if s.byText && s.atBank {
		w.behave(manager, good())
	} else if s.byText {
		called = manager
	}
	s.arrange(w, called)
	if s.byText {
		w.say(manager.Number, "REFUND "+first+" "+part)
	} else {
		w.op.must(w.t, "", "payment", "refund", first, part, "--reason", s.name)
	}
	refund := func() payment {
		all := w.payments()
		i := slices.IndexFunc(all, func(r payment) bool { return r.Of == first })
		if i < 0 {
			return payment{}
		}
		return all[i]
	}
	eventually(w.t, stateMax, s.name+": "+s.state, func() bool { return refund().State == s.state && (s.reached == nil || s.reached(w, called)) })
	w.kill()
	w.clearSky()
	w.start()
	if s.again {
		eventually(w.t, stateMax, s.name+": the call is known to be lost", func() bool { return refund().State == "waiting" })
		w.behave(manager, good())
		w.bankUp()
		w.say(manager.Number, "again")
	}
	eventually(w.t, stateMax, s.name+": the end", func() bool {
		w.clerk(w.payments())
		return refund().State == "done"
	})
	if r := refund(); r.Outcome != s.outcome {
		w.t.Errorf("%s: ended as %+v, want %s", s.name, r, s.outcome)
	}
	return refund().Ref
}

// inPurse returns what is posted in a purse.
func (w *world) inPurse(p person) money.Amount {
	w.t.Helper()
	var purse account
	if err := w.op.ask(&purse, "account", "show", "purse:"+p.Number); err != nil {
		w.t.Fatal(err)
	}
	amount, err := w.currency.Parse(cmp.Or(purse.Posted, "0"))
	if err != nil {
		w.t.Fatal(err)
	}
	return amount
}

// bankMoved returns by how much a customer's account has grown in the bank's own book.
func (w *world) bankMoved(p person) (sum money.Amount) {
	for _, e := range w.bank.Journal() {
		if e.Account == p.Account {
			sum += e.Change()
		}
	}
	return sum
}
