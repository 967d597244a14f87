// Package storetest is the suite that every engine of the money store has to
// pass: what package store promises, as tests over an open store and over one
// that was closed or left for dead.
//
// An engine's own tests call Run. cases.go has the promises one by one, model.go
// the naive books against which random Cmds are checked, concurrent.go callers
// that race, with a checker that puts them in order. Move and OpenAccounts are
// for tests that kill the process. The package imports store and its folders
// only; pgregory.net/rapid draws the Cmds and shrinks what fails.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// Accounts that Setup opens, with the currency CNY but for Dollars.
const (
	Float   store.AccountID = 1
	Purse   store.AccountID = 2
	Shop    store.AccountID = 3
	Dollars store.AccountID = 4
)

// Table is one that the suite writes to.
const Table store.Table = 7

// Engine is what is tested.
type Engine struct {
	// Open opens the store of one folder; called again on the same folder it
	// opens what is there.
	Open func(t testing.TB, dir string) store.Store

	// Image copies the folder of a store that is open and has nothing to do, as a
	// crash would leave it, and returns the copy.
	Image func(t testing.TB, dir string) string
}

// Run is the whole suite.
func Run(t *testing.T, engine Engine) {
	for name, test := range map[string]func(*testing.T, Engine){
		"Transfers": transfers, "Refusals": refusals, "Holds": holdsOnce, "Repeat": repeats, "Redelivery": redelivery, "Documents": documents,
		"Archive": archive, "ArchiveWalks": archiveWalks, "Walks": walks, "Reads": reads, "Pages": walkedPages, "Parts": parts, "Limits": limits, "Emptied": emptied, "Frozen": frozen, "Follow": follow, "Outbox": outboxRows, "AllOrNothing": allOrNothing, "Reopen": reopens, "Fenced": fenced, "Closed": closed,
		"Context": endedContext, "Journal": records, "Random": random, "Concurrent": concurrent, "Serial": serial,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

// bench is a store under test.
type bench struct {
	e   Engine
	t   *testing.T
	s   store.Store
	dir string
	n   uint64
}

// noon is the time of the first Cmd; each is a second later.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func setup(t *testing.T, engine Engine) *bench {
	t.Helper()
	dir := privateDir(t)
	b := &bench{e: engine, t: t, s: engine.Open(t, dir), dir: dir}
	t.Cleanup(func() {
		b.sound()
		if err := b.s.Close(); err != nil {
			t.Error(err)
		}
	})
	b.must(store.Cmd{Opens: []store.Open{{ID: Float, Kind: store.Asset, Currency: "CNY"}, {ID: Purse, Kind: store.Liability, Currency: "CNY"},
		{ID: Shop, Kind: store.Liability, Currency: "CNY"}, {ID: Dollars, Kind: store.Liability, Currency: "USD"}}})
	b.must(store.Cmd{Transfers: []store.Transfer{{Op: store.Post, Debit: Float, Credit: Purse, Amount: 1000}}})
	return b
}

// number gives a Cmd an id and a time if it has none.
func (b *bench) number(cmd *store.Cmd) {
	b.n++
	if cmd.ID == (store.ID{}) {
		copy(cmd.ID[:], fmt.Sprintf("%016d", b.n))
	}
	if cmd.At.IsZero() {
		cmd.At = noon().Add(time.Duration(b.n) * time.Second)
	}
}

// do applies one Cmd.
func (b *bench) do(cmd store.Cmd) store.Result {
	b.t.Helper()
	b.number(&cmd)
	res, err := b.s.Apply(context.Background(), b.s.Epoch(), []store.Cmd{cmd})
	if err != nil {
		b.t.Fatal(err)
	}
	return res[0]
}

func (b *bench) must(cmd store.Cmd) store.Result {
	b.t.Helper()
	res := b.do(cmd)
	if res.Refusal != store.None {
		b.t.Fatalf("refused: %s", res.Refusal)
	}
	return res
}

func (b *bench) refused(want store.Refusal, cmd store.Cmd) store.Result {
	b.t.Helper()
	res := b.do(cmd)
	if res.Refusal != want || res.Seq != 0 {
		b.t.Errorf("refusal %s as step %d, want %s", res.Refusal, res.Seq, want)
	}
	return res
}

func (b *bench) balance(id store.AccountID, posted, available money.Amount) {
	b.t.Helper()
	if a := b.account(id); a.Posted() != posted || a.Available() != available {
		b.t.Errorf("account %d: posted %d available %d, want %d and %d", id, a.Posted(), a.Available(), posted, available)
	}
}

// account returns an account that must exist.
func (b *bench) account(id store.AccountID) store.Account {
	b.t.Helper()
	a, ok, err := b.s.Account(b.t.Context(), id)
	if !ok || err != nil || a.ID != id {
		b.t.Fatalf("account %d: %+v, %v, %v", id, a, ok, err)
	}
	return a
}

// sound verifies the store.
func (b *bench) sound() {
	b.t.Helper()
	report, err := b.s.Verify(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range report.Faults {
		b.t.Error(f)
	}
}

func post(debit, credit store.AccountID, amount money.Amount) store.Cmd {
	return store.Cmd{Transfers: []store.Transfer{{Op: store.Post, Debit: debit, Credit: credit, Amount: amount}}}
}

func hold(id store.HoldID, amount money.Amount) store.Cmd {
	return store.Cmd{Transfers: []store.Transfer{{Op: store.Hold, Debit: Purse, Credit: Shop, Amount: amount, Hold: id}}}
}

func end(op store.Op, id store.HoldID) store.Cmd {
	return store.Cmd{Transfers: []store.Transfer{{Op: op, Hold: id}}}
}

// part posts or voids a part of a hold.
func part(op store.Op, id store.HoldID, amount money.Amount) store.Cmd {
	return store.Cmd{Transfers: []store.Transfer{{Op: op, Hold: id, Amount: amount}}}
}

func put(key string, expect uint64, data string) store.Cmd {
	return store.Cmd{Writes: []store.Write{{Table: Table, Key: key, Expect: expect, Data: []byte(data)}}}
}
