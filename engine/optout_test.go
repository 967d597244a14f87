package engine_test

import (
	"context"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/codec"
	"mpg/engine/intake"
	"mpg/engine/user"
)

// offers returns what the owner of a number said of offers, if anything.
func (w *world) offers(number string) *user.Consent {
	w.t.Helper()
	doc, ok, err := w.store.Doc(w.t.Context(), user.ConsentTable, user.ConsentKey(number, user.Offers))
	if err != nil {
		w.t.Fatal(err)
	}
	if !ok {
		return nil
	}
	c := new(user.Consent)
	if err := codec.Decode(doc.Data, c); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// optedOut checks that the consent is kept as withdrawn now.
func (w *world) optedOut(number string) {
	w.t.Helper()
	c := w.offers(number)
	if c == nil || c.On || !c.At.Equal(w.clock()) || c.Text != user.ConsentText || len(c.Source) != 32 || c.Phone != number {
		w.t.Errorf("kept %+v", c)
	}
}

func TestSTOPIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const stranger = "+8613900000077"
	for _, number := range []string{wang, stranger} {
		if w.offers(number) != nil {
			t.Fatal("before it was said")
		}
		w.text(number, "STOP")
		w.expect(number, "Offers are off")
		w.optedOut(number)
	}
	first := w.offers(wang).Source
	w.restart()
	w.pass(time.Hour)
	w.text(wang, "退订")
	w.optedOut(wang)
	if w.offers(wang).Source == first {
		t.Error("the source is still the first text")
	}
}

// STOP stops the order that is open, in one text that says both.
func TestSTOPStopsTheOpenOrder(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"STOP", "Stop!!", "退订"} {
		t.Run("waiting "+word, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{end: call.EndBusy})
			w.text(wang, "PAY 8001 128.50")
			w.expect(wang, "AGAIN")
			w.forget()
			w.text(wang, word)
			w.stoppedBySTOP()
		})
		t.Run("ringing "+word, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{ring: make(chan struct{}), keys: []string{pinOne}})
			w.text(wang, "PAY 8001 128.50")
			w.until("the call", func() bool { return w.calls == 1 })
			w.text(wang, word) // and the call ends, or closing would wait for ever
			w.stoppedBySTOP()
		})
	}
	t.Run("in the call", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		keyed := make(chan struct{})
		w.answers(wang, phone{keys: []string{pinOne}, wait: keyed})
		w.text(wang, "PAY 8001 128.50")
		w.until("the PIN to be asked", func() bool { return len(w.spoken) > 2 })
		w.text(wang, "STOP")
		close(keyed)
		w.stoppedBySTOP()
	})
}

func (w *world) stoppedBySTOP() {
	w.t.Helper()
	told := w.expect(wang, "128.50", "BLUEBIRD FLORIST", "stopped", "Offers are off")
	w.optedOut(wang)
	if p := w.ended(); p.Outcome != "not paid" || p.Reason != "opted out" || !containsAll(told, []string{p.Ref}) {
		w.t.Errorf("%+v", p)
	}
	if _, texts := w.came(); texts != 1 {
		w.t.Errorf("%d texts: %v", texts, w.written())
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}

// A bank that was asked is not called off, and a payment that was made stands:
// STOP says so.
func TestSTOPThatComesTooLate(t *testing.T) {
	t.Parallel()
	t.Run("the bank is asked", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		asked, answer := make(chan struct{}, 1), make(chan struct{})
		w.bank.set(func() {
			w.bank.reply, w.bank.announce, w.bank.wait = bank.Reply{Approved: true, Code: "00"}, asked, answer
		})
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "PAY 8001 45 BANK")
		<-asked
		w.text(wang, "STOP")
		w.expect(wang, "Offers are off", "45.00", "Too late")
		w.optedOut(wang)
		close(answer)
		if p := w.ended(); p.Outcome != "paid" {
			t.Errorf("%+v", p)
		}
	})
	for _, word := range []string{"STOP", "CANCEL"} {
		t.Run(word+" after a payment", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 15000, 150000
			w.e.SetRules(w.rules)
			w.text(wang, "PAY 8001 12")
			w.text(wang, word)
			w.expect(wang, "Offers are off", w.last().Ref, "12.00", "BLUEBIRD FLORIST", "is paid")
			w.optedOut(wang)
			w.pass(time.Hour)
			w.forget()
			w.text(wang, word)
			w.expect(wang, "Offers are off. Receipts")
			if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: "t3"}, wang, 100); err != nil {
				t.Fatal(err)
			}
			w.forget()
			w.pass(time.Minute)
			w.text(wang, word)
			w.expect(wang, "Offers are off. Receipts")
		})
	}
	t.Run("a payment to a person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "SEND 20 13800000002")
		w.expect(wang, "480.00")
		w.text(wang, "STOP")
		w.expect(wang, "Offers are off", "138****0002", "is paid")
		if n := w.count(wang, "Li Lei"); n != 0 {
			t.Error("a person is named")
		}
	})
}

// STOP takes the question back, too.
func TestSTOPAnswersTheQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 15000, 150000
	w.e.SetRules(w.rules)
	for _, body := range []string{"PAY 8001 12", "PAY 8001 12", "STOP", "YES"} {
		w.text(wang, body)
	}
	w.expect(wang, "No payment is waiting")
	w.balance("merchant:8001", "12.00", "12.00")
}

// START withdraws an opt-out, of a subscriber or anybody else. It is kept with its
// source, as an opt-out is, and a copy of it does not turn offers on after another STOP.
func TestStartWithdrawsStop(t *testing.T) {
	t.Parallel()
	const stranger = "+8613900000077"
	for _, number := range []string{wang, stranger} {
		w := newWorld(t)
		say := func(text string, proved bool) {
			w.deliver(intake.Text{Via: "main", From: number, To: "8888", Body: text, Kind: intake.Plain}, proved)
		}
		for _, word := range []string{"START", "订阅"} {
			say("STOP", true)
			w.until("the opt-out", func() bool { c := w.offers(number); return c != nil && !c.On })
			w.forget()
			say(word, true)
			if c := w.offers(number); c == nil || !c.On || c.Text != user.ConsentText || len(c.Source) != 32 || c.Phone != number {
				t.Errorf("%s: kept %+v", word, c)
			}
			if word == "START" {
				w.expect(number, "Offers are on", "STOP")
			}
			w.restart()
			w.pass(time.Hour) // so that no text is a copy of one before the restart
			if c := w.offers(number); c == nil || !c.On {
				t.Errorf("%s, after a restart: kept %+v", word, c)
			}
		}
		say("unstop", false)
		say("STOP please", true)
		say("unstop", false) // a copy
		if c := w.offers(number); c == nil || c.On {
			t.Errorf("after STOP and a copy of START: %+v", c)
		}
	}
}

// START affects nothing but offers: an open order stays as it is.
func TestStartWithAnOpenOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{end: call.EndBusy})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "AGAIN")
	w.text(wang, "START")
	w.expect(wang, "Offers are on")
	if p := w.last(); p.State != "waiting" {
		t.Errorf("%+v", p)
	}
}
