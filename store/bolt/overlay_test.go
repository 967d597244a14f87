package bolt

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// newFile makes the file of an empty store.
func newFile(t *testing.T) *bbolt.DB {
	t.Helper()
	opts := *bbolt.DefaultOptions
	opts.NoSync = true
	db, err := bbolt.Open(filepath.Join(t.TempDir(), FileName), 0o600, &opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Update(fillNew); err != nil {
		t.Fatal(err)
	}
	return db
}

// empty empties the bucket of the outbox.
func empty(t *rapid.T, db *bbolt.DB) {
	err := db.Update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucketOut); err != nil {
			return err
		}
		_, err := tx.CreateBucket(bucketOut)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// overlaid is an overlay of outbox rows on their bucket, and the map that both together
// must be alike.
type overlaid struct {
	over  *overlay[uint64, row]
	model map[uint64]string
	walks []*reading
}

// reading is a walk under way, and what it has still to come to.
type reading struct {
	walk *walk[uint64, row]
	left []uint64
	was  map[uint64]string
}

// change puts or drops a key, as the committer does once a batch is durable.
func (o *overlaid) change(t *rapid.T) {
	key := rapid.Uint64Range(1, 40).Draw(t, "key")
	_, known := o.model[key]
	o.over.mu.Lock()
	defer o.over.mu.Unlock()
	if rapid.Bool().Draw(t, "put") {
		value := strconv.Itoa(rapid.IntRange(0, 999).Draw(t, "value"))
		o.over.put(key, row{data: []byte(value)}, known)
		o.model[key] = value
		return
	}
	o.over.drop(key, known)
	delete(o.model, key)
}

// commit writes a slice of a round, and begins one if none is under way.
func (o *overlaid) commit(t *rapid.T) {
	if o.over.roundDone() {
		o.over.beginRound()
	}
	progress := rapid.SampledFrom([]float64{0.1, 0.5, 1}).Draw(t, "progress")
	err := o.over.db.Update(func(tx *bbolt.Tx) error {
		_, err := o.over.writeSlice(tx, progress, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o.over.mu.Lock()
	o.over.forgetWritten()
	o.over.mu.Unlock()
}

// begin begins a walk somewhere, with pages of some size.
func (o *overlaid) begin(t *rapid.T) {
	from, until := rapid.Uint64Range(0, 41).Draw(t, "from"), rapid.Uint64Range(0, 41).Draw(t, "until")
	limit := rapid.IntRange(0, 5).Draw(t, "limit")
	o.over.mu.Lock()
	r := &reading{walk: o.over.beginWalk(from, limit, func(key uint64) bool { return key < until }), was: maps.Clone(o.model)}
	o.over.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(o.model)) {
		if key >= from && key < until {
			r.left = append(r.left, key)
		}
	}
	o.walks = append(o.walks, r)
}

// read reads on in a walk, sometimes to its end.
func (o *overlaid) read(t *rapid.T) {
	if len(o.walks) == 0 {
		t.Skip("no walk is under way")
	}
	at := rapid.IntRange(0, len(o.walks)-1).Draw(t, "walk")
	r := o.walks[at]
	for range rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "items") {
		it, more, err := r.walk.peek()
		if err != nil || more != (len(r.left) > 0) {
			t.Fatalf("there is more: %v, and %d are left; %v", more, len(r.left), err)
		}
		if !more {
			r.walk.end()
			o.walks = slices.Delete(o.walks, at, at+1)
			return
		}
		if want := r.left[0]; it.key != want || string(it.entry.value.data) != r.was[want] {
			t.Fatalf("the walk came to %d, %q, and should to %d, %q", it.key, it.entry.value.data, want, r.was[want])
		}
		r.walk.pass()
		r.left = r.left[1:]
	}
}

// check reads every key, and all in one walk.
func (o *overlaid) check(t *rapid.T) {
	err := o.over.db.View(func(tx *bbolt.Tx) error {
		for key := range uint64(42) {
			value, ok, err := o.over.get(tx, key)
			if want, known := o.model[key]; err != nil || ok != known || string(value.data) != want {
				t.Fatalf("key %d is %q, %v, %v; want %q, %v", key, value.data, ok, err, want, known)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o.over.mu.Lock()
	w := o.over.beginWalk(0, 0, func(uint64) bool { return true })
	o.over.mu.Unlock()
	defer w.end()
	got := make(map[uint64]string)
	for it, err := range w.all() {
		if err != nil {
			t.Fatal(err)
		}
		got[it.key] = string(it.entry.value.data)
	}
	if !maps.Equal(got, o.model) {
		t.Fatalf("a walk saw %v, want %v", got, o.model)
	}
}

// TestOverlay: whatever is changed and whenever a slice is written, an overlay and its
// bucket are one map, and each walk sees the moment when it began.
func TestOverlay(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	rapid.Check(t, func(t *rapid.T) {
		empty(t, db)
		o := &overlaid{over: newOverlay(&memory{db: db}, rowCodec()), model: make(map[uint64]string)}
		t.Repeat(map[string]func(*rapid.T){"change": o.change, "change more": o.change, "commit": o.commit, "begin": o.begin, "read": o.read, "": o.check})
		for _, r := range o.walks {
			r.walk.end()
		}
		if len(o.over.walks) != 0 {
			t.Fatalf("%d walks are left behind", len(o.over.walks))
		}
	})
}

// TestWhatCameAndWentIsNeverWritten: a row that was added and delivered between two rounds
// costs the bucket nothing, and one that the bucket has is taken out of it.
func TestWhatCameAndWentIsNeverWritten(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	over := newOverlay(&memory{db: db}, rowCodec())
	round := func() (keys int) {
		over.beginRound()
		err := db.Update(func(tx *bbolt.Tx) error {
			_, err := over.writeSlice(tx, 1, nil)
			keys = len(over.wrote)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		over.forgetWritten()
		return keys
	}
	over.put(1, row{data: []byte("a")}, false)
	over.drop(1, false)
	if n := round(); n != 0 || len(over.entries) != 0 {
		t.Errorf("%d keys were written, %d entries stay", n, len(over.entries))
	}
	over.put(2, row{data: []byte("b")}, false)
	if n := round(); n != 1 || len(over.entries) != 0 {
		t.Errorf("%d keys were written, %d entries stay", n, len(over.entries))
	}
	over.drop(2, true)
	over.put(2, row{data: []byte("c")}, false) // the overlay knows better what the bucket has
	over.drop(2, false)
	if n := round(); n != 1 {
		t.Errorf("%d keys were written, and one has to go", n)
	}
	err := db.View(func(tx *bbolt.Tx) error {
		if n := tx.Bucket(bucketOut).Stats().KeyN; n != 0 {
			t.Errorf("%d keys are in the bucket", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
