package engine_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/intake"
)

const stranger = "+8613900000009"

// asks texts a request of li for money to wang, and waits until it has reached wang.
func (w *world) asks(text, no string) {
	w.t.Helper()
	w.text(li, text)
	w.expect(wang, "Request "+no+": 138****0002 (Li L) asks you for")
}

// TestARequestIsPaid: the person asked answers with its number, or without one if nothing else
// waits, hears what is paid to whom, keys the PIN, and has paid once. The asker gets a
// receipt.
func TestARequestIsPaid(t *testing.T) {
	t.Parallel()
	for _, yes := range []string{"YES 1", "YES", "是 1"} {
		t.Run(yes, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.asks("ASK 50 13800000001 lunch", "1")
			w.expect(li, "We have passed on your request for CNY 50.00 to 138****0001")
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, yes)
			if p := w.ended(); p.Outcome != "paid" || p.Amount != "50.00" || p.Memo != "lunch" {
				t.Errorf("%+v", p)
			}
			if !w.said("Payment to Li L, mobile number one three eight, zero zero zero zero, zero zero zero two.") {
				t.Error("the payer did not hear whom they pay")
			}
			w.expect(wang, "you sent CNY 50.00 to 138****0002")
			w.expect(li, "you received CNY 50.00 from 138****0001")
			w.balance("purse:"+wang, "450.00", "450.00")
			w.forget()
			w.text(wang, "YES 1")
			w.expect(wang, "There is no request 1 now")
			w.balance("purse:"+wang, "450.00", "450.00")
		})
	}
}

// TestARequestIsRefused: nothing is taken and the asker is told. Refused for good, or with
// requests turned off, nothing of the asker comes any more, which the asker cannot see.
func TestARequestIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		no, told string
		later    bool // whether a later request comes
	}{
		{"NO 1", "was refused, as you asked", true},
		{"NO", "was refused, as you asked", true},
		{"NO 1 ALWAYS", "can no longer ask you for money", false},
		{"ASK OFF", "will no longer reach you", false},
	} {
		t.Run(tt.no, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.asks("ASK 50 13800000001", "1")
			w.text(wang, tt.no)
			w.expect(wang, tt.told)
			if tt.no != "ASK OFF" {
				w.expect(li, "138****0001 did not accept your request for CNY 50.00")
			}
			w.forget()
			w.text(li, "ASK 20 13800000001")
			w.expect(li, "We have passed on your request for CNY 20.00")
			if came := w.count(wang, "asks you for") == 1; came != tt.later {
				t.Errorf("a later request came: %v", came)
			}
			if !tt.later {
				w.text(wang, "ASK ON")
				w.expect(wang, "reach you again")
				w.text(li, "ASK 21 13800000001")
				w.expect(wang, "asks you for CNY 21.00")
			}
			w.balance("purse:"+wang, "500.00", "500.00")
			if w.called() != 0 {
				t.Error("somebody was called")
			}
		})
	}
}

// TestAskingTellsNothing: whoever asks gets the same answer whether the number is registered,
// blocked, unwilling or has too many requests waiting.
func TestAskingTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.rules.Ask.Open = 1 })
	answer := func(text, number string) string {
		w.t.Helper()
		w.forget()
		w.text(li, text)
		return strings.ReplaceAll(w.expect(li, "passed on your request"), number, "NUMBER")
	}
	registered := answer("ASK 50 13800000001", "138****0001")
	full := answer("ASK 50 13800000001", "138****0001")
	w.block(wang)
	blocked := answer("ASK 50 13800000001", "138****0001")
	unknown := answer("ASK 50 13900000009", "139****0009")
	if registered != full || registered != blocked || registered != unknown {
		t.Errorf("the answers differ: %q %q %q %q", registered, full, blocked, unknown)
	}
	if n := w.count(stranger, ""); n != 0 {
		t.Errorf("%d texts to a number that is not registered", n)
	}
	w.forget()
	w.text(li, "ASK 50 13800000001") // the fourth to one number in a day
	w.expect(li, "made too many requests")
	w.text(li, "ASK 50 13800000002")
	w.expect(li, "your own number")
}

// TestWhichOfSeveral: a YES or NO without a number is taken for none of several things that
// wait, and is answered with the list. An open order is what NO stops.
func TestWhichOfSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asks("ASK 50 13800000001", "1")
	w.asks("ASK 20 13800000001", "2")
	for _, word := range []string{"YES", "NO"} {
		w.forget()
		w.text(wang, word)
		w.expect(wang, "Several things await your answer: 1: CNY 50.00 to 138****0002; 2: CNY 20.00 to 138****0002.")
	}
	w.text(wang, "NO 7")
	w.forget()
	w.text(wang, "YES 7")
	w.expect(wang, "There is no request 7. Waiting: 1: CNY 50.00")
	rings := make(chan struct{})
	w.answers(wang, phone{ring: rings})
	w.text(wang, "PAY 8001 7")
	w.until("the call", func() bool { return w.calls == 1 })
	w.forget()
	w.text(wang, "NO")
	w.expect(wang, "CNY 7.00 to BLUEBIRD FLORIST was stopped")
	close(rings)
	w.forget()
	w.text(wang, "NO 2")
	w.expect(wang, "Request 2 from 138****0002 (Li L) for CNY 20.00 was refused")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES")
	w.expect(wang, "you sent CNY 50.00")
	w.balance("purse:"+wang, "450.00", "450.00")
}

// TestAQuestionIsNumberZero: the question about an equal order waits beside requests, and can
// be answered all the same.
func TestAQuestionIsNumberZero(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ answer, told string }{{"YES 0", "you paid CNY 7.00"}, {"NO 0", "it was not paid again"}} {
		t.Run(tt.answer, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "PAY 8001 7")
			w.ended()
			w.expect(wang, "you paid CNY 7.00")
			w.asks("ASK 50 13800000001", "1")
			w.text(wang, "PAY 8001 7")
			w.expect(wang, "Reply YES within 5 minutes")
			w.text(wang, "YES")
			w.expect(wang, "0: CNY 7.00 to BLUEBIRD FLORIST; 1: CNY 50.00 to 138****0002")
			w.forget()
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, tt.answer)
			w.expect(wang, tt.told)
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "YES 1")
			w.expect(wang, "you sent CNY 50.00")
		})
	}
}

// TestARequestExpires: after a day nothing answers it, and its number means nothing.
func TestARequestExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asks("ASK 50 13800000001", "1")
	w.restart()
	w.pass(24*time.Hour - time.Minute)
	w.asks("ASK 20 13800000001", "2")
	w.pass(time.Minute)
	w.forget()
	w.text(wang, "YES 1")
	w.expect(wang, "There is no request 1. Waiting: 2: CNY 20.00")
	if w.called() != 0 {
		t.Error("a request that has expired was paid")
	}
}

// TestARequestThatCannotBePaidWaits: an order that is refused leaves the request, which can be
// answered once what was lacking is there.
func TestARequestThatCannotBePaidWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asks("ASK 600 13800000001", "1")
	w.text(wang, "YES 1")
	w.expect(wang, "Your purse is short by CNY 100.00")
	w.topUp("more", 10000)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES 1")
	w.expect(wang, "you sent CNY 600.00")
	w.balance("purse:"+wang, "0.00", "0.00")
}

// TestTwoAnswersAtOnce: YES and NO to one request by two binds at the same moment: one of them
// is first, and the request is paid once, or refused, or its order is stopped.
func TestTwoAnswersAtOnce(t *testing.T) {
	t.Parallel()
	for _, second := range []string{"YES 1", "NO 1"} {
		t.Run(second, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.asks("ASK 50 13800000001", "1")
			w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
			var all sync.WaitGroup
			for _, body := range []string{"YES 1", second} {
				all.Go(func() {
					done := make(chan bool, 1)
					w.e.Receive(intake.Text{Via: "main", By: "main", From: wang, To: "8888", Body: body, Kind: intake.Plain,
						Ack: func(took bool) func() bool { done <- took; return func() bool { return false } }})
					<-done
				})
			}
			all.Wait()
			w.until("an end", func() bool {
				paid, refused, stopped := 0, 0, 0
				for _, m := range w.texts {
					if m.To == li && strings.Contains(m.Text, "you received CNY 50.00") {
						paid++
					}
					if m.To == li && strings.Contains(m.Text, "did not accept") {
						refused++
					}
					if m.To == wang && strings.Contains(m.Text, "was stopped, as you asked") {
						stopped++ // NO came while the order was open
					}
				}
				return paid+refused+stopped == 1
			})
			if w.count(li, "you received") == 1 {
				w.balance("purse:"+wang, "450.00", "450.00")
				return
			}
			w.balance("purse:"+wang, "500.00", "500.00")
		})
	}
}
