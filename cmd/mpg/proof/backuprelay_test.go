package proof

import (
	"path/filepath"
	"testing"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// inFlight is a relay at the moment of a backup.
type inFlight struct {
	name    string
	first   []host.Fault // of the payer's bank
	second  []host.Fault // of the payee's
	state   string       // in which the backup finds it
	earlier int          // requests before the last one; 1: the money is in transit, or was
	does    host.Outcome // what the bank that was asked last has made of it by then; empty: any
	outcome string       // once the restored daemon has gone on
	why     string
}

func inFlights() []inFlight {
	requests := func(k host.Kind) host.Fault { return host.Fault{Kind: k, On: host.Requests} }
	deaf := host.Fault{Kind: host.Ignore, On: host.Reversals}
	return []inFlight{
		// It loses its line, with what else is on it, so it comes first.
		{name: "the second bank does not answer the reversal", second: []host.Fault{requests(host.DropAfter), deaf}, state: "reversing", earlier: 1, does: host.Credited,
			outcome: "returned", why: "reversed"},
		{name: "paid", state: "done", earlier: 1, outcome: "paid", why: "paid"},
		{name: "returned", second: []host.Fault{{Kind: host.Decline, On: host.Requests, Code: "14"}}, state: "done", earlier: 1, outcome: "returned", why: "declined"},
		{name: "the first bank has paid and is silent", first: []host.Fault{requests(host.Silence)}, state: "sent", does: host.Debited, outcome: "not paid", why: "reversed"},
		{name: "the first bank has not paid and is silent", first: []host.Fault{requests(host.Ignore)}, state: "sent", does: host.Ignored, outcome: "not paid", why: "reversed"},
		{name: "the second bank has paid and is silent", second: []host.Fault{requests(host.Silence)}, state: "sent", earlier: 1, does: host.Credited,
			outcome: "returned", why: "reversed"},
		{name: "the second bank has not paid and is silent", second: []host.Fault{requests(host.Ignore)}, state: "sent", earlier: 1, does: host.Ignored,
			outcome: "returned", why: "reversed"},
	}
}

// TestBackupOfMoneyInTransit copies the books while payments are between two banks, loses
// the daemon, and goes on from the copy elsewhere: each ends once, and the books, the bank's
// own book and what people were told agree.
func TestBackupOfMoneyInTransit(t *testing.T) {
	t.Parallel()
	all := inFlights()
	w := newWorld(t, func(s *settings) { s.products, s.expires, s.bankTimeout = true, bankMax, stateMax })
	w.start()
	w.populate(2 * len(all))
	orders := make([]*order, len(all))
	for i, f := range all {
		orders[i] = w.fly(f, w.people[2*i], w.people[2*i+1], money.Amount(firstCent+i))
	}
	dir := filepath.Join(w.dir, "backup")
	var copied struct{ Sound bool }
	if err := w.op.ask(&copied, "backup", dir); err != nil || !copied.Sound {
		t.Fatalf("the backup is sound: %t, %v", copied.Sound, err)
	}
	w.kill()
	w.clearSky()
	w.set.data = filepath.Join(w.dir, "restored")
	w.write()
	w.restoreInFlight(dir, all)
	w.start()
	r := w.settle()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	for i, f := range all {
		if p := r.paymentOf(orders[i]); p == nil || p.Outcome != f.outcome || p.Reason != f.why {
			t.Errorf("%s: ended as %+v, want %s", f.name, p, f.outcome)
		}
	}
}

// restoreInFlight restores a backup of payments in flight: it names the requests to look up
// at the banks, and the books can be verified before a daemon touches them.
func (w *world) restoreInFlight(dir string, all []inFlight) {
	w.t.Helper()
	unended := 0
	for _, f := range all {
		if f.state != "done" {
			unended++
		}
	}
	var restored struct {
		Open []struct{ Bank, STAN, RRN, Amount, State string }
	}
	if err := w.op.ask(&restored, "restore", dir); err != nil || len(restored.Open) != unended {
		w.t.Fatalf("%d payments had not ended; restore names %+v, %v", unended, restored.Open, err)
	}
	var books struct {
		Sound          bool
		Payments, Open int
	}
	if err := w.op.ask(&books, "ledger", "verify"); err != nil || !books.Sound || books.Payments < len(all) || books.Open != unended {
		w.t.Errorf("without a daemon the books are %+v, %v", books, err)
	}
}

// fly orders a relay and waits until it is where the backup has to find it.
func (w *world) fly(f inFlight, payer, payee person, amount money.Amount) *order {
	w.t.Helper()
	for account, faults := range map[string][]host.Fault{payer.Account: f.first, payee.Account: f.second} {
		for _, fault := range faults {
			fault.Account = account
			w.bank.Fault(fault)
		}
	}
	w.bankUp()
	w.behave(payer, good())
	o := w.order("relay", payer, payee.Number, amount)
	w.send(o)
	asked := payer
	if f.earlier > 0 {
		asked = payee
	}
	eventually(w.t, stateMax, f.name, func() bool {
		p := w.paymentOf(o)
		return p != nil && p.State == f.state && len(p.Earlier) == f.earlier && (f.does == "" || w.dealtWith(o, asked, f.does))
	})
	return o
}
