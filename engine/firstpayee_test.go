package engine_test

import (
	"testing"
	"time"

	"mpg/engine/call"
	"mpg/engine/claim"
	"mpg/engine/intent"
)

// firstPayee has large first payments wait, or be asked about.
func firstPayee(wait time.Duration) func(*world) {
	return func(w *world) { w.rules.First = intent.First{Above: 5000, Wait: wait} }
}

// TestAFirstPaymentWaits before its call, with its money held, over a restart too. NO
// stops it, and once it is paid the payee is known.
func TestAFirstPaymentWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, firstPayee(30*time.Minute))
	w.text(wang, "PAY 8001 50.01")
	w.expect(wang, "you have never paid BLUEBIRD FLORIST. We'll call you after 22 Nov 12:30 to confirm CNY 50.01")
	w.balance("purse:"+wang, "500.00", "449.99")
	w.text(wang, "PAY 8001 5")
	w.expect(wang, "A payment is waiting: CNY 50.01 to BLUEBIRD FLORIST")
	w.text(wang, "NO")
	w.expect(wang, "CNY 50.01 to BLUEBIRD FLORIST was stopped")
	w.balance("purse:"+wang, "500.00", "500.00")
	w.forget()
	w.text(wang, "PAY 8001 60")
	w.expect(wang, "We'll call you after")
	if p := w.last(); p.State != "cooling" || p.Until != "2026-11-22T04:30:00Z" || w.called() != 0 {
		t.Fatalf("%s until %q after %d calls", p.State, p.Until, w.called())
	}
	w.restart()
	w.answers(wang, phone{end: call.EndBusy}, phone{keys: []string{pinOne}})
	w.pass(30 * time.Minute)
	w.expect(wang, "Reply AGAIN") // and as long as for any other order
	w.text(wang, "AGAIN")
	w.expect(wang, "you paid CNY 60.00 to BLUEBIRD FLORIST")
	w.until("the end", func() bool { return w.last().State == "done" && w.last().Until == "" })
	w.pays("PAY 8001 70", "you paid CNY 70.00") // the payee is known now
}

// TestASmallPaymentShortensNoWait: a payee who was first paid just now still counts as new.
func TestASmallPaymentShortensNoWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, firstPayee(30*time.Minute))
	w.pays("SEND 1 13800000002", "you sent CNY 1.00")
	w.text(wang, "SEND 60 13800000002")
	w.expect(wang, "you have never paid 138****0002")
	w.text(wang, "NO")
	w.expect(wang, "was stopped")
	w.pass(30 * time.Minute)
	w.pays("SEND 61 13800000002", "you sent CNY 61.00")
}

// TestAFirstPaymentIsAskedAbout, once: YES goes on, NO does not, and the payee is known after
// the payment.
func TestAFirstPaymentIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, firstPayee(0))
	w.text(wang, "PAY 8001 50.01")
	w.expect(wang, "You have never paid BLUEBIRD FLORIST by text. Reply YES within 5 minutes to pay CNY 50.01")
	w.text(wang, "NO")
	w.expect(wang, "it was not paid")
	w.forget()
	w.text(wang, "PAY 8001 50.01")
	w.expect(wang, "You have never paid")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES")
	w.expect(wang, "you paid CNY 50.01")
	w.until("the end", func() bool { return w.last().State == "done" })
	w.pays("PAY 8001 80", "you paid CNY 80.00")
	w.pays("PAY 8001 50", "you paid CNY 50.00")
	if refused := w.refusals(); len(refused) != 2 || refused[0].Reason != "asked_first" {
		t.Errorf("%+v", refused)
	}
}

// TestAFirstPaymentToAName is asked about, and YES means whom the name stood for.
func TestAFirstPaymentToAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, firstPayee(0))
	w.text(wang, "NAME mum 13800000002")
	w.text(wang, "SEND 60 mum")
	w.expect(wang, "You have never paid 138****0002")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES")
	w.expect(wang, "you sent CNY 60.00")
}

// TestStrangersAreNeverKnown: what waits for one number makes no other number known.
func TestStrangersAreNeverKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, firstPayee(0), func(w *world) {
		w.rules.Claim = claim.Rules{Expires: 72 * time.Hour, Open: 5, PerNumber: 5}
	})
	for _, number := range []string{"13900000001", "13900000002"} {
		w.text(wang, "SEND 60 "+number)
		w.expect(wang, "139****000"+number[10:]+" is not registered. Reply YES within 5 minutes")
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "YES")
		w.until("the end", func() bool { return w.last().State == "done" && w.last().Payee == "+86"+number })
	}
}

// TestARequestOfSomebodyNeverPaid is asked about like an order: only the second YES pays it.
func TestARequestOfSomebodyNeverPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, firstPayee(0))
	w.asks("ASK 60 13800000001", "1")
	w.forget()
	w.text(wang, "YES 1")
	w.expect(wang, "You have never paid 138****0002 by text")
	if w.called() != 0 {
		t.Fatal("the first YES has called")
	}
	w.pass(time.Minute) // or it would be taken for a copy
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES 1")
	w.expect(wang, "you sent CNY 60.00")
	w.until("the end", func() bool { return w.last().State == "done" })
	w.balance("purse:"+wang, "440.00", "440.00")
}

// TestAModulesFirstPaymentIsAskedAbout: YES takes a module's order on as its module would, and the
// list of what waits names its amount and payee.
func TestAModulesFirstPaymentIsAskedAbout(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	w.rules.First = intent.First{Above: 5000}
	w.e.SetRules(w.rules)
	w.asks("ASK 50 13800000001", "1")
	w.text(wang, "TANK 100 8001")
	w.expect(wang, "You have never paid BLUEBIRD FLORIST by text. Reply YES within 5 minutes to pay CNY 101.00")
	w.text(wang, "YES")
	w.expect(wang, "0: CNY 101.00 to BLUEBIRD FLORIST; 1: CNY 50.00 to 138****0002")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES 0")
	w.expect(wang, "CNY 101.00 is set aside for BLUEBIRD FLORIST")
	w.balance("purse:"+wang, "500.00", "399.00")
}
