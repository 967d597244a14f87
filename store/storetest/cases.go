package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// privateDir is a folder of mode 0700, as a store wants it.
func privateDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func transfers(t *testing.T, engine Engine) {
	b := setup(t, engine)
	b.must(post(Purse, Shop, 100))
	b.balance(Purse, 900, 900)
	b.must(hold(1, 300))
	b.balance(Purse, 900, 600)
	b.balance(Shop, 100, 100)
	b.must(hold(2, 600))
	b.must(end(store.VoidHold, 2))
	b.must(end(store.PostHold, 1))
	b.balance(Purse, 600, 600)
	b.balance(Shop, 400, 400)
	b.balance(Float, 1000, 1000)
	trials, err := b.s.Trial(t.Context())
	if err != nil || len(trials) != 2 || trials[0].Currency != "CNY" || trials[1].Currency != "USD" {
		t.Errorf("%+v, %v", trials, err)
	}
	for _, trial := range trials {
		if !trial.Balanced() || trial.Holds != 0 {
			t.Errorf("%+v", trial)
		}
	}
}

func refusals(t *testing.T, engine Engine) {
	b := setup(t, engine)
	if res := b.refused(store.RefusedFunds, post(Purse, Shop, 1001)); res.Short != 1 {
		t.Errorf("short by %d", res.Short)
	}
	b.must(hold(1, 600))
	if res := b.refused(store.RefusedFunds, post(Purse, Shop, 500)); res.Short != 100 {
		t.Errorf("held money is not counted: short by %d", res.Short)
	}
	b.refused(store.RefusedHoldExists, hold(1, 1))
	b.refused(store.RefusedHold, end(store.PostHold, 9))
	b.must(end(store.VoidHold, 1))
	b.refused(store.RefusedHoldEnded, end(store.PostHold, 1))
	if res := b.refused(store.RefusedAccount, post(Purse, 99, 1)); res.Account != 99 {
		t.Errorf("account %d is unknown", res.Account)
	}
	b.refused(store.RefusedSameAccount, post(Purse, Purse, 1))
	b.refused(store.RefusedCurrency, post(Purse, Dollars, 1))
	b.refused(store.RefusedAmount, post(Purse, Shop, 0))
	b.refused(store.RefusedAmount, post(Purse, Shop, -1))
	b.refused(store.RefusedAmount, post(Float, Shop, money.Max+1))
	b.refused(store.RefusedAccountExists, store.Cmd{Opens: []store.Open{{ID: Purse, Kind: store.Liability, Currency: "CNY"}}})
	b.refused(store.RefusedKind, store.Cmd{Opens: []store.Open{{ID: 50, Kind: 9, Currency: "CNY"}}})
	b.refused(store.RefusedKeyLength, store.Cmd{Writes: []store.Write{{Table: Table, Key: ""}}})
	b.refused(store.RefusedWriteTwice, store.Cmd{Writes: []store.Write{{Table: Table, Key: "a"}, {Table: Table, Key: "a"}}})
	b.balance(Purse, 1000, 1000)
}

func repeats(t *testing.T, engine Engine) {
	b := setup(t, engine)
	c := post(Purse, Shop, 100)
	c.ID, c.Fingerprint = store.ID{1}, store.Digest{1}
	first := b.must(c)
	again := b.do(c)
	if !again.Repeat || again.Seq != first.Seq || again.Refusal != store.None {
		t.Errorf("the repeat is %+v, the first was %+v", again, first)
	}
	c.Fingerprint = store.Digest{2}
	b.refused(store.RefusedFingerprint, c)
	b.balance(Shop, 100, 100)
	c.Fingerprint = store.Digest{1}
	for _, restart := range []func(){b.reopen, b.crash} {
		restart()
		if again := b.do(c); !again.Repeat || again.Seq != first.Seq {
			t.Errorf("after a restart the repeat is %+v", again)
		}
	}
	b.balance(Shop, 100, 100)
	// Both in one batch.
	d := post(Purse, Shop, 1)
	d.ID, d.At = store.ID{9}, noon().Add(time.Hour)
	res, err := b.s.Apply(context.Background(), b.s.Epoch(), []store.Cmd{d, d})
	if err != nil || res[0].Repeat || !res[1].Repeat {
		t.Errorf("two alike in one batch: %+v, %v", res, err)
	}
}

// reopen closes the store and opens it again.
func (b *bench) reopen() {
	b.t.Helper()
	if err := b.s.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.s = b.e.Open(b.t, b.dir)
}

// crash goes on with what a crash would leave.
func (b *bench) crash() {
	b.t.Helper()
	dir := b.e.Image(b.t, b.dir)
	if err := b.s.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.dir, b.s = dir, b.e.Open(b.t, dir)
}

func redelivery(t *testing.T, engine Engine) {
	b := setup(t, engine)
	in := store.DedupKey{Digest: store.Digest{5}, Window: 10 * time.Minute}
	first := store.Cmd{ID: store.ID{1}, At: noon(), Dedup: &in}
	b.must(first)
	b.reopen()
	b.crash()
	res := b.refused(store.RefusedRedelivery, store.Cmd{ID: store.ID{2}, At: noon().Add(10 * time.Minute), Dedup: &in})
	if res.First != first.ID || !res.FirstAt.Equal(first.At) {
		t.Errorf("first was %v at %v", res.First, res.FirstAt)
	}
	b.must(store.Cmd{ID: store.ID{3}, At: noon().Add(10*time.Minute + 1), Dedup: &in})
	again := in
	again.KnownAcked = true
	b.must(store.Cmd{ID: store.ID{4}, At: noon().Add(11 * time.Minute), Dedup: &again})
	b.refused(store.RefusedRedelivery, store.Cmd{ID: store.ID{5}, At: noon().Add(12 * time.Minute), Dedup: &in})
}

func documents(t *testing.T, engine Engine) {
	b := setup(t, engine)
	b.must(put("a", 0, "one"))
	b.refused(store.RefusedStale, put("a", 0, "other"))
	b.must(put("a", 1, "two"))
	b.must(put("b", 0, "x"))
	b.must(put("c", 0, "y"))
	b.refused(store.RefusedStale, store.Cmd{Writes: []store.Write{{Table: Table, Key: "a", Expect: 1, Mode: store.Check}}})
	b.must(store.Cmd{Writes: []store.Write{{Table: Table, Key: "a", Expect: 2, Mode: store.Check}}})
	b.must(store.Cmd{Writes: []store.Write{{Table: Table, Key: "c", Expect: 1, Mode: store.Delete}}})
	check := func() {
		t.Helper()
		d, ok, err := b.s.Doc(t.Context(), Table, "a")
		if err != nil || !ok || d.Version != 2 || string(d.Data) != "two" {
			t.Errorf("a is %+v %v %v", d, ok, err)
		}
		if _, ok, _ := b.s.Doc(t.Context(), Table, "c"); ok {
			t.Error("c is there after its deletion")
		}
		if got := b.keys(""); got != "a b " {
			t.Errorf("keys %q", got)
		}
		if got := b.keys("a"); got != "b " {
			t.Errorf("keys after a %q", got)
		}
		if last, ok, err := b.s.LastDoc(t.Context(), Table); !ok || err != nil || last.Key != "b" {
			t.Errorf("last %+v %v %v", last, ok, err)
		}
	}
	check()
	b.reopen()
	check()
	b.crash()
	check()
	b.must(put("c", 0, "again"))
}

// walks reads many documents while others change them: a walk sees the moment
// when it began, and Apply goes on in the middle of it.
func walks(t *testing.T, engine Engine) {
	b := setup(t, engine)
	const many = 1500
	var cmd store.Cmd
	for i := range many {
		cmd.Writes = append(cmd.Writes, put(fmt.Sprintf("k%04d", i), 0, "old").Writes...)
		if len(cmd.Writes) == store.WritesMax || i == many-1 {
			b.must(cmd)
			cmd.Writes = nil
		}
	}
	b.reopen()
	seen := 0
	for d, err := range b.s.Docs(t.Context(), Table, "k", 0) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Key != fmt.Sprintf("k%04d", seen) || d.Version != 1 || string(d.Data) != "old" {
			t.Fatalf("document %d of the walk is %+v", seen, d)
		}
		if seen%100 == 0 {
			b.must(put(fmt.Sprintf("k%04d", many-1-seen), 1, "new"))
			b.must(put(fmt.Sprintf("k%04da", seen+50), 0, "born"))
			b.must(store.Cmd{Writes: []store.Write{{Table: Table, Key: fmt.Sprintf("k%04d", many-2-seen), Expect: 1, Mode: store.Delete}}})
		}
		seen++
	}
	if seen != many {
		t.Errorf("the walk saw %d documents of %d", seen, many)
	}
	if got := strings.Count(b.keys("k"), " "); got != many {
		t.Errorf("the next walk saw %d documents", got)
	}
	for range b.s.Docs(t.Context(), Table, "", 0) {
		break // a walk that is given up leaves nothing behind
	}
	if _, ok, _ := b.s.LastDoc(t.Context(), Table+1); ok {
		t.Error("a table without documents has a last one")
	}
}

// keys returns the keys of the documents after one of them.
func (b *bench) keys(after string) string {
	b.t.Helper()
	got := ""
	for d, err := range b.s.Docs(b.t.Context(), Table, after, 0) {
		if err != nil {
			b.t.Fatal(err)
		}
		got += d.Key + " "
	}
	return got
}

// notYet sends, in one batch, a Cmd that marks a row as delivered before the one
// that adds it: the row stays, now and after a restart.
func (b *bench) notYet(id store.RowID) {
	b.t.Helper()
	early, late := store.Cmd{Done: []store.RowID{id}}, store.Cmd{Outbox: []store.Row{{Data: []byte("late")}}}
	b.number(&early)
	b.number(&late)
	res, err := b.s.Apply(context.Background(), b.s.Epoch(), []store.Cmd{early, late})
	if err != nil || res[0].Refusal != store.RefusedRowNotAdded || res[1].Refusal != store.None || res[1].Rows[0].ID != id {
		b.t.Fatalf("%+v, %v", res, err)
	}
	b.crash()
	found := false
	for r := range b.s.Outbox(b.t.Context(), 0, 0) {
		found = found || r.ID == id
	}
	if !found {
		b.t.Errorf("row %d is taken for delivered before it was added", id)
	}
	b.must(store.Cmd{Done: []store.RowID{id}})
}

func outboxRows(t *testing.T, engine Engine) {
	b := setup(t, engine)
	c := post(Purse, Shop, 100)
	c.Outbox = []store.Row{{Data: []byte("payer"), Stamp: Purse}, {Data: []byte("shop"), Stamp: Shop}, {Data: []byte("plain")}}
	res := b.must(c)
	if len(res.Rows) != 3 || res.Rows[0].Posted != 900 || res.Rows[1].Posted != 100 || res.Rows[0].ID+2 != res.Rows[2].ID {
		t.Errorf("rows %+v", res.Rows)
	}
	b.refused(store.RefusedAccount, store.Cmd{Outbox: []store.Row{{Data: []byte("x"), Stamp: 99}}})
	b.must(store.Cmd{Done: []store.RowID{res.Rows[1].ID}})
	b.must(store.Cmd{Done: []store.RowID{res.Rows[1].ID}}) // again, which is no error
	b.refused(store.RefusedRowNotAdded, store.Cmd{Done: []store.RowID{res.Rows[0].ID, res.Rows[2].ID + 1}})
	b.refused(store.RefusedRowNotAdded, store.Cmd{Outbox: []store.Row{{Data: []byte("its own")}}, Done: []store.RowID{res.Rows[2].ID + 1}})
	b.notYet(res.Rows[2].ID + 1)
	check := func() {
		t.Helper()
		var got []string
		for r, err := range b.s.Outbox(t.Context(), 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s %d", r.Data, r.Posted))
		}
		if fmt.Sprint(got) != "[payer 900 plain 0]" {
			t.Errorf("rows %v", got)
		}
	}
	check()
	b.reopen()
	check()
	b.crash()
	check()
	for r := range b.s.Outbox(t.Context(), 0, 0) { // done while it walks
		b.must(store.Cmd{Done: []store.RowID{r.ID}})
	}
	for r := range b.s.Outbox(t.Context(), 0, 0) {
		t.Errorf("row %d is done", r.ID)
	}
	b.crash()
	for r := range b.s.Outbox(t.Context(), 0, 0) {
		t.Errorf("row %d came back", r.ID)
	}
	more := b.must(store.Cmd{Outbox: []store.Row{{Data: []byte("later")}}})
	if more.Rows[0].ID <= res.Rows[2].ID {
		t.Errorf("row %d after %d", more.Rows[0].ID, res.Rows[2].ID)
	}
}

func allOrNothing(t *testing.T, engine Engine) {
	b := setup(t, engine)
	c := post(Purse, Shop, 600)
	c.Transfers = append(c.Transfers, c.Transfers[0]) // the second sees the first
	c.Writes = []store.Write{{Table: Table, Key: "k", Data: []byte("v")}}
	c.Outbox = []store.Row{{Data: []byte("r")}}
	b.refused(store.RefusedFunds, c)
	b.balance(Purse, 1000, 1000)
	if _, ok, _ := b.s.Doc(t.Context(), Table, "k"); ok {
		t.Error("a document of a refused Cmd is there")
	}
	for range b.s.Outbox(t.Context(), 0, 0) {
		t.Error("a row of a refused Cmd is there")
	}
}

func reopens(t *testing.T, engine Engine) {
	b := setup(t, engine)
	b.must(hold(1, 300))
	epoch := b.s.Epoch()
	for i := range 5 {
		b.must(post(Float, Purse, 10))
		b.reopen()
		b.crash()
		b.balance(Purse, 1000+money.Amount(10*(i+1)), 700+money.Amount(10*(i+1)))
		b.sound()
	}
	if b.s.Epoch() <= epoch {
		t.Errorf("epoch %d after %d", b.s.Epoch(), epoch)
	}
	b.must(end(store.PostHold, 1))
	b.balance(Shop, 300, 300)
}

// holdsOnce: the id of a hold is never used again, however long ago it ended.
func holdsOnce(t *testing.T, engine Engine) {
	b := setup(t, engine)
	b.must(hold(1, 300))
	b.must(hold(2, 100))
	b.must(end(store.PostHold, 1))
	for _, restart := range []func(){func() {}, b.reopen, b.crash, b.reopen} {
		restart()
		b.refused(store.RefusedHoldExists, hold(1, 1))
		b.refused(store.RefusedHoldExists, hold(2, 1))
		b.refused(store.RefusedHoldEnded, end(store.VoidHold, 1))
		b.balance(Purse, 700, 600)
	}
	b.must(end(store.VoidHold, 2))
	b.refused(store.RefusedHoldExists, hold(2, 1))
	b.balance(Purse, 700, 700)
}

// records reads the journal back.
func records(t *testing.T, engine Engine) {
	b := setup(t, engine)
	j, ok := b.s.(store.Journal)
	if !ok {
		t.Skip("the engine shows no journal")
	}
	c := post(Purse, Shop, 100)
	c.ID, c.Fingerprint, c.At = store.ID{7}, store.Digest{8}, noon().Add(time.Hour)
	c.Dedup = &store.DedupKey{Digest: store.Digest{9}, Window: time.Minute}
	c.Transfers = append(c.Transfers, hold(5, 10).Transfers...)
	c.Transfers[0].Ref, c.Transfers[1].Ref = 41, 42
	c.Limits = []store.Limit{{Account: Shop, Ceiling: 5000}}
	c.Writes = put("k", 0, "v").Writes
	c.Outbox = []store.Row{{Data: []byte("r"), Stamp: Purse}}
	res := b.must(c)
	b.must(part(store.VoidHold, 5, 4))
	b.must(store.Cmd{Transfers: end(store.PostHold, 5).Transfers, Done: []store.RowID{res.Rows[0].ID}})
	b.refused(store.RefusedFunds, post(Purse, Shop, 99999))
	var all []store.Entry
	for entry, err := range j.Records(context.Background(), res.Seq) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry)
	}
	if len(all) != 3 {
		t.Fatalf("%d records", len(all))
	}
	first, second := all[0], all[2]
	if p := all[1].Transfers; len(p) != 1 || p[0] != (store.Transfer{Op: store.VoidHold, Debit: Purse, Credit: Shop, Amount: 4, Hold: 5, Partial: true}) {
		t.Errorf("the record of a part is %+v", p)
	}
	if first.Seq != res.Seq || first.ID != c.ID || first.Fingerprint != c.Fingerprint || !first.At.Equal(c.At) || *first.Dedup != *c.Dedup ||
		!slices.Equal(first.Transfers, c.Transfers) || !slices.Equal(first.Limits, c.Limits) || fmt.Sprint(first.Writes) != fmt.Sprint(c.Writes) || fmt.Sprint(first.Rows) != fmt.Sprint(res.Rows) {
		t.Errorf("the record %+v of %+v", first, c)
	}
	want := store.Transfer{Op: store.PostHold, Debit: Purse, Credit: Shop, Amount: 6, Hold: 5}
	if len(second.Transfers) != 1 || second.Transfers[0] != want || !slices.Equal(second.Done, []store.RowID{res.Rows[0].ID}) {
		t.Errorf("the record of an end is %+v", second)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range j.Records(ctx, 1) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after the end of its context: %v", err)
		}
	}
}

// closed: nothing is done after Close.
func closed(t *testing.T, engine Engine) {
	s := engine.Open(t, privateDir(t))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{{ID: store.ID{1}, At: noon()}}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Apply after Close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close after Close: %v", err)
	}
}

// endedContext: a call whose context is over does nothing, or all.
func endedContext(t *testing.T, engine Engine) {
	b := setup(t, engine)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for i := range byte(50) {
		c := post(Purse, Shop, 1)
		c.ID, c.At = store.ID{1, i}, noon()
		before := b.account(Shop)
		_, err := b.s.Apply(ctx, b.s.Epoch(), []store.Cmd{c})
		after := b.account(Shop)
		if moved := after.Posted() - before.Posted(); (err == nil) != (moved == 1) || (err != nil && !errors.Is(err, context.Canceled)) {
			t.Fatalf("error %v, and %d moved", err, moved)
		}
	}
}

func fenced(t *testing.T, engine Engine) {
	b := setup(t, engine)
	c := post(Purse, Shop, 1)
	c.ID, c.At = store.ID{1}, noon()
	if _, err := b.s.Apply(context.Background(), b.s.Epoch()-1, []store.Cmd{c}); !errors.Is(err, store.ErrFenced) {
		t.Errorf("an old owner: %v", err)
	}
	b.balance(Shop, 0, 0)
}

// concurrent moves money in circles from many goroutines: nothing is made or
// lost, and a document that all count in counts every step.
func concurrent(t *testing.T, engine Engine) {
	b := setup(t, engine)
	b.must(put("n", 0, "0"))
	const callers, each = 16, 25
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for i := range each {
				b.count(store.ID{byte(caller + 1), byte(i + 1), 1})
			}
		})
	}
	wg.Wait()
	d, _, err := b.s.Doc(t.Context(), Table, "n")
	if err != nil || string(d.Data) != fmt.Sprint(callers*each) {
		t.Errorf("counted %s, %v", d.Data, err)
	}
	b.balance(Shop, callers*each, callers*each)
}

// count adds one to the document and moves one, again while others are first.
func (b *bench) count(id store.ID) {
	for {
		d, _, err := b.s.Doc(b.t.Context(), Table, "n")
		var n int
		if _, serr := fmt.Sscan(string(d.Data), &n); err != nil || serr != nil {
			b.t.Error(err, serr)
			return
		}
		c := post(Purse, Shop, 1)
		c.ID, c.At = id, noon().Add(time.Hour)
		c.Writes = put("n", d.Version, fmt.Sprint(n+1)).Writes
		res, err := b.s.Apply(context.Background(), b.s.Epoch(), []store.Cmd{c})
		if err != nil {
			b.t.Error(err)
			return
		}
		if res[0].Refusal == store.None {
			return
		}
	}
}
