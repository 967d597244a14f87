package view_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/view"
	"mpg/engine/view/viewtest"
	"mpg/store/bolt"
)

// desk is a store with a history, and a view of it that a test drives itself.
type desk struct {
	t     rapid.TB
	dir   string // of the view
	store *bolt.Store
	life  *viewtest.History
	view  *view.View
	taken uint64

	mu  sync.Mutex
	now time.Time
}

// patience bounds every wait of the tests.
const patience = 2 * time.Minute

// newDesk returns a desk with that many people and shops.
func newDesk(t rapid.TB, dir string, seed uint64) *desk {
	t.Helper()
	d := &desk{t: t, dir: filepath.Join(dir, "view"), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	books := filepath.Join(dir, "books")
	for _, folder := range []string{books, d.dir} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if d.store, err = bolt.Open(books, bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	if d.life, err = viewtest.NewHistory(context.Background(), d.store, 7, 3, seed); err != nil {
		t.Fatal(err)
	}
	return d
}

// close closes the view and the store.
func (d *desk) close() {
	d.t.Helper()
	if d.view != nil {
		d.shut()
	}
	if err := d.store.Close(); err != nil {
		d.t.Error(err)
	}
}

// config returns the settings of a view in a folder.
func (d *desk) config(dir string) view.Config {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		d.t.Fatal(err)
	}
	return view.Config{Dir: dir, Feed: d.store, Ledger: d.store, Books: "these", Zone: zone, Currency: "CNY", Number: d.life.Refs.Number,
		Now: d.clock, Log: slog.New(slog.DiscardHandler), Records: 50}
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// open opens the view, and builds it if there is none. tune changes its settings.
func (d *desk) open(tune ...func(*view.Config)) {
	d.t.Helper()
	cfg := d.config(d.dir)
	for _, f := range tune {
		f(&cfg)
	}
	var err error
	if d.view, err = view.Open(context.Background(), cfg); err != nil {
		d.t.Fatal(err)
	}
	if d.taken, err = d.view.Follower().From(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

// shut closes the view without writing what it has taken, as a crash does.
func (d *desk) shut() {
	d.t.Helper()
	if err := d.view.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.view = nil
}

// live adds some events.
func (d *desk) live(events int) {
	d.t.Helper()
	const atOnce = 8 // applied together, which is faster
	for i := range events {
		d.life.Event()
		if i%atOnce < atOnce-1 && i < events-1 {
			continue
		}
		if err := d.life.Apply(context.Background()); err != nil {
			d.t.Fatal(err)
		}
	}
}

// busy returns a function for Rebuild, during which the view takes more records: once while
// the file is filled, and once while what had come by then is added.
func (d *desk) busy() func(read, of uint64) {
	var ends []uint64
	return func(_, end uint64) {
		if len(ends) == 0 || len(ends) == 1 && end != ends[0] {
			ends = append(ends, end)
			d.live(20)
			d.take(1 << 30)
		}
	}
}

// take lets the view take that many records, or those there are.
func (d *desk) take(records int) {
	d.t.Helper()
	if records <= 0 {
		return
	}
	for entry, err := range d.store.Records(context.Background(), d.taken+1) {
		if err != nil {
			d.t.Fatal(err)
		}
		if err := d.view.Follower().Take(context.Background(), &entry); err != nil {
			d.t.Fatal(err)
		}
		d.taken = entry.Seq
		if records--; records == 0 {
			return
		}
	}
}

// keep lets the view write what it has taken.
func (d *desk) keep() {
	d.t.Helper()
	if err := d.view.Follower().Keep(context.Background(), d.taken); err != nil {
		d.t.Fatal(err)
	}
}

// catchUp lets the view take and write all there is.
func (d *desk) catchUp() {
	d.t.Helper()
	d.take(1 << 30)
	d.keep()
	if lag := d.view.Lag(); lag != 0 {
		d.t.Fatalf("%d records behind after all were taken", lag)
	}
}

// sameAsNew compares the view with one that is built now, and with the ledger.
func (d *desk) sameAsNew() {
	d.t.Helper()
	other := filepath.Join(d.dir, "other")
	if err := os.RemoveAll(other); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Mkdir(other, 0o700); err != nil {
		d.t.Fatal(err)
	}
	fresh, err := view.Open(context.Background(), d.config(other))
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := fresh.Follower().From(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	d.same(d.view, fresh)
	if err := fresh.Close(); err != nil {
		d.t.Error(err)
	}
	d.agrees()
}

// same compares two views.
func (d *desk) same(one, other *view.View) {
	d.t.Helper()
	ours, theirs := d.dump(one), d.dump(other)
	if slices.Equal(ours, theirs) {
		return
	}
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			d.t.Errorf("only the one: %s", line)
		}
	}
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			d.t.Errorf("only the other: %s", line)
		}
	}
	d.t.Errorf("%d rows and %d", len(ours), len(theirs))
}

// viewDump returns what a view holds.
func viewDump(of *view.View) ([]string, error) { return viewtest.Dump(context.Background(), of) }

// until waits for something that must happen.
func (d *desk) until(what string, cond func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("never came: %s", what)
		}
	}
}

func (d *desk) dump(of *view.View) []string {
	d.t.Helper()
	lines, err := viewDump(of)
	if err != nil {
		d.t.Fatal(err)
	}
	return lines
}

// agrees compares the view with the ledger.
func (d *desk) agrees() {
	d.t.Helper()
	found, err := d.view.Check(context.Background())
	if err != nil || found.Differences != 0 || found.Accounts < 12 {
		d.t.Errorf("%+v %v", found, err)
	}
}

// query returns the first column of a query as one text.
func (d *desk) query(query string, args ...any) string {
	d.t.Helper()
	var all []string
	err := d.view.Read(context.Background(), reading(query, args, func(text string) { all = append(all, text) }))
	if err != nil {
		d.t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return strings.Join(all, " ")
}

// needs skips a test under the race detector.
func notUnderRace(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("SQLite is slow under the race detector; TestReadsWhileItFollows runs there")
	}
}
