package bank_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Accounts of the simulated bank.
const (
	rich     = "6222000000000001" // 1000.00
	poor     = "6222000000000002" // 1.00
	limited  = "6222000000000003" // 1000.00, at most 50.00 at a time
	blocked  = "6222000000000004" // refused with 05
	away     = "6222000000000005" // refused with 91
	dollars  = "6222000000000006" // 1000.00 USD
	nobody   = "6222000000009999" // not an account
	opening  = money.Amount(100_000)
	flowers  = money.Amount(12_850)
	timeout  = 15 * time.Second
	echoTime = time.Minute
)

func currency(t testing.TB, code string) money.Currency {
	t.Helper()
	c, ok := money.Lookup(code)
	if !ok {
		t.Fatalf("no currency %s", code)
	}
	return c
}

// pipes is a listener and a dialler without a network, so that a test in a bubble
// has all of its time for itself.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, fmt.Errorf("dial: %w", net.ErrClosed)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// world is a bank and a link to it, in a bubble of synctest.
type world struct {
	t    *testing.T
	host *host.Host
	link *bank.Link
	stop func()

	mu      sync.Mutex
	changes []bool
	late    []bank.Late
}

// inWorld runs test in a bubble with a link that is signed on.
func inWorld(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.start()
		if !w.link.Up() {
			t.Fatal("the link did not sign on")
		}
		test(t, w)
	})
}

// newWorld makes a bank and a link that does not run yet. change may alter the
// link's configuration.
func newWorld(t *testing.T, change func(*bank.Config)) *world {
	t.Helper()
	return newWorldWith(t, host.Config{}, change)
}

// newWorldWith is newWorld with a bank made of hosting.
func newWorldWith(t *testing.T, hosting host.Config, change func(*bank.Config)) *world {
	t.Helper()
	w := &world{t: t}
	var err error
	if w.host, err = host.New(hosting); err != nil {
		t.Fatal(err)
	}
	openAccounts(t, w.host)
	p := newPipes()
	if err := w.host.Serve(p); err != nil {
		t.Fatal(err)
	}
	cfg := bank.Config{
		Name: "icbc", Addr: "pipes", Identity: bank.Identity{Acquirer: "62000001"}, Timeout: timeout, EchoEvery: echoTime,
		Dial: p.dial, Rand: func(n int64) int64 { return n - 1 },
		OnChange: func(up bool) { w.mu.Lock(); w.changes = append(w.changes, up); w.mu.Unlock() },
		OnLate:   func(l bank.Late) { w.mu.Lock(); w.late = append(w.late, l); w.mu.Unlock() },
	}
	if change != nil {
		change(&cfg)
	}
	if w.link, err = bank.Open(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

// openAccounts gives h the accounts of these tests.
func openAccounts(t testing.TB, h *host.Host) {
	t.Helper()
	cny := currency(t, "CNY")
	for _, a := range []host.Account{
		{No: rich, Balance: opening, Currency: cny},
		{No: poor, Balance: 100, Currency: cny},
		{No: limited, Balance: opening, Currency: cny, Limit: 5000},
		{No: blocked, Balance: opening, Currency: cny, Refuse: "05"},
		{No: away, Balance: opening, Currency: cny, Refuse: "91"},
		{No: dollars, Balance: opening, Currency: currency(t, "USD")},
	} {
		if err := h.Open(a); err != nil {
			t.Fatal(err)
		}
	}
}

// start runs the link and returns when nothing moves any more.
func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		if err := w.link.Run(ctx); err != nil {
			w.t.Errorf("Run: %v", err)
		}
	}()
	w.stop = func() { cancel(); <-ran }
	synctest.Wait()
}

func (w *world) close() {
	if w.stop != nil {
		w.stop()
	}
	if err := w.host.Close(); err != nil {
		w.t.Errorf("host: %v", err)
	}
	synctest.Wait()
}

// request is one for 128.50 CNY out of account, told from others by serial.
func (w *world) request(account string, serial uint32) bank.Request {
	now := time.Now()
	return bank.Request{
		STAN: serial, RRN: bank.RRN(now.UTC(), uint64(serial)), At: now, Account: account,
		Amount: flowers, Currency: currency(w.t, "CNY"), Merchant: "8001", Ref: "K7QH2M9X",
	}
}

// authorize packs r and asks.
func (w *world) authorize(ctx context.Context, r bank.Request) (bank.Reply, error) {
	return authorize(ctx, w.link, r)
}

// undo packs r and reverses it.
func (w *world) undo(ctx context.Context, r bank.Request, repeat bool) (bank.Undo, error) {
	return undo(ctx, w.link, r, repeat)
}

func authorize(ctx context.Context, l *bank.Link, r bank.Request) (bank.Reply, error) {
	p, err := l.Prepare(r)
	if err != nil {
		return bank.Reply{}, err
	}
	return l.Authorize(ctx, p)
}

func undo(ctx context.Context, l *bank.Link, r bank.Request, repeat bool) (bank.Undo, error) {
	p, err := l.Prepare(r)
	if err != nil {
		return bank.Undo{}, err
	}
	return l.Reverse(ctx, p, repeat)
}

func (w *world) balance(account string) money.Amount {
	b, _ := w.host.Balance(account)
	return b
}

func (w *world) wantBalance(account string, want money.Amount) {
	w.t.Helper()
	if got := w.balance(account); got != want {
		w.t.Errorf("account has %d, want %d", got, want)
	}
}

// came counts the messages of type mti that the host has taken in.
func (w *world) came(mti iso8583.MTI) int {
	n := 0
	for _, e := range w.host.Journal() {
		if e.Dir == host.In && e.MTI == mti {
			n++
		}
	}
	return n
}

func (w *world) lates() []bank.Late {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.late
}

func (w *world) changed() []bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changes
}

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	octets, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}
