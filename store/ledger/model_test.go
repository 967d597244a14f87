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
	ceiling map[store.AccountID]money.Amount
	closed  map[store.AccountID]bool
}

func (n naive) clone() naive {
	return naive{maps.Clone(n.balance), maps.Clone(n.kind), maps.Clone(n.code), maps.Clone(n.held), maps.Clone(n.used),
		maps.Clone(n.ceiling), maps.Clone(n.closed)}
}

// do is the rule for one transfer in plain words.
func (n naive) do(t store.Transfer) store.Refusal {
	if t.Op == store.PostHold || t.Op == store.VoidHold {
		return n.end(t)
	}
	switch {
	case n.code[t.Debit] == "" || n.code[t.Credit] == "":
		return store.RefusedAccount
	case t.Debit == t.Credit:
		return store.RefusedSameAccount
	case n.code[t.Debit] != n.code[t.Credit]:
		return store.RefusedCurrency
	case t.Amount < 1 || t.Amount > money.Max:
		return store.RefusedAmount
	case t.Op == store.Hold && n.used[t.Hold]:
		return store.RefusedHoldExists
	case n.closed[t.Debit] || n.closed[t.Credit]:
		return store.RefusedClosed
	}
	left := n.balance[t.Debit]
	for _, h := range n.held {
		if h.Debit == t.Debit {
			left -= int64(h.Amount)
		}
	}
	if n.kind[t.Debit] == store.Liability && left < int64(t.Amount) {
		return store.RefusedFunds
	}
	if n.over(t) {
		return store.RefusedCeiling
	}
	if t.Op == store.Hold {
		n.held[t.Hold], n.used[t.Hold] = t, true
		return store.None
	}
	n.balance[t.Debit] -= int64(t.Amount)
	n.balance[t.Credit] += int64(t.Amount)
	return store.None
}

// end posts or voids a hold or a part of it.
func (n naive) end(t store.Transfer) store.Refusal {
	h, open := n.held[t.Hold]
	switch {
	case !n.used[t.Hold]:
		return store.RefusedHold
	case !open:
		return store.RefusedHoldEnded
	case t.Amount > h.Amount:
		return store.RefusedHoldExceeded
	case t.Amount == 0:
		t.Amount = h.Amount
	}
	if h.Amount -= t.Amount; h.Amount == 0 {
		delete(n.held, t.Hold)
	} else {
		n.held[t.Hold] = h
	}
	if t.Op == store.PostHold {
		n.balance[h.Debit] -= int64(t.Amount)
		n.balance[h.Credit] += int64(t.Amount)
	}
	return store.None
}

// over reports whether a new hold or post takes one of its accounts above its
// ceiling, what others hold towards it included.
func (n naive) over(t store.Transfer) bool {
	debt, has := -n.balance[t.Debit], n.balance[t.Credit]
	for _, h := range n.held {
		if h.Debit == t.Debit {
			debt += int64(h.Amount)
		}
		if h.Credit == t.Credit {
			has += int64(h.Amount)
		}
	}
	over := func(id store.AccountID, kind store.Kind, total int64) bool {
		return n.kind[id] == kind && n.ceiling[id] > 0 && total+int64(t.Amount) > int64(n.ceiling[id])
	}
	return over(t.Debit, store.Asset, debt) || over(t.Credit, store.Liability, has)
}

// limit does what comes after the transfers.
func (n naive) limit(limits []store.Limit) store.Refusal {
	for _, l := range limits {
		if n.code[l.Account] == "" {
			return store.RefusedAccount
		}
		n.ceiling[l.Account], n.closed[l.Account] = l.Ceiling, l.Closed
	}
	return store.None
}

// TestModel plays Cmds drawn at random on both ledgers.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		n := naive{map[store.AccountID]int64{}, map[store.AccountID]store.Kind{}, map[store.AccountID]string{}, map[store.HoldID]store.Transfer{}, map[store.HoldID]bool{},
			map[store.AccountID]money.Amount{}, map[store.AccountID]bool{}}
		open := cmd(1)
		for id, o := range []store.Open{{Kind: store.Asset, Currency: "CNY"}, {Kind: store.Liability, Currency: "CNY"}, {Kind: store.Liability, Currency: "CNY"}, {Kind: store.Liability, Currency: "USD"}, {Kind: store.Asset, Currency: "USD"}} {
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
			if want == store.None {
				want = after.limit(c.Limits)
			}
			if res := w.do(&c); res.Refusal != want {
				t.Fatalf("%+v %+v: %v, want %v", c.Transfers, c.Limits, res.Refusal, want)
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
		if tr.Op == store.PostHold || tr.Op == store.VoidHold {
			tr.Amount = money.Amount(rapid.SampledFrom([]int64{0, 0, 1, 7, 100, 300}).Draw(t, "part"))
		}
		c.Transfers = append(c.Transfers, tr)
	}
	if rapid.IntRange(0, 3).Draw(t, "limits") == 0 {
		c.Limits = []store.Limit{{Account: store.AccountID(account.Draw(t, "limited")),
			Ceiling: money.Amount(rapid.SampledFrom([]int64{0, 0, 1, 200, 600}).Draw(t, "ceiling")), Closed: rapid.IntRange(0, 7).Draw(t, "closed") == 0}}
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
		if a.Ceiling != n.ceiling[id] || a.Closed != n.closed[id] || int64(a.CreditsPosted-a.DebitsPosted) != balance || a.DebitsPending != pending[id] {
			t.Fatalf("account %d: %+v, the naive ledger has %d and holds %d", id, a, balance, pending[id])
		}
	}
	for id, h := range w.holds {
		if left, open := n.held[id]; h.Open != open || h.Amount != left.Amount {
			t.Fatalf("hold %d: open is %v, left %d of %d", id, h.Open, h.Amount, h.First)
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
func (*one) Hold(store.HoldID) (ledger.Hold, bool)        { return ledger.Hold{}, false }
func (*one) Version(store.Table, string) (uint64, bool)   { return 0, false }
func (*one) SeenID(store.ID) (ledger.Past, bool)          { return ledger.Past{}, false }
func (*one) SeenMessage(store.Digest) (ledger.Past, bool) { return ledger.Past{}, false }
func (*one) NextRow() store.RowID                         { return 1 }

func BenchmarkDecidePost(b *testing.B) {
	s := &one{store.Account{ID: 1, Kind: store.Liability, Currency: "CNY", CreditsPosted: 1 << 40}, store.Account{ID: 2, Kind: store.Liability, Currency: "CNY"}}
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
	s := &one{store.Account{ID: 1, Kind: store.Asset, Currency: "CNY"}, store.Account{ID: 2, Kind: store.Liability, Currency: "CNY"}}
	c := cmd(1)
	c.Transfers = []store.Transfer{{Op: store.Post, Debit: 1, Credit: 2, Amount: 1}}
	var fx ledger.Effects
	ledger.Decide(s, &c, &fx)
	if n := testing.AllocsPerRun(100, func() { ledger.Decide(s, &c, &fx) }); n != 0 {
		t.Errorf("%v allocations for a plain Cmd", n)
	}
}
