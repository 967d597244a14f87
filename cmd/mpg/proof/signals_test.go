package proof

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mpg/ivr/phone"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/store/money"
)

// endsCleanly sends SIGTERM to the daemon and fails where it does not exit with
// 0 after it has told systemd.
func (w *world) endsCleanly(d *daemon) {
	w.t.Helper()
	if code := d.awaitEnd(); code != 0 {
		w.t.Errorf("serve ended with %d after SIGTERM, want 0\n%s", code, d.tail())
	}
	if !d.tells("STOPPING=1") {
		w.t.Error("systemd was not told STOPPING")
	}
}

// TestDrainFinishesCalls: SIGTERM in the middle of a call lets it end, with the
// payment and the receipts; a text that comes after the signal is left to the
// next start.
func TestDrainFinishesCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.drain = stateMax })
	d := w.start()
	w.populate(2)
	p := w.people[0]
	w.phones.Set(p.Number, phone.Behaviour{Acts: []phone.Act{atOnce("1"), {Wait: phone.Quiet, Delay: 2 * time.Second, Keys: p.PIN}}})
	o := w.order("mpurse", p, w.shops[0].Code, firstCent)
	pressed := w.keysPressed(p.Number)
	w.send(o)
	eventually(t, stateMax, "the first key", func() bool { return pressed() > 0 })
	d.signal(syscall.SIGTERM)
	eventually(t, stateMax, "the drain", func() bool { return d.logged("draining") })
	w.behave(w.people[1], good())
	late := w.order("mpurse", w.people[1], w.shops[0].Code, firstCent+1)
	w.send(late)
	w.endsCleanly(d)
	if got := len(w.journal.textsTo(p.Number, o.Sent)); got == 0 {
		t.Error("the caller has no receipt from before the end")
	}
	if w.journal.unacked() != 1 {
		t.Errorf("%d orders are unacknowledged; the late one should be", w.journal.unacked())
	}
	w.start()
	w.judged(t, map[*order]string{o: "paid", late: "paid"})
}

// TestDrainEndsCallsPolitely: a phone that rings beyond the drain stops ringing,
// serve ends with 0 in time, and the order goes on after the next start.
func TestDrainEndsCallsPolitely(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.drain, s.expires = time.Second, stateMax })
	d := w.start()
	w.populate(2)
	p := w.people[0]
	w.phones.Set(p.Number, phone.Behaviour{Does: phone.NeverAnswers})
	o := w.order("mp2p", p, w.people[1].Number, firstCent)
	w.send(o)
	eventually(t, stateMax, "ringing", func() bool { return engaged(w, p) })
	d.signal(syscall.SIGTERM)
	w.endsCleanly(d)
	eventually(t, stateMax, "the end of the ringing", func() bool { return !engaged(w, p) })
	w.start()
	w.awaitText(p.Number, o.Sent, "word that nothing was taken", func(words string) bool { says, _ := read(words); return says == saidCallLost })
	w.behave(p, good())
	w.say(p.Number, "again")
	w.judged(t, map[*order]string{o: "paid"})
}

// TestDrainKeepsTheOutbox: receipts that the SMSC does not take are kept over
// SIGTERM and sent after the next start.
func TestDrainKeepsTheOutbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.drain = time.Second })
	d := w.start()
	w.populate(2)
	w.smsc.SetFaults(smsc.Faults{Submit: pdu.RThrottled})
	w.behave(w.people[0], good())
	o := w.order("mpurse", w.people[0], w.shops[0].Code, firstCent)
	w.send(o)
	eventually(t, stateMax, "the payment", func() bool { return w.state(o) == "done" })
	d.signal(syscall.SIGTERM)
	w.endsCleanly(d)
	if got := w.journal.textsTo(w.people[0].Number, o.Sent); len(got) > 0 {
		t.Fatalf("a receipt was sent at a time when none could be: %q", got)
	}
	w.clearSky()
	w.start()
	w.judged(t, map[*order]string{o: "paid"})
}

// TestReload: SIGHUP takes a limit over; a file with a mistake changes nothing
// and is told.
func TestReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	d := w.start()
	w.populate(2)
	w.payOnce("mpurse", 0, good())

	w.set.payment = "1.00"
	w.write()
	d.signal(syscall.SIGHUP)
	eventually(t, stateMax, "the reload", func() bool { return d.logged("configuration reloaded") })
	w.refusedFor(1, "1.00")

	broken := strings.Replace(w.set.toml(), "[limit]\npayment", "[limit]\npaymnet", 1)
	if err := os.WriteFile(w.file(), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGHUP)
	eventually(t, stateMax, "word of the mistake", func() bool { return d.logged("not reloaded") && d.logged("paymnet") })
	w.refusedFor(2, "1.00")
	w.write()
	w.judged(t, nil)
}

// TestOwnTextsAreReloaded: SIGHUP takes changed texts over; a file with a mistake, which is
// told with its line, changes nothing, and changed words wait for the next start.
func TestOwnTextsAreReloaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.set.payment = "1.00"
	w.set.orderKeys = "words = \"words.toml\"\n[texts]\nfile = \"texts.toml\"\n"
	own := func(name, text string) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(w.file()), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own("words.toml", "[balance]\nen = [\"purse please\"]\n")
	own("texts.toml", "[en.sms]\nover-payment = \"Nothing was taken: at most {limit} here.\"\n")
	w.write()
	d := w.start()
	w.populate(2)
	w.refusedFor(1, "1.00 here.")

	own("texts.toml", "[en.sms]\nover-payment = \"Nothing was taken: at most {limit} today.\"\n")
	own("words.toml", "[balance]\nen = [\"purse now\"]\n")
	d.signal(syscall.SIGHUP)
	eventually(t, stateMax, "the reload", func() bool { return d.logged("configuration reloaded") })
	if !d.logged("order.words") {
		t.Error("not told that changed words wait for the next start")
	}
	w.refusedFor(2, "1.00 today.")

	own("texts.toml", "[en.sms]\n\nover-payment = \"Nothing was taken: too much.\"\n")
	d.signal(syscall.SIGHUP)
	eventually(t, stateMax, "word of the mistake", func() bool {
		return d.logged("not reloaded") && d.logged("texts.toml:3: en.sms.over-payment: lacks {limit}")
	})
	w.refusedFor(3, "1.00 today.")
	own("texts.toml", "")
	w.judged(t, nil)
}

// TestFeesAndLimitsAreReloaded: SIGHUP takes other fees and limits over as a whole; a file with
// a mistake, which is told with its line, changes nothing.
func TestFeesAndLimitsAreReloaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.set.payment = "100.00"
	w.set.limitKeys = "files = [\"limits.toml\"]\n"
	w.set.orderKeys = "[tariff]\nfiles = [\"fees.toml\"]\n"
	own := func(name, text string) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(w.file()), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own("fees.toml", "[all]\nproduct = \"mpurse\"\nflat = \"1\"\n")
	own("limits.toml", "[all]\npayment_max = \"10\"\n[high]\ntier = \"1\"\npayment_max = \"20\"\n")
	w.write()
	d := w.start()
	w.populate(1)
	number := w.people[0].Number
	says := func(amount, charged string, allowed bool) {
		t.Helper()
		var v struct {
			Charged string
			Allowed bool
		}
		if err := w.op.ask(&v, "limit", "test", number, amount); err != nil || v.Charged != charged || v.Allowed != allowed {
			t.Errorf("%s: %+v, %v; want %s, %t", amount, v, err, charged, allowed)
		}
	}
	says("9.00", "10.00", true)
	says("9.01", "10.01", false)
	w.op.must(t, "", "user", "set", number, "--tier", "1", "--key", "tier-1")
	says("9.01", "10.01", true)
	w.refusedFor(1900, "20.00") // an order of more than 19.00, with its fee

	own("fees.toml", "[all]\nproduct = \"mpurse\"\nflat = \"2\"\n")
	own("limits.toml", "[all]\npayment_max = \"5\"\n")
	d.signal(syscall.SIGHUP)
	eventually(t, stateMax, "the reload", func() bool { return d.logged("configuration reloaded") })
	says("3.00", "5.00", true)
	says("3.01", "5.01", false)

	own("fees.toml", "[all]\nproduct = \"mpurse\"\nflat = \"3\"\n")
	own("limits.toml", "[all]\npayment_max = \"6\"\npayment_mix = \"1\"\n")
	d.signal(syscall.SIGHUP)
	eventually(t, stateMax, "word of the mistake", func() bool {
		return d.logged("not reloaded") && d.logged("limits.toml:3: all.payment_mix: is not known")
	})
	refused := func() string {
		t.Helper()
		var status struct{ Refused struct{ Why []string } }
		if err := w.op.ask(&status, "status"); err != nil {
			t.Error(err)
		}
		return strings.Join(status.Refused.Why, "\n")
	}
	eventually(t, stateMax, "the status to say so", func() bool { return strings.Contains(refused(), "limits.toml:3: all.payment_mix: is not known") })
	says("3.00", "5.00", true)
	says("3.01", "5.01", false)

	own("limits.toml", "[all]\npayment_max = \"6\"\n")
	d.signal(syscall.SIGHUP)
	eventually(t, stateMax, "the status to say no more", func() bool { return refused() == "" })
	says("3.00", "6.00", true)
	says("3.01", "6.01", false)
	w.judged(t, nil)
}

// refusedFor orders number n of the run and waits for the answer that it is over
// the limit.
func (w *world) refusedFor(n int, limit string) {
	w.t.Helper()
	p := w.people[0]
	o := w.order("mpurse", p, w.shops[0].Code, money.Amount(firstCent+n))
	w.send(o)
	w.awaitText(p.Number, o.Sent, "word of the limit", func(words string) bool {
		says, _ := read(words)
		return says == saidRefused && strings.Contains(words, limit)
	})
}

// judged waits until all is quiet and judges the run; each of the orders must
// have ended for its reason.
func (w *world) judged(t *testing.T, reasons map[*order]string) {
	t.Helper()
	r := w.settle()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	for o, reason := range reasons {
		if p := r.paymentOf(o); p == nil || p.Reason != reason {
			t.Errorf("%s ended as %+v, want %s", o.Text, p, reason)
		}
	}
}
