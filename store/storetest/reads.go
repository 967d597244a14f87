package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"mpg/store"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// pages reads a walk page by page, each after the last item of the one before, and
// returns the cursors of all items: walk begins a page, and cursor is that of an item.
// It fails the test if a page is longer than limit, unless that is 0.
func pages[T, C any](t failer, after C, limit int, walk func(after C) iter.Seq2[T, error], cursor func(T) C) []C {
	t.Helper()
	var all []C
	for {
		count := 0
		for item, err := range walk(after) {
			if err != nil {
				t.Fatalf("item %d after %v: %v", count, after, err)
			}
			after = cursor(item)
			all = append(all, after)
			count++
		}
		if limit > 0 && count > limit {
			t.Fatalf("a page of %d items has %d", limit, count)
		}
		if limit == 0 || count < limit {
			return all
		}
	}
}

// walkedPages walks documents, archived ones among them, rows and accounts in pages of
// each size, from each cursor, over restarts.
func walkedPages(t *testing.T, engine Engine) {
	b := setup(t, engine)
	keys := []string{"a", "a\x00", "a\x00a", "aa", "b", "b0", "\xff", "\xff\xff"}
	var rows []store.RowID
	for i, key := range keys {
		c := put(key, 0, key)
		if i%3 == 1 {
			c.Writes[0].Mode = store.Archive
		}
		c.Outbox = []store.Row{{Data: []byte(key)}}
		rows = append(rows, b.must(c).Rows[0].ID)
		if i == len(keys)/2 {
			b.reopen() // what follows is in memory only, what came before on the disk
		}
	}
	b.must(store.Cmd{Writes: []store.Write{{Table: Table - 1, Key: "before", Data: []byte("x")}, {Table: Table + 1, Key: "behind", Data: []byte("x")}}})
	accounts := []store.AccountID{Float, Purse, Shop, Dollars}
	for _, restart := range []func(){func() {}, b.crash, b.reopen} {
		restart()
		for limit := range len(keys) + 2 {
			for i, after := range append([]string{""}, keys...) {
				got := pages(t, after, limit,
					func(after string) iter.Seq2[store.Doc, error] { return b.s.Docs(t.Context(), Table, after, limit) },
					func(doc store.Doc) string { return doc.Key })
				if !slices.Equal(got, keys[i:]) {
					t.Errorf("documents after %q in pages of %d: %q", after, limit, got)
				}
			}
			for i, after := range append([]store.RowID{rows[0] - 1}, rows...) {
				got := pages(t, after, limit,
					func(after store.RowID) iter.Seq2[store.OutRow, error] { return b.s.Outbox(t.Context(), after, limit) },
					func(row store.OutRow) store.RowID { return row.ID })
				if !slices.Equal(got, rows[i:]) {
					t.Errorf("rows after %d in pages of %d: %d", after, limit, got)
				}
			}
			for i, after := range append([]store.AccountID{0}, accounts...) {
				got := pages(t, after, limit,
					func(after store.AccountID) iter.Seq2[store.Account, error] {
						return b.s.Accounts(t.Context(), after, limit)
					},
					func(account store.Account) store.AccountID { return account.ID })
				if !slices.Equal(got, accounts[i:]) {
					t.Errorf("accounts after %d in pages of %d: %d", after, limit, got)
				}
			}
		}
	}
	b.cursorsBeyond()
}

// cursorsBeyond walks from cursors that no item has.
func (b *bench) cursorsBeyond() {
	b.t.Helper()
	ctx := b.t.Context()
	for range b.s.Docs(ctx, Table, "\xff\xff\xff", 0) {
		b.t.Error("there is a document after all keys")
	}
	for range b.s.Outbox(ctx, ^store.RowID(0), 0) {
		b.t.Error("there is a row after the last number there can be")
	}
	for range b.s.Accounts(ctx, ^store.AccountID(0), 0) {
		b.t.Error("there is an account after the last number there can be")
	}
	for d, err := range b.s.Docs(ctx, Table, "aaa", 1) { // a key that is not there
		if err != nil || d.Key != "b" {
			b.t.Errorf("after aaa comes %q, %v", d.Key, err)
		}
	}
}

// reads calls each method with a context that has ended, and with one that ends during a
// walk: each fails with the context's error.
func reads(t *testing.T, engine Engine) {
	b := setup(t, engine)
	for i := range 3 {
		c := put(fmt.Sprint("k", i), 0, "v")
		c.Outbox = []store.Row{{Data: []byte("row")}}
		b.must(c)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, read := range reader(b.s) {
		if count, err := read(t.Context(), func() {}); err != nil || count == 0 {
			t.Errorf("%s: %d, %v", name, count, err)
		}
		if count, err := read(ended, func() {}); !errors.Is(err, context.Canceled) || count != 0 {
			t.Errorf("%s with a context that has ended: %d, %v", name, count, err)
		}
	}
	for _, name := range []string{"Docs", "Accounts", "Outbox"} {
		ctx, cancel := context.WithCancel(t.Context())
		if count, err := reader(b.s)[name](ctx, cancel); !errors.Is(err, context.Canceled) || count != 1 {
			t.Errorf("%s with a context that ends at its first item: %d, %v", name, count, err)
		}
	}
}

// reader returns the methods of ledger: each calls found with what it finds, and returns how
// much that was.
func reader(ledger store.Reader) map[string]func(ctx context.Context, found func()) (count int, err error) {
	one := func(ok bool, err error) (int, error) {
		if ok {
			return 1, err
		}
		return 0, err
	}
	return map[string]func(ctx context.Context, found func()) (count int, err error){
		"Doc": func(ctx context.Context, _ func()) (int, error) {
			_, ok, err := ledger.Doc(ctx, Table, "k1")
			return one(ok, err)
		},
		"LastDoc": func(ctx context.Context, _ func()) (int, error) {
			_, ok, err := ledger.LastDoc(ctx, Table)
			return one(ok, err)
		},
		"Account": func(ctx context.Context, _ func()) (int, error) {
			_, ok, err := ledger.Account(ctx, Purse)
			return one(ok, err)
		},
		"Trial": func(ctx context.Context, _ func()) (int, error) {
			trials, err := ledger.Trial(ctx)
			return len(trials), err
		},
		"Docs": func(ctx context.Context, found func()) (int, error) {
			return count(ledger.Docs(ctx, Table, "", 0), found)
		},
		"Accounts": func(ctx context.Context, found func()) (int, error) { return count(ledger.Accounts(ctx, 0, 0), found) },
		"Outbox":   func(ctx context.Context, found func()) (int, error) { return count(ledger.Outbox(ctx, 0, 0), found) },
	}
}

// count counts the items of a walk, and returns the error that it ends with.
func count[T any](walk iter.Seq2[T, error], found func()) (items int, err error) {
	for _, err = range walk {
		if err == nil {
			items++
			found()
		}
	}
	return items, err
}
