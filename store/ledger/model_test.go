package ledger_test

import (
	"encoding/binary"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// naive is a second ledger that shares no thought with the first: one signed
// number for each account, and a list of what is held.
type naive struct {
	balance map[store.AccountID]int64 // credits less debits
	kind    map[store.AccountID]store.Kind
	code    map[store.AccountID]string
	held    map[store.HoldID]store.Transfer
	used    map[store.HoldID]bool
}

func (n naive) clone() naive {
	return naive{maps.Clone(n.balance), maps.Clone(n.kind), maps.Clone(n.code), maps.Clone(n.held), maps.Clone(n.used)}
}

// do is the rule for one transfer in plain words.
func (n naive) do(t store.Transfer) store.Refusal {
	if t.Op == store.Settle || t.Op == store.Void {
		h, ok := n.held[t.Hold]
		if !ok {
			return store.RefusedHold
		}
		delete(n.held, t.Hold)
		if t.Op == store.Settle {
			n.balance[h.Debit] -= int64(h.Amount)
			n.balance[h.Credit] += int64(h.Amount)
		}
		return store.None
	}
	switch {
	case n.code[t.Debit] == "" || n.code[t.Credit] == "" || t.Debit == t.Credit:
		return store.RefusedAccount
	case n.code[t.Debit] != n.code[t.Credit]:
		return store.RefusedCurrency
	case t.Amount < 1 || t.Amount > money.Max:
		return store.RefusedAmount
	case t.Op == store.Hold && n.used[t.Hold]:
		return store.RefusedHold
	}
	left := n.balance[t.Debit]
	for _, h := range n.held {
		if h.Debit == t.Debit {
			left -= int64(h.Amount)
		}
	}
	if n.kind[t.Debit] == store.Owed && left < int64(t.Amount) {
		return store.RefusedFunds
	}
	if t.Op == store.Hold {
		n.held[t.Hold], n.used[t.Hold] = t, true
		return store.None
	}
	n.balance[t.Debit] -= int64(t.Amount)
	n.balance[t.Credit] += int64(t.Amount)
	return store.None
}

// TestModel plays Cmds drawn at random on both ledgers.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		n := naive{map[store.AccountID]int64{}, map[store.AccountID]store.Kind{}, map[store.AccountID]string{}, map[store.HoldID]store.Transfer{}, map[store.HoldID]bool{}}
		open := cmd(1)
		for id, o := range []store.Open{{Kind: store.Asset, Currency: "CNY"}, {Kind: store.Owed, Currency: "CNY"}, {Kind: store.Owed, Currency: "CNY"}, {Kind: store.Owed, Currency: "USD"}, {Kind: store.Asset, Currency: "USD"}} {
			o.ID = store.AccountID(id + 1)
			open.Opens = append(open.Opens, o)
			n.kind[o.ID], n.code[o.ID] = o.Kind, o.Currency
		}
		w.do(&open)
		for i := range rapid.IntRange(1, 60).Draw(t, "cmds") {
			c := drawCmd(t, i)
			after, want := n.clone(), store.None
			for _, tr := range c.Transfers {
				if want = after.do(tr); want != store.None {
					break
				}
			}
			if res := w.do(&c); res.Refusal != want {
				t.Fatalf("%+v: %v, want %v", c.Transfers, res.Refusal, want)
			}
			if want == store.None {
				n = after
			}
			compare(t, w, n)
		}
	})
}

func drawCmd(t *rapid.T, i int) store.Cmd {
	c := store.Cmd{At: noon().Add(time.Duration(i) * time.Second)}
	binary.BigEndian.PutUint64(c.ID[:], uint64(i+10))
	account := rapid.Uint64Range(1, 6)
	for range rapid.IntRange(1, 4).Draw(t, "transfers") {
		tr := store.Transfer{Op: store.Op(rapid.IntRange(1, 4).Draw(t, "op"))}
		if tr.Op != store.Post {
			tr.Hold = store.HoldID(rapid.IntRange(1, 12).Draw(t, "hold"))
		}
		if tr.Op == store.Post || tr.Op == store.Hold {
			tr.Debit, tr.Credit = store.AccountID(account.Draw(t, "debit")), store.AccountID(account.Draw(t, "credit"))
			tr.Amount = money.Amount(rapid.Int64Range(0, 500).Draw(t, "amount"))
		}
		c.Transfers = append(c.Transfers, tr)
	}
	return c
}

func compare(t *rapid.T, w *world, n naive) {
	w.check(t)
	pending := make(map[store.AccountID]money.Amount)
	for _, h := range n.held {
		pending[h.Debit] += h.Amount
	}
	for id, balance := range n.balance {
		a := w.accounts[id]
		if int64(a.CreditsPosted-a.DebitsPosted) != balance || a.DebitsPending != pending[id] {
			t.Fatalf("account %d: %+v, the naive ledger has %d and holds %d", id, a, balance, pending[id])
		}
	}
	for id, h := range w.holds {
		if _, open := n.held[id]; h.Open != open {
			t.Fatalf("hold %d: open is %v", id, h.Open)
		}
	}
}

// one is a State with two accounts and no memory, for the benchmark.
type one struct{ from, to store.Account }

func (o *one) Account(id store.AccountID) (store.Account, bool) {
	if id == o.from.ID {
		return o.from, true
	}
	return o.to, id == o.to.ID
}
func (*one) Hold(store.HoldID) (ledger.Hold, bool)    { return ledger.Hold{}, false }
func (*one) Version(store.Table, string) uint64       { return 0 }
func (*one) Seen(store.ID) (ledger.Past, bool)        { return ledger.Past{}, false }
func (*one) TakenIn(store.Digest) (ledger.Past, bool) { return ledger.Past{}, false }
func (*one) NextRow() store.RowID                     { return 1 }

func BenchmarkDecidePost(b *testing.B) {
	s := &one{store.Account{ID: 1, Kind: store.Owed, Currency: "CNY", CreditsPosted: 1 << 40}, store.Account{ID: 2, Kind: store.Owed, Currency: "CNY"}}
	c := cmd(1)
	c.Transfers = []store.Transfer{{Op: store.Post, Debit: 1, Credit: 2, Amount: 1}}
	var fx ledger.Effects
	b.ReportAllocs()
	for b.Loop() {
		if res := ledger.Decide(s, &c, &fx); res.Refusal != store.None {
			b.Fatal(res.Refusal)
		}
	}
}

// TestDecideAllocatesNothing keeps the benchmark's figure.
func TestDecideAllocatesNothing(t *testing.T) {
	s := &one{store.Account{ID: 1, Kind: store.Asset, Currency: "CNY"}, store.Account{ID: 2, Kind: store.Owed, Currency: "CNY"}}
	c := cmd(1)
	c.Transfers = []store.Transfer{{Op: store.Post, Debit: 1, Credit: 2, Amount: 1}}
	var fx ledger.Effects
	ledger.Decide(s, &c, &fx)
	if n := testing.AllocsPerRun(100, func() { ledger.Decide(s, &c, &fx) }); n != 0 {
		t.Errorf("%v allocations for a plain Cmd", n)
	}
}
