package admin_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/card"
	"mpg/engine/due"
	"mpg/engine/payment"
	"mpg/engine/phone"
	"mpg/engine/pin"
	"mpg/engine/process/processtest"
	"mpg/engine/reconcile"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// office is a Service over books in a directory of the test's own, without an engine.
type office struct {
	*admin.Service
	run   *tx.Runner
	log   lockedBuffer
	now   time.Time
	banks *banks
	due   *due.Sweeper
	rules admin.CommandRules
	books *books.Books
	// toppedUp is the reference of a top-up of the first subscriber; see furnish.
	toppedUp string
}

// amountOf returns an amount in minor units.
func amountOf(minor int64) money.Amount { return money.Amount(minor) }

// banks is an acquirer that does as it is told.
type banks struct {
	mu       sync.Mutex
	resolved []payment.Resolution // what it was told
	found    []acquirer.Found     // and with what
	refuses  error                // what it answers
}

// lockedBuffer is a log that many may write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Verify implements admin.Acquirer: every card is good.
func (b *banks) Verify(context.Context, string, uint64, string, string) (*card.Check, error) {
	return &card.Check{Code: "85"}, nil
}

// Resolve implements admin.Acquirer.
func (b *banks) Resolve(t *tx.Tx, p *payment.Payment, found acquirer.Found, how payment.Resolution) (*payment.Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.resolved, b.found = append(b.resolved, how), append(b.found, found)
	request := &payment.Request{No: p.No, Bank: "icbc", State: payment.RequestResolved, Resolved: &how}
	if b.refuses == nil {
		if _, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(p.No)); err != nil {
			return nil, err
		}
		tx.Save(t, payment.BankTable, payment.Key(p.No), request)
	}
	return request, b.refuses
}

// Up implements admin.Acquirer.
func (b *banks) Up(string) bool { return true }

// Requests implements admin.Acquirer.
// States returns how the bank stands: up, by one line of two.
func (b *banks) States() []acquirer.State {
	return []acquirer.State{{Bank: "icbc", Up: true, State: bank.State{Lines: []bank.LineState{{Addr: "a:1", Up: true}, {Addr: "b:1"}}}}}
}

func (b *banks) Totals(context.Context, string, string) (*acquirer.DayTotals, error) {
	return nil, acquirer.ErrUnknownBank
}

func (b *banks) SendTotals(context.Context, string, string) (*acquirer.DayTotals, error) {
	return nil, acquirer.ErrUnknownBank
}

func (b *banks) Breaks(context.Context, string, bool) ([]*reconcile.Break, error) { return nil, nil }

func (b *banks) Requests(context.Context, *payment.Payment) ([]*payment.Request, error) {
	return nil, nil
}

// clock returns the time of the test.
func (o *office) clock() time.Time { return o.now }

// newOffice opens an office for one test.
func newOffice(t *testing.T) *office {
	t.Helper()
	o, closeIt := openOffice(t)
	t.Cleanup(closeIt)
	return o
}

// openOffice opens an office for one try of a test that has many, and returns what closes
// it.
func openOffice(t *testing.T) (*office, func()) {
	t.Helper()
	return openOfficeIn(t, private(t, t.TempDir()), bolt.Options{}, nil)
}

// private closes a directory to others, as the store wants it.
func private(t *testing.T, dir string) string {
	t.Helper()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// openOfficeIn opens an office in a directory, over a store that through changes; nil:
// nothing does.
func openOfficeIn(t *testing.T, dir string, opts bolt.Options, through func(store.Store) store.Store) (*office, func()) {
	t.Helper()
	o := &office{banks: &banks{}, now: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC),
		rules: admin.CommandRules{TopUpLimit: 100_000, TopUpAbove: 50_000, RefundAbove: 50_000, SecondWithin: 24 * time.Hour, CoolingOff: 48 * time.Hour, PINWait: 24 * time.Hour}}
	log := slog.New(slog.NewTextHandler(&o.log, nil))
	open := processtest.Config{Dir: dir, Options: opts, Through: through, Now: o.clock, Banks: []string{"icbc"}, Log: log}
	if through != nil {
		open.Broken = func(error) {}
	}
	kept := processtest.Open(t, open)
	o.run, o.books = kept.Run, kept.Books
	o.Service = admin.New(admin.Config{Store: kept.Store, Run: o.run, Books: o.books, Acquirer: o.banks, Place: kept.Place, Banks: []string{"icbc"},
		Process: kept.Machine(processtest.Idle{}, nil),
		Hasher:  pin.NewHasher(pin.Config{Key: kept.PINKey, Argon: pin.Argon{Passes: 1, Memory: 8, Lanes: 1}}, rand.Reader), Bind: "main", ShortCode: "8888",
		Numbers:  phone.NewReader("CN"),
		Checks:   func() []audit.Check { return nil },
		Staff:    staff.New(staff.Config{Run: o.run, Secret: kept.SealKey.Derive("staff"), Session: func() time.Duration { return time.Hour }, Hashes: 1, Argon: pin.Argon{Passes: 1, Memory: 8, Lanes: 1}, Now: o.clock, Rand: rand.Reader, Log: log}),
		Rules:    func() admin.CommandRules { return o.rules },
		Later:    admin.Later{Due: func() *due.Sweeper { return o.due }},
		Verified: func(time.Time) {}, Now: o.clock, Rand: rand.Reader, Log: log})
	var err error
	if o.due, err = due.New(due.Config{Run: o.run, Kinds: o.Kinds(), Now: o.clock, Log: log}); err != nil {
		t.Fatal(err)
	}
	return o, func() {
		if err := kept.Disk.Close(); err != nil {
			t.Error(err)
		}
	}
}

// read returns what takes the result of a command that must be done, and returns its
// view.
func read[V any](t *testing.T) func(json.RawMessage, error) V {
	t.Helper()
	return func(result json.RawMessage, err error) V {
		t.Helper()
		var view V
		if err == nil {
			err = json.Unmarshal(result, &view)
		}
		if err != nil {
			t.Error(err)
		}
		return view
	}
}

// decoded returns the view in the result of a command, or its error.
func decoded[V any](result json.RawMessage, err error) (V, error) {
	var view V
	if err == nil {
		err = json.Unmarshal(result, &view)
	}
	return view, err
}

// must returns a result that has no error.
func must[V any](value V, err error) V {
	if err != nil {
		panic(err)
	}
	return value
}

// mobile returns the number of a subscriber or a shop of the test.
func mobile(i int) string { return fmt.Sprintf("+86138%08d", i) }
