package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/store"
	"mpg/store/money"
)

// books are the naive ledger: balances in a map, no counters, no journal.
type books struct {
	balance map[store.AccountID]money.Amount // credits less debits
	held    map[store.AccountID]money.Amount // that may not leave
	holds   map[store.HoldID]store.Transfer
	docs    map[string]uint64
}

// random applies Cmds drawn at random to a store and to the books, with a
// restart now and then.
func random(t *testing.T, open Opener) {
	b := setup(t, open)
	m := &books{balance: map[store.AccountID]money.Amount{Float: -1000, Purse: 1000, Shop: 0},
		held: map[store.AccountID]money.Amount{}, holds: map[store.HoldID]store.Transfer{}, docs: map[string]uint64{}}
	next := store.HoldID(1)
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			c := m.draw(rt, &next)
			want := m.apply(c)
			res := b.do(c)
			if res.Refusal != want {
				rt.Fatalf("%+v: %s, want %s", c, res.Refusal, want)
			}
		}
		if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
			b.reopen(open)
		}
		m.check(rt, b.s)
	})
}

func (m *books) draw(t *rapid.T, next *store.HoldID) store.Cmd {
	ids := []store.AccountID{Float, Purse, Shop}
	var c store.Cmd
	for range rapid.IntRange(0, 3).Draw(t, "transfers") {
		tr := store.Transfer{Op: store.Op(rapid.IntRange(1, 4).Draw(t, "op"))}
		switch tr.Op {
		case store.Post, store.Hold:
			tr.Debit, tr.Credit = rapid.SampledFrom(ids).Draw(t, "debit"), rapid.SampledFrom(ids).Draw(t, "credit")
			tr.Amount = money.Amount(rapid.IntRange(1, 400).Draw(t, "amount"))
			if tr.Op == store.Hold {
				tr.Hold = *next
				*next++
			}
		default:
			tr.Hold = store.HoldID(rapid.IntRange(1, int(*next)).Draw(t, "hold"))
		}
		c.Transfers = append(c.Transfers, tr)
	}
	if rapid.Bool().Draw(t, "write") {
		key := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "key")
		w := store.Write{Table: Table, Key: key, Expect: m.docs[key], Mode: store.Mode(rapid.IntRange(0, 2).Draw(t, "mode"))}
		if rapid.IntRange(0, 5).Draw(t, "stale") == 0 {
			w.Expect++
		}
		if w.Mode == store.Put {
			w.Data = []byte(key)
		}
		c.Writes = []store.Write{w}
	}
	return c
}

// apply does c to the books if it may be done.
func (m *books) apply(c store.Cmd) store.Refusal {
	for _, w := range c.Writes {
		if m.docs[w.Key] != w.Expect {
			return store.RefusedStale
		}
	}
	try := m.clone()
	for _, t := range c.Transfers {
		if r := try.move(t); r != store.None {
			return r
		}
	}
	for _, w := range c.Writes {
		switch w.Mode {
		case store.Put:
			try.docs[w.Key] = w.Expect + 1
		case store.Delete:
			delete(try.docs, w.Key)
		case store.Check:
		}
	}
	*m = *try
	return store.None
}

func (m *books) clone() *books {
	c := &books{balance: map[store.AccountID]money.Amount{}, held: map[store.AccountID]money.Amount{},
		holds: map[store.HoldID]store.Transfer{}, docs: map[string]uint64{}}
	for k, v := range m.balance {
		c.balance[k] = v
	}
	for k, v := range m.held {
		c.held[k] = v
	}
	for k, v := range m.holds {
		c.holds[k] = v
	}
	for k, v := range m.docs {
		c.docs[k] = v
	}
	return c
}

func (m *books) move(t store.Transfer) store.Refusal {
	switch t.Op {
	case store.Post, store.Hold:
		if t.Debit == t.Credit {
			return store.RefusedAccount
		}
		if t.Debit != Float && m.balance[t.Debit]-m.held[t.Debit] < t.Amount {
			return store.RefusedFunds
		}
		if t.Op == store.Hold {
			m.held[t.Debit] += t.Amount
			m.holds[t.Hold] = t
			return store.None
		}
		m.balance[t.Debit] -= t.Amount
		m.balance[t.Credit] += t.Amount
		return store.None
	}
	h, ok := m.holds[t.Hold]
	if !ok {
		return store.RefusedHold
	}
	delete(m.holds, t.Hold)
	m.held[h.Debit] -= h.Amount
	if t.Op == store.Settle {
		m.balance[h.Debit] -= h.Amount
		m.balance[h.Credit] += h.Amount
	}
	return store.None
}

// check compares the store with the books.
func (m *books) check(t *rapid.T, s store.Store) {
	for id, balance := range m.balance {
		a, _ := s.Account(id)
		if a.CreditsPosted-a.DebitsPosted != balance {
			t.Fatalf("account %d: %+v, the books say %d", id, a, balance)
		}
	}
	for _, key := range []string{"x", "y", "z"} {
		d, ok, err := s.Doc(Table, key)
		if err != nil || ok != (m.docs[key] != 0) || d.Version != m.docs[key] && ok {
			t.Fatalf("document %s: %+v %v %v, the books say version %d", key, d, ok, err, m.docs[key])
		}
	}
	for _, trial := range s.Trial() {
		if !trial.Balanced() || (trial.Currency == "CNY" && trial.Holds != len(m.holds)) {
			t.Fatalf("%+v, the books have %d holds", trial, len(m.holds))
		}
	}
}

// Move is a Cmd of one small transfer whose id says which it is, for tests that
// kill the process.
func Move(n uint64) store.Cmd {
	c := post(Float, Purse, 1)
	copy(c.ID[:], fmt.Sprintf("m%015d", n))
	c.At = noon().Add(time.Duration(n) * time.Millisecond)
	c.Writes = []store.Write{{Table: Table, Key: fmt.Sprintf("m%015d", n), Data: []byte("done")}}
	c.Outbox = []store.Row{{Data: []byte("receipt"), Stamp: Purse}}
	return c
}

// OpenAccounts opens what Move needs.
func OpenAccounts(s store.Store) error {
	_, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{{ID: store.ID{1}, At: noon(), Opens: []store.Open{
		{ID: Float, Kind: store.Asset, Currency: "CNY"}, {ID: Purse, Kind: store.Owed, Currency: "CNY"}}}})
	return err
}
