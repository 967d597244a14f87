package bank_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

// twoLines makes a bank with two addresses, "pipes" and "spare", that share its book. cut
// refuses new connections to an address and ends those that there are.
func twoLines(t *testing.T, change func(*bank.Config)) (w *world, cut func(addr string, on bool)) {
	t.Helper()
	var off [2]atomic.Bool
	var conns [2]atomic.Pointer[net.Conn]
	place := func(addr string) int { return slices.Index([]string{"pipes", "spare"}, addr) }
	w = newWorld(t, func(c *bank.Config) {
		dial := c.Dial
		c.Standby = []string{"spare"}
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			at := place(addr)
			if off[at].Load() {
				return nil, errors.New("unplugged")
			}
			conn, err := dial(ctx, network, addr)
			if err == nil {
				conns[at].Store(&conn)
			}
			return conn, err
		}
		if change != nil {
			change(c)
		}
	})
	return w, func(addr string, on bool) {
		at := place(addr)
		if off[at].Store(on); on {
			_ = (*conns[at].Load()).Close()
		}
		synctest.Wait()
	}
}

// ups returns which lines are signed on.
func (w *world) ups() string {
	text := ""
	for _, one := range w.link.State().Lines {
		text += fmt.Sprintf("%s %t ", one.Addr, one.Up)
	}
	return text
}

// TestFailover: requests and reversals go by the first line that is up; what the broken one
// was asked is unknown, never asked again by the other, and reversed by it.
func TestFailover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, cut := twoLines(t, nil)
		w.start()
		if w.ups() != "pipes true spare true " {
			t.Fatalf("lines: %s", w.ups())
		}
		w.host.Fault(host.Fault{Kind: host.Silence, On: host.Requests, Times: 1})
		done := make(chan error, 1)
		go func() {
			_, err := w.authorize(t.Context(), w.request(rich, 1))
			done <- err
		}()
		synctest.Wait()
		first := w.lineOf(iso8583.FinancialRequest)
		cut("pipes", true)
		if err := <-done; !errors.Is(err, bank.ErrUnknown) || bank.Cause(err) != "line" {
			t.Errorf("the request on the broken line: %v", err)
		}
		if !w.link.Up() || w.ups() != "pipes false spare true " || len(w.changed()) != 1 {
			t.Errorf("after the first line broke: %s, changes %v", w.ups(), w.changed())
		}
		if got, err := w.undo(t.Context(), w.request(rich, 1), false); err != nil || got.Outcome != bank.UndoDone {
			t.Errorf("reversal by the other line: %+v, %v", got, err)
		}
		if w.came(iso8583.FinancialRequest) != 1 || w.lineOf(iso8583.ReversalAdvice) == first {
			t.Errorf("the request was sent %d times; it went by line %d and its reversal by %d", w.came(iso8583.FinancialRequest), first, w.lineOf(iso8583.ReversalAdvice))
		}
		w.wantBalance(rich, opening)
		if got, err := w.authorize(t.Context(), w.request(rich, 2)); err != nil || !got.Approved {
			t.Errorf("a request by the other line: %+v, %v", got, err)
		}
		cut("spare", true)
		if _, err := w.authorize(t.Context(), w.request(rich, 3)); w.link.Up() || !errors.Is(err, bank.ErrDown) {
			t.Errorf("with no line: up %t, %v", w.link.Up(), err)
		}
		cut("pipes", false)
		time.Sleep(2 * bank.DefaultBackoffMax)
		if w.ups() != "pipes true spare false " || fmt.Sprint(w.changed()) != "[true false true]" {
			t.Errorf("once the first is back: %s, changes %v", w.ups(), w.changed())
		}
		if got, err := w.authorize(t.Context(), w.request(rich, 4)); err != nil || !got.Approved {
			t.Errorf("a request by the first line again: %+v, %v", got, err)
		}
	})
}

// lineOf returns the number of the connection by which the last message of that type came.
func (w *world) lineOf(mti iso8583.MTI) int {
	for _, e := range slices.Backward(w.host.Journal()) {
		if e.Dir == host.In && e.MTI == mti {
			return e.Line
		}
	}
	return 0
}

// TestHostSignsOneLineOff: the host takes one line out of service, and the other does the
// work; what the first was asked is still answered.
func TestHostSignsOneLineOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := twoLines(t, func(c *bank.Config) {
			dial, first := c.Dial, true
			c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dial(ctx, network, addr)
				if addr == "pipes" && first && err == nil {
					first = false
					return &alteredConn{Conn: conn, alter: signingOff}, nil
				}
				return conn, err
			}
		})
		w.start()
		w.host.Fault(host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: time.Second, Times: 1})
		done := make(chan error, 1)
		go func() {
			_, err := w.authorize(t.Context(), w.request(rich, 1))
			done <- err
		}()
		synctest.Wait()
		w.host.Say(iso8583.Echo) // which the first line hears as a sign-off
		synctest.Wait()
		if w.ups() != "pipes false spare true " || !w.link.Up() {
			t.Errorf("after the sign-off: %s", w.ups())
		}
		if got, err := w.authorize(t.Context(), w.request(rich, 2)); err != nil || !got.Approved {
			t.Errorf("by the other line: %+v, %v", got, err)
		}
		if err := <-done; err != nil {
			t.Errorf("what the first line was asked: %v", err)
		}
	})
}

// signingOff makes a sign-off of an echo that the host initiates.
func signingOff(packed []byte) []byte {
	d, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		return packed
	}
	m, err := d.Unpack(packed)
	if err != nil || m.MTI != iso8583.NetworkRequest {
		return packed
	}
	m.Set(iso8583.DENetworkCode, iso8583.SignOff)
	if changed, err := d.Pack(m); err == nil {
		return changed
	}
	return packed
}
