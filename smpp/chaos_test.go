package smpp_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// ledger notes what became of each text that came in.
type ledger struct {
	mu    sync.Mutex
	token map[string]smpp.AckToken // of its last acknowledgement
	again int
}

// take acknowledges m. A text that comes again must not be one whose
// acknowledgement was proved to have arrived.
func (l *ledger) take(t *testing.T, s *smpp.Session, m smpp.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, seen := l.token[m.Text]; seen {
		l.again++
		if s.Acknowledged(before) {
			t.Errorf("%q comes again after its acknowledgement was proved", m.Text)
		}
	}
	l.token[m.Text] = s.Ack(m.Delivery, pdu.ROK)
}

// Links break at any moment while texts go both ways. Each text in is
// acknowledged to the SMSC in the end and none that it holds acknowledged was
// never taken; each text out ends once, and none is called accepted that the
// SMSC did not accept.
func TestNothingIsLostWhenLinksBreak(t *testing.T) {
	t.Parallel()
	const texts, breakEvery = 2000, 250
	var accepted atomic.Int64
	srv := center(t, func(c *smsc.Config) {
		c.Window = 20
		c.OnSubmit = func(smsc.Submit) (string, pdu.Status) { accepted.Add(1); return "", pdu.ROK }
	})
	in := newInbox()
	cfg := config(srv.Addr(), in.take)
	cfg.Window = 20
	s := bind(t, cfg)
	book := &ledger{token: make(map[string]smpp.AckToken)}
	ctx, stop := context.WithCancel(context.Background())
	var takers sync.WaitGroup
	for range 4 {
		takers.Go(func() {
			for {
				select {
				case m := <-in.ch:
					book.take(t, s, m)
				case <-ctx.Done():
					return
				}
			}
		})
	}

	var delivered, ends sync.WaitGroup
	var verdicts [4]atomic.Int64
	delivered.Add(texts)
	ends.Add(texts)
	for i := range texts {
		text := fmt.Sprintf("PAY 8001 %d", i)
		if err := srv.DeliverAsync(handset, code, text, func(st pdu.Status) {
			if st != pdu.ROK {
				t.Errorf("%q answered %s", text, st)
			}
			delivered.Done()
		}); err != nil {
			t.Fatal(err)
		}
		sendOnce(t, s, func(o smpp.Outcome) {
			verdicts[o.Verdict].Add(1)
			ends.Done()
		})
		if i%breakEvery == breakEvery/2 {
			srv.DropLinks()
		}
	}
	delivered.Wait()
	ends.Wait()
	stop()
	takers.Wait()

	if len(book.token) != texts || srv.Stats().Waiting != 0 {
		t.Errorf("%d of %d texts taken, %d still waiting", len(book.token), texts, srv.Stats().Waiting)
	}
	yes, unsure := verdicts[smpp.Accepted].Load(), verdicts[smpp.Uncertain].Load()
	if yes+unsure != texts || yes > accepted.Load() || yes+unsure < accepted.Load() {
		t.Errorf("%d accepted and %d uncertain of %d; the SMSC has %d", yes, unsure, texts, accepted.Load())
	}
	t.Logf("%d links, %d texts came again, %d submits uncertain", s.Stats().Binds, book.again, unsure)
}

// sendOnce waits for a link as often as it takes.
func sendOnce(t *testing.T, s *smpp.Session, done func(smpp.Outcome)) {
	t.Helper()
	ctx := soon(t)
	for {
		err := s.Send(ctx, smpp.Outgoing{From: code, To: handset, Text: "paid"}, done)
		if err == nil {
			return
		}
		if !errors.Is(err, smpp.ErrNotBound) {
			t.Fatal(err)
		}
		if err := s.WaitBound(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// A caller that gives up does not learn how the text ended, and cannot harm the
// session.
func TestSubmitGivenUp(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	s := run(t, config(play.addr(), newInbox().take))
	p := play.bound()
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	type result struct {
		o   smpp.Outcome
		err error
	}
	results := make(chan result, 1)
	go func() {
		o, err := s.Submit(ctx, smpp.Outgoing{From: code, To: handset, Text: "x"})
		results <- result{o, err}
	}()
	h, _ := p.expect(pdu.SubmitSM)
	cancel()
	if r := <-results; r.o.Verdict != smpp.Uncertain || !errors.Is(r.err, context.Canceled) {
		t.Errorf("%+v", r)
	}
	p.submitResp(h.SequenceNumber, "late")
	until(t, "the late answer is counted", func() bool { st := s.Stats(); return st.Accepted == 1 && st.WindowUsed == 0 })
}
