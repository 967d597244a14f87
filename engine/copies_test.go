package engine_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/call"
	"mpg/engine/claim"
	"mpg/engine/intake"
	"mpg/engine/intent"
	numbers "mpg/engine/phone"
)

// remade is a stop of the engine and a start of another over the same store.
func (w *world) remade(change func(*engine.Config)) {
	w.t.Helper()
	w.e.Close()
	cfg := w.config()
	change(&cfg)
	var err error
	if w.e, err = engine.New(cfg); err != nil {
		w.t.Fatal(err)
	}
	if err := w.e.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// free lets small payments go without a call, and never asks "again?".
func (w *world) free() {
	w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 15000, 150000
	w.rules.Repeat = 0
	w.e.SetRules(w.rules)
}

// by is a text of Wang's over a bind. It is remembered, with its time, a moment after it is
// acknowledged, and before the next of the same sender, so one that means nothing follows.
func (w *world) by(bind, body string, proved bool) {
	w.t.Helper()
	w.deliver(intake.Text{Via: bind, From: wang, To: "8888", Body: body, Kind: intake.Plain}, proved)
	w.deliver(intake.Text{Via: bind, From: wang, To: "8888", Kind: intake.Unusable}, true)
}

// drained waits until all texts of the outbox are sent.
func (w *world) drained() {
	w.t.Helper()
	w.until("an empty outbox", func() bool {
		for _, err := range w.store.Outbox(w.t.Context(), 0, 0) {
			return err != nil
		}
		return true
	})
}

// came returns how many calls and texts to Wang there were.
func (w *world) came() (calls, texts int) {
	w.drained()
	n := w.count(wang, "")
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls, n
}

// Words that were acknowledged, as the SMSC is known to know, are other texts
// after a restart.
func TestAWordIsSaidBeforeAndAfterARestart(t *testing.T) {
	t.Parallel()
	t.Run("AGAIN", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.answers(wang, phone{end: call.EndBusy}, phone{end: call.EndBusy}, phone{keys: []string{pinOne}})
		w.text(wang, "PAY 8001 128.50")
		w.expect(wang, "AGAIN")
		w.forget()
		w.text(wang, "AGAIN")
		w.expect(wang, "AGAIN")
		w.restart()
		w.text(wang, "AGAIN")
		if p := w.ended(); p.Outcome != "paid" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("NO", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.answers(wang, phone{end: call.EndBusy}, phone{end: call.EndBusy})
		w.text(wang, "PAY 8001 10")
		w.expect(wang, "AGAIN")
		w.text(wang, "NO")
		w.ended()
		w.restart()
		w.forget()
		w.text(wang, "PAY 8001 20")
		w.expect(wang, "AGAIN")
		w.text(wang, "NO")
		if p := w.ended(); p.Reason != "stopped" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("YES", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 15000, 150000
		w.e.SetRules(w.rules)
		for _, body := range []string{"PAY 8001 10", "PAY 8001 10", "YES", "PAY 8001 10"} {
			w.text(wang, body)
		}
		w.balance("merchant:8001", "20.00", "20.00")
		w.restart()
		w.text(wang, "YES")
		w.balance("merchant:8001", "30.00", "30.00")
	})
}

// A text whose acknowledgement is on its way while the engine closes has its proof
// kept as well.
func TestAWordIsAcknowledgedAsTheEngineCloses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acking, closing := make(chan bool, 1), make(chan struct{})
	text := intake.Text{Via: "main", From: wang, To: "8888", Body: "BAL", Kind: intake.Plain}
	text.Ack = func(took bool) func() bool {
		acking <- took
		<-closing
		return func() bool { return true }
	}
	if !w.e.Receive(text) || !<-acking {
		t.Fatal("the text was not taken in")
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		w.close()
	}()
	w.until("the engine to close", func() bool {
		return !w.e.Receive(intake.Text{Via: "main", From: li, To: "8888", Body: "BAL", Kind: intake.Plain, Ack: func(bool) func() bool { return nil }})
	})
	close(closing)
	<-closed
	w.open()
	w.text(wang, "BAL")
	if _, texts := w.came(); texts != 2 {
		t.Errorf("%d texts: %v", texts, w.written())
	}
}

// The same with nothing open: each is answered.
func TestAWordIsAnsweredBeforeAndAfterARestart(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"BAL", "LAST", "HELP", "LANG EN", "NO", "AGAIN"} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.text(wang, body)
			w.restart()
			w.text(wang, body)
			if _, texts := w.came(); texts != 2 {
				t.Errorf("%d texts: %v", texts, w.written())
			}
		})
	}
	t.Run("three restarts", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for range 4 {
			w.text(wang, "BAL")
			w.pass(4 * time.Minute)
			w.restart()
		}
		if _, texts := w.came(); texts != 4 {
			t.Errorf("%d texts: %v", texts, w.written())
		}
	})
}

// eachRun runs test for copies that come in the same run, and for such that come
// after a restart.
func eachRun(t *testing.T, test func(t *testing.T, w *world, stop func())) {
	t.Parallel()
	for _, restarts := range []bool{false, true} {
		t.Run(map[bool]string{false: "in one run", true: "after a restart"}[restarts], func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test(t, w, func() {
				w.drained()
				if restarts {
					w.restart()
				}
				w.forget()
			})
		})
	}
}

// A word whose acknowledgement may not have arrived is a copy, or said once
// more: it does nothing, and tells what is open if that came up since.
func TestAnAGAINThatMayBeACopyDoesNothing(t *testing.T) {
	eachRun(t, func(t *testing.T, w *world, stop func()) {
		w.answers(wang, phone{end: call.EndBusy}, phone{end: call.EndBusy})
		w.text(wang, "PAY 8001 10")
		w.expect(wang, "AGAIN")
		w.forget()
		w.by("main", "AGAIN", false)
		w.expect(wang, "AGAIN")
		stop()
		w.by("main", "AGAIN", false)
		w.by("main", "AGAIN", true)
		if calls, texts := w.came(); calls != 0 || texts != 1 {
			t.Errorf("%d calls, %d texts, want the same text once more: %v", calls, texts, w.written())
		}
		w.text(wang, "AGAIN") // now it was surely said once more
		w.until("a call", func() bool { return w.calls == 1 })
	})
}

// A copy of the NO that stopped the order before does not stop this one.
func TestANOThatMayBeACopyStopsNothing(t *testing.T) {
	for _, word := range []string{"NO", "CANCEL", "STOP"} {
		t.Run(word, func(t *testing.T) {
			eachRun(t, func(t *testing.T, w *world, stop func()) {
				w.answers(wang, phone{end: call.EndBusy}, phone{end: call.EndBusy})
				w.text(wang, "PAY 8001 10")
				w.expect(wang, "AGAIN")
				w.by("main", word, false)
				w.ended()
				w.by("main", word, false)
				w.text(wang, "PAY 8001 20")
				w.expect(wang, "20.00", "AGAIN")
				stop()
				w.by("main", word, false)
				w.by("main", word, true)
				if w.expect(wang, "20.00", "NO"); w.last().State == "done" {
					t.Error("a copy stopped the second order")
				}
				if _, texts := w.came(); texts != 1 {
					t.Errorf("%d texts: %v", texts, w.written())
				}
				w.text(wang, word)
				if p := w.ended(); p.Outcome == "paid" {
					t.Errorf("%+v", p)
				}
			})
		})
	}
}

// A NO that may be a copy of the one that stopped a payment refuses no request for money, and
// tells which of them it would have meant.
func TestANOThatMayBeACopyRefusesNothing(t *testing.T) {
	for requests, told := range []string{"", "Request 1: 138****0002 (Li L) asks you for CNY 1.00.", "Several things await your answer: 1: CNY 1.00 to 138****0002; 2: CNY 2.00"} {
		t.Run(strconv.Itoa(requests), func(t *testing.T) {
			eachRun(t, func(t *testing.T, w *world, stop func()) {
				for no := 1; no <= requests; no++ {
					w.asks(fmt.Sprintf("ASK %d 13800000001", no), strconv.Itoa(no))
				}
				w.answers(wang, phone{end: call.EndBusy})
				w.text(wang, "PAY 8001 10")
				w.expect(wang, "AGAIN")
				w.by("main", "NO", false)
				w.ended()
				stop()
				w.by("main", "NO", false)
				w.by("main", "NO", true)
				if told == "" {
					if _, texts := w.came(); texts != 0 {
						t.Errorf("%d texts: %v", texts, w.written())
					}
					return
				}
				w.expect(wang, told)
				if _, texts := w.came(); texts != 1 {
					t.Errorf("%d texts: %v", texts, w.written())
				}
				w.text(wang, "NO 1")
				w.expect(wang, "Request 1 from 138****0002 (Li L) for CNY 1.00 was refused")
			})
		})
	}
}

// A copy of the YES to the question before is none to this one.
func TestAYESThatMayBeACopyPaysNothing(t *testing.T) {
	eachRun(t, func(t *testing.T, w *world, stop func()) {
		w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 15000, 150000
		w.e.SetRules(w.rules)
		w.text(wang, "PAY 8001 10")
		w.text(wang, "PAY 8001 10") // asks
		w.by("main", "YES", false)
		w.text(wang, "PAY 8001 10") // asks
		stop()
		w.by("main", "YES", false)
		w.expect(wang, "Same as", "YES")
		w.balance("merchant:8001", "20.00", "20.00")
		w.by("main", "YES", true)
		w.text(wang, "YES")
		w.balance("merchant:8001", "30.00", "30.00")
	})
}

// Nor is it one to a question about the first payment to somebody, of which it is told again.
func TestAYESThatMayBeACopyPaysNobodyNew(t *testing.T) {
	const known, new = "You have never paid BLUEBIRD FLORIST by text. Reply YES", "You have never paid 138****0002 by text. Reply YES within 5 minutes to pay CNY 60.00"
	for name, tt := range map[string]struct {
		asked func(w *world)
		yes   string
		new   string
	}{
		"an order":   {func(w *world) { w.text(wang, "SEND 60 13800000002") }, "YES", new},
		"a stranger": {func(w *world) { w.text(wang, "SEND 60 13900000009") }, "YES", "139****0009 is not registered. Reply YES within 5 minutes"},
		"a request": {func(w *world) {
			w.text(li, "ASK 60 13800000001")
			w.expect(wang, "asks you for")
			w.by("main", "YES 1", false)
		}, "YES 1", new},
	} {
		t.Run(name, func(t *testing.T) {
			eachRun(t, func(t *testing.T, w *world, stop func()) {
				w.rules.First = intent.First{Above: 5000}
				w.rules.Claim = claim.Rules{Expires: 72 * time.Hour, Open: 2, PerNumber: 2}
				w.e.SetRules(w.rules)
				w.text(wang, "PAY 8001 50.01")
				w.expect(wang, known)
				w.answers(wang, phone{keys: []string{pinOne}})
				w.by("main", "YES", false)
				w.ended()
				w.forget()
				tt.asked(w)
				w.expect(wang, tt.new)
				stop()
				w.by("main", tt.yes, false)
				w.expect(wang, tt.new)
				w.by("main", tt.yes, true)
				if calls, texts := w.came(); calls != 0 || texts != 1 {
					t.Errorf("%d calls, %d texts, want the question once more: %v", calls, texts, w.written())
				}
				w.answers(wang, phone{keys: []string{pinOne}})
				w.text(wang, tt.yes)
				w.expect(wang, "you sent CNY 60.00")
			})
		})
	}
}

func TestAPINThatMayBeACopyCallsNobody(t *testing.T) {
	eachRun(t, func(t *testing.T, w *world, stop func()) {
		w.by("main", "PIN", false)
		w.expect(wang, "PIN")
		stop()
		w.by("main", "PIN", false)
		if calls, texts := w.came(); calls != 0 || texts != 0 {
			t.Errorf("%d calls, %d texts", calls, texts)
		}
	})
}

// What only asks is answered once more after a while: that costs one text.
func TestABALThatMayBeACopy(t *testing.T) {
	eachRun(t, func(t *testing.T, w *world, stop func()) {
		w.by("main", "BAL", false)
		stop()
		w.by("main", "BAL", false)
		if _, texts := w.came(); texts != 0 {
			t.Errorf("a copy was answered: %v", w.written())
		}
		w.pass(time.Minute)
		w.by("main", "BAL", false)
		w.expect(wang, "500.00")
	})
}

// An equal text by another bind is a copy, whatever became of the first.
func TestOneTextByTwoBindsIsPaidOnce(t *testing.T) {
	t.Parallel()
	for _, proved := range []bool{false, true} {
		w := newWorld(t)
		w.free()
		w.by("main", "PAY 8001 10", proved)
		w.expect(wang, "you paid")
		w.pass(2 * time.Second)
		w.deliver(intake.Text{Via: "backup", From: "13800000001", FromType: numbers.AddressNational, To: "8888", Body: "PAY 8001 10", Kind: intake.Plain}, true)
		w.balance("purse:"+wang, "490.00", "490.00")
	}
}

// Two receivers that are answered by one bind are two binds.
func TestOneTextByTwoReceivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.free()
	for _, by := range []string{"left", "right"} {
		w.deliver(intake.Text{Via: "main", By: by, From: wang, To: "8888", Body: "PAY 8001 10", Kind: intake.Plain}, true)
		w.balance("purse:"+wang, "490.00", "490.00")
	}
}

// A bind that had no acknowledgement delivers once more, whatever another one had.
func TestACopyByABindThatHadNoAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.free()
	for i, d := range []struct {
		bind   string
		proved bool
		left   string
	}{
		{"main", false, "490.00"}, {"backup", true, "490.00"}, // the copy
		{"backup", true, "490.00"}, {"main", true, "490.00"}, // by main, too
		{"backup", true, "480.00"}, // and this is another order
	} {
		w.by(d.bind, "PAY 8001 10", d.proved)
		w.balance("purse:"+wang, d.left, d.left)
		if w.pass(time.Minute); t.Failed() {
			t.Fatalf("delivery %d", i+1)
		}
	}
}

// A copy that comes by another bind after a restart is known as well.
func TestOneTextByTwoBindsAndARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.free()
	w.by("main", "PAY 8001 10", true)
	w.drained()
	w.restart()
	w.by("backup", "PAY 8001 10", true)
	w.balance("purse:"+wang, "490.00", "490.00")
}

// Two orders of the same words are two where the first was surely acknowledged,
// on whatever binds: paid without a question, or asked.
func TestTwoOrdersOfTheSameWords(t *testing.T) {
	t.Parallel()
	for _, second := range []string{"main", "backup"} {
		w := newWorld(t)
		w.remade(func(c *engine.Config) { c.Binds = []string{"main", "backup"} })
		w.free()
		w.by("main", "PAY 8001 10", true)
		w.pass(5 * time.Minute)
		w.by(second, "PAY 8001 10", true)
		w.balance("purse:"+wang, "480.00", "480.00")
		w.rules.Repeat = 24 * time.Hour
		w.e.SetRules(w.rules)
		w.pass(5 * time.Minute)
		w.by("main", "PAY 8001 11", true)
		w.pass(5 * time.Minute)
		w.by(second, "PAY 8001 11", true)
		w.expect(wang, "Same as", "YES")
		w.balance("purse:"+wang, "469.00", "469.00")
	}
}

// However a bind writes a sender, its texts are taken in one after the other.
func TestPAYAndNOByTwoBindsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acked := make(chan bool, 100)
	ack := func(bool) func() bool { acked <- true; return nil }
	for range 10 {
		w.e.Receive(intake.Text{Via: "main", From: "86 138-0000 0001", FromType: numbers.AddressInternational, To: "8888", Body: "PAY 8001 10", Kind: intake.Plain, Ack: ack})
		w.e.Receive(intake.Text{Via: "main", From: "13800000001", FromType: numbers.AddressUnknown, To: "8888", Body: "NO", Kind: intake.Plain, Ack: ack})
		for range 2 {
			<-acked
		}
		if p := w.last(); p.State != "done" || p.Reason != "stopped" {
			t.Fatalf("%+v", p)
		}
		w.pass(time.Hour)
	}
}

// TestAnOrderAfterTheClockIsSetBack is the subscriber's second one: the first was
// surely acknowledged, whatever the clock says since, and it is asked about.
func TestAnOrderAfterTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 7")
	w.expect(wang, "7.00", "you paid")
	w.pass(-time.Hour)
	w.text(wang, "BAL")
	w.expect(wang, "493.00")
	w.forget()
	w.text(wang, "PAY 8001 7")
	w.expect(wang, "7.00", "Reply YES")
}

// spellings are all ways to write an English word in capitals and small letters.
func spellings(word string) []string {
	all := []string{""}
	for _, r := range word {
		var longer []string
		for _, s := range all {
			longer = append(longer, s+strings.ToUpper(string(r)), s+strings.ToLower(string(r)))
		}
		all = longer
	}
	return all
}

// A word that a proved acknowledgement covers is obeyed, however many others were
// said in between: each spelling is a word of its own, and there is no room to
// remember them all.
func TestNoStopsAnOrderAfterManyWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.by("main", "NO", true)
	}
	for _, word := range slices.Concat(spellings("BAL"), spellings("HELP"), spellings("LAST")) {
		w.by("main", word, true)
	}
	w.drained()
	w.forget()
	w.by("main", "PAY 8001 12.60", true)
	w.expect(wang, "did not answer", "12.60")
	w.by("main", "NO", true)
	w.expect(wang, "stopped", "12.60")
	w.balance("purse:"+wang, "500.00", "500.00")
}
