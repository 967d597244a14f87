package bank_test

import (
	"bytes"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"mpg/engine/bank"
	"mpg/engine/bank/iso8583"
)

// alteredConn is a line on which what the host sends is changed on its way.
type alteredConn struct {
	net.Conn
	alter func(packed []byte) []byte
	rest  []byte
}

func (c *alteredConn) Read(into []byte) (int, error) {
	if len(c.rest) == 0 {
		packed, err := iso8583.ReadFrame(c.Conn)
		if err != nil {
			return 0, err
		}
		if c.rest, err = iso8583.AppendFrame(nil, c.alter(packed)); err != nil {
			return 0, err
		}
	}
	n := copy(into, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func altering(dial dialer, alter func(packed []byte) []byte) dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &alteredConn{Conn: conn, alter: alter}, nil
	}
}

// TestHostReversalThatCannotBeRead: a reversal by the host is reported as doubtful, as
// far as it can be read, and the host is told of a format error. It is not garbage that
// would end the connection.
func TestHostReversalThatCannotBeRead(t *testing.T) {
	t.Parallel()
	amount := []byte("000000012850")
	for _, tt := range []struct {
		name  string
		alter func(m []byte) []byte
		set   func(m *iso8583.Message)
		code  string
		doubt string // part of HostMessage.Doubtful
		bare  bool   // the original data are lost
	}{
		{name: "whole", code: "00"},
		{name: "cut short", alter: func(m []byte) []byte { return m[:len(m)-5] }, code: "30", doubt: "cut short"},
		{name: "cut in the original data", alter: func(m []byte) []byte { return m[:len(m)-40] }, code: "30", doubt: "cut short", bare: true},
		{name: "bytes behind the end", alter: func(m []byte) []byte { return append(slices.Clone(m), "00000"...) }, code: "30", doubt: "whole message"},
		{name: "no amount", alter: func(m []byte) []byte { return bytes.Replace(m, amount, []byte("0000000x2850"), 1) }, code: "30", doubt: "element 4"},
		{name: "a part stands", set: func(m *iso8583.Message) {
			m.Set(iso8583.DEReplacement, "000000010000"+strings.Repeat("0", 30))
		}, code: "00", doubt: "part stands"},
		{name: "nothing stands", set: func(m *iso8583.Message) {
			m.Set(iso8583.DEReplacement, strings.Repeat("0", 42))
		}, code: "00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var told []bank.HostMessage
				w := newWorld(t, func(c *bank.Config) {
					c.OnHost = func(m bank.HostMessage) (bool, error) {
						mu.Lock()
						defer mu.Unlock()
						told = append(told, m)
						return true, nil
					}
					c.Dial = altering(c.Dial, func(packed []byte) []byte {
						if tt.alter == nil || !bytes.HasPrefix(packed, []byte("0420")) {
							return packed
						}
						return tt.alter(packed)
					})
				})
				w.start()
				r := w.request(rich, 42)
				if _, err := w.authorize(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				m := w.host.Withdraw("000042", r.RRN)
				if tt.set != nil {
					tt.set(m)
				}
				const copies = 5 // more than the garbage that ends a line
				for range copies {
					w.host.Send(m)
					synctest.Wait()
				}
				if got := w.answersTo("0420"); !slices.Equal(got, slices.Repeat([]string{tt.code}, copies)) || !w.link.Up() {
					t.Errorf("answered %q, up %v", got, w.link.Up())
				}
				if len(told) != copies {
					t.Fatalf("told of %+v", told)
				}
				one := told[0]
				if one.RRN != r.RRN || (one.Doubtful == "") != (tt.doubt == "") || !strings.Contains(one.Doubtful, tt.doubt) {
					t.Errorf("told of %+v, want it to be doubtful for %q", one, tt.doubt)
				}
				if bare := one.Original.STAN == 0; bare != tt.bare || bank.STANOf(one.RRN) != 42 {
					t.Errorf("original %+v", one.Original)
				}
			})
		})
	}
}

// TestHostRequestThatCannotBeRead is answered as a format error, too.
func TestHostRequestThatCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *bank.Config) {
			c.Dial = altering(c.Dial, func(packed []byte) []byte {
				if bytes.HasPrefix(packed, []byte("0220")) {
					return packed[:len(packed)-1]
				}
				return packed
			})
		})
		w.start()
		for range 5 {
			w.host.Send(own("0220", "001"))
			synctest.Wait()
		}
		if got := w.answersTo("0220"); !slices.Equal(got, slices.Repeat([]string{"30"}, 5)) || !w.link.Up() {
			t.Errorf("answered %q, up %v", got, w.link.Up())
		}
	})
}
