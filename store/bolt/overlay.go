package bolt

import (
	"slices"
	"sync"

	bbolt "go.etcd.io/bbolt"
)

// overlay holds what has changed in one bucket since it was last written. A read looks in
// the overlay first, then in the bucket.
//
// Only the committer changes an overlay, under the lock of the memory; so the committer
// itself may read it without the lock. The checkpoint writes every entry, which then leaves
// the overlay.
type overlay[K comparable, V any] struct {
	db      *bbolt.DB
	mu      *sync.RWMutex // of the memory
	codec   codec[K, V]
	entries map[K]entry[V]
	walks   map[*walk[K, V]]nothing

	fresh  []K      // keys that got an entry since the round began
	queue  []K      // keys of the round, in order
	sorted chan []K // delivers the queue once it is sorted; nil after that
	at     int      // index in queue of the next key to write
	wrote  []K      // in the current commit
}

// overlays are all those of a store.
type overlays struct {
	docs    *overlay[docKey, document] // that may change
	archive *overlay[docKey, archived]
	holds   *overlay[uint64, heldMoney] // open ones
	ended   *overlay[uint64, nothing]   // ids of holds that have ended
}

func (all *overlays) beginRound() {
	all.docs.beginRound()
	all.archive.beginRound()
	all.holds.beginRound()
	all.ended.beginRound()
}

func (all *overlays) forgetWritten() {
	all.docs.forgetWritten()
	all.archive.forgetWritten()
	all.holds.forgetWritten()
	all.ended.forgetWritten()
}

func (all *overlays) roundDone() bool {
	return all.docs.roundDone() && all.archive.roundDone() && all.holds.roundDone() && all.ended.roundDone()
}

// entry is a changed value, or marks one that is gone.
type entry[V any] struct {
	value  V
	gone   bool
	stored bool // the bucket has something at the key
}

// codec says how the keys and values of an overlay are stored in its bucket.
type codec[K comparable, V any] struct {
	bucket      []byte
	fill        float64 // of pages that are split; 0: bbolt's own choice
	compare     func(a, b K) int
	appendKey   func([]byte, K) []byte
	parseKey    func([]byte) (K, bool)
	appendValue func([]byte, V) []byte
	parseValue  func([]byte) (V, bool)
}

func newOverlay[K comparable, V any](mem *memory, lies codec[K, V]) *overlay[K, V] {
	return &overlay[K, V]{db: mem.db, mu: &mem.mu, codec: lies, entries: make(map[K]entry[V]), walks: make(map[*walk[K, V]]nothing)}
}

// put sets a value. stored says whether the bucket has the key, in case the overlay does
// not.
func (o *overlay[K, V]) put(key K, value V, stored bool) {
	before, changed := o.entries[key]
	if changed {
		stored = before.stored
	} else {
		o.fresh = append(o.fresh, key)
	}
	o.tell(key)
	o.entries[key] = entry[V]{value: value, stored: stored}
}

// drop removes a value. A key that the bucket never had leaves no trace.
func (o *overlay[K, V]) drop(key K, stored bool) {
	before, changed := o.entries[key]
	if changed {
		stored = before.stored
	} else if stored {
		o.fresh = append(o.fresh, key)
	}
	o.tell(key)
	if !stored {
		delete(o.entries, key)
		return
	}
	o.entries[key] = entry[V]{gone: true, stored: true}
}

// get reads the overlay, then the bucket. The value points into the page.
func (o *overlay[K, V]) get(tx *bbolt.Tx, key K) (V, bool, error) {
	if found, ok := o.entries[key]; ok {
		return found.value, !found.gone, nil
	}
	return o.stored(tx, key)
}

// stored reads the bucket alone.
func (o *overlay[K, V]) stored(tx *bbolt.Tx, at K) (V, bool, error) {
	var room [64]byte
	key := o.codec.appendKey(room[:0], at)
	value := tx.Bucket(o.codec.bucket).Get(key)
	if value == nil {
		var none V
		return none, false, nil
	}
	parsed, err := o.parse(key, value)
	return parsed, err == nil, err
}

func (o *overlay[K, V]) parse(key, value []byte) (V, error) {
	unsealed, sound := openValue(key, value)
	parsed, formed := o.codec.parseValue(unsealed)
	if !sound || !formed {
		var none V
		return none, damaged("bucket %s: the value at %x has a wrong checksum", o.codec.bucket, key)
	}
	return parsed, nil
}

// beginRound begins a round of the checkpoint with everything that has changed. The keys
// are sorted in another goroutine, since sorting many would hold up the committer.
func (o *overlay[K, V]) beginRound() {
	o.queue, o.at = nil, 0
	keys := o.fresh
	o.fresh = nil
	if len(keys) == 0 {
		return
	}
	o.sorted = make(chan []K, 1)
	go func(sorted chan<- []K) {
		slices.SortFunc(keys, o.codec.compare)
		sorted <- keys
	}(o.sorted)
}

// writeSlice writes as much of the queue as the round must have written by now. The last
// slice waits until the keys are sorted; earlier ones write nothing until then.
func (o *overlay[K, V]) writeSlice(tx *bbolt.Tx, progress float64, buf []byte) ([]byte, error) {
	o.wrote = o.wrote[:0]
	if !o.ready(progress >= 1) {
		return buf, nil
	}
	bucket := tx.Bucket(o.codec.bucket)
	if o.codec.fill > 0 {
		bucket.FillPercent = o.codec.fill
	}
	for end := share(len(o.queue), progress); o.at < end; o.at++ {
		key := o.queue[o.at]
		changed, ok := o.entries[key]
		if !ok {
			continue // it came and went
		}
		var err error
		if buf, err = o.write(bucket, key, changed, buf); err != nil {
			return buf, err
		}
		o.wrote = append(o.wrote, key)
	}
	return buf, nil
}

// ready takes the queue once it is sorted.
func (o *overlay[K, V]) ready(wait bool) bool {
	if o.sorted == nil {
		return true
	}
	if wait {
		o.queue, o.sorted = <-o.sorted, nil
		return true
	}
	select {
	case o.queue = <-o.sorted:
		o.sorted = nil
		return true
	default:
		return false
	}
}

// write puts or deletes one key. bbolt keeps the value until the commit, so it
// is left in buf.
func (o *overlay[K, V]) write(bucket *bbolt.Bucket, at K, changed entry[V], buf []byte) ([]byte, error) {
	var room [64]byte
	key := o.codec.appendKey(room[:0], at)
	if changed.gone {
		return buf, bucket.Delete(key)
	}
	start := len(buf)
	buf = o.codec.appendValue(append(buf, 0, 0, 0, 0), changed.value)
	value := buf[start:len(buf):len(buf)]
	sealValue(key, value)
	return buf, bucket.Put(key, value)
}

// forgetWritten removes from the overlay what the commit has written.
func (o *overlay[K, V]) forgetWritten() {
	for _, key := range o.wrote {
		delete(o.entries, key)
	}
	o.wrote = o.wrote[:0]
}

// roundDone reports whether the round has ended.
func (o *overlay[K, V]) roundDone() bool { return o.sorted == nil && o.at >= len(o.queue) }

// share returns how much of n must be done at progress.
func share(n int, progress float64) int {
	if progress >= 1 {
		return n
	}
	return min(n, int(progress*float64(n))+1)
}
