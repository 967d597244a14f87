package tx_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"mpg/engine/mac"
	"mpg/engine/notice"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/bolt"
)

// table is a table of this test.
const table store.Table = 200

// count is a record of that table.
type count struct {
	N int `cbor:"1,keyasint"`
}

// bench is a Runner over a real store.
type bench struct {
	store  *bolt.Store
	run    *tx.Runner
	broken []error
	grew   int
}

func open(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	key := mac.New([]byte("a key of this test"))
	b := &bench{store: s}
	b.run = tx.NewRunner(tx.Config{Store: s, Now: time.Now, Rand: rand.Reader, Bodies: key, Numbers: key,
		Broken: func(err error) { b.broken = append(b.broken, err) }, Closed: func() bool { return false }, Grew: func() { b.grew++ }})
	return b
}

// add is a step that adds to the record at key, and then does more.
func add(key string, more ...func(t *tx.Tx) error) func(t *tx.Tx) error {
	return func(t *tx.Tx) error {
		c, err := tx.Read[count](t, table, key)
		if err != nil {
			return err
		}
		if c == nil {
			c = new(count)
		}
		c.N++
		tx.Save(t, table, key, c)
		for _, do := range more {
			if err := do(t); err != nil {
				return err
			}
		}
		return nil
	}
}

// value returns the count at key, -1 if there is none.
func (b *bench) value(t *testing.T, key string) int {
	t.Helper()
	c, err := tx.Read[count](b.run.View(t.Context()), table, key)
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		return -1
	}
	return c.N
}

// TestAStepRunsAgainWhereAnotherCameFirst, on what the other has written, and what follows
// the commit is done once.
func TestAStepRunsAgainWhereAnotherCameFirst(t *testing.T) {
	t.Parallel()
	b := open(t)
	ran, followed := 0, 0
	err := b.run.Do(t.Context(), add("a", func(tr *tx.Tx) error {
		if ran++; ran <= 3 {
			if err := b.run.Do(t.Context(), add("a")); err != nil {
				return err
			}
		}
		tr.AfterCommit(func() { followed++ })
		return tr.Notify(notice.Notice{To: "+8613800000001"})
	}))
	if err != nil || ran != 4 || followed != 1 || b.grew != 1 {
		t.Errorf("ran %d times, %d followed, the outbox grew %d times, %v", ran, followed, b.grew, err)
	}
	if got := b.value(t, "a"); got != 4 {
		t.Errorf("counted %d", got)
	}
}

// TestAStepRunsAgainWhereWhatItExpectsHasChanged, whether it found something or nothing; it writes
// nothing there itself.
func TestAStepRunsAgainWhereWhatItExpectsHasChanged(t *testing.T) {
	t.Parallel()
	b := open(t)
	for i, want := range []int{0, 1} {
		var saw []int
		err := b.run.Do(t.Context(), add("b", func(tr *tx.Tx) error {
			c, err := tx.Read[count](tr, table, "a")
			if err != nil {
				return err
			}
			tx.Expect(tr, table, "a")
			if c == nil {
				c = new(count)
			}
			if saw = append(saw, c.N); len(saw) == 1 {
				return b.run.Do(t.Context(), add("a"))
			}
			return nil
		}))
		if err != nil || !slices.Equal(saw, []int{want, want + 1}) || b.value(t, "a") != want+1 || b.value(t, "b") != i+1 {
			t.Errorf("saw %d, %v", saw, err)
		}
	}
}

// TestAStormOnOneDocumentEnds with an error, and writes nothing of the step.
func TestAStormOnOneDocumentEnds(t *testing.T) {
	t.Parallel()
	b := open(t)
	ran := 0
	err := b.run.Do(t.Context(), add("a", func(*tx.Tx) error { ran++; return b.run.Do(t.Context(), add("a")) }))
	if !errors.Is(err, tx.ErrContended) || b.value(t, "a") != ran {
		t.Errorf("%v after %d tries; counted %d", err, ran, b.value(t, "a"))
	}
}

// TestTheSameStepIsDoneOnce: a repeat under its ID changes nothing and is followed by
// nothing; the same ID for something else is refused.
func TestTheSameStepIsDoneOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	followed := 0
	step := func(asks string) error {
		return b.run.Do(t.Context(), add("a", func(t *tx.Tx) error {
			t.SetID(store.IDOf(tx.IDPaymentStep, 7, 1))
			t.Fingerprint(asks)
			t.AfterCommit(func() { followed++ })
			return nil
		}))
	}
	if err := errors.Join(step("this"), step("this")); err != nil || followed != 1 || b.value(t, "a") != 1 {
		t.Errorf("%v; %d followed, counted %d", err, followed, b.value(t, "a"))
	}
	var refused tx.Refused
	if err := step("that"); !errors.As(err, &refused) || tx.RefusalOf(err) != store.RefusedFingerprint || followed != 1 {
		t.Errorf("another step under the same ID: %v", err)
	}
	if tx.RefusalOf(context.Canceled) != store.None {
		t.Error("an error of another kind is a refusal")
	}
}

// TestAStepThatFailsWritesNothing, and one that changes nothing needs no commit.
func TestAStepThatFailsWritesNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	fails := errors.New("no")
	if err := b.run.Do(t.Context(), add("a", func(*tx.Tx) error { return fails })); !errors.Is(err, fails) || b.value(t, "a") != -1 {
		t.Errorf("%v, counted %d", err, b.value(t, "a"))
	}
	before := b.store.Seq()
	if err := b.run.Do(t.Context(), func(t *tx.Tx) error { _, err := tx.Read[count](t, table, "a"); return err }); err != nil || b.store.Seq() != before {
		t.Errorf("a step that only reads made step %d after %d, %v", b.store.Seq(), before, err)
	}
}

// TestDocumentsOfAStep: what a step has saved or dropped is what it reads, and what the
// commit keeps.
func TestDocumentsOfAStep(t *testing.T) {
	t.Parallel()
	b := open(t)
	steps := []struct {
		name string
		do   func(t *tx.Tx) error
		want int
	}{
		{"saved", add("a"), 1},
		{"saved twice", add("a", add("a")), 3},
		{"dropped and saved", add("a", func(t *tx.Tx) error { tx.Drop(t, table, "a"); return add("a")(t) }), 5},
		{"dropped", add("a", func(t *tx.Tx) error { tx.Drop(t, table, "a"); return nil }), -1},
		{"dropped what was never there", func(t *tx.Tx) error { tx.Drop(t, table, "a"); return nil }, -1},
		{"archived", func(t *tx.Tx) error { tx.Archive(t, table, "a", &count{9}); return nil }, 9},
	}
	for _, step := range steps {
		if err := b.run.Do(t.Context(), step.do); err != nil || b.value(t, "a") != step.want {
			t.Errorf("%s: %v, counted %d, want %d", step.name, err, b.value(t, "a"), step.want)
		}
	}
	if err := b.run.Do(t.Context(), add("a")); tx.RefusalOf(err) != store.RefusedArchived || b.value(t, "a") != 9 {
		t.Errorf("over an archived one: %v", err)
	}
}

// TestAStepEndsWithItsContext: nothing is read or written for a caller who has left, and
// the store does not count as broken. What follows a commit no longer depends on the
// caller.
func TestAStepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := open(t)
	if err := b.run.Do(t.Context(), add("a")); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.run.Do(ended, add("a")); !errors.Is(err, context.Canceled) || len(b.broken) != 0 {
		t.Errorf("%v, broken %v", err, b.broken)
	}
	if _, err := tx.Read[count](b.run.View(ended), table, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("read %v", err)
	}
	ctx, leave := context.WithCancel(t.Context())
	var after error
	err := b.run.Do(ctx, add("a", func(t *tx.Tx) error {
		t.AfterCommit(leave)
		t.AfterCommit(func() { _, after = tx.Read[count](b.run.View(context.WithoutCancel(t.Context())), table, "a") })
		return nil
	}))
	if err != nil || after != nil || b.value(t, "a") != 2 {
		t.Errorf("%v, after the commit %v, counted %d", err, after, b.value(t, "a"))
	}
}

// TestABrokenStoreIsTold, and one that was closed by somebody else is broken.
func TestABrokenStoreIsTold(t *testing.T) {
	t.Parallel()
	b := open(t)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	err := b.run.Do(t.Context(), func(t *tx.Tx) error { tx.Save(t, table, "a", new(count)); return nil })
	if !errors.Is(err, store.ErrClosed) || len(b.broken) != 1 || !errors.Is(b.broken[0], store.ErrClosed) {
		t.Errorf("%v, broken %v", err, b.broken)
	}
}

// TestOwners: the alias of a number leads to its owner, and its key does not reveal the
// number.
func TestOwners(t *testing.T) {
	t.Parallel()
	b := open(t)
	const number = "+8613800000001"
	err := b.run.Do(t.Context(), func(t *tx.Tx) error {
		u := &user.User{No: 7, Phone: number}
		t.SaveUser(u)
		t.SaveAlias(u)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	view := b.run.View(t.Context())
	if u, err := view.UserOf(number); err != nil || u == nil || u.No != 7 {
		t.Errorf("%+v, %v", u, err)
	}
	if u, err := view.UserOf("+8613800000002"); err != nil || u != nil {
		t.Errorf("of a stranger: %+v, %v", u, err)
	}
	if _, err := view.User(8); err == nil {
		t.Error("a subscriber who does not exist was read")
	}
	if _, err := view.Payment(8); err == nil {
		t.Error("a payment that does not exist was read")
	}
	if shop, err := view.Merchant("8001"); err != nil || shop != nil {
		t.Errorf("%+v, %v", shop, err)
	}
	for doc, err := range b.store.Docs(t.Context(), user.AliasTable, "", 0) {
		if err != nil || doc.Key == number || doc.Key != b.run.AliasKey(number) || doc.Key == b.run.AliasKey("+8613800000002") {
			t.Errorf("the alias is at %q, %v", doc.Key, err)
		}
	}
}
