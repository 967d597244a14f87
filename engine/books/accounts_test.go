package books_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"mpg/engine/books"
	"mpg/engine/mac"
	"mpg/engine/seal"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/bolt"
)

// ledger is a store with the books in it.
type ledger struct {
	store *bolt.Store
	run   *tx.Runner
	books *books.Books
}

func open(t *testing.T, dir string) *ledger {
	t.Helper()
	s, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := mac.New([]byte("a key of this test"))
	run := tx.NewRunner(tx.Config{Store: s, Now: time.Now, Rand: rand.Reader, Bodies: key, Numbers: key,
		Broken: func(err error) { t.Errorf("store broken: %v", err) }, Closed: func() bool { return false }, Grew: func() {}})
	b, err := books.Open(t.Context(), books.Config{Run: run, Rand: rand.Reader, Seal: seal.Key{}, Currency: "CNY", Banks: []string{"icbc"}})
	if err != nil {
		t.Fatal(err)
	}
	return &ledger{s, run, b}
}

func (l *ledger) close(t *testing.T) {
	t.Helper()
	if err := l.store.Close(); err != nil {
		t.Fatal(err)
	}
}

// account returns the account with that name, which is opened if there is none.
func (l *ledger) account(t *testing.T, name string) (id store.AccountID) {
	t.Helper()
	err := l.run.Do(t.Context(), func(t *tx.Tx) (err error) {
		id, err = l.books.Account(t, name, store.Liability, "")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return id
}

// privateDir returns a folder as a store wants it.
func privateDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAccountsByName: each name gets one account, however many steps ask for it at once,
// and keeps it after a restart and in books that were restored.
func TestAccountsByName(t *testing.T) {
	t.Parallel()
	const names, askers = 10, 8
	dir, backup, restored := privateDir(t), privateDir(t), privateDir(t)
	l := open(t, dir)
	var given [askers][names]store.AccountID
	var all sync.WaitGroup
	for asker := range askers {
		all.Go(func() {
			for i := range names {
				n := (i + asker) % names
				given[asker][n] = l.account(t, fmt.Sprintf("name %d", n))
			}
		})
	}
	all.Wait()
	if _, err := l.store.BackupTo(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	l.close(t)
	_, err := bolt.Restore(t.Context(), backup, restored, bolt.Options{}, func(s *bolt.Store) error { return books.Restored(t.Context(), s, time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{dir, restored} {
		l := open(t, folder)
		taken := map[store.AccountID]bool{l.account(t, books.Float): true, l.account(t, books.Fees): true, l.account(t, books.BankPrefix+"icbc"): true}
		for n := range names {
			id, _, err := l.books.Named(t.Context(), fmt.Sprintf("name %d", n))
			if _, opened, read := l.store.Account(t.Context(), id); err != nil || read != nil || !opened || taken[id] {
				t.Errorf("name %d is account %d: open %t, another's %t, %v, %v", n, id, opened, taken[id], err, read)
			}
			for asker := range askers {
				if got := given[asker][n]; got != id {
					t.Errorf("name %d is account %d, and was given as %d", n, id, got)
				}
			}
			taken[id] = true
		}
		if id := l.account(t, "another"); taken[id] {
			t.Errorf("the next name gets account %d, which is another's", id)
		}
		l.close(t)
	}
}
