package engine_test

import (
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/bank/host"
	"mpg/engine/lang"
	"mpg/store/money"
)

// TestBankMayOweNoMore: an order that would take a bank above what it may owe is refused
// before the call, and counted; what is on its way counts, too.
func TestBankMayOweNoMore(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	w.close()
	w.owes = map[string]money.Amount{"icbc": 10000}
	w.open()
	b.says("00")
	for _, amount := range []string{"45", "45.01"} { // an order like the last would be asked about
		w.payFromBank(amount)
		if p := w.ended(); p.Outcome != "paid" {
			t.Fatalf("within the limit: %+v", p)
		}
	}
	w.forget()
	w.text(wang, "PAY 8001 10 BANK")
	w.expect(wang, lang.SMS(lang.EN, lang.BankClosed, lang.Args{}))
	if n := w.called(); n != 0 || w.e.Stats().BankFull.Load() != 1 {
		t.Errorf("%d calls, %d refusals counted", n, w.e.Stats().BankFull.Load())
	}
	w.payFromBank("9.99")
	if p := w.ended(); p.Outcome != "paid" {
		t.Errorf("up to the limit: %+v", p)
	}
	w.balance("bank:icbc", "100.00", "100.00")
	w.close()
	w.owes = map[string]money.Amount{"icbc": 0}
	w.open()
	w.payFromBank("10")
	if p := w.ended(); p.Outcome != "paid" {
		t.Errorf("without a limit: %+v", p)
	}
}

// TestAnIssuerMayOweNoMore: what it may owe for cards is limited from its first card payment on.
func TestAnIssuerMayOweNoMore(t *testing.T) {
	t.Parallel()
	w, _ := cardWorld(t)
	w.close()
	w.owes = map[string]money.Amount{"icbc": 5000}
	w.open()
	full := lang.SMS(lang.EN, lang.CardAway, lang.Args{})
	w.text(wang, "PAY 8001 50.01 CARD")
	w.expect(wang, full)
	ref := w.ordersByCard()
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	w.forget()
	calls := w.called()
	w.text(wang, "PAY 8001 20.01 CARD")
	w.expect(wang, full)
	if n := w.e.Stats().BankFull.Load(); n != 2 || w.called() != calls {
		t.Errorf("%d refusals counted, %d calls more", n, w.called()-calls)
	}
	w.balance("card:icbc", "30.00", "30.00")
	if share, err := w.e.Books().Owed(t.Context(), "icbc"); err != nil || share != 0.6 {
		t.Errorf("it owes %v of what it may, %v", share, err)
	}
}

// TestBreaker: a bank that fails several times in a row gets no orders until it answers an
// echo. One more failure is then enough.
func TestBreaker(t *testing.T) {
	t.Parallel()
	w, h := hostWorld(t, patience)
	w.close()
	w.breakers = map[string]acquirer.Breaker{"icbc": {After: 2, Wait: 50 * time.Millisecond}}
	w.open()
	state := func() string { return w.e.Admin().Status().Banks[0].State }
	fail := func(amount string) {
		t.Helper()
		ref := w.payFromBank(amount)
		w.until(ref+" to be declined", func() bool { p, err := w.e.Admin().Payment(t.Context(), ref); return err == nil && p.State == "done" })
	}
	h.Fault(host.Fault{Kind: host.Decline, Code: "91", On: host.Requests})
	fail("41")
	if state() != "up" {
		t.Errorf("after one failure: %s", state())
	}
	h.Fault(host.Fault{Kind: host.Decline, Code: "91", On: host.Networks}) // it says the same to the echo
	fail("42")
	w.until("orders to be refused", func() bool { return state() != "up" })
	w.forget()
	w.text(wang, "PAY 8001 43 BANK")
	w.expect(wang, lang.SMS(lang.EN, lang.BankClosed, lang.Args{}))
	if w.called() != 0 {
		t.Error("called though the bank fails")
	}
	h.ClearFaults()
	w.until("orders to be taken again", func() bool { return state() == "up" })
	h.Fault(host.Fault{Kind: host.Decline, Code: "91", On: host.Requests, Times: 1})
	w.payFromBank("44")
	w.until("orders to be refused after one more failure", func() bool { return w.e.Stats().BankBreaks.Load() == 2 })
	w.until("orders to be taken at last", func() bool { return state() == "up" })
	w.payFromBank("46")
	if p := w.ended(); p.Outcome != "paid" {
		t.Errorf("in the end: %+v", p)
	}
}

// TestStatusOfBanks: people see the lines of a bank.
func TestStatusOfBanks(t *testing.T) {
	t.Parallel()
	w, _ := hostWorld(t, patience)
	banks := w.e.Admin().Status().Banks
	if len(banks) != 1 || banks[0].Bank != "icbc" || banks[0].State != "up" || len(banks[0].Lines) != 1 || !banks[0].Lines[0].Up {
		t.Errorf("%+v", banks)
	}
}

// payFromBank orders amount, which must differ from that of the last order, and keys the PIN.
func (w *world) payFromBank(amount string) (ref string) {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 "+amount+" BANK")
	return w.last().Ref
}
