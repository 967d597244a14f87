package bolt

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"mpg/store"
	"mpg/store/money"
)

// posted is an outbox with its bucket, and the rows that both together must show.
type posted struct {
	mem   *memory
	model map[store.RowID]store.OutRow
	next  store.RowID
}

// batch does what a commit does: rows are added and ended, and a slice of the checkpoint
// is written in the same transaction. A row may be ended again, and one may be ended in
// the commit that writes it into the bucket.
func (p *posted) batch(t *rapid.T) {
	out := p.mem.outbox
	if out.roundDone() {
		out.beginRound()
	}
	var done []doneRow
	progress := rapid.SampledFrom([]float64{0.2, 0.6, 1}).Draw(t, "progress")
	err := out.ended.db.Update(func(tx *bbolt.Tx) error {
		for range rapid.IntRange(0, 4).Draw(t, "ended") {
			id := store.RowID(rapid.Uint64Range(1, uint64(p.next)).Draw(t, "row"))
			if id == p.next { // never added: the ledger refuses it
				continue
			}
			stored, err := out.isStored(tx, id)
			if err != nil {
				return err
			}
			done = append(done, doneRow{id, stored})
			delete(p.model, id)
		}
		_, err := out.writeSlice(tx, progress, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.mem.mu.Lock()
	defer p.mem.mu.Unlock()
	out.forgetWritten(done)
	for range rapid.IntRange(0, 4).Draw(t, "added") {
		r := store.OutRow{ID: p.next, Data: []byte(strconv.Itoa(int(p.next))), Posted: money.Amount(p.next)}
		p.model[p.next] = r
		out.add(row{data: r.Data, posted: r.Posted})
		p.next++
	}
	for _, d := range done {
		out.done(d.id, d.stored)
	}
	out.trim()
}

// check compares what a walk shows, from each place and in pages, with the model.
func (p *posted) check(t *rapid.T) {
	if got := p.mem.outbox.next(); got != p.next {
		t.Fatalf("the next row is %d, want %d", got, p.next)
	}
	after := store.RowID(rapid.Uint64Range(0, uint64(p.next)).Draw(t, "after"))
	limit := rapid.IntRange(0, 4).Draw(t, "limit")
	var want []store.RowID
	for _, id := range slices.Sorted(maps.Keys(p.model)) {
		if id > after && (limit == 0 || len(want) < limit) {
			want = append(want, id)
		}
	}
	var got []store.RowID
	for r, err := range p.mem.Outbox(context.Background(), after, limit) {
		if err != nil {
			t.Fatal(err)
		}
		if was := p.model[r.ID]; string(r.Data) != string(was.Data) || r.Posted != was.Posted {
			t.Fatalf("row %d is %+v, want %+v", r.ID, r, was)
		}
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d rows after %d are %d, want %d", limit, after, got, want)
	}
}

// settle writes two whole rounds, as Close does: the bucket has the rows that are not done,
// and memory has none.
func (p *posted) settle(t *rapid.T) {
	out := p.mem.outbox
	for range 2 {
		if out.roundDone() {
			out.beginRound()
		}
		err := out.ended.db.Update(func(tx *bbolt.Tx) error { _, err := out.writeSlice(tx, 1, nil); return err })
		if err != nil {
			t.Fatal(err)
		}
		out.forgetWritten(nil)
	}
	var kept []store.RowID
	err := out.ended.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOut).ForEach(func(key, _ []byte) error {
			kept = append(kept, store.RowID(binary.BigEndian.Uint64(key)))
			return nil
		})
	})
	if want := slices.Sorted(maps.Keys(p.model)); err != nil || !slices.Equal(kept, want) {
		t.Fatalf("the bucket has %d, want %d; %v", kept, want, err)
	}
	if len(out.rows)+len(out.ended.entries) != 0 {
		t.Fatalf("%d rows and %d ended ones are in memory", len(out.rows), len(out.ended.entries))
	}
}

// TestOutbox: whatever ends and whenever a slice is written, the rows in memory and in the
// bucket together are those that are not done, each once.
func TestOutbox(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	rapid.Check(t, func(t *rapid.T) {
		empty(t, db)
		mem := &memory{db: db}
		mem.outbox = &outbox{base: 1, ended: newOverlay(mem, rowCodec())}
		p := &posted{mem: mem, model: make(map[store.RowID]store.OutRow), next: 1}
		t.Repeat(map[string]func(*rapid.T){"batch": p.batch, "": p.check})
		p.settle(t)
		p.check(t)
	})
}
