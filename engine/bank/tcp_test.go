package bank_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a condition over real sockets may take to come about.
const patience = 2 * time.Minute

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// connected runs a link over TCP to addr until the test ends.
func connected(t testing.TB, addr string, change func(*bank.Config)) *bank.Link {
	t.Helper()
	cfg := bank.Config{
		Name: "icbc", Addr: addr, Identity: bank.Identity{Acquirer: "62000001"}, Timeout: patience,
		Reconnect: bank.Reconnect{BackoffMin: time.Millisecond, BackoffMax: 10 * time.Millisecond},
	}
	if change != nil {
		change(&cfg)
	}
	l, err := bank.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- l.Run(context.Background()) }()
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), <-ran); err != nil {
			t.Error(err)
		}
	})
	return l
}

func newHost(t testing.TB, c host.Config) *host.Host {
	t.Helper()
	h, err := host.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func listen(t testing.TB, h *host.Host, addr string) string {
	t.Helper()
	at, err := h.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func order(t testing.TB, serial uint32) bank.Request {
	at := time.Date(2026, 11, 22, 1, 30, 5, 0, time.UTC)
	return bank.Request{
		STAN: serial, RRN: bank.RRN(at, uint64(serial)), At: at, Account: rich,
		Amount: 100, Currency: currency(t, "CNY"), Merchant: "8001", Ref: "K7QH2M9X",
	}
}

func TestOverTCP(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	openAccounts(t, h)
	l := connected(t, listen(t, h, "127.0.0.1:0"), nil)
	eventually(t, "the link is up", l.Up)
	if got, err := authorize(t.Context(), l, order(t, 1)); err != nil || !got.Approved {
		t.Fatalf("got %+v, %v", got, err)
	}
	h.Drop()
	eventually(t, "the next request is approved on a new line", func() bool {
		got, err := authorize(t.Context(), l, order(t, 2))
		return err == nil && got.Approved
	})
	if got, err := undo(t.Context(), l, order(t, 1), false); got.Outcome != bank.UndoDone || err != nil {
		t.Errorf("reversal: %+v, %v", got, err)
	}
	if got, _ := h.Balance(rich); got != opening-100 {
		t.Errorf("the account has %d", got)
	}
}

// TestHostRestarts kills the bank after it booked and before it answered. The new
// one, from the same journal, knows of it.
func TestHostRestarts(t *testing.T) {
	t.Parallel()
	c := host.Config{Journal: filepath.Join(t.TempDir(), "bank.jsonl")}
	first := newHost(t, c)
	openAccounts(t, first)
	addr := listen(t, first, "127.0.0.1:0")
	l := connected(t, addr, nil)
	eventually(t, "the link is up", l.Up)
	first.Fault(host.Fault{Kind: host.DropAfter, On: host.Requests})
	if _, err := authorize(t.Context(), l, order(t, 1)); !errors.Is(err, bank.ErrUnknown) {
		t.Fatalf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := newHost(t, c)
	openAccounts(t, second)
	if got, _ := second.Balance(rich); got != opening-100 {
		t.Fatalf("the new bank has %d", got)
	}
	listen(t, second, addr)
	eventually(t, "the reversal is done", func() bool {
		got, err := undo(t.Context(), l, order(t, 1), true)
		return got.Outcome == bank.UndoDone && err == nil
	})
	if got, _ := second.Balance(rich); got != opening {
		t.Errorf("after the reversal the new bank has %d", got)
	}
}

// TestStranger is a peer that is no bank at all.
func TestStranger(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"a web server":      "HTTP/1.1 400 Bad Request\r\n\r\n",
		"noise in a frame":  "\x00\x04\xff\xfe\xfd\xfc",
		"empty messages":    "\x00\x00\x00\x00",
		"half a length":     "\x00",
		"an answer unasked": "\x00\x060810  ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			met := make(chan struct{}, 1)
			done := make(chan struct{})
			go func() {
				defer close(done)
				greet(ln, says, met)
			}()
			t.Cleanup(func() {
				if err := ln.Close(); err != nil {
					t.Error(err)
				}
				<-done
			})
			l := connected(t, ln.Addr().String(), nil)
			for range 3 {
				<-met
			}
			if l.Up() {
				t.Error("the link is up")
			}
		})
	}
}

// greet says the same to everyone who comes, and hangs up.
func greet(ln net.Listener, says string, met chan<- struct{}) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		_, err = c.Write([]byte(says))
		if errors.Join(err, c.Close()) == nil {
			select {
			case met <- struct{}{}:
			default:
			}
		}
	}
}

func BenchmarkAuthorize(b *testing.B) {
	h := newHost(b, host.Config{})
	if err := h.Open(host.Account{No: rich, Balance: 1e12, Currency: currency(b, "CNY")}); err != nil {
		b.Fatal(err)
	}
	l := connected(b, listen(b, h, "127.0.0.1:0"), nil)
	eventually(b, "the link is up", l.Up)
	serial := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		serial++
		r := order(b, serial%bank.STANMax+1)
		r.RRN = bank.RRN(r.At.Add(time.Duration(serial/bank.STANMax)*time.Hour), uint64(serial))
		if _, err := authorize(b.Context(), l, r); err != nil {
			b.Fatal(err)
		}
	}
}
