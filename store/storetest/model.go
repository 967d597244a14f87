package storetest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/store"
	"mpg/store/money"
)

// books are the naive store: balances in a map, no counters, no journal.
type books struct {
	balance map[store.AccountID]money.Amount // credits less debits
	held    map[store.AccountID]money.Amount // that may not leave
	coming  map[store.AccountID]money.Amount // that is held towards it
	limits  map[store.AccountID]store.Limit
	holds   map[store.HoldID]store.Transfer
	ended   map[store.HoldID]bool
	docs    map[string]uint64 // versions
	keys    []string          // of documents that may be written
	final   []string          // of those that were archived
	rows    map[store.RowID]string
}

// newBooks returns the books after setup.
func newBooks() *books {
	return &books{balance: map[store.AccountID]money.Amount{Float: -1000, Purse: 1000, Shop: 0},
		held: map[store.AccountID]money.Amount{}, coming: map[store.AccountID]money.Amount{}, limits: map[store.AccountID]store.Limit{},
		holds: map[store.HoldID]store.Transfer{}, ended: map[store.HoldID]bool{}, docs: map[string]uint64{}, rows: map[store.RowID]string{},
		keys: []string{"a", "b", "ba", "c", "x", "y", "z", "00000000000000a1", "+86138"}}
}

func (m *books) clone() *books {
	return &books{maps.Clone(m.balance), maps.Clone(m.held), maps.Clone(m.coming), maps.Clone(m.limits), maps.Clone(m.holds), maps.Clone(m.ended), maps.Clone(m.docs), slices.Clone(m.keys), slices.Clone(m.final), maps.Clone(m.rows)}
}

// random applies Cmds drawn at random to a store and to the books, with a
// restart or a crash now and then.
func random(t *testing.T, engine Engine) {
	b := setup(t, engine)
	m := newBooks()
	next := store.HoldID(1)
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			c := m.draw(rt, &next)
			want := m.apply(c)
			res := b.do(c)
			if res.Refusal != want {
				rt.Fatalf("%+v: %s, want %s", c, res.Refusal, want)
			}
			for _, r := range res.Rows {
				m.rows[r.ID] = string(r.Data)
			}
		}
		switch rapid.IntRange(0, 19).Draw(rt, "restart") {
		case 0:
			b.reopen()
		case 1:
			b.crash()
		}
		m.check(rt, b.s)
	})
}

func (m *books) draw(t *rapid.T, next *store.HoldID) store.Cmd {
	var c store.Cmd
	for range rapid.IntRange(0, 3).Draw(t, "transfers") {
		c.Transfers = append(c.Transfers, drawTransfer(t, next))
	}
	if rapid.IntRange(0, 5).Draw(t, "limits") == 0 {
		c.Limits = []store.Limit{{Account: rapid.SampledFrom([]store.AccountID{Float, Purse, Shop}).Draw(t, "limited"),
			Ceiling: money.Amount(rapid.SampledFrom([]int{0, 0, 900, 2500}).Draw(t, "ceiling")), Closed: rapid.IntRange(0, 9).Draw(t, "closed") == 0}}
	}
	for range rapid.IntRange(0, 2).Draw(t, "writes") {
		key := rapid.SampledFrom(m.keys).Draw(t, "key")
		if len(m.final) > 0 && rapid.IntRange(0, 7).Draw(t, "archived") == 0 {
			key = rapid.SampledFrom(m.final).Draw(t, "archived key")
		}
		if len(c.Writes) > 0 && c.Writes[0].Key == key {
			continue
		}
		w := store.Write{Table: Table, Key: key, Expect: m.docs[key], Mode: store.Mode(rapid.IntRange(0, 3).Draw(t, "mode"))}
		if rapid.IntRange(0, 5).Draw(t, "stale") == 0 {
			w.Expect++
		}
		if w.Mode == store.Put || w.Mode == store.Archive {
			w.Data = []byte(key)
		}
		c.Writes = append(c.Writes, w)
	}
	for range rapid.IntRange(0, 2).Draw(t, "rows") {
		c.Outbox = append(c.Outbox, store.Row{Data: []byte(rapid.StringN(1, 8, -1).Draw(t, "row")), Stamp: Purse})
	}
	for _, id := range slices.Sorted(maps.Keys(m.rows)) {
		if rapid.IntRange(0, 2).Draw(t, "done") == 0 {
			c.Done = append(c.Done, id)
		}
	}
	return c
}

func drawTransfer(t *rapid.T, next *store.HoldID) store.Transfer {
	ids := []store.AccountID{Float, Purse, Shop}
	tr := store.Transfer{Op: store.Op(rapid.IntRange(1, 4).Draw(t, "op"))}
	if tr.Op == store.PostHold || tr.Op == store.VoidHold {
		tr.Hold = store.HoldID(rapid.IntRange(max(1, int(*next)-8), int(*next)).Draw(t, "hold"))
		tr.Amount = money.Amount(rapid.SampledFrom([]int{0, 0, 1, 20, 50, 200}).Draw(t, "part"))
		return tr
	}
	tr.Debit, tr.Credit = rapid.SampledFrom(ids).Draw(t, "debit"), rapid.SampledFrom(ids).Draw(t, "credit")
	tr.Amount = money.Amount(rapid.IntRange(1, 400).Draw(t, "amount"))
	if tr.Op == store.Hold {
		if tr.Hold = *next; rapid.IntRange(0, 9).Draw(t, "used") == 0 {
			tr.Hold = store.HoldID(rapid.IntRange(1, int(*next)).Draw(t, "hold"))
		} else {
			*next++
		}
	}
	return tr
}

// apply applies cmd to the books if it is allowed.
func (m *books) apply(cmd store.Cmd) store.Refusal {
	for _, w := range cmd.Writes {
		switch {
		case m.docs[w.Key] != w.Expect:
			return store.RefusedStale
		case slices.Contains(m.final, w.Key) && w.Mode != store.Check:
			return store.RefusedArchived
		}
	}
	try := m.clone()
	for _, t := range cmd.Transfers {
		if r := try.move(t); r != store.None {
			return r
		}
	}
	for _, l := range cmd.Limits {
		try.limits[l.Account] = l
	}
	for _, w := range cmd.Writes {
		switch w.Mode {
		case store.Put:
			try.docs[w.Key] = w.Expect + 1
		case store.Delete:
			delete(try.docs, w.Key)
		case store.Check:
		case store.Archive:
			try.docs[w.Key] = w.Expect + 1
			try.archive(w.Key)
		}
	}
	for _, id := range cmd.Done {
		delete(try.rows, id)
	}
	*m = *try
	return store.None
}

// archive notes that a document will not change again, and puts another in its place
// that is its neighbour.
func (m *books) archive(key string) {
	m.final = append(m.final, key)
	other := fmt.Sprintf("%s%x", key[:1], len(m.final))
	if len(key) == 16 {
		other = fmt.Sprintf("%016x", len(m.final))
	}
	m.keys[slices.Index(m.keys, key)] = other
}

func (m *books) move(transfer store.Transfer) store.Refusal {
	if transfer.Op == store.PostHold || transfer.Op == store.VoidHold {
		return m.end(transfer)
	}
	_, open := m.holds[transfer.Hold]
	switch {
	case transfer.Debit == transfer.Credit:
		return store.RefusedSameAccount
	case transfer.Op == store.Hold && (open || m.ended[transfer.Hold]):
		return store.RefusedHoldExists
	case m.limits[transfer.Debit].Closed || m.limits[transfer.Credit].Closed:
		return store.RefusedClosed
	case transfer.Debit != Float && m.balance[transfer.Debit]-m.held[transfer.Debit] < transfer.Amount:
		return store.RefusedFunds
	case m.full(transfer):
		return store.RefusedCeiling
	}
	if transfer.Op == store.Hold {
		m.held[transfer.Debit] += transfer.Amount
		m.coming[transfer.Credit] += transfer.Amount
		m.holds[transfer.Hold] = transfer
		return store.None
	}
	m.balance[transfer.Debit] -= transfer.Amount
	m.balance[transfer.Credit] += transfer.Amount
	return store.None
}

// full reports whether a side of transfer would pass its ceiling: the float is what is
// owed to us, the others what we owe.
func (m *books) full(transfer store.Transfer) bool {
	if top := m.limits[Float].Ceiling; transfer.Debit == Float && top > 0 && m.held[Float]-m.balance[Float]+transfer.Amount > top {
		return true
	}
	top := m.limits[transfer.Credit].Ceiling
	return transfer.Credit != Float && top > 0 && m.balance[transfer.Credit]+m.coming[transfer.Credit]+transfer.Amount > top
}

// end posts or voids a hold, or a part of it.
func (m *books) end(transfer store.Transfer) store.Refusal {
	h, open := m.holds[transfer.Hold]
	switch {
	case m.ended[transfer.Hold]:
		return store.RefusedHoldEnded
	case !open:
		return store.RefusedHold
	case transfer.Amount > h.Amount:
		return store.RefusedHoldExceeded
	case transfer.Amount == 0:
		transfer.Amount = h.Amount
	}
	h.Amount -= transfer.Amount
	if m.holds[transfer.Hold] = h; h.Amount == 0 {
		delete(m.holds, transfer.Hold)
		m.ended[transfer.Hold] = true
	}
	m.held[h.Debit] -= transfer.Amount
	m.coming[h.Credit] -= transfer.Amount
	if transfer.Op == store.PostHold {
		m.balance[h.Debit] -= transfer.Amount
		m.balance[h.Credit] += transfer.Amount
	}
	return store.None
}

// check compares all that the store shows with the books.
func (m *books) check(t *rapid.T, ledger store.Store) {
	for id, balance := range m.balance {
		a, _, err := ledger.Account(t.Context(), id)
		if l := m.limits[id]; err != nil || a.CreditsPosted-a.DebitsPosted != balance || a.DebitsPending != m.held[id] || a.CreditsPending != m.coming[id] ||
			a.Ceiling != l.Ceiling || a.Closed != l.Closed {
			t.Fatalf("account %d: %+v %v, the books say %d, held %d", id, a, err, balance, m.held[id])
		}
	}
	m.checkDocs(t, ledger)
	rows := make(map[store.RowID]string)
	limit := rapid.IntRange(0, 3).Draw(t, "rows")
	ids := pages(t, 0, limit, func(after store.RowID) iter.Seq2[store.OutRow, error] {
		return ledger.Outbox(t.Context(), after, limit)
	}, func(row store.OutRow) store.RowID {
		rows[row.ID] = string(row.Data)
		return row.ID
	})
	if !slices.IsSorted(ids) || len(ids) != len(rows) {
		t.Fatalf("rows %d", ids)
	}
	if !maps.Equal(rows, m.rows) {
		t.Fatalf("rows %v, the books say %v", rows, m.rows)
	}
	trials, err := ledger.Trial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials {
		if !trial.Balanced() || (trial.Currency == "CNY" && trial.Holds != len(m.holds)) {
			t.Fatalf("%+v, the books have %d holds", trial, len(m.holds))
		}
	}
}

func (m *books) checkDocs(t *rapid.T, ledger store.Store) {
	for _, key := range slices.Concat(m.keys, m.final) {
		d, ok, err := ledger.Doc(t.Context(), Table, key)
		if err != nil || ok != (m.docs[key] != 0) || d.Version != m.docs[key] && ok {
			t.Fatalf("document %s: %+v %v %v, the books say version %d", key, d, ok, err, m.docs[key])
		}
	}
	keys := slices.Sorted(maps.Keys(m.docs))
	after := rapid.SampledFrom([]string{"", "a", "b", "bb", "y", "0", "00000000000000a0"}).Draw(t, "after")
	left := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key <= after })
	limit := rapid.IntRange(0, 3).Draw(t, "limit")
	walked := pages(t, after, limit, func(after string) iter.Seq2[store.Doc, error] { return ledger.Docs(t.Context(), Table, after, limit) }, func(doc store.Doc) string {
		if string(doc.Data) != doc.Key {
			t.Fatalf("document %+v", doc)
		}
		return doc.Key
	})
	if !slices.Equal(walked, left) {
		t.Fatalf("a walk of pages of %d after %q is %q, the books say %q", limit, after, walked, left)
	}
	last, ok, err := ledger.LastDoc(t.Context(), Table)
	if err != nil || ok != (len(keys) > 0) || (ok && last.Key != keys[len(keys)-1]) {
		t.Fatalf("the last document is %+v %v %v, the books say %q", last, ok, err, keys)
	}
}

// Move is a Cmd of one small transfer, a document and a row, and says in all of
// them which it is: for tests that kill the process. number is not 0.
func Move(number uint64) store.Cmd {
	c := post(Float, Purse, MoveAmount)
	copy(c.ID[:], MoveKey(number))
	c.At = noon().Add(time.Duration(number) * time.Millisecond)
	c.Writes = []store.Write{{Table: Table, Key: MoveKey(number), Data: []byte("done")}}
	c.Outbox = []store.Row{{Data: []byte(MoveKey(number)), Stamp: Purse}}
	return c
}

// MoveAmount is what a Move moves.
const MoveAmount = 3

// MoveKey is the key of Move's document and the data of its row.
func MoveKey(number uint64) string { return fmt.Sprintf("m%015d", number) }

// Finish is what follows on a Move: the money goes on to the shop through a
// hold, the document gets its second version and the row is done.
func Finish(number uint64, row store.RowID) store.Cmd {
	c := store.Cmd{At: noon().Add(time.Duration(number) * time.Millisecond), Done: []store.RowID{row}}
	copy(c.ID[:], fmt.Sprintf("f%015d", number))
	id := store.HoldID(number)
	c.Transfers = []store.Transfer{{Op: store.Hold, Debit: Purse, Credit: Shop, Amount: MoveAmount, Hold: id}, {Op: store.PostHold, Hold: id}}
	if number%2 == 0 { // the other half keeps the money on hold
		c.Transfers = c.Transfers[:1]
	}
	c.Writes = []store.Write{{Table: Table, Key: MoveKey(number), Expect: 1, Data: []byte("finished")}}
	return c
}

// Part is what follows on a Finish that keeps the money on hold: a third of it goes
// to the shop, and the document is archived in its third version.
func Part(number uint64) store.Cmd {
	c := store.Cmd{At: noon().Add(time.Duration(number) * time.Millisecond)}
	copy(c.ID[:], fmt.Sprintf("p%015d", number))
	c.Transfers = []store.Transfer{{Op: store.PostHold, Hold: store.HoldID(number), Amount: MoveAmount / 3}}
	c.Writes = []store.Write{{Table: Table, Key: MoveKey(number), Expect: 2, Mode: store.Archive, Data: []byte("parted")}}
	return c
}

// OpenAccounts opens what Move, Finish and Part need.
func OpenAccounts(ledger store.Store) error {
	_, err := ledger.Apply(context.Background(), ledger.Epoch(), []store.Cmd{{ID: store.ID{1}, At: noon(), Opens: []store.Open{
		{ID: Float, Kind: store.Asset, Currency: "CNY"}, {ID: Purse, Kind: store.Liability, Currency: "CNY"}, {ID: Shop, Kind: store.Liability, Currency: "CNY"}}}})
	return err
}
