package engine_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/store"
)

// TestALateReversalAfterResolvedAsPaid: the answer to a reversal that was sent
// before comes when nobody waits for it any more. The bank has given the money
// back, so that the payment stands paid on nobody's money: people have to know.
func TestALateReversalAfterResolvedAsPaid(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	b.answersReversals("12")
	ref := w.payByBank()
	w.comes(ref, "doubt", "doubt")
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "k"}, ref, "paid", "they said so"); err != nil {
		t.Fatal(err)
	}
	m := b.requests()[0]
	b.giveBack(m)
	undone := m.late("00")
	undone.Reversal = true
	w.e.Banks().LateAnswer("icbc", undone)
	p := w.comes(ref, "done", "disputed")
	if p.Outcome != "paid" {
		t.Errorf("%+v", p)
	}
	w.until("the alarm", func() bool { return w.e.Stats().Disputes.Load() == 1 })
}

// TestALateReversalOfAPart: an answer about another amount ends nothing.
func TestALateReversalOfAPart(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	b.answersReversals("-")
	ref := w.payByBank()
	w.until("a reversal", func() bool { return b.tries() > 0 })
	m := b.requests()[0]
	part := m.late("00")
	part.Reversal, part.Amount, part.AmountTold = true, m.Amount-1, true
	w.e.Banks().LateAnswer("icbc", part)
	tries := b.tries()
	w.until("more reversals", func() bool { return b.tries() > tries+2 })
	if p := w.shown(ref); p.State != "reversing" || p.Request.State != "reversing" {
		t.Errorf("a part ended it: %+v %+v", p, p.Request)
	}
	whole := part
	whole.Amount = m.Amount
	b.giveBack(m)
	w.e.Banks().LateAnswer("icbc", whole)
	w.comes(ref, "done", "reversed")
	w.booksAgree(b)
}

// TestTheEndIsTheLastWord: a subscriber asks about a payment at the bank just
// as it ends. The answer that it is being checked must not come after the text
// about the end, which it would also replace.
func TestTheEndIsTheLastWord(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"NO", "STOP", "AGAIN", "PAY 8001 3"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			b.silence(true)
			b.answersReversals("-")
			ref := w.payByBank()
			w.comes(ref, "reversing", "reversing")
			w.expect(wang, ref, "being checked")
			var once sync.Once
			w.told(func(c store.Cmd) {
				if c.Dedup != nil {
					once.Do(func() {
						b.answersReversals("")
						w.comes(ref, "done", "reversed")
					})
				}
			})
			w.text(wang, word)
			w.expect(wang, ref, "was not paid")
			w.text(wang, "BAL")
			w.expect(wang, "500.00")
			w.mu.Lock()
			defer w.mu.Unlock()
			ended := false
			for _, m := range w.texts {
				switch {
				case m.To != wang || !strings.Contains(m.Text, ref):
				case strings.Contains(m.Text, "was not paid"):
					ended = true
				case ended:
					t.Errorf("after the end: %q", m.Text)
				}
			}
		})
	}
}

// TestTheHostReversesWhileWeStop: a reversal that comes while the daemon stops
// is not answered, so that it is repeated and recorded after the start. Any
// answer would end it.
func TestTheHostReversesWhileWeStop(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	ref := w.payByBank()
	w.comes(ref, "done", "answered")
	m := b.requests()[0].undone()
	w.e.Close()
	if taken, err := w.e.Banks().HostReversal("icbc", m); taken || err == nil {
		t.Errorf("taken %v, %v", taken, err)
	}
	w.restart()
	if !w.hostReverses("icbc", m) {
		t.Error("not taken")
	}
	w.comes(ref, "done", "disputed")
}

// TestALateApprovalWhileWeStop: the approval is kept, since the bank does not
// repeat it and the request had ended.
func TestALateApprovalWhileWeStop(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.says("91")
	ref := w.payByBank()
	w.comes(ref, "done", "answered")
	m := b.requests()[0]
	b.book(m)
	w.e.Close()
	w.e.Banks().LateAnswer("icbc", m.late("00"))
	w.restart()
	w.comes(ref, "done", "reversed")
	w.booksAgree(b)
}

// TestAnApprovalWhileWeStop: what the bank answers in time is kept, although mpg is stopping
// by then: the payment is paid, and nothing is undone at the next start.
func TestAnApprovalWhileWeStop(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	asked := make(chan struct{})
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			b.mu.Lock()
			stopping := b.stopping
			b.mu.Unlock()
			close(asked)
			<-stopping
			b.book(m)
			return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved}, nil
		}
	})
	ref := w.payByBank()
	<-asked
	w.restart()
	w.comes(ref, "done", "answered")
	w.expect(wang, ref, "you paid")
	w.booksAgree(b)
	if b.tries() != 0 {
		t.Errorf("the approval was reversed %d times", b.tries())
	}
}

// TestNoCallIsAnnouncedForAnOrderThatHasEnded: the text that a call is coming
// races with the NO that stops the order, and must not be the last word.
func TestNoCallIsAnnouncedForAnOrderThatHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := make(chan struct{})
	w.answers(wang, phone{ring: ring, end: call.EndNoAnswer})
	w.text(wang, "PIN") // its call has the only line to the number
	var once sync.Once
	raced := make(chan struct{})
	w.told(func(c store.Cmd) {
		if c.Dedup == nil && len(c.Outbox) == 1 && strings.Contains(string(c.Outbox[0].Data), string(lang.CallSoon)) {
			once.Do(func() {
				w.text(wang, "NO")
				close(raced)
			})
		}
	})
	w.text(wang, "PAY 8001 7")
	<-raced
	w.expect(wang, "stopped", "7.00")
	close(ring)
	w.text(wang, "BAL")
	w.expect(wang, "500.00")
	if n := w.count(wang, "lines are busy"); n > 0 {
		t.Errorf("a call was announced for an order that had been stopped")
	}
}
