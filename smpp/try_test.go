package smpp_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// trying returns a Session that is not running.
func trying(t *testing.T, addr string, change ...func(*smpp.Config)) *smpp.Session {
	t.Helper()
	cfg := config(addr, func(smpp.Message) bool {
		t.Error("Try took a text in")
		return true
	})
	cfg.Timeouts.Unbind = patience
	for _, f := range change {
		f(&cfg)
	}
	s, err := smpp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What waits at the SMSC is put off, so that the session that runs later gets it.
func TestTryTakesNothing(t *testing.T) {
	t.Parallel()
	c := center(t, func(cfg *smsc.Config) { cfg.RetryAfter = time.Millisecond })
	answered := make(chan pdu.Status, 1)
	if err := c.DeliverAsync(handset, code, "BAL", func(st pdu.Status) { answered <- st }); err != nil {
		t.Fatal(err)
	}
	if err := trying(t, c.Addr()).Try(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitBound(soon(t), 0); err != nil {
		t.Fatal(err)
	}
	if st := c.Stats(); st.Binds != 1 || st.Delivered != 0 || st.Waiting != 1 {
		t.Errorf("after Try: %+v", st)
	}
	box := newInbox()
	s := bind(t, config(c.Addr(), box.take))
	m := box.next(t)
	if m.Text != "BAL" {
		t.Errorf("got %q", m.Text)
	}
	s.Ack(m.Delivery, pdu.ROK)
	if st := <-answered; st != pdu.ROK {
		t.Errorf("acknowledged with %s", st)
	}
}

func TestTryNamesTheRefusal(t *testing.T) {
	t.Parallel()
	c := center(t)
	for want, change := range map[pdu.Status]func(*smpp.Config){
		pdu.RInvPaswd: func(cfg *smpp.Config) { cfg.Password = "wrong" },
		pdu.RInvSysID: func(cfg *smpp.Config) { cfg.SystemID = "other" },
	} {
		s := trying(t, c.Addr(), change)
		err := s.Try(soon(t))
		var refused *smpp.BindError
		if !errors.As(err, &refused) || refused.Status != want {
			t.Errorf("%v, want %s", err, want)
		}
		if s.Bound() || s.Stats().Binds != 0 {
			t.Error("counts as bound")
		}
	}
	c.SetFaults(smsc.Faults{Bind: pdu.RAlyBnd})
	var refused *smpp.BindError
	if err := trying(t, c.Addr()).Try(soon(t)); !errors.As(err, &refused) || refused.Status != pdu.RAlyBnd {
		t.Errorf("a bind that is up already: %v", err)
	}
}

// tryAgainst runs Try while the test plays the SMSC.
func tryAgainst(t *testing.T, ctx context.Context, s *smpp.Session) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Try(ctx) }()
	return done
}

// SMPP 3.4 4.2: either side may unbind, and both may at once.
func TestTryUnbinds(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]struct {
		play func(*peer, pdu.Header)
		want string // in the error; empty: none
	}{
		"answered":   {func(p *peer, h pdu.Header) { p.bare(pdu.UnbindResp, pdu.ROK, h.SequenceNumber) }, ""},
		"both leave": {func(p *peer, _ pdu.Header) { p.bare(pdu.Unbind, pdu.ROK, 7) }, ""},
		"busy before": {func(p *peer, h pdu.Header) {
			p.bare(pdu.EnquireLink, pdu.ROK, 7)
			p.answer(pdu.EnquireLinkResp, pdu.ROK, 7)
			p.deliver(8, "BAL")
			p.answer(pdu.DeliverSMResp, pdu.RxTAppn, 8)
			p.bare(pdu.AlertNotification, pdu.ROK, 9) // has no answer
			p.bare(pdu.QuerySM, pdu.ROK, 10)
			p.answer(pdu.GenericNack, pdu.RInvCmdID, 10)
			p.bare(pdu.UnbindResp, pdu.ROK, h.SequenceNumber)
		}, ""},
		"closed":  {func(p *peer, _ pdu.Header) { _ = p.conn.Close() }, "smpp: unbind: "},
		"garbage": {func(p *peer, _ pdu.Header) { p.write([]byte("\x00\x00\x00\x01 and more")) }, "smpp: unbind: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScript(t)
			done := tryAgainst(t, soon(t), trying(t, sc.addr()))
			p := sc.bound()
			h, _ := p.expect(pdu.Unbind)
			play.play(p, h)
			err := <-done
			if play.want == "" && err != nil || play.want != "" && (err == nil || !strings.HasPrefix(err.Error(), play.want)) {
				t.Errorf("error %v, want %q", err, play.want)
			}
		})
	}
}

func TestTryEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]bool{"before the bind": false, "before unbind_resp": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScript(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := tryAgainst(t, ctx, trying(t, sc.addr(), func(cfg *smpp.Config) { cfg.Timeouts.Bind = patience }))
			if bound {
				p := sc.bound()
				p.expect(pdu.Unbind)
			} else {
				p := sc.accept()
				p.expect(pdu.BindTransceiver)
			}
			cancel()
			if err := <-done; err == nil {
				t.Error("a Try that was broken off succeeded")
			}
		})
	}
	nobody := trying(t, "127.0.0.1:1", func(cfg *smpp.Config) {
		cfg.Dial = func(context.Context, string) (net.Conn, error) { return nil, errors.New("no route") }
	})
	if err := nobody.Try(t.Context()); err == nil || err.Error() != "no route" {
		t.Errorf("nobody there: %v", err)
	}
}

// However an account is printed, its password is not.
func TestAccountHidesItsPassword(t *testing.T) {
	t.Parallel()
	account := smpp.Account{SystemID: "mpg", Password: "s3samest", Mode: smpp.Receiver}
	cfg := smpp.Config{Name: "main", Addr: "127.0.0.1:2775", Account: account}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, value := range []any{account, &account, cfg, &cfg, []smpp.Account{account}, struct{ Of smpp.Account }{account}} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("account", "of", account, "config", cfg)
	if strings.Contains(out.String(), account.Password) {
		t.Errorf("printed:\n%s", out.String())
	}
	if got := account.String(); got != "mpg as bind_receiver" {
		t.Errorf("an account is %q", got)
	}
}
