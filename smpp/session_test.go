package smpp_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/smpp/text"
)

func TestTextsBothWays(t *testing.T) {
	t.Parallel()
	got := make(chan smsc.Submit, 10)
	srv := center(t, func(c *smsc.Config) {
		c.OnSubmit = func(s smsc.Submit) (string, pdu.Status) { got <- s; return "id-1", pdu.ROK }
	})
	in := newInbox()
	s := bind(t, config(srv.Addr(), in.take))

	for _, body := range []string{"PAY 8001 128.50", "付 8001 128.50元", "5€ [ok] 😀"} {
		answer := make(chan pdu.Status, 1)
		if err := srv.DeliverAsync(handset, code, body, func(st pdu.Status) { answer <- st }); err != nil {
			t.Fatal(err)
		}
		m := in.next(t)
		if m.Text != body || m.Kind != smpp.Text || m.From != handset[1:] || m.FromTON != pdu.TONInternational || m.To != code {
			t.Fatalf("got %+v", m)
		}
		select {
		case st := <-answer:
			t.Fatalf("acknowledged with %s before Ack", st)
		default:
		}
		s.Ack(m.Delivery, pdu.ROK)
		if st := <-answer; st != pdu.ROK {
			t.Fatalf("answered %s", st)
		}

		o, err := s.Submit(soon(t), smpp.Outgoing{From: code, To: handset, Text: body})
		if err != nil || o.Verdict != smpp.Accepted || o.MessageID != "id-1" {
			t.Fatalf("submit: %+v, %v", o, err)
		}
		if sub := <-got; sub.Text != body || sub.To != handset || sub.From != code || sub.Err != nil {
			t.Fatalf("the SMSC has %+v", sub)
		}
	}
	st := s.Stats()
	if st.Accepted != 3 || st.Messages["text"] != 3 || st.Received["deliver_sm"] != 3 || st.Sent["deliver_sm_resp"] != 3 {
		t.Errorf("stats %+v", st)
	}
}

// An ESME and an SMSC number their requests independently, so the numbers meet.
// The message must reach Deliver, and the submit must get its own response.
func TestDeliverWithSequenceOfSubmit(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	in := newInbox()
	s := run(t, config(play.addr(), in.take))
	p := play.bound()
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal(err)
	}
	done := make(chan smpp.Outcome, 1)
	if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "hello"}, func(o smpp.Outcome) { done <- o }); err != nil {
		t.Fatal(err)
	}
	h, _ := p.expect(pdu.SubmitSM)
	p.deliver(h.SequenceNumber, "PAY 8001 5")
	if m := in.next(t); m.Text != "PAY 8001 5" {
		t.Fatalf("got %q", m.Text)
	} else {
		s.Ack(m.Delivery, pdu.ROK)
	}
	p.answer(pdu.DeliverSMResp, pdu.ROK, h.SequenceNumber)
	select {
	case o := <-done:
		t.Fatalf("the submit ended as %+v on a deliver_sm", o)
	default:
	}
	p.submitResp(h.SequenceNumber, "42")
	if o := <-done; o.Verdict != smpp.Accepted || o.MessageID != "42" {
		t.Fatalf("submit: %+v", o)
	}
}

// An acknowledgement is of its own link, or it would be taken for another
// message's.
func TestAckOfDeadLinkIsDropped(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	in := newInbox()
	s := run(t, config(play.addr(), in.take))
	first := play.bound()
	first.deliver(7, "one")
	one := in.next(t)
	_ = first.conn.Close()
	second := play.bound()
	second.deliver(7, "two")
	two := in.next(t)
	if tok := s.Ack(one.Delivery, pdu.ROK); s.Acknowledged(tok) {
		t.Error("an acknowledgement of a dead link counts as received")
	}
	s.Ack(two.Delivery, pdu.RxPAppn)
	second.answer(pdu.DeliverSMResp, pdu.RxPAppn, 7)
	if n := s.Stats().AcksDropped; n != 1 {
		t.Errorf("%d acknowledgements dropped, want 1", n)
	}
}

// Only an answer to something sent behind an acknowledgement proves that it
// arrived.
func TestAcknowledged(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	in := newInbox()
	s := run(t, config(play.addr(), in.take))
	p := play.bound()
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal(err)
	}
	done := make(chan smpp.Outcome, 2)
	send := func() uint32 {
		if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
			t.Fatal(err)
		}
		h, _ := p.expect(pdu.SubmitSM)
		return h.SequenceNumber
	}
	before := send()
	p.deliver(1, "a")
	token := s.Ack(in.next(t).Delivery, pdu.ROK)
	p.answer(pdu.DeliverSMResp, pdu.ROK, 1)
	p.submitResp(before, "1")
	<-done
	if s.Acknowledged(token) {
		t.Error("proved by the answer to an older request")
	}
	p.submitResp(send(), "2")
	<-done
	if !s.Acknowledged(token) {
		t.Error("not proved by the answer to a later request")
	}
	_ = p.conn.Close()
	second := play.bound()
	second.deliver(1, "b")
	if later := s.Ack(in.next(t).Delivery, pdu.ROK); s.Acknowledged(later) {
		t.Error("proved by another link")
	}
	if !s.Acknowledged(token) {
		t.Error("forgotten with its link")
	}
	if s.Acknowledged(smpp.AckToken{}) {
		t.Error("the zero token is proved")
	}
}

func TestRefusalsAndSilence(t *testing.T) {
	t.Parallel()
	srv := center(t)
	cfg := config(srv.Addr(), newInbox().take)
	cfg.Timeouts.Response = 50 * time.Millisecond
	var now clock
	now.advance(time.Hour)
	cfg.Now = now.Now
	s := bind(t, cfg)
	out := smpp.Outgoing{From: code, To: handset, Text: "x"}
	for _, c := range []struct {
		status    pdu.Status
		transient bool
	}{{pdu.RSubmitFail, false}, {pdu.RInvDstAdr, false}, {pdu.RxTAppn, true}, {pdu.RThrottled, true}} {
		srv.SetFaults(smsc.Faults{Submit: c.status})
		o, err := s.Submit(soon(t), out)
		if err != nil || o.Verdict != smpp.Refused || o.Status != c.status || o.Transient() != c.transient {
			t.Errorf("%s: %+v, transient %v, %v", c.status, o, o.Transient(), err)
		}
	}
	if s.Stats().Throttled != 1 {
		t.Error("ESME_RTHROTTLED made no pause")
	}
	now.advance(time.Minute) // past the pause
	srv.SetFaults(smsc.Faults{Mute: true})
	done := make(chan smpp.Outcome, 1)
	if err := s.Send(soon(t), out, func(o smpp.Outcome) { done <- o }); err != nil {
		t.Fatal(err)
	}
	now.advance(cfg.Timeouts.Response - 1)
	until(t, "at the SMSC", func() bool { return srv.Stats().Submits == 5 })
	if len(done) > 0 {
		t.Error("given up before its time")
	}
	now.advance(1)
	if o := <-done; o.Verdict != smpp.Uncertain {
		t.Errorf("unanswered: %+v", o)
	}
	if st := s.Stats(); st.Refusals["ESME_RTHROTTLED"] != 1 || st.Uncertain != 1 {
		t.Errorf("stats %+v", st)
	}
}

func TestSubmitsOfLostLinkAreUncertain(t *testing.T) {
	t.Parallel()
	srv := center(t)
	srv.SetFaults(smsc.Faults{Delay: time.Hour})
	cfg := config(srv.Addr(), newInbox().take)
	cfg.Window = 10
	s := bind(t, cfg)
	done := make(chan smpp.Outcome, 10)
	for range 10 {
		if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := s.Send(short, smpp.Outgoing{From: code, To: handset, Text: "x"}, func(smpp.Outcome) { t.Error("done of a Send that failed") })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("full window: %v", err)
	}
	until(t, "all at the SMSC", func() bool { return srv.Stats().Submits == 10 })
	srv.DropLinks()
	for range 10 {
		if o := <-done; o.Verdict != smpp.Uncertain {
			t.Fatalf("got %+v", o)
		}
	}
	until(t, "bound again with an empty window", func() bool {
		st := s.Stats()
		return st.Bound && st.WindowUsed == 0 && st.Binds == 2
	})
}

func TestRedeliveryUntilAcknowledged(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"new sequence": false, "same sequence": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := center(t, func(c *smsc.Config) { c.KeepSequence = keep })
			in := newInbox()
			s := bind(t, config(srv.Addr(), in.take))
			answer := make(chan pdu.Status, 3)
			for _, body := range []string{"one", "two", "three"} {
				if err := srv.DeliverAsync(handset, code, body, func(st pdu.Status) { answer <- st }); err != nil {
					t.Fatal(err)
				}
			}
			s.Ack(in.next(t).Delivery, pdu.ROK)
			<-answer
			in.next(t)
			in.next(t)
			srv.DropLinks()
			for _, body := range []string{"two", "three"} {
				m := in.next(t)
				if m.Text != body {
					t.Fatalf("redelivered %q, want %q", m.Text, body)
				}
				s.Ack(m.Delivery, pdu.ROK)
				<-answer
			}
			if st := srv.Stats(); st.Delivered != 3 || st.Redelivered != 2 || st.Waiting != 0 {
				t.Errorf("stats %+v", st)
			}
		})
	}
}

func TestInboxFull(t *testing.T) {
	t.Parallel()
	srv := center(t)
	in := newInbox()
	in.full = true
	cfg := config(srv.Addr(), in.take)
	bind(t, cfg)
	if st, err := srv.Deliver(soon(t), handset, code, "x"); err != nil || st != pdu.RMsgQFul {
		t.Errorf("Deliver said no: %s, %v", st, err)
	}

	roomy := newInbox()
	cfg = config(srv.Addr(), roomy.take)
	cfg.InboxMax = 2
	other := center(t)
	cfg.Addr = other.Addr()
	s := bind(t, cfg)
	for range 2 {
		if err := other.DeliverAsync(handset, code, "x", nil); err != nil {
			t.Fatal(err)
		}
	}
	if st, err := other.Deliver(soon(t), handset, code, "third"); err != nil || st != pdu.RMsgQFul {
		t.Errorf("over InboxMax: %s, %v", st, err)
	}
	s.Ack(roomy.next(t).Delivery, pdu.ROK)
	if err := other.DeliverAsync(handset, code, "fourth", nil); err != nil {
		t.Fatal(err)
	}
	roomy.next(t)
	if m := roomy.next(t); m.Text != "fourth" {
		t.Errorf("got %q", m.Text)
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	srv := center(t)
	srv.SetFaults(smsc.Faults{Delay: 20 * time.Millisecond})
	in := newInbox()
	cfg := config(srv.Addr(), in.take)
	cfg.Timeouts.Unbind = patience
	s, err := smpp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal(err)
	}
	var finished atomic.Bool
	if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(smpp.Outcome) { finished.Store(true) }); err != nil {
		t.Fatal(err)
	}
	if err := srv.DeliverAsync(handset, code, "before", nil); err != nil {
		t.Fatal(err)
	}
	before := in.next(t)
	drained := make(chan error, 1)
	go func() { drained <- s.Drain(soon(t)) }()
	until(t, "Send refuses", func() bool {
		err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(smpp.Outcome) {})
		return errors.Is(err, smpp.ErrDraining)
	})
	if st, err := srv.Deliver(soon(t), handset, code, "after"); err != nil || st != pdu.RxTAppn {
		t.Errorf("while draining: %s, %v", st, err)
	}
	select {
	case err := <-drained:
		t.Fatal("drained with a delivery unacknowledged:", err)
	default:
	}
	s.Ack(before.Delivery, pdu.ROK)
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error("Run:", err)
	}
	if !finished.Load() {
		t.Error("the submit was not waited for")
	}
	if err := srv.WaitBound(soon(t), 0); err != nil {
		t.Error("still bound at the SMSC:", err)
	}
	if st := s.Stats(); st.Uncertain > 0 || st.WindowUsed != 0 || st.Sent["unbind"] != 1 || st.Received["unbind_resp"] != 1 {
		t.Errorf("stats %+v", st)
	}
	if err := s.Run(context.Background()); !errors.Is(err, smpp.ErrRun) {
		t.Error("second Run:", err)
	}
}

func TestDrainGivesUpInTime(t *testing.T) {
	t.Parallel()
	srv := center(t)
	in := newInbox()
	s := bind(t, config(srv.Addr(), in.take))
	if err := srv.DeliverAsync(handset, code, "never acknowledged", nil); err != nil {
		t.Fatal(err)
	}
	in.next(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	if err := s.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if srv.Stats().Waiting != 1 {
		t.Error("the SMSC no longer has the message")
	}
}

func TestSendRefuses(t *testing.T) {
	t.Parallel()
	srv := center(t)
	s := bind(t, config(srv.Addr(), newInbox().take))
	long := strings.Repeat("x", 161)
	for _, c := range []struct {
		name string
		out  smpp.Outgoing
		want error
	}{
		{"161 septets", smpp.Outgoing{From: code, To: handset, Text: long}, smpp.ErrTooLong},
		{"81 escapes", smpp.Outgoing{From: code, To: handset, Text: strings.Repeat("€", 81)}, smpp.ErrTooLong},
		{"71 units", smpp.Outgoing{From: code, To: handset, Text: strings.Repeat("付", 71)}, smpp.ErrTooLong},
		{"a novel", smpp.Outgoing{From: code, To: handset, Text: strings.Repeat(long, 1000)}, smpp.ErrTooLong},
		{"no number", smpp.Outgoing{From: code, To: "", Text: "x"}, smpp.ErrAddress},
		{"no sender", smpp.Outgoing{From: "", To: handset, Text: "x"}, smpp.ErrAddress},
		{"name as number", smpp.Outgoing{From: code, To: "BANK", Text: "x"}, smpp.ErrAddress},
		{"NUL smuggled", smpp.Outgoing{From: code, To: "+8613800\x000000", Text: "x"}, smpp.ErrAddress},
		{"21 digits", smpp.Outgoing{From: code, To: strings.Repeat("1", 21), Text: "x"}, smpp.ErrAddress},
		{"broken UTF-8", smpp.Outgoing{From: code, To: handset, Text: "\xff"}, text.ErrUTF8},
	} {
		err := s.Send(soon(t), c.out, func(smpp.Outcome) { t.Errorf("%s: done called", c.name) })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if st := s.Stats(); st.Sent["submit_sm"] != 0 || st.WindowUsed != 0 {
		t.Errorf("stats %+v", st)
	}
	for _, good := range []string{strings.Repeat("x", 160), strings.Repeat("€", 80), strings.Repeat("Δ", 160), strings.Repeat("付", 70), ""} {
		if o, err := s.Submit(soon(t), smpp.Outgoing{From: "BLUEBIRD", To: handset, Text: good}); err != nil || o.Verdict != smpp.Accepted {
			t.Errorf("%d octets: %+v, %v", len(good), o, err)
		}
	}
}

func TestNotBound(t *testing.T) {
	t.Parallel()
	s, err := smpp.New(config("127.0.0.1:1", newInbox().take))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Submit(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"})
	if !errors.Is(err, smpp.ErrNotBound) || s.Bound() {
		t.Error(err)
	}
	if err := s.Drain(soon(t)); err != nil {
		t.Error("Drain before Run:", err)
	}
}
