package follow_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/follow"
	"mpg/engine/mac"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/bolt"
)

// notes is a table of this test.
const notes store.Table = 90

// note is a document of that table.
type note struct {
	Text string `cbor:"1,keyasint"`
}

// desk is a store that a test writes to and follows.
type desk struct {
	t    *testing.T
	dir  string
	disk *bolt.Store
	run  *tx.Runner
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: filepath.Join(t.TempDir(), "books")}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d.open()
	t.Cleanup(func() {
		if err := d.disk.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) open() {
	d.t.Helper()
	var err error
	if d.disk, err = bolt.Open(d.dir, bolt.Options{}); err != nil {
		d.t.Fatal(err)
	}
	key := mac.New([]byte("a key of this test"))
	d.run = tx.NewRunner(tx.Config{Store: d.disk, Now: time.Now, Rand: rand.Reader, Bodies: key, Numbers: key,
		Broken: func(err error) { d.t.Errorf("store broken: %v", err) }, Closed: func() bool { return false }, Grew: func() {}})
}

// restart closes the store and opens it again.
func (d *desk) restart() {
	d.t.Helper()
	if err := d.disk.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.open()
}

// writes makes one record for each text.
func (d *desk) writes(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		err := d.run.Do(context.Background(), func(t *tx.Tx) error {
			tx.Save(t, notes, text, &note{Text: text})
			return nil
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

// follows runs followers until the test or the returned func ends them.
func (d *desk) follows(followers ...follow.Follower) (runner *follow.Runner, stop func()) {
	d.t.Helper()
	runner, err := follow.New(follow.Config{Feed: d.disk, Followers: followers, Log: slog.New(slog.DiscardHandler), Every: 5 * time.Millisecond, Retry: time.Millisecond})
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { runner.Run(ctx); close(ended) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	d.t.Cleanup(stop)
	return runner, stop
}

// until waits for something that must happen.
func (d *desk) until(what string, cond func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("never came: %s", what)
		}
	}
}

// reader collects the keys of the notes that a follower was given.
type reader struct {
	mu   sync.Mutex
	keys []string
	err  error // of the next record
}

func (r *reader) take(_ context.Context, entry *store.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.err; err != nil {
		r.err = nil
		return err
	}
	for _, w := range entry.Writes {
		if w.Table == notes {
			r.keys = append(r.keys, w.Key)
		}
	}
	return nil
}

func (r *reader) read() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.keys)
}

func (r *reader) has(keys ...string) func() bool {
	return func() bool { return slices.Equal(r.read(), keys) }
}

// TestAFollowerGoesOn from its position, over restarts: what was written while nothing ran
// is not lost, and after an orderly stop nothing comes twice.
func TestAFollowerGoesOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var want []string
	for life := range 4 {
		before := fmt.Sprint("before ", life)
		d.writes(before)
		r := new(reader)
		runner, stop := d.follows(follow.InBooks(d.run, "points", r.take))
		d.until("what came while nothing ran", r.has(before))
		during := fmt.Sprint("during ", life)
		d.writes(during)
		d.until("what came meanwhile", r.has(before, during))
		d.until("no lag", func() bool { return runner.Lag()["points"] == 0 })
		want = append(want, before, during)
		stop()
		if position, err := follow.MarkOf("points").Read(t.Context(), d.disk); err != nil || position == 0 {
			t.Errorf("position %d, %v", position, err)
		}
		d.restart()
	}
	all := new(reader)
	d.follows(follow.InBooks(d.run, "another", all.take))
	d.until("all for a new one", all.has(want...))
}

// TestAKeptPositionIsNotNews: an idle follower writes nothing, however often its position
// and those of others were kept.
func TestAKeptPositionIsNotNews(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var kept atomic.Int64
	counted := func(name string) follow.Follower {
		f := follow.InBooks(d.run, name, new(reader).take)
		keep := f.Keep
		f.Keep = func(ctx context.Context, seq uint64) error { kept.Add(1); return keep(ctx, seq) }
		return f
	}
	_, stop := d.follows(counted("one"), counted("two"))
	d.writes("a")
	d.until("both positions", func() bool {
		one, err1 := follow.MarkOf("one").Read(t.Context(), d.disk)
		two, err2 := follow.MarkOf("two").Read(t.Context(), d.disk)
		return errors.Join(err1, err2) == nil && one > 0 && two > 0
	})
	rest := kept.Load()
	time.Sleep(50 * time.Millisecond) // ten times in which they might
	stop()
	if n := kept.Load(); n != rest || n > 4 {
		t.Errorf("kept %d times, and then %d", rest, n)
	}
	if seq := d.disk.Seq(); seq > 5 {
		t.Errorf("%d records of one note", seq)
	}
}

// TestARecordThatFailsComesAgain, before any later one.
func TestARecordThatFailsComesAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	r := &reader{err: errors.New("not now")}
	f := follow.InBooks(d.run, "points", r.take)
	from, tries := f.From, 0
	f.From = func(ctx context.Context) (uint64, error) {
		if tries++; tries < 3 {
			return 0, errors.New("cannot be read")
		}
		return from(ctx)
	}
	d.writes("a", "b", "c")
	d.follows(f)
	d.until("all in order", r.has("a", "b", "c"))
}

// TestWorkInTheBooksIsDoneOnce: a follower that sets its Mark in the step of its work does
// each record once, although it is given some of them again after each crash.
func TestWorkInTheBooksIsDoneOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const sums store.Table = 91
	var given atomic.Int64
	isNote := func(entry *store.Entry) bool {
		found := slices.ContainsFunc(entry.Writes, func(w store.Write) bool { return w.Table == notes })
		if found {
			given.Add(1)
		}
		return found
	}
	count := func(t *tx.Tx, _ *store.Entry) error {
		sum, err := tx.Read[note](t, sums, "sum")
		if err != nil {
			return err
		}
		if sum == nil {
			sum = new(note)
		}
		sum.Text += "|"
		tx.Save(t, sums, "sum", sum)
		return nil
	}
	texts := strings.Split("abcdefghij", "")
	for i, text := range texts {
		d.writes(text)
		f := follow.BySteps(d.run, "counter", isNote, count)
		f.From = func(context.Context) (uint64, error) { return 0, nil } // a crash forgets what was not kept: here, all
		runner, stop := d.follows(f)
		d.until("no lag", func() bool { return runner.Lag()["counter"] == 0 })
		stop()
		doc, ok, err := d.disk.Doc(t.Context(), sums, "sum")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if sum, err := tx.Decode[note](doc); err != nil || len(sum.Text) != i+1 {
			t.Fatalf("counted %q after %d notes, %v", sum.Text, i+1, err)
		}
		d.restart()
	}
	if given.Load() < int64(2*len(texts)) {
		t.Errorf("given only %d: nothing came again", given.Load())
	}
}

// TestAFollowerThatIsOff pauses at its position, and goes on when it is on again. The
// others do not wait for it.
func TestAFollowerThatIsOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var off atomic.Bool
	off.Store(true)
	resting, busy := new(reader), new(reader)
	f := follow.InBooks(d.run, "resting", resting.take)
	f.Off = off.Load
	runner, _ := d.follows(f, follow.InBooks(d.run, "busy", busy.take))
	d.writes("a", "b")
	d.until("the other", busy.has("a", "b"))
	if got := resting.read(); len(got) > 0 || runner.Lag()["resting"] < 2 {
		t.Errorf("%v, lag %v", got, runner.Lag())
	}
	off.Store(false)
	d.until("the rest", resting.has("a", "b"))
}

// TestAPositionOfOtherBooks: after a restore the journal may end before what a follower has
// kept elsewhere. It must not mistake later records for those that it knows.
func TestAPositionOfOtherBooks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.writes("a", "b")
	ahead, right := new(reader), new(reader)
	f := follow.InBooks(d.run, "ahead", ahead.take)
	f.From = func(context.Context) (uint64, error) { return 999, nil }
	kept := f.Keep
	f.Keep = func(ctx context.Context, seq uint64) error { t.Error("kept"); return kept(ctx, seq) }
	runner, stop := d.follows(f, follow.InBooks(d.run, "right", right.take))
	d.writes("c", "d")
	d.until("the other", right.has("a", "b", "c", "d"))
	stop()
	if got := ahead.read(); len(got) > 0 || runner.Lag()["ahead"] < 4 {
		t.Errorf("%v, lag %v", got, runner.Lag())
	}
}

// TestItEndsWithTheStore, and not later.
func TestItEndsWithTheStore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	r := new(reader)
	d.writes("a")
	runner, err := follow.New(follow.Config{Feed: d.disk, Followers: []follow.Follower{follow.InBooks(d.run, "points", r.take)}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { runner.Run(context.Background()); close(ended) }()
	d.until("the record", r.has("a"))
	d.restart()
	<-ended
}

// TestFollowersThatCannotRun are refused before anything begins.
func TestFollowersThatCannotRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	whole := func(name string) follow.Follower { return follow.InBooks(d.run, name, new(reader).take) }
	for want, cfg := range map[string]follow.Config{
		"cannot name":          {Feed: d.disk, Followers: []follow.Follower{whole("Two Words")}},
		"two followers":        {Feed: d.disk, Followers: []follow.Follower{whole("a"), whole("b"), whole("a")}},
		"needs From":           {Feed: d.disk, Followers: []follow.Follower{{Name: "a"}}},
		"has nothing to follo": {Followers: []follow.Follower{whole("a")}},
	} {
		if _, err := follow.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := follow.New(follow.Config{}); err != nil {
		t.Errorf("none at all: %v", err)
	}
}

// TestAFollowerInBatches is given records at once when it was idle, and Keep follows them;
// under load it is given what has come in a while, with one Keep. A Keep that fails is tried
// again, without the records.
func TestAFollowerInBatches(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	r := new(reader)
	var mu sync.Mutex
	var kept []uint64
	fails := 1
	d.follows(follow.Follower{Name: "batches", Every: 20 * time.Millisecond, From: func(context.Context) (uint64, error) { return 0, nil }, Take: r.take,
		Keep: func(_ context.Context, seq uint64) error {
			mu.Lock()
			defer mu.Unlock()
			if fails--; fails >= 0 {
				return errors.New("not now")
			}
			kept = append(kept, seq)
			return nil
		}})
	var want []string
	for i := range 300 {
		want = append(want, fmt.Sprintf("%03d", i))
		d.writes(want[i])
	}
	d.until("all of them", r.has(want...))
	d.until("the position", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(kept) > 0 && kept[len(kept)-1] == d.disk.Seq()
	})
	mu.Lock()
	defer mu.Unlock()
	if len(kept) > 150 || !slices.IsSorted(kept) {
		t.Errorf("kept %d times for 300 records: %d", len(kept), kept)
	}
}
