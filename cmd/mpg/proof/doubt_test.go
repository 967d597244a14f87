package proof

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// apart returns the references of the payments of which the bank's own book tells something
// else than the ledger.
func (j *judgement) apart() []string {
	var refs []string
	add := func(p *payment, moved, posted money.Amount) {
		if moved != posted {
			refs = append(refs, p.Ref)
		}
	}
	for o, all := range j.became {
		for _, p := range all {
			var taken money.Amount
			if p.paid() || p.Outcome == "returned" {
				taken = o.bankTakes()
			}
			if o.bankTakes() > 0 {
				add(p, j.taken[movement{o.From, j.currency.Format(o.bankTakes())}], taken)
			}
		}
	}
	for _, all := range j.refunded {
		for _, p := range all {
			var given money.Amount
			if p.paid() && p.Request != nil {
				given = j.sum(p.Amount)
			}
			add(p, j.given[movement{p.Payee, p.Amount}], given)
		}
	}
	slices.Sort(refs)
	return refs
}

// TestDoubtsAreSeen: the bank has taken money, and paid money out, and says neither that it has
// nor that it has not. While its book and ours differ, the operator sees each difference as a
// doubt: in the list, in the metrics and in the health of the daemon; after a kill as well.
// Once people have looked it up, the three books are equal.
func TestDoubtsAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.tariff, s.expires, s.reversalFor = true, bankMax, time.Second })
	w.start()
	w.populate(5)
	w.bankUp()
	taken, ignored, refunded, paid := w.people[0], w.people[1], w.people[2], w.people[3]
	first := w.made("mdebit", refunded, w.shops[0].Code, nil)
	silent := func(p person, kind host.Kind) {
		w.bank.Fault(host.Fault{Kind: kind, On: host.Requests, Account: p.Account})
		w.bank.Fault(host.Fault{Kind: host.Decline, On: host.Reversals, Account: p.Account, Code: "12"}) // which it does not know
	}
	silent(taken, host.Silence)
	silent(ignored, host.Ignore)
	silent(refunded, host.Silence)
	unsure := []*order{w.fresh("mdebit", taken, w.shops[0].Code), w.fresh("mdebit", ignored, w.shops[0].Code)}
	for _, o := range unsure {
		w.behave(w.people[slices.IndexFunc(w.people, func(p person) bool { return p.Number == o.From })], good())
		w.send(o)
	}
	back := &refund{Of: first.Ref, Shop: first.Payee, To: refunded.Number, Amount: largeCent / 2}
	w.journal.refunds(back)
	w.op.must(t, "", "payment", "refund", back.Of, w.currency.Format(back.Amount), "--reason", refundReason)
	w.journal.refunded(back)
	w.made("mdebit", paid, w.shops[0].Code, nil)
	var want []string // what is in doubt
	eventually(t, bankMax, "three doubts", func() bool {
		want = nil
		for _, p := range w.payments() {
			if p.State == "doubt" {
				want = append(want, p.Ref)
			}
		}
		return len(want) == 3
	})
	slices.Sort(want)
	w.seesDoubts(want)
	w.kill()
	w.start()
	w.seesDoubts(want)
	w.clearSky()
	r := w.settle()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	if left := w.apart(); len(left) > 0 {
		t.Errorf("in the end the books differ by %q", left)
	}
	w.listsDoubts(nil)
}

// apart is judgement.apart of what the bank and the ledger have now.
func (w *world) apart() []string {
	w.t.Helper()
	w.journal.mu.Lock()
	r := w.journal.record
	r.Orders, r.Refunds = slices.Clone(r.Orders), slices.Clone(r.Refunds)
	w.journal.mu.Unlock()
	r.Bank, r.Books.Payments = w.bank.Journal(), w.payments()
	j := newJudgement(&r)
	j.index()
	j.orders()
	return j.apart()
}

// seesDoubts checks that the books differ, and only by payments in doubt, all of which the
// operator sees.
func (w *world) seesDoubts(want []string) {
	w.t.Helper()
	apart := w.apart()
	if len(apart) < 2 {
		w.t.Errorf("the bank has moved money for two payments in doubt, and the books differ by %q only", apart)
	}
	for _, ref := range apart {
		if !slices.Contains(want, ref) {
			w.t.Errorf("the books differ by %s, and nobody sees it: in doubt are %q", ref, want)
		}
	}
	w.listsDoubts(want)
	if health := w.http("/readyz?verbose"); !strings.Contains(health, strconv.Itoa(len(want))+" in doubt") {
		w.t.Errorf("the health of the daemon does not tell of %d doubts: %s", len(want), health)
	}
	if got := w.metric(`mpg_doubt_open{connector="` + bankName + `"}`); got != strconv.Itoa(len(want)) {
		w.t.Errorf("the metrics tell of %q doubts, want %d", got, len(want))
	}
}

// listsDoubts checks what is listed as in doubt.
func (w *world) listsDoubts(want []string) {
	w.t.Helper()
	var items []listed
	if err := readList(w.op, &items, "payment", "list", "--state", "doubt"); err != nil {
		w.t.Fatal(err)
	}
	got := map[string]bool{}
	for _, item := range items {
		got[item.Ref] = true
	}
	if refs := slices.Sorted(maps.Keys(got)); !slices.Equal(refs, want) {
		w.t.Errorf("listed as in doubt are %q, want %q", refs, want)
	}
}
