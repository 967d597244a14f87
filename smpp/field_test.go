package smpp_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/smpp/text"
)

// bindResp answers a bind of any kind.
func (p *peer) bindResp(h pdu.Header) {
	p.t.Helper()
	resp, err := pdu.AppendBindResp(nil, h.CommandID.Response(), pdu.ROK, h.SequenceNumber, &pdu.BindResp{SystemID: []byte("SMSC")})
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(resp)
}

// Whatever an SMSC sends before it answers the bind is answered or passed over,
// and the bind then stands.
func TestPDUsBeforeBindResp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		send   func(p *peer)
		answer pdu.CommandID // 0: none
		status pdu.Status
	}{
		{"enquire_link", func(p *peer) { p.bare(pdu.EnquireLink, pdu.ROK, 7) }, pdu.EnquireLinkResp, pdu.ROK},
		{"deliver_sm", func(p *peer) { p.deliver(7, "PAY 8001 5") }, pdu.DeliverSMResp, pdu.RxTAppn},
		{"a deliver_sm that is cut short", func(p *peer) { p.bare(pdu.DeliverSM, pdu.ROK, 7) }, pdu.DeliverSMResp, pdu.RxTAppn},
		{"data_sm", func(p *peer) { p.bare(pdu.DataSM, pdu.ROK, 7) }, pdu.DataSMResp, pdu.RInvCmdID},
		{"alert_notification", func(p *peer) { p.bare(pdu.AlertNotification, pdu.ROK, 7) }, 0, 0},
		{"a response to nothing", func(p *peer) { p.bare(pdu.SubmitSMResp, pdu.ROK, 7) }, 0, 0},
		{"a vendor's request", func(p *peer) { p.bare(0x00010200, pdu.ROK, 7) }, pdu.GenericNack, pdu.RInvCmdID},
		{"outbind", func(p *peer) { p.bare(pdu.Outbind, pdu.ROK, 7) }, pdu.GenericNack, pdu.RInvCmdID},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play := newScript(t)
			in := newInbox()
			s := run(t, config(play.addr(), in.take))
			p := play.accept()
			h, _ := p.expect(pdu.BindTransceiver)
			for range 3 {
				c.send(p)
				if c.answer != 0 {
					p.answer(c.answer, c.status, 7)
				}
			}
			p.bindResp(h)
			if err := s.WaitBound(soon(t)); err != nil {
				t.Fatal("not bound:", err)
			}
			p.deliver(8, "BAL")
			if m := in.next(t); m.Text != "BAL" {
				t.Errorf("taken in: %q", m.Text)
			}
			if st := s.Stats(); st.Early != 3 || st.BindFailures != 0 {
				t.Errorf("%d early, %d failures", st.Early, st.BindFailures)
			}
		})
	}
}

// Talk does not lengthen the time for an answer to the bind.
func TestBindTimeIsOneForAll(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	cfg := config(play.addr(), newInbox().take)
	cfg.Timeouts.Bind = 100 * time.Millisecond
	s := run(t, cfg)
	p := play.accept()
	p.expect(pdu.BindTransceiver)
	until(t, "given up", func() bool {
		_, err := p.conn.Write(pdu.AppendHeader(nil, pdu.EnquireLink, pdu.ROK, 1))
		return err != nil || s.Stats().BindFailures > 0
	})
}

func TestAnswerToAnotherBindIsNone(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	s := run(t, config(play.addr(), newInbox().take))
	p := play.accept()
	p.expect(pdu.BindTransceiver)
	p.bare(pdu.BindReceiverResp, pdu.ROK, 1)
	p.gone()
	if s.Bound() {
		t.Error("bound")
	}
}

// The simulated SMSC with the same faults: the text that came too early comes
// again, and is taken in once.
func TestEarlyAndPadded(t *testing.T) {
	t.Parallel()
	for padding := range 6 {
		srv := center(t)
		srv.SetFaults(smsc.Faults{Early: true, Padding: padding})
		answer := make(chan pdu.Status, 1)
		if err := srv.DeliverAsync(handset, code, "PAY 8001 1.50", func(st pdu.Status) { answer <- st }); err != nil {
			t.Fatal(err)
		}
		withTLV := pdu.SM{SourceAddr: []byte(handset[1:]), SourceAddrTON: 1, DestinationAddr: []byte(code), ShortMessage: []byte("BAL"), TLVs: pdu.TLVs{2, 4, 0, 2, 0, 7}}
		if err := srv.Inject(&withTLV, nil); err != nil {
			t.Fatal(err)
		}
		in := newInbox()
		s := bind(t, config(srv.Addr(), in.take))
		m := in.next(t)
		s.Ack(m.Delivery, pdu.ROK)
		if st := <-answer; m.Text != "PAY 8001 1.50" || st != pdu.ROK {
			t.Errorf("%d NULs: %q, %s", padding, m.Text, st)
		}
		if m := in.next(t); m.Text != "BAL" {
			t.Errorf("%d NULs: %q", padding, m.Text)
		}
		if st := s.Stats(); st.Messages["text"] != 2 || st.Early != 3 || st.Malformed != 0 {
			t.Errorf("%d NULs: %d texts, %d early, %d malformed", padding, st.Messages["text"], st.Early, st.Malformed)
		}
	}
}

// muteCenter returns an SMSC that answers everything but submit_sm, a clock, and a
// session bound to it that waits 10 s for a response.
func muteCenter(t *testing.T) (*smsc.Server, *clock, *smpp.Session) {
	t.Helper()
	srv := center(t)
	srv.SetFaults(smsc.Faults{MuteSubmits: true})
	now := new(clock)
	now.advance(time.Hour)
	cfg := config(srv.Addr(), newInbox().take)
	cfg.Now = now.Now
	cfg.Timeouts.Response, cfg.Timeouts.EnquireLink = 10*time.Second, time.Hour
	return srv, now, bind(t, cfg)
}

// One text is enough to notice a mute SMSC: its next try may be minutes away.
func TestMuteSMSCWithOneText(t *testing.T) {
	t.Parallel()
	_, now, s := muteCenter(t)
	done := make(chan smpp.Outcome, 1)
	if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
		t.Fatal(err)
	}
	now.advance(10 * time.Second)
	<-done
	until(t, "the link has been tried", func() bool { return s.Stats().Received["enquire_link_resp"] == 1 })
	now.advance(20 * time.Second)
	until(t, "bound again", func() bool { return s.Stats().Binds == 2 && s.Bound() })
	if ok, why := s.Working(); ok || !strings.Contains(why, "not answered") {
		t.Errorf("working %v: %q", ok, why)
	}
}

// An SMSC that answers enquire_link and no submit_sm is bound to anew, and does
// not count as working until it answers.
func TestMuteSMSC(t *testing.T) {
	t.Parallel()
	srv, now, s := muteCenter(t)
	if ok, why := s.Working(); !ok {
		t.Error("not working at first:", why)
	}
	out := smpp.Outgoing{From: code, To: handset, Text: "x"}
	done := make(chan smpp.Outcome, 10)
	send := func(n int) {
		for range n {
			if err := s.Send(soon(t), out, func(o smpp.Outcome) { done <- o }); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(1)
	now.advance(10 * time.Second)
	if o := <-done; o.Verdict != smpp.Uncertain {
		t.Errorf("%+v", o)
	}
	until(t, "the link is tried at once", func() bool { return s.Stats().Sent["enquire_link"] == 1 })
	send(2)
	now.advance(9 * time.Second)
	until(t, "the clock is looked at", func() bool { return s.Stats().Received["enquire_link_resp"] == 1 })
	if s.Stats().LinksLost > 0 {
		t.Error("a slow centre is given up")
	}
	now.advance(time.Second)
	<-done
	<-done
	until(t, "bound again", func() bool { return s.Stats().Binds == 2 && s.Bound() })
	if ok, why := s.Working(); ok || !strings.Contains(why, "not answered") {
		t.Errorf("working %v: %q", ok, why)
	}
	srv.SetFaults(smsc.Faults{})
	changed := s.Changed()
	if o, err := s.Submit(soon(t), out); err != nil || o.Verdict != smpp.Accepted {
		t.Fatalf("%+v, %v", o, err)
	}
	select {
	case <-changed:
	case <-time.After(patience):
		t.Error("nobody is told that it works again")
	}
	if ok, why := s.Working(); !ok || why != "" {
		t.Errorf("working %v after an answer: %q", ok, why)
	}
}

// One answer in between, even a late one or a refusal, and the row begins anew.
func TestSlowSMSCIsNotMute(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	var now clock
	now.advance(time.Hour)
	cfg := config(play.addr(), newInbox().take)
	cfg.Now = now.Now
	cfg.Timeouts.Response, cfg.Timeouts.EnquireLink = 10*time.Second, time.Hour
	s := run(t, cfg)
	p := play.bound()
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		done := make(chan smpp.Outcome, 1)
		if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
			t.Fatal(err)
		}
		h, _ := p.expect(pdu.SubmitSM)
		now.advance(12 * time.Second)
		if o := <-done; o.Verdict != smpp.Uncertain {
			t.Fatalf("%+v", o)
		}
		probe, _ := p.expect(pdu.EnquireLink)
		p.bare(pdu.EnquireLinkResp, pdu.ROK, probe.SequenceNumber)
		until(t, "the link is alive", func() bool { return s.Stats().Received["enquire_link_resp"] == uint64(i+1) })
		if i%2 == 1 { // late, but an answer
			p.bare(pdu.SubmitSMResp, pdu.RSysErr, h.SequenceNumber)
			until(t, "read", func() bool { return s.Stats().Stray == uint64(i/2+1) })
		}
	}
	if st := s.Stats(); st.LinksLost > 0 || st.Uncertain != 6 {
		t.Errorf("%d links lost, %d uncertain", st.LinksLost, st.Uncertain)
	}
}

// ESME_RINVBNDSTS says that the SMSC no longer knows the bind, wherever it says
// it. The text is not to blame.
func TestForgottenBind(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*peer, *clock, *smpp.Session){
		"submit_sm_resp": func(p *peer, _ *clock, s *smpp.Session) {
			done := make(chan smpp.Outcome, 1)
			if err := s.Send(soon(p.t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
				p.t.Fatal(err)
			}
			h, _ := p.expect(pdu.SubmitSM)
			p.bare(pdu.SubmitSMResp, pdu.RInvBndSts, h.SequenceNumber)
			if o := <-done; o.Permanent() || o.Status != pdu.RInvBndSts {
				p.t.Errorf("the text is given up: %+v", o)
			}
		},
		"enquire_link_resp": func(p *peer, now *clock, _ *smpp.Session) {
			now.advance(time.Minute)
			h, _ := p.expect(pdu.EnquireLink)
			p.bare(pdu.EnquireLinkResp, pdu.RInvBndSts, h.SequenceNumber)
		},
		"generic_nack": func(p *peer, now *clock, _ *smpp.Session) {
			now.advance(time.Minute)
			h, _ := p.expect(pdu.EnquireLink)
			p.bare(pdu.GenericNack, pdu.RInvBndSts, h.SequenceNumber)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play := newScript(t)
			var now clock
			now.advance(time.Hour)
			var log bytes.Buffer
			cfg := config(play.addr(), newInbox().take)
			cfg.Now = now.Now
			cfg.Timeouts.EnquireLink, cfg.Timeouts.Response = time.Minute, time.Hour
			cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
			s := run(t, cfg)
			p := play.bound()
			if err := s.WaitBound(soon(t)); err != nil {
				t.Fatal(err)
			}
			forget(p, &now, s)
			p.gone()
			play.bound()
			until(t, "bound again", func() bool { return s.Stats().Binds == 2 })
			if !strings.Contains(log.String(), "no longer knows the bind") {
				t.Error("not logged")
			}
		})
	}
	srv := center(t)
	s := bind(t, config(srv.Addr(), newInbox().take))
	srv.SetFaults(smsc.Faults{Forgotten: true})
	if o, err := s.Submit(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}); err != nil || o.Status != pdu.RInvBndSts {
		t.Errorf("%+v, %v", o, err)
	}
	until(t, "the link ends", func() bool { return s.Stats().LinksLost > 0 })
}

// mpg asks on its own initiative, however much the SMSC asks.
func TestEnquireLinkWhileTheSMSCAsks(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	var now clock
	cfg := config(play.addr(), newInbox().take)
	cfg.Now = now.Now
	cfg.Timeouts.EnquireLink, cfg.Timeouts.Response = 20*time.Second, time.Hour
	run(t, cfg)
	p := play.bound()
	for asked := uint32(1); asked <= 3; {
		p.bare(pdu.EnquireLink, pdu.ROK, 1)
		f, err := p.in.Next()
		if err != nil {
			t.Fatal(err)
		}
		switch h := f.Header(); h.CommandID {
		case pdu.EnquireLinkResp:
			now.advance(time.Second)
		case pdu.EnquireLink:
			p.bare(pdu.EnquireLinkResp, pdu.ROK, h.SequenceNumber)
			asked++
		default:
			t.Fatal(h.CommandID)
		}
	}
	if since := now.Now().Sub(time.Unix(0, 0)); since < time.Minute {
		t.Errorf("three times within %s", since)
	}
}

// An acknowledgement that left late proves nothing, although it arrived; one in
// time does.
func TestAcknowledgedInTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		stall, commit time.Duration // before it is read, and until it is acknowledged
		want          bool
	}{
		{"at once", 0, 0, true},
		{"after a slow commit", 0, 1900 * time.Millisecond, true},
		{"after a very slow one", 0, 2100 * time.Millisecond, false},
		{"after a stalled disk", 0, time.Minute, false},
		{"read after the process stood still", 4 * time.Second, 0, false},
		{"read after it stood still for a moment", 900 * time.Millisecond, 0, true},
		{"both", 1500 * time.Millisecond, time.Second, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play := newScript(t)
			in := newInbox()
			var now clock
			now.advance(time.Hour)
			cfg := config(play.addr(), in.take)
			cfg.Now = now.Now
			cfg.Timeouts.EnquireLink, cfg.Timeouts.Response = 24*time.Hour, 24*time.Hour
			s := run(t, cfg)
			p := play.bound()
			if err := s.WaitBound(soon(t)); err != nil {
				t.Fatal(err)
			}
			now.advance(c.stall)
			p.deliver(1, "PAY 8001 5")
			m := in.next(t)
			now.advance(c.commit)
			token := s.Ack(m.Delivery, pdu.ROK)
			p.answer(pdu.DeliverSMResp, pdu.ROK, 1)
			done := make(chan smpp.Outcome, 1)
			if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
				t.Fatal(err)
			}
			h, _ := p.expect(pdu.SubmitSM)
			p.submitResp(h.SequenceNumber, "1")
			<-done
			if got := s.Acknowledged(token); got != c.want {
				t.Errorf("proved: %v, want %v", got, c.want)
			}
			if late := s.Stats().AcksLate; (late == 0) != c.want {
				t.Errorf("%d counted late", late)
			}
		})
	}
}

// The simulated SMSC whose timer ends before the acknowledgement delivers again,
// though the acknowledgement came: nothing proves that the copy is a new text.
func TestSMSCThatGivesUpWaiting(t *testing.T) {
	t.Parallel()
	srv := center(t, func(c *smsc.Config) { c.AckWithin = 20 * time.Millisecond })
	var now clock
	now.advance(time.Hour)
	in := newInbox()
	cfg := config(srv.Addr(), in.take)
	cfg.Now = now.Now
	s := bind(t, cfg)
	answer := make(chan pdu.Status, 1)
	if err := srv.DeliverAsync(handset, code, "PAY 8001 5", func(st pdu.Status) { answer <- st }); err != nil {
		t.Fatal(err)
	}
	first, again := in.next(t), in.next(t)
	now.advance(3 * time.Second)
	token := s.Ack(first.Delivery, pdu.ROK)
	if o, err := s.Submit(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}); err != nil || o.Verdict != smpp.Accepted {
		t.Fatalf("%+v, %v", o, err)
	}
	if s.Acknowledged(token) || first.Text != again.Text || len(answer) > 0 {
		t.Error("a late acknowledgement counts")
	}
	until(t, "the SMSC is content", func() bool {
		for {
			select {
			case m := <-in.ch:
				s.Ack(m.Delivery, pdu.ROK)
			default:
				return len(answer) > 0
			}
		}
	})
}

// Each mode says what it is in its bind, with all that the account needs.
func TestModesAndBindFields(t *testing.T) {
	t.Parallel()
	for mode, id := range map[smpp.Mode]pdu.CommandID{
		smpp.Transceiver: pdu.BindTransceiver, smpp.Transmitter: pdu.BindTransmitter, smpp.Receiver: pdu.BindReceiver,
	} {
		play := newScript(t)
		in := newInbox()
		cfg := config(play.addr(), in.take)
		cfg.Mode, cfg.InterfaceVersion = mode, pdu.InterfaceVersion33
		cfg.AddressRange, cfg.AddrTON, cfg.AddrNPI = "^8888$", 3, 1
		cfg.LongCredentials, cfg.SystemID, cfg.Password = true, strings.Repeat("m", 20), strings.Repeat("s", 32)
		s := run(t, cfg)
		p := play.accept()
		h, body := p.expect(id)
		got := pdu.Bind{LongCredentials: true}
		if err := got.Decode(body); err != nil || string(got.SystemID) != cfg.SystemID || string(got.Password) != cfg.Password ||
			got.InterfaceVersion != 0x33 || got.AddrTON != 3 || got.AddrNPI != 1 || string(got.AddressRange) != "^8888$" {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
		p.bindResp(h)
		if err := s.WaitBound(soon(t)); err != nil {
			t.Fatal(err)
		}
		p.deliver(1, "x")
		if mode.Receives() {
			s.Ack(in.next(t).Delivery, pdu.ROK)
			p.answer(pdu.DeliverSMResp, pdu.ROK, 1)
		} else {
			p.answer(pdu.DeliverSMResp, pdu.RInvBndSts, 1)
		}
		err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(smpp.Outcome) {})
		if errors.Is(err, smpp.ErrReceiver) == mode.Sends() {
			t.Errorf("%s: Send: %v", id, err)
		}
	}
}

// A pair of binds at the simulated SMSC: texts come by the one, and go by the
// other.
func TestReceiverAndTransmitter(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 30)
	got := make(chan smsc.Submit, 1)
	srv := center(t, func(c *smsc.Config) {
		c.LongCredentials, c.Password = true, long
		c.OnSubmit = func(s smsc.Submit) (string, pdu.Status) { got <- s; return "", pdu.ROK }
	})
	in := newInbox()
	sessions := make(map[smpp.Mode]*smpp.Session)
	for _, mode := range []smpp.Mode{smpp.Transmitter, smpp.Receiver} {
		cfg := config(srv.Addr(), in.take)
		cfg.Mode, cfg.LongCredentials, cfg.Password = mode, true, long
		if mode == smpp.Transmitter {
			cfg.Deliver = nil // nothing comes in
		}
		sessions[mode] = bind(t, cfg)
	}
	if err := srv.DeliverAsync(handset, code, "BAL", nil); err != nil {
		t.Fatal(err)
	}
	m := in.next(t)
	sessions[smpp.Receiver].Ack(m.Delivery, pdu.ROK)
	if o, err := sessions[smpp.Transmitter].Submit(soon(t), smpp.Outgoing{From: code, To: handset, Text: "Balance 5"}); err != nil || o.Verdict != smpp.Accepted {
		t.Errorf("%+v, %v", o, err)
	}
	if sub := <-got; sub.Text != "Balance 5" {
		t.Errorf("the SMSC has %+v", sub)
	}
	until(t, "acknowledged", func() bool { return srv.Stats().Delivered == 1 })
}

// What data_coding 0 means at an SMSC holds for what it is sent, too.
func TestAlphabetOfSubmits(t *testing.T) {
	t.Parallel()
	septets, greek := strings.Repeat("x", 160), strings.Repeat("Δ", 71)
	for _, c := range []struct {
		def    text.Alphabet
		text   string
		coding byte
		octets string
	}{
		{text.GSM, "A@é", 0, "A\x00\x05"},
		{text.Latin1, "A@é", 0, "A@\xe9"},
		{text.Latin1, "Δ", 8, "\x03\x94"},
		{text.Latin1, "ê", 8, "\x00\xea"}, // in Latin 1, but not on the air
		{text.ASCII, "A@[5]", 0, "A@[5]"},
		{text.ASCII, "é", 8, "\x00\xe9"},
		{text.ASCII, septets, 0, septets},
		{text.UTF8, "A@é", 0, "A@é"},
		{text.UTF8, "付", 8, "\x4e\xd8"},
		{text.UCS2, "A@", 1, "A@"},
		{text.UCS2, septets, 1, septets},
		{text.UCS2, "é付", 8, "\x00\xe9\x4e\xd8"},
		{text.GBK, "A@", 0, "A@"},
		{text.GBK, "付", 8, "\x4e\xd8"},
	} {
		play := newScript(t)
		cfg := config(play.addr(), newInbox().take)
		cfg.Alphabet = c.def
		ctx, cancel := context.WithCancel(context.Background())
		s := run(t, cfg)
		p := play.bound()
		if err := s.WaitBound(soon(t)); err != nil {
			t.Fatal(err)
		}
		if err := s.Send(ctx, smpp.Outgoing{From: code, To: handset, Text: c.text}, func(smpp.Outcome) {}); err != nil {
			t.Errorf("%q: %v", c.text, err)
			cancel()
			continue
		}
		cancel()
		_, body := p.expect(pdu.SubmitSM)
		var m pdu.SM
		if err := m.Decode(body); err != nil || m.DataCoding != c.coding || string(m.ShortMessage) != c.octets {
			t.Errorf("%q where data_coding 0 is %d: %#x %q, %v", c.text, c.def, m.DataCoding, m.ShortMessage, err)
		}
		for _, long := range []string{greek, septets + "x", strings.Repeat("[", 81)} {
			err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: long}, func(smpp.Outcome) {})
			if fits := (c.def == text.GSM || c.def == text.UTF8) && long == greek; errors.Is(err, smpp.ErrTooLong) == fits {
				t.Errorf("%d characters where data_coding 0 is %d: %v", len(long), c.def, err)
			}
		}
	}
}

// A text that is refused because its PDU is broken is lost: the log says so,
// once for each fault.
func TestMalformedIsLoggedOnce(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	var log bytes.Buffer
	cfg := config(play.addr(), newInbox().take)
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	s := run(t, cfg)
	p := play.bound()
	for range 3 {
		p.bare(pdu.DeliverSM, pdu.ROK, 1)
		p.answer(pdu.DeliverSMResp, pdu.RInvCmdLen, 1)
	}
	if n := strings.Count(log.String(), "deliver_sm refused"); n != 1 {
		t.Errorf("logged %d times: %s", n, log.String())
	}
	want := smpp.PDU{Sent: true, Command: "deliver_sm_resp", Status: "ESME_RINVCMDLEN"}
	if st := s.Stats(); st.Malformed != 3 || st.Statuses[want] != 3 {
		t.Errorf("%d malformed, statuses %v", st.Malformed, st.Statuses)
	}
}
