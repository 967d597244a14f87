package printer_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/follow"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/mac"
	"mpg/engine/payment"
	"mpg/engine/till/escpos"
	"mpg/engine/till/printer"
	"mpg/engine/tx"
	"mpg/store/bolt"
)

// patience bounds every wait of the tests.
const patience = 2 * time.Minute

// paper is a receipt printer on the network, with what it has printed. Like most, it serves one
// connection after the other, in the order in which they were made.
type paper struct {
	busy   chan struct{} // closed once the last connection is dealt with; nil: there was none
	mu     sync.Mutex
	fails  []string // what it does to the next connections; none: it prints
	slips  []string
	tries  int
	change chan struct{}
}

// dial connects to it.
func (p *paper) dial(context.Context, string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries++
	how := ""
	if len(p.fails) > 0 {
		how, p.fails = p.fails[0], p.fails[1:]
	}
	if how == "off" {
		return nil, fmt.Errorf("no route to host")
	}
	ours, its := net.Pipe()
	before, done := p.busy, make(chan struct{})
	p.busy = done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		p.read(its, how)
	}()
	return ours, nil
}

// read prints what comes in, or breaks down before or after it has printed.
func (p *paper) read(conn net.Conn, how string) {
	defer func() { _ = conn.Close() }()
	if how == "dies" {
		return
	}
	if how == "half" { // the last octets are never acknowledged
		data := make([]byte, 40)
		_, _ = io.ReadFull(conn, data)
		p.print(string(data))
		return
	}
	data, _ := io.ReadAll(conn)
	p.print(string(data))
}

func (p *paper) print(data string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, slip := range strings.SplitAfter(data, "\x1dVB\x03") {
		if slip != "" {
			p.slips = append(p.slips, slip)
		}
	}
	close(p.change)
	p.change = make(chan struct{})
}

// fail sets what it does to the next connections.
func (p *paper) fail(how []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = how
}

// until waits until what was printed satisfies cond, and returns it.
func (p *paper) until(t testing.TB, cond func(slips []string) bool) []string {
	t.Helper()
	late := time.After(patience)
	for {
		p.mu.Lock()
		slips, change := append([]string(nil), p.slips...), p.change
		p.mu.Unlock()
		if cond(slips) {
			return slips
		}
		select {
		case <-change:
		case <-late:
			t.Fatalf("never came; printed %q", slips)
		}
	}
}

// shop is a shop with a printer, and the books that it follows.
type shop struct {
	store *bolt.Store
	run   *tx.Runner
	paper *paper
	now   func() time.Time
	keep  time.Duration
	p     *printer.Printer
	stop  func()
	no    uint64
}

func newShop(t testing.TB, dir string) *shop {
	t.Helper()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(dir, bolt.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &shop{store: s, paper: &paper{change: make(chan struct{})}, now: time.Now, keep: time.Hour,
		run: tx.NewRunner(tx.Config{Store: s, Now: time.Now, Rand: rand.Reader, Bodies: mac.New([]byte("b")), Numbers: mac.New([]byte("n")),
			Broken: func(err error) { t.Errorf("broken: %v", err) }, Closed: func() bool { return false }, Grew: func() {}})}
}

// begins runs the printer until stop is called.
func (s *shop) begins(t testing.TB) {
	t.Helper()
	s.p = printer.New(printer.Config{Name: "front", Shop: "8001", Addr: "printer:9100", Paper: escpos.Paper{Width: 32, Page: escpos.CP437}, Keep: s.keep,
		Run: s.run, Ref: ref, Place: local.Place{Zone: time.UTC}, Dial: s.paper.dial, Pause: func(int) time.Duration { return time.Millisecond },
		Now: s.now, Log: slog.New(slog.DiscardHandler)})
	runner, err := follow.New(follow.Config{Feed: s.store, Followers: []follow.Follower{s.p.Follower(s.store)}, Log: slog.New(slog.DiscardHandler), Retry: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var runs sync.WaitGroup
	runs.Go(func() { runner.Run(ctx) })
	s.stop = func() { cancel(); runs.Wait() }
}

// ready waits until the printer has a position.
func (s *shop) ready(t testing.TB) {
	t.Helper()
	for ends := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		seq, err := follow.MarkOf("printer-front").Read(context.Background(), s.store)
		if err != nil || time.Now().After(ends) {
			t.Fatalf("no position: %v", err)
		}
		if seq > 0 {
			return
		}
	}
}

// ref returns the reference of a payment.
func ref(no uint64) string { return fmt.Sprintf("REF%05d", no) }

// pays has shops be paid in one record, and returns the references.
func (s *shop) pays(t testing.TB, codes ...string) (refs []string) {
	t.Helper()
	err := s.run.Do(context.Background(), func(step *tx.Tx) error {
		for _, code := range codes {
			s.no++
			p := &payment.Payment{No: s.no, Ref: ref(s.no), State: payment.Done, Plan: payment.Plan{Product: payment.MDebit},
				Payer: payment.Party{User: 1, Phone: "+8613800000001"}, Payee: payment.Party{Code: code, Name: lang.Name{EN: "BLUEBIRD"}},
				Amounts: payment.Amounts{Ordered: 12850, Charged: 12850, Received: 12850, Currency: "CNY"},
				Steps:   []payment.Step{{At: step.Now, State: payment.Posted}, {At: step.Now, State: payment.Done}}}
			step.SavePayment(p)
			refs = append(refs, p.Ref)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return refs
}

// TestSlipsArePrinted: one for each payment to the shop, none for those to others or from
// before, and nothing that tells who paid.
func TestSlipsArePrinted(t *testing.T) {
	t.Parallel()
	s := newShop(t, t.TempDir())
	defer func() { _ = s.store.Close() }()
	s.pays(t, "8001")
	s.begins(t)
	s.ready(t)
	defer func() { s.stop() }()
	s.pays(t, "8002")
	s.pays(t, "8001", "8002", "8001")
	s.pays(t, "8001")
	slips := s.paper.until(t, func(slips []string) bool { return len(slips) >= 3 })
	for i, want := range []string{ref(3), ref(5), ref(6)} {
		if !strings.Contains(slips[i], want) || !strings.Contains(slips[i], "PAID") || !strings.Contains(slips[i], "CNY 128.50") || !strings.Contains(slips[i], "138****0001") ||
			strings.Contains(slips[i], "REPRINT") || strings.Contains(slips[i], "13800000001") {
			t.Errorf("slip %d is %q, want %s", i, slips[i], want)
		}
	}
	if len(slips) != 3 {
		t.Errorf("%d slips", len(slips))
	}
}

// TestNoSlipIsLost: whatever happens to the printer and to the daemon, each payment is printed,
// in order, at least once; more often only with a mark on all but the first slip.
func TestNoSlipIsLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			s := newShop(t, t.TempDir())
			defer func() { _ = s.store.Close() }()
			s.pays(t, "8002") // the books have begun
			s.begins(t)
			defer func() { s.stop() }()
			s.ready(t)
			want := s.happens(t, mathrand.New(mathrand.NewPCG(seed, 7)))
			last := want[len(want)-1]
			slips := s.paper.until(t, func(slips []string) bool { return len(slips) > 0 && strings.Contains(slips[len(slips)-1], last+"\n") })
			next := 0
			for _, slip := range slips {
				switch whole := strings.HasSuffix(slip, "\x1dVB\x03"); {
				case !whole: // it broke down while it printed
				case next < len(want) && strings.Contains(slip, want[next]):
					next++
				case next > 0 && strings.Contains(slip, want[next-1]) && strings.Contains(slip, "REPRINT"):
				default:
					t.Fatalf("printed %q, want %q next", slip, want[next:])
				}
			}
			if next != len(want) {
				t.Fatalf("not printed: %q of %q", want[next:], slips)
			}
		})
	}
}

// happens lets payments, breakdowns and restarts happen, and returns the references of the
// payments.
func (s *shop) happens(t *testing.T, random *mathrand.Rand) (refs []string) {
	t.Helper()
	for range 8 {
		switch random.IntN(4) {
		case 0:
			var fails []string
			for range random.IntN(4) {
				fails = append(fails, []string{"off", "dies", "half", ""}[random.IntN(4)])
			}
			s.paper.fail(fails)
		case 1:
			s.stop()
			s.begins(t)
		default:
			refs = append(refs, s.pays(t, "8001")...)
		}
	}
	return append(refs, s.pays(t, "8001")...)
}

// TestAReprintSaysSo: a slip that a printer may have printed comes again with the mark, also
// after a restart; one that it cannot have printed comes without.
func TestAReprintSaysSo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fails  []string
		marked bool
	}{"it was off": {[]string{"off", "off"}, false}, "it broke down": {[]string{"half"}, true}, "it hung up": {[]string{"dies", "off"}, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, t.TempDir())
			defer func() { _ = s.store.Close() }()
			s.pays(t, "8002")
			s.begins(t)
			s.ready(t)
			s.paper.fail(tt.fails)
			s.pays(t, "8001")
			defer func() { s.stop() }()
			slips := s.paper.until(t, func(slips []string) bool {
				return len(slips) > 0 && strings.HasSuffix(slips[len(slips)-1], "\x1dVB\x03")
			})
			if got := strings.Contains(slips[len(slips)-1], "REPRINT"); got != tt.marked {
				t.Errorf("marked %t: %q", got, slips)
			}
		})
	}
}

// TestOldSlipsAreLeftOut: a slip that has waited too long for its printer is counted, and the
// next ones are printed. Meanwhile its age is shown.
func TestOldSlipsAreLeftOut(t *testing.T) {
	t.Parallel()
	s := newShop(t, t.TempDir())
	defer func() { _ = s.store.Close() }()
	var mu sync.Mutex
	ahead := time.Duration(0)
	s.now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	s.pays(t, "8002")
	s.begins(t)
	s.ready(t)
	defer func() { s.stop() }()
	s.paper.fail(slices.Repeat([]string{"off"}, 1_000_000))
	s.pays(t, "8001", "8001")
	for ends := time.Now().Add(patience); s.p.Age() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(ends) {
			t.Fatal("no slip waits")
		}
	}
	mu.Lock()
	ahead = 2 * time.Hour
	mu.Unlock()
	for ends := time.Now().Add(patience); s.p.Dropped.Load() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(ends) {
			t.Fatal("the slips still wait")
		}
	}
	mu.Lock()
	ahead = 0
	mu.Unlock()
	s.paper.fail(nil)
	next := s.pays(t, "8001")
	slips := s.paper.until(t, func(slips []string) bool { return len(slips) > 0 })
	if len(slips) != 1 || !strings.Contains(slips[0], next[0]) || s.p.Dropped.Load() != 2 {
		t.Errorf("printed %q, %d left out", slips, s.p.Dropped.Load())
	}
}
