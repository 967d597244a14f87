package smpp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// What an ESME must answer to requests that it does not serve.
func TestRequestsOfTheSMSC(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	in := newInbox()
	s := run(t, config(play.addr(), in.take))
	p := play.bound()
	for _, c := range []struct {
		name    string
		request pdu.CommandID
		answer  pdu.CommandID
		status  pdu.Status
	}{
		{"enquire_link", pdu.EnquireLink, pdu.EnquireLinkResp, pdu.ROK},
		{"data_sm", pdu.DataSM, pdu.DataSMResp, pdu.RInvCmdID},
		{"outbind", pdu.Outbind, pdu.GenericNack, pdu.RInvCmdID},
		{"submit_sm", pdu.SubmitSM, pdu.GenericNack, pdu.RInvCmdID},
		{"bind", pdu.BindTransceiver, pdu.GenericNack, pdu.RInvCmdID},
		{"vendor's own", 0x10200, pdu.GenericNack, pdu.RInvCmdID},
		{"deliver_sm without a body", pdu.DeliverSM, pdu.DeliverSMResp, pdu.RInvCmdLen},
	} {
		p.bare(c.request, pdu.ROK, 77)
		t.Log(c.name)
		p.answer(c.answer, c.status, 77)
	}
	// These have no answer: the next PDU is that of the deliver_sm.
	p.bare(pdu.AlertNotification, pdu.ROK, 78)
	for _, stray := range []pdu.CommandID{pdu.SubmitSMResp, pdu.EnquireLinkResp, pdu.UnbindResp, pdu.QuerySMResp, pdu.GenericNack, 0x80010200} {
		p.bare(stray, pdu.ROK, 4711)
	}
	p.deliver(79, "still here")
	s.Ack(in.next(t).Delivery, pdu.ROK)
	p.answer(pdu.DeliverSMResp, pdu.ROK, 79)
	if st := s.Stats(); st.Stray != 5 || st.Malformed != 1 || st.Received["alert_notification"] != 1 || st.Received["other"] != 2 {
		t.Errorf("stats %+v", st)
	}
}

func TestGenericNackEndsTheSubmit(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	s := run(t, config(play.addr(), newInbox().take))
	p := play.bound()
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal(err)
	}
	for sent, want := range map[pdu.Status]pdu.Status{pdu.RInvCmdLen: pdu.RInvCmdLen, pdu.ROK: pdu.RUnknownErr} {
		done := make(chan smpp.Outcome, 1)
		if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
			t.Fatal(err)
		}
		h, _ := p.expect(pdu.SubmitSM)
		p.bare(pdu.GenericNack, sent, h.SequenceNumber)
		if o := <-done; o.Verdict != smpp.Refused || o.Status != want {
			t.Errorf("generic_nack with %s: %+v", sent, o)
		}
	}
}

// An impossible command_length leaves no way to find the next PDU.
func TestBadLengthIsNackedAndEndsTheLink(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	s := run(t, config(play.addr(), newInbox().take))
	p := play.bound()
	p.write([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5})
	p.answer(pdu.GenericNack, pdu.RInvCmdLen, 0)
	p.gone()
	play.bound()
	until(t, "bound again", func() bool { return s.Stats().Binds == 2 })
}

func TestUnbindByTheSMSC(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	s := run(t, config(play.addr(), newInbox().take))
	p := play.bound()
	p.bare(pdu.Unbind, pdu.ROK, 5)
	p.answer(pdu.UnbindResp, pdu.ROK, 5)
	p.gone()
	play.bound()
	until(t, "bound again", func() bool { return s.Stats().Binds == 2 })
}

func TestEnquireLink(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	in := newInbox()
	var now clock
	cfg := config(play.addr(), in.take)
	cfg.Now = now.Now
	cfg.Timeouts.EnquireLink, cfg.Timeouts.Response = 100*time.Millisecond, 50*time.Millisecond
	s := run(t, cfg)
	p := play.bound()
	p.deliver(1, "x")
	token := s.Ack(in.next(t).Delivery, pdu.ROK)
	p.answer(pdu.DeliverSMResp, pdu.ROK, 1)

	now.advance(cfg.Timeouts.EnquireLink)
	h, _ := p.expect(pdu.EnquireLink)
	p.bare(pdu.EnquireLinkResp, pdu.ROK, h.SequenceNumber)
	until(t, "the probe proves the acknowledgement before it", func() bool { return s.Acknowledged(token) })

	now.advance(cfg.Timeouts.EnquireLink)
	h, _ = p.expect(pdu.EnquireLink)
	p.bare(pdu.GenericNack, pdu.RInvCmdID, h.SequenceNumber) // it is there nevertheless
	until(t, "the nack is read", func() bool { return s.Stats().Received["generic_nack"] == 1 })

	now.advance(cfg.Timeouts.EnquireLink)
	p.expect(pdu.EnquireLink)
	now.advance(cfg.Timeouts.Response)
	p.gone() // nothing came back
	play.bound()
	until(t, "bound again", func() bool { return s.Stats().Binds == 2 })
}

// Octets that never become a PDU are no sign of life.
func TestDripIsNotLife(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	var now clock
	cfg := config(play.addr(), newInbox().take)
	cfg.Now = now.Now
	cfg.Timeouts.EnquireLink, cfg.Timeouts.Response = 50*time.Millisecond, 50*time.Millisecond
	s := run(t, cfg)
	p := play.bound()
	p.write([]byte{0, 0, 0xff, 0xff}) // a PDU of 65535 octets begins
	until(t, "the link ends", func() bool {
		now.advance(10 * time.Millisecond)
		_, err := p.conn.Write([]byte{0})
		return err != nil || s.Stats().LinksLost > 0
	})
	if st := s.Stats(); st.Sent["enquire_link"] == 0 || st.Received["other"] != 0 {
		t.Errorf("stats %+v", st)
	}
}

// The answers to a peer that reads nothing end the link by the write deadline.
func TestPeerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	cfg := config(play.addr(), newInbox().take)
	cfg.Timeouts.Write = 20 * time.Millisecond
	s := run(t, cfg)
	p := play.bound()
	flood := bytes.Repeat(pdu.AppendHeader(nil, pdu.EnquireLink, pdu.ROK, 1), 4096)
	for range 1000 {
		if _, err := p.conn.Write(flood); err != nil {
			break
		}
	}
	until(t, "the link ends", func() bool { return s.Stats().LinksLost > 0 })
}

func TestBindFailures(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(*peer, uint32){
		"refused": func(p *peer, seq uint32) { p.bare(pdu.BindTransceiverResp, pdu.RAlyBnd, seq) },
		"nack":    func(p *peer, seq uint32) { p.bare(pdu.GenericNack, pdu.RInvCmdID, seq) },
		"unbind":  func(p *peer, seq uint32) { p.bare(pdu.Unbind, pdu.ROK, seq) },
		"garbage": func(p *peer, _ uint32) { p.write([]byte("SSH-2.0-OpenSSH_9.2\r\n")) },
		"close":   func(p *peer, _ uint32) { _ = p.conn.Close() },
		"silence": func(*peer, uint32) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play := newScript(t)
			cfg := config(play.addr(), newInbox().take)
			if name == "silence" {
				cfg.Timeouts.Bind = 50 * time.Millisecond
			}
			s := run(t, cfg)
			p := play.accept()
			h, _ := p.expect(pdu.BindTransceiver)
			answer(p, h.SequenceNumber)
			until(t, "failed", func() bool { return s.Stats().BindFailures > 0 })
			if s.Bound() {
				t.Error("bound")
			}
			if name == "silence" || name == "close" {
				return
			}
			p.gone()
		})
	}
}

// The end of ctx is not made to wait for a bind that nobody answers.
func TestRunEndsDuringBind(t *testing.T) {
	t.Parallel()
	play := newScript(t)
	s, err := smpp.New(config(play.addr(), newInbox().take))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	play.accept().expect(pdu.BindTransceiver)
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(patience / 4): // the Bind timeout is as long
		t.Error("Run waits for the bind")
	}
}

// lines gathers a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestWrongPasswordIsLoudAndSecret(t *testing.T) {
	t.Parallel()
	srv := center(t)
	var log lines
	cfg := config(srv.Addr(), newInbox().take)
	cfg.Password = "wr0ngPW"
	cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := run(t, cfg)
	until(t, "refused twice", func() bool { return s.Stats().BindFailures > 1 })
	if got := log.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "ESME_RINVPASWD") {
		t.Errorf("log: %s", got)
	}
	cfg.Log.Info("config", "value", cfg, "error", fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg))
	if strings.Contains(log.String(), "wr0ngPW") {
		t.Error("the password is in the log")
	}
}

// Nothing that a subscriber writes, and no number, reaches the log, whatever
// else happens.
func TestLogHoldsNoTextAndNoNumber(t *testing.T) {
	t.Parallel()
	srv := center(t)
	var log lines
	in := newInbox()
	cfg := config(srv.Addr(), in.take)
	cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := bind(t, cfg)
	if err := srv.DeliverAsync(handset, code, "my pin is 582193", nil); err != nil {
		t.Fatal(err)
	}
	s.Ack(in.next(t).Delivery, pdu.ROK)
	if _, err := s.Submit(soon(t), smpp.Outgoing{From: code, To: handset, Text: "balance 371.50"}); err != nil {
		t.Fatal(err)
	}
	srv.Garbage()
	until(t, "bound again", func() bool { return s.Stats().Binds == 2 })
	got := log.String()
	for _, secret := range []string{"582193", "371.50", handset[1:], password} {
		if strings.Contains(got, secret) {
			t.Errorf("%q in %s", secret, got)
		}
	}
	if !strings.Contains(got, "bound") {
		t.Error("nothing was logged at all")
	}
}

// A half frame and everything behind it are misread as one PDU: the message is
// refused or the link ends, and it is delivered in the end.
func TestFaultsOfTheSMSC(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*smsc.Server){
		"garbage":    (*smsc.Server).Garbage,
		"half frame": (*smsc.Server).HalfFrame,
		"drop":       (*smsc.Server).DropLinks,
		"unbind":     (*smsc.Server).Unbind,
		"down": func(s *smsc.Server) {
			s.SetFaults(smsc.Faults{Down: true})
			time.AfterFunc(10*time.Millisecond, func() { s.SetFaults(smsc.Faults{}) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := center(t)
			in := newInbox()
			cfg := config(srv.Addr(), in.take)
			cfg.Timeouts.EnquireLink = 20 * time.Millisecond
			cfg.Timeouts.Response = 200 * time.Millisecond
			s := bind(t, cfg)
			fault(srv)
			answer := make(chan pdu.Status, 1)
			for {
				if err := srv.DeliverAsync(handset, code, "after the fault", func(st pdu.Status) { answer <- st }); err != nil {
					t.Fatal(err)
				}
				select {
				case m := <-in.ch:
					s.Ack(m.Delivery, pdu.ROK)
					if st := <-answer; st != pdu.ROK {
						t.Errorf("answered %s", st)
					}
					return
				case <-answer: // eaten by the half frame
				case <-time.After(patience):
					t.Fatal("never delivered")
				}
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*smpp.Config){
		"no address":    func(c *smpp.Config) { c.Addr = "" },
		"no Deliver":    func(c *smpp.Config) { c.Deliver = nil },
		"window":        func(c *smpp.Config) { c.Window = smpp.WindowMax + 1 },
		"less window":   func(c *smpp.Config) { c.Window = -1 },
		"inbox":         func(c *smpp.Config) { c.InboxMax = -1 },
		"time":          func(c *smpp.Config) { c.Timeouts.Bind = -1 },
		"long password": func(c *smpp.Config) { c.Password = "ninechars" },
		"long name":     func(c *smpp.Config) { c.SystemID = strings.Repeat("x", 16) },
	} {
		cfg := config("127.0.0.1:1", newInbox().take)
		spoil(&cfg)
		if _, err := smpp.New(cfg); err == nil {
			t.Errorf("%s passes", name)
		} else if strings.Contains(err.Error(), cfg.Password) {
			t.Errorf("%s: the error tells the password", name)
		}
	}
}

// FuzzSession feeds a bound session whatever an SMSC might send. It must not
// panic, must end, and must call each done once.
func FuzzSession(f *testing.F) {
	sm, err := pdu.AppendSM(nil, pdu.DeliverSM, 2, &pdu.SM{SourceAddr: []byte("1"), ShortMessage: []byte("PAY")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sm)
	f.Add(append(pdu.AppendHeader(nil, pdu.SubmitSMResp, pdu.ROK, 2), sm...))
	f.Add(append(pdu.AppendHeader(nil, pdu.Unbind, pdu.ROK, 9), sm...))
	f.Add(pdu.AppendHeader(nil, pdu.GenericNack, pdu.RThrottled, 2))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		near, far := net.Pipe()
		var s *smpp.Session
		known := make(chan struct{})
		cfg := config("pipe", func(m smpp.Message) bool {
			<-known
			s.Acknowledged(s.Ack(m.Delivery, pdu.ROK))
			return true
		})
		cfg.Backoff = smpp.Backoff{Base: time.Hour, Max: time.Hour}
		cfg.Rand = func() float64 { return 1 }
		cfg.Dial = func(context.Context, string) (net.Conn, error) { return near, nil }
		s = run(t, cfg)
		close(known)
		fuzzPeer(t, far, s, octets)
	})
}

// fuzzPeer binds, takes one submit, sends octets and hangs up.
func fuzzPeer(t *testing.T, far net.Conn, s *smpp.Session, octets []byte) {
	_ = far.SetDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	if _, err := far.Read(buf); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write(pdu.AppendHeader(nil, pdu.BindTransceiverResp, pdu.ROK, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal(err)
	}
	done := make(chan smpp.Outcome, 2)
	if err := s.Send(soon(t), smpp.Outgoing{From: code, To: handset, Text: "x"}, func(o smpp.Outcome) { done <- o }); err != nil {
		t.Fatal(err)
	}
	var drained sync.WaitGroup
	drained.Go(func() {
		for {
			if _, err := far.Read(buf); err != nil {
				return
			}
		}
	})
	_, _ = far.Write(octets) // the session may hang up first
	_ = far.Close()
	drained.Wait()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("done is not called")
	}
	until(t, "the link ends and the window is free", func() bool { return !s.Bound() && s.Stats().WindowUsed == 0 })
	if len(done) > 0 {
		t.Error("done called twice")
	}
}
