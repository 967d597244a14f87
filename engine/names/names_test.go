package names_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/names"
	"mpg/engine/payment"
	"mpg/engine/process/processtest"
	"mpg/engine/seal"
	"mpg/engine/tx"
)

// desk is a Desk with books of its own.
type desk struct {
	*names.Desk
	t   *testing.T
	run *tx.Runner
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	books := processtest.Open(t, processtest.Config{Dir: dir, Now: time.Now})
	t.Cleanup(func() { _ = books.Disk.Close() })
	return &desk{names.New(books.SealKey), t, books.Run}
}

func sealKey(t *testing.T, digit string) seal.Key {
	t.Helper()
	key, err := seal.ParseKey(strings.Repeat(digit, 64), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// keep gives a number a name, in a step of its own.
func (d *desk) keep(user uint64, name, number string) (former string, err error) {
	err = d.run.Do(context.Background(), func(t *tx.Tx) (err error) {
		t.SetID(d.run.NewID())
		former, err = d.Keep(t, user, name, number)
		return err
	})
	return former, err
}

// forget removes a name, in a step of its own.
func (d *desk) forget(user uint64, name string) (was bool) {
	d.t.Helper()
	if err := d.run.Do(context.Background(), func(t *tx.Tx) (err error) {
		t.SetID(d.run.NewID())
		was, err = d.Forget(t, user, name)
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return was
}

// book returns what is stored of a subscriber, or nil.
func (d *desk) book(user uint64) *names.Book {
	d.t.Helper()
	book, err := tx.Read[names.Book](d.run.View(context.Background()), names.Table, payment.Key(user))
	if err != nil {
		d.t.Fatal(err)
	}
	return book
}

// of returns the names of a subscriber.
func (d *desk) of(user uint64) []names.Entry {
	d.t.Helper()
	entries, err := d.Of(d.run.View(context.Background()), user)
	if err != nil {
		d.t.Fatal(err)
	}
	return entries
}

// TestNamesAreAMap of each subscriber, sorted: whatever is kept, kept once more and forgotten in
// any order. One that is empty leaves no record.
func TestNamesAreAMap(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	user := uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		user += 2
		want := map[uint64]map[string]string{user: {}, user + 1: {}}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			who := user + rapid.Uint64Range(0, 1).Draw(t, "user")
			name := rapid.SampledFrom([]string{"ann", "bob", "mum", "妈妈", "zoë"}).Draw(t, "name")
			had := want[who][name]
			if rapid.Bool().Draw(t, "forget") {
				if was := d.forget(who, name); was != (had != "") {
					t.Fatalf("forgot %s: %v, and it was %q", name, was, had)
				}
				delete(want[who], name)
			} else {
				number := rapid.SampledFrom([]string{"+8613800000001", "+8613800000002", "+447911123456"}).Draw(t, "number")
				if former, err := d.keep(who, name, number); err != nil || former != had {
					t.Fatalf("%s was %q, want %q: %v", name, former, had, err)
				}
				want[who][name] = number
			}
			for who, kept := range want {
				entries := []names.Entry{}
				for _, name := range slices.Sorted(maps.Keys(kept)) {
					entries = append(entries, names.Entry{Name: name, Number: kept[name]})
				}
				if got := d.of(who); !slices.Equal(got, entries) || (d.book(who) == nil) != (len(kept) == 0) {
					t.Fatalf("subscriber %d has %v, want %v", who, got, entries)
				}
			}
		}
	})
}

// TestTheMostNames: one more is refused and changes nothing, but a name that is there can still
// be given another number.
func TestTheMostNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	name := func(n int) string { return "name" + string(rune('a'+n/26)) + string(rune('a'+n%26)) }
	for n := range names.Max {
		if _, err := d.keep(1, name(n), "+8613800000001"); err != nil {
			t.Fatal(err)
		}
	}
	full := d.of(1)
	if _, err := d.keep(1, "onemore", "+8613800000002"); !errors.Is(err, names.ErrFull) || !slices.Equal(d.of(1), full) || len(full) != names.Max {
		t.Errorf("%d names, one more: %v", len(d.of(1)), err)
	}
	if former, err := d.keep(1, name(7), "+8613800000002"); err != nil || former != "+8613800000001" {
		t.Errorf("%q, %v", former, err)
	}
	if !d.forget(1, name(0)) {
		t.Error("a name is not there")
	}
	if _, err := d.keep(1, "onemore", "+8613800000002"); err != nil {
		t.Errorf("one in place of another: %v", err)
	}
}

// TestNamesAreSealed: what is stored says neither names nor numbers, and opens with no other key
// and for no other subscriber.
func TestNamesAreSealed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.keep(1, "grandmother", "+8613800000001"); err != nil {
		t.Fatal(err)
	}
	book := d.book(1)
	if bytes.Contains(book.Sealed, []byte("grandmother")) || bytes.Contains(book.Sealed, []byte("13800000001")) {
		t.Errorf("stored %q", book.Sealed)
	}
	if entries, err := names.New(sealKey(t, "6")).Of(d.run.View(t.Context()), 1); err == nil {
		t.Errorf("another key opens %v", entries)
	}
	if err := d.run.Do(t.Context(), func(step *tx.Tx) error {
		step.SetID(d.run.NewID())
		tx.Save(step, names.Table, payment.Key(2), book)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if entries, err := d.Of(d.run.View(t.Context()), 2); err == nil {
		t.Errorf("another subscriber has %v", entries)
	}
}
