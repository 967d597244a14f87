package bolt

import (
	"slices"
	"sync"

	bbolt "go.etcd.io/bbolt"
)

// layer is what has changed of one bucket since it was last written there. What
// is to be read is a cell of the layer, or else the bucket.
//
// Only the writer changes a layer, under the lock of the store; so the writer
// itself may read it without. Every cell is to be written by the checkpoint and
// leaves the layer once it is.
type layer[K comparable, V any] struct {
	db    *bbolt.DB
	mu    *sync.RWMutex // of the store
	form  form[K, V]
	cells map[K]cell[V]
	walks map[*walk[K, V]]nothing

	fresh  []K      // keys that got a cell since the round began
	queue  []K      // keys of the round, in order
	sorted chan []K // brings the queue when it is in order; nil once it is here
	at     int      // of the queue, the next to be written
	wrote  []K      // in the commit under way
}

// layers are those of the whole store.
type layers struct {
	docs    *layer[docKey, document] // that may change
	archive *layer[docKey, archived]
	holds   *layer[uint64, heldMoney] // open ones
	ended   *layer[uint64, nothing]   // ids of holds that have ended
}

func (l *layers) begin() {
	l.docs.begin()
	l.archive.begin()
	l.holds.begin()
	l.ended.begin()
}

func (l *layers) swept() {
	l.docs.swept()
	l.archive.swept()
	l.holds.swept()
	l.ended.swept()
}

func (l *layers) done() bool {
	return l.docs.done() && l.archive.done() && l.holds.done() && l.ended.done()
}

// cell is a changed value, or the mark of one that is gone.
type cell[V any] struct {
	value  V
	gone   bool
	stored bool // the bucket has something at the key
}

// form says how a layer lies in its bucket.
type form[K comparable, V any] struct {
	bucket      []byte
	fill        float64 // of pages that are split; 0: bbolt's own choice
	compare     func(a, b K) int
	appendKey   func([]byte, K) []byte
	parseKey    func([]byte) (K, bool)
	appendValue func([]byte, V) []byte
	parseValue  func([]byte) (V, bool)
}

func newLayer[K comparable, V any](s *Store, f form[K, V]) *layer[K, V] {
	return &layer[K, V]{db: s.db, mu: &s.mu, form: f, cells: make(map[K]cell[V]), walks: make(map[*walk[K, V]]nothing)}
}

// put sets a value. stored says whether the bucket has the key if the layer has
// not.
func (l *layer[K, V]) put(k K, v V, stored bool) {
	c, changed := l.cells[k]
	if !changed {
		c.stored = stored
		l.fresh = append(l.fresh, k)
	}
	l.tell(k)
	l.cells[k] = cell[V]{value: v, stored: c.stored}
}

// drop takes a value away. A key that the bucket never had leaves no trace.
func (l *layer[K, V]) drop(k K, stored bool) {
	c, changed := l.cells[k]
	if changed {
		stored = c.stored
	} else if stored {
		l.fresh = append(l.fresh, k)
	}
	l.tell(k)
	if !stored {
		delete(l.cells, k)
		return
	}
	l.cells[k] = cell[V]{gone: true, stored: true}
}

// get reads the layer, then the bucket. The value points into the page.
func (l *layer[K, V]) get(tx *bbolt.Tx, k K) (V, bool, error) {
	if c, ok := l.cells[k]; ok {
		return c.value, !c.gone, nil
	}
	return l.stored(tx, k)
}

// stored reads the bucket alone.
func (l *layer[K, V]) stored(tx *bbolt.Tx, k K) (V, bool, error) {
	var room [64]byte
	key := l.form.appendKey(room[:0], k)
	value := tx.Bucket(l.form.bucket).Get(key)
	if value == nil {
		var none V
		return none, false, nil
	}
	v, err := l.parse(key, value)
	return v, err == nil, err
}

func (l *layer[K, V]) parse(key, value []byte) (V, error) {
	b, sound := openValue(key, value)
	v, formed := l.form.parseValue(b)
	if !sound || !formed {
		var none V
		return none, damaged("bucket %s: the value at %x has a wrong sum", l.form.bucket, key)
	}
	return v, nil
}

// begin begins a round with all that has changed. The keys are sorted beside
// the writer, which would be held up by many.
func (l *layer[K, V]) begin() {
	l.queue, l.at = nil, 0
	keys := l.fresh
	l.fresh = nil
	if len(keys) == 0 {
		return
	}
	l.sorted = make(chan []K, 1)
	go func(sorted chan<- []K) {
		slices.SortFunc(keys, l.form.compare)
		sorted <- keys
	}(l.sorted)
}

// sweep writes the queue as far as the round is to have come; the last slice
// waits until the keys are in order, the others pass.
func (l *layer[K, V]) sweep(tx *bbolt.Tx, progress float64, buf []byte) ([]byte, error) {
	l.wrote = l.wrote[:0]
	if !l.ready(progress >= 1) {
		return buf, nil
	}
	bucket := tx.Bucket(l.form.bucket)
	if l.form.fill > 0 {
		bucket.FillPercent = l.form.fill
	}
	for end := share(len(l.queue), progress); l.at < end; l.at++ {
		k := l.queue[l.at]
		c, ok := l.cells[k]
		if !ok {
			continue // it came and went
		}
		var err error
		if buf, err = l.write(bucket, k, c, buf); err != nil {
			return buf, err
		}
		l.wrote = append(l.wrote, k)
	}
	return buf, nil
}

// ready takes the queue when it is in order.
func (l *layer[K, V]) ready(wait bool) bool {
	if l.sorted == nil {
		return true
	}
	if wait {
		l.queue, l.sorted = <-l.sorted, nil
		return true
	}
	select {
	case l.queue = <-l.sorted:
		l.sorted = nil
		return true
	default:
		return false
	}
}

// write puts or deletes one key. bbolt keeps the value until the commit, so it
// is left in buf.
func (l *layer[K, V]) write(bucket *bbolt.Bucket, k K, c cell[V], buf []byte) ([]byte, error) {
	var room [64]byte
	key := l.form.appendKey(room[:0], k)
	if c.gone {
		return buf, bucket.Delete(key)
	}
	start := len(buf)
	buf = l.form.appendValue(append(buf, 0, 0, 0, 0), c.value)
	value := buf[start:len(buf):len(buf)]
	sealValue(key, value)
	return buf, bucket.Put(key, value)
}

// swept takes out of the layer what the commit has written.
func (l *layer[K, V]) swept() {
	for _, k := range l.wrote {
		delete(l.cells, k)
	}
	l.wrote = l.wrote[:0]
}

// done reports whether the round is at its end.
func (l *layer[K, V]) done() bool { return l.sorted == nil && l.at >= len(l.queue) }

// share is the part of n that is to be done at progress.
func share(n int, progress float64) int {
	if progress >= 1 {
		return n
	}
	return min(n, int(progress*float64(n))+1)
}
