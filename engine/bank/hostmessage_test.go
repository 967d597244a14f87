package bank_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

// spyConn hands each message that is written to it to see, without its frame.
type spyConn struct {
	net.Conn
	see func(packed []byte)
}

func (c *spyConn) Write(frame []byte) (int, error) {
	if packed, err := iso8583.ReadFrame(bytes.NewReader(frame)); err == nil {
		c.see(packed)
	}
	return c.Conn.Write(frame)
}

type dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

func spying(dial dialer, see func(packed []byte)) dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &spyConn{conn, see}, nil
	}
}

// answersTo returns the answers that the host got to messages of type mti.
func (w *world) answersTo(mti iso8583.MTI) []string {
	var codes []string
	for _, e := range w.host.Journal() {
		if e.Dir == host.In && e.MTI == mti.Response() {
			codes = append(codes, e.Code)
		}
	}
	return codes
}

// own returns a message that the host initiates.
func own(mti iso8583.MTI, network string) *iso8583.Message {
	m := iso8583.New(mti)
	m.Set(iso8583.DETransmitted, "0101000000")
	m.Set(iso8583.DESTAN, "000077")
	m.Set(iso8583.DERRN, "HOST00000077")
	m.Set(iso8583.DENetworkCode, network)
	return m
}

// TestHostMessages sends each message that a host initiates twice, as advices
// are repeated until they are answered: every copy is answered, logged
// according to what it is, and counted.
func TestHostMessages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mti     iso8583.MTI
		network string
		code    string // empty: not answered
		kind    string
		quiet   bool // no warning
	}{
		{mti: "0800", network: iso8583.Echo, code: "00", kind: "network", quiet: true},
		{mti: "0800", network: iso8583.SignOn, code: "00", kind: "network", quiet: true},
		{mti: "0800", network: iso8583.CutOver, code: "00", kind: "network", quiet: true},
		{mti: "0801", network: iso8583.Echo, code: "00", kind: "network", quiet: true},
		{mti: "0800", network: "161", code: "40", kind: "network"},
		{mti: "0820", network: iso8583.Echo, code: "00", kind: "network", quiet: true},
		{mti: "0820", network: "161", code: "00", kind: "network"},
		{mti: "0821", code: "00", kind: "network"},
		{mti: "0100", code: "40", kind: "request"},
		{mti: "0120", code: "40", kind: "advice"},
		{mti: "0200", code: "40", kind: "request"},
		{mti: "0220", code: "40", kind: "advice"},
		{mti: "0221", code: "40", kind: "advice"},
		{mti: "0320", code: "40", kind: "advice"},
		{mti: "0400", code: "40", kind: "reversal"},
		{mti: "0420", code: "40", kind: "reversal"},
		{mti: "0421", code: "40", kind: "reversal"},
		{mti: "0500", code: "40", kind: "reconciliation"},
		{mti: "0520", code: "40", kind: "reconciliation"},
		{mti: "0600", code: "40", kind: "other"},
		{mti: "0620", code: "40", kind: "other"},
		{mti: "0640", kind: "other"},
		{mti: "1804", kind: "other"},
	} {
		t.Run(string(tt.mti)+tt.network, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				w := newWorld(t, func(c *bank.Config) { c.Log = slog.New(slog.NewTextHandler(&out, nil)) })
				w.start()
				for range 2 {
					w.host.Send(own(tt.mti, tt.network))
					synctest.Wait()
				}
				var want []string
				if tt.code != "" {
					want = []string{tt.code, tt.code}
				}
				if got := w.answersTo(tt.mti); !slices.Equal(got, want) {
					t.Errorf("answered %q, want %q", got, want)
				}
				if got := w.link.Stats().Host[tt.kind]; got != 2 || !w.link.Up() {
					t.Errorf("counted %d, up %v", got, w.link.Up())
				}
				if warned := strings.Contains(out.String(), "level=WARN"); warned == tt.quiet {
					t.Errorf("warned: %v\n%s", warned, out.String())
				}
			})
		})
	}
}

// TestHostReverses: the bank gives back a debit on its own. It is answered 00
// only once that is recorded, and each copy is answered.
func TestHostReverses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []bank.HostMessage
		taken := false
		w := newWorld(t, func(c *bank.Config) {
			c.OnHost = func(m bank.HostMessage) (bool, error) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, m)
				return taken, nil
			}
		})
		w.start()
		r := w.request(rich, 42)
		if _, err := w.authorize(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		m := w.host.Withdraw("000042", r.RRN)
		w.host.Send(m)
		synctest.Wait()
		mu.Lock()
		taken = true
		mu.Unlock()
		m.MTI = iso8583.ReversalAdviceRepeat
		w.host.Send(m)
		w.host.Send(m)
		synctest.Wait()
		if got := w.answersTo(m.MTI); !slices.Equal(got, []string{"25", "00", "00"}) {
			t.Errorf("answered %q", got)
		}
		want := bank.HostMessage{MTI: "0421", STAN: told[1].STAN, RRN: r.RRN, Amount: flowers, Processing: "000000",
			Original: bank.Original{STAN: 42, Transmitted: "0101000000", Acquirer: "62000001"}}
		if len(told) != 3 || told[1] != want || told[1].STAN == 0 {
			t.Errorf("told of %+v, want %+v", told, want)
		}
	})
}

// TestHostReversesTooFast: more reversals than can be recorded at once. The
// rest are not answered, so that the host repeats them.
func TestHostReversesTooFast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := newWorld(t, func(c *bank.Config) {
			c.OnHost = func(bank.HostMessage) (bool, error) { <-release; return true, nil }
		})
		w.start()
		const sent, slots = 20, 16
		for range sent {
			w.host.Send(own("0420", ""))
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		if got := w.answersTo("0420"); len(got) != slots {
			t.Errorf("%d of %d answered, want %d", len(got), sent, slots)
		}
	})
}

// TestHostReversesInVain: the reversal cannot be recorded at once. Any answer
// would stop the host from repeating it, and what the host has done would never
// be known. It is answered once it is recorded.
func TestHostReversesInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fails atomic.Bool
		fails.Store(true)
		w := newWorld(t, func(c *bank.Config) {
			c.OnHost = func(bank.HostMessage) (bool, error) {
				if fails.Load() {
					return false, errors.New("the store is closed")
				}
				return true, nil
			}
		})
		w.start()
		m := own("0420", "")
		w.host.Send(m)
		synctest.Wait()
		if got := w.answersTo("0420"); len(got) != 0 {
			t.Errorf("answered %q, and nothing was taken in", got)
		}
		fails.Store(false)
		m.MTI = iso8583.ReversalAdviceRepeat
		w.host.Send(m)
		synctest.Wait()
		if got := w.answersTo(m.MTI); !slices.Equal(got, []string{"00"}) {
			t.Errorf("answered %q", got)
		}
	})
}
