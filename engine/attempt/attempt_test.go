package attempt_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/attempt"
	"mpg/engine/lang"
	"mpg/engine/mac"
	"mpg/engine/notice"
	"mpg/engine/outbox"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/bolt"
)

// open opens the books in dir.
func open(t *testing.T, dir string) (*bolt.Store, *tx.Runner) {
	t.Helper()
	books, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return books, tx.NewRunner(tx.Config{Store: books, Now: time.Now, Rand: rand.Reader, Bodies: mac.New([]byte("bodies")), Numbers: mac.New([]byte("numbers")),
		Broken: func(err error) { t.Error(err) }, Closed: func() bool { return false }, Grew: func() {}})
}

// folder returns a new folder for books.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "books")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// notify adds rows to the outbox.
func notify(t *testing.T, run *tx.Runner, rows int) {
	t.Helper()
	for rows > 0 {
		n := min(rows, store.RowsMax)
		rows -= n
		err := run.Do(t.Context(), func(t *tx.Tx) error {
			for range n {
				if err := t.Notify(notice.Notice{Medium: "voice", Via: "out", To: "+8613800000001", Text: lang.Stopped, Args: lang.Args{Ref: "PLYSSAYH"}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// waiting returns how many rows of the outbox are not done, and how many have tries.
func waiting(t *testing.T, books store.Reader) (rows, tried int) {
	t.Helper()
	for _, err := range books.Outbox(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	for _, err := range books.Docs(t.Context(), attempt.Table, "", 0) {
		if err != nil {
			t.Fatal(err)
		}
		tried++
	}
	return rows, tried
}

// voice is a costly channel. The machine dies in the middle of each call: a copy of the
// books of that moment is what the next start finds.
type voice struct {
	books string // folder
	next  string // where the copy goes
	calls atomic.Int64
}

func (v *voice) Name() string                    { return "out" }
func (v *voice) Medium() notice.Medium           { return "voice" }
func (v *voice) Ready(ctx context.Context) error { return ctx.Err() }
func (v *voice) Retry() outbox.Retry {
	return outbox.Retry{First: time.Minute, Max: time.Hour, Lasts: 24 * time.Hour, Tries: 3}
}

func (v *voice) Send(_ context.Context, _ *notice.Notice, _ func(outbox.Outcome)) {
	v.calls.Add(1)
	data, err := os.ReadFile(filepath.Join(v.books, bolt.FileName))
	name := filepath.Join(v.next, bolt.FileName) // most of it is a hole
	if err == nil {
		err = os.WriteFile(name, bytes.TrimRight(data, "\x00"), 0o600)
	}
	if err == nil {
		err = os.Truncate(name, int64(len(data)))
	}
	if err != nil {
		panic(err)
	}
}

// TestACallIsNotMadeAgainAndAgain: mpg is killed in the middle of each call. There are
// as many calls as the policy says and no more, each a while after the one before.
func TestACallIsNotMadeAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := folder(t)
		books, run := open(t, dir)
		notify(t, run, 1)
		if err := books.Close(); err != nil {
			t.Fatal(err)
		}
		var at []time.Duration
		begin := time.Now()
		for life := 1; life <= 5; life++ {
			channel := &voice{books: dir, next: folder(t)}
			books, run := open(t, dir)
			tries, err := attempt.Load(t.Context(), run)
			if err != nil {
				t.Fatal(err)
			}
			d, err := outbox.New(outbox.Config{Rows: books.Outbox, Done: tries.Done, Attempts: tries, Channels: []outbox.Channel{channel}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			var ended sync.WaitGroup
			ended.Go(func() { d.Run(ctx) })
			for wait := 0; channel.calls.Load() == 0 && wait < 600; wait++ {
				time.Sleep(time.Second)
				synctest.Wait()
			}
			if channel.calls.Load() > 0 {
				at, dir = append(at, time.Since(begin).Round(5*time.Second)), channel.next
			}
			stop()
			ended.Wait()
			rows, tried := waiting(t, books)
			if done := life > 3; (rows == 0) != done || (tried == 0) != done || d.GivenUp() > 0 != (life == 4) {
				t.Errorf("life %d: %d rows, %d of them tried, %d given up", life, rows, tried, d.GivenUp())
			}
			if err := books.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(at); got != "[0s 1m0s 3m0s]" {
			t.Errorf("calls at %s", got)
		}
	})
}

// TestDoneForgetsTheTries of more rows than fit in a step.
func TestDoneForgetsTheTries(t *testing.T) {
	t.Parallel()
	const rows, costly = store.DoneMax + 200, 150
	books, run := open(t, folder(t))
	defer books.Close()
	tries, err := attempt.Load(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	notify(t, run, rows)
	var ids []store.RowID
	for id := range store.RowID(rows) {
		ids = append(ids, id+1)
	}
	at := time.Now()
	for _, id := range ids[:costly] {
		if err := tries.Begin(t.Context(), id, 1, at); err != nil {
			t.Fatal(err)
		}
	}
	if n, tried := waiting(t, books); n != rows || tried != costly {
		t.Fatalf("%d rows, %d of them tried", n, tried)
	}
	if err := tries.Done(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if n, tried := waiting(t, books); n != 0 || tried != 0 {
		t.Errorf("%d rows are left, %d of them tried", n, tried)
	}
	if n, _ := tries.Tried(1); n != 0 {
		t.Errorf("row 1 still has %d tries", n)
	}
	if err := tries.TakeBack(t.Context(), 1, at); err != nil {
		t.Error(err)
	}
	if _, tried := waiting(t, books); tried != 0 {
		t.Error("a row that is done has tries again")
	}
}

// TestATryThatCostNothing is taken back unless another has begun since.
func TestATryThatCostNothing(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	books, run := open(t, dir)
	tries, err := attempt.Load(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	notify(t, run, 2)
	at := time.Now()
	for _, step := range []struct {
		begin, back time.Duration // zero: not
		tries, want int
	}{{begin: 1, tries: 1, want: 1}, {back: 1, want: 0}, {begin: 2, tries: 1, want: 1}, {begin: 3, tries: 2, want: 2}, {back: 2, want: 2}, {back: 3, want: 1}} {
		if step.begin > 0 {
			err = tries.Begin(t.Context(), 1, step.tries, at.Add(step.begin))
		} else {
			err = tries.TakeBack(t.Context(), 1, at.Add(step.back))
		}
		if got, _ := tries.Tried(1); err != nil || got != step.want {
			t.Errorf("%+v: %d tries, %v", step, got, err)
		}
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
	books, run = open(t, dir)
	defer books.Close()
	if tries, err = attempt.Load(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if got, last := tries.Tried(1); got != 1 || !last.Equal(at.Add(3)) {
		t.Errorf("after a restart: %d tries, the last at %s", got, last)
	}
}

// TestLoadRefusesADamagedTable: a table that cannot be read must not pass for an empty one.
func TestLoadRefusesADamagedTable(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"not a row": "no row", "0000000000000001": "row 1"} {
		books, run := open(t, folder(t))
		err := run.Do(t.Context(), func(t *tx.Tx) error {
			tx.Save(t, attempt.Table, key, &struct {
				Other int `cbor:"9,keyasint"`
			}{1})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := attempt.Load(t.Context(), run); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", key, err)
		}
		books.Close()
	}
}
