package due_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mpg/engine/due"
	"mpg/engine/mac"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/bolt"
)

// workTable holds what the kinds of the tests have done: a count for each occurrence.
const workTable store.Table = 250

// work is how often an occurrence was done.
type work struct {
	Times int `cbor:"1,keyasint"`
}

// rig is a Sweeper on books of its own, with a clock that the test sets.
type rig struct {
	t     testing.TB
	dir   string
	kinds []due.Kind
	opts  bolt.Options

	now   time.Time
	books *bolt.Store
	run   *tx.Runner
	s     *due.Sweeper
}

func newRig(t testing.TB, now time.Time, kinds ...due.Kind) *rig {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "books")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: dir, kinds: kinds, now: now}
	r.open()
	return r
}

// open opens the books, as a start does.
func (r *rig) open() {
	r.t.Helper()
	var err error
	if r.books, err = bolt.Open(r.dir, r.opts); err != nil {
		r.t.Fatal(err)
	}
	r.run = tx.NewRunner(tx.Config{Store: r.books, Now: func() time.Time { return r.now }, Rand: rand.Reader,
		Bodies: mac.New([]byte("bodies")), Numbers: mac.New([]byte("numbers")),
		Broken: func(err error) { r.t.Error(err) }, Closed: func() bool { return false }, Grew: func() {}})
	if r.s, err = due.New(due.Config{Run: r.run, Kinds: r.kinds, Now: func() time.Time { return r.now }}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) close() {
	r.t.Helper()
	if err := r.books.Close(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) restart() {
	r.close()
	r.open()
}

func (r *rig) add(kind, id string, at time.Time) {
	r.t.Helper()
	err := r.run.Do(context.Background(), func(t *tx.Tx) error { return r.s.Add(t, due.Item{Kind: kind, ID: id, At: at, What: []byte(id)}) })
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) sweepAt(now time.Time) {
	r.t.Helper()
	r.now = now
	if err := r.s.Sweep(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// done lists the occurrences that were done, with how often where that is not once.
func (r *rig) done() (list []string) {
	r.t.Helper()
	for doc, err := range r.books.Docs(r.t.Context(), workTable, "", 0) {
		w, err := tx.Decoded[work](doc, err)
		if err != nil {
			r.t.Fatal(err)
		}
		if w.Times != 1 {
			doc.Key += fmt.Sprintf(" %d times", w.Times)
		}
		list = append(list, doc.Key)
	}
	return list
}

// left lists the keys of what is still due.
func (r *rig) left() (list []string) {
	r.t.Helper()
	for doc, err := range r.books.Docs(r.t.Context(), due.Table, "", 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		list = append(list, doc.Key)
	}
	return list
}

// doWork counts the occurrence in the books.
func doWork(t *tx.Tx, item due.Item) error {
	key := item.At.Format("01-02 15:04 ") + item.Kind + " " + string(item.What)
	w, err := tx.Read[work](t, workTable, key)
	if err != nil {
		return err
	}
	if w == nil {
		w = new(work)
	}
	w.Times++
	tx.Save(t, workTable, key, w)
	return nil
}

// copyTo copies the books as they are on disk at this moment.
func (r *rig) copyTo(dir string) error {
	data, err := os.ReadFile(filepath.Join(r.dir, bolt.FileName))
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(dir, bolt.FileName) // most of it is a hole
	if err := os.WriteFile(name, bytes.TrimRight(data, "\x00"), 0o600); err != nil {
		return err
	}
	return os.Truncate(name, int64(len(data)))
}
