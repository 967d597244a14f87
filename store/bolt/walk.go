package bolt

import (
	"iter"
	"slices"

	bbolt "go.etcd.io/bbolt"
)

// walk reads an overlay and its bucket in the order of keys as they were at one
// moment, although batches are committed meanwhile. It holds neither a lock nor
// a transaction between two pages: a long one would keep pages of the file from
// being used again, and one whose caller waits for Apply could stop it for ever.
// Instead the overlay tells its walks what a key was before it is first changed.
type walk[K comparable, V any] struct {
	over   *overlay[K, V]
	within func(K) bool // false beyond the end of the range
	next   K            // where the next page begins
	more   bool
	size   int // of a page, in items

	start  []item[K, V]   // what had changed when the walk began
	sorted bool           // start is in order
	undo   map[K]entry[V] // what has changed since, as it was before

	faults []error      // of the page that was read last, not yet returned
	page   []item[K, V] // the same
}

type item[K comparable, V any] struct {
	key   K
	entry entry[V]
}

// tell tells the walks the value that a key has before it changes.
func (o *overlay[K, V]) tell(key K) {
	for w := range o.walks {
		if _, told := w.undo[key]; !told {
			w.undo[key] = o.before(key)
		}
	}
}

func (o *overlay[K, V]) before(key K) entry[V] {
	if found, ok := o.entries[key]; ok {
		return found
	}
	was := entry[V]{gone: true}
	_ = o.db.View(func(tx *bbolt.Tx) error { // a value that cannot be read is the walk's to report
		if value, ok, err := o.copied(tx, key); ok && err == nil {
			was = entry[V]{value: value}
		}
		return nil
	})
	return was
}

// copied is stored with a value of its own.
func (o *overlay[K, V]) copied(tx *bbolt.Tx, at K) (V, bool, error) {
	key := o.codec.appendKey(nil, at)
	value := slices.Clone(tx.Bucket(o.codec.bucket).Get(key))
	if value == nil {
		var none V
		return none, false, nil
	}
	parsed, err := o.parse(key, value)
	return parsed, err == nil, err
}

// beginWalk begins a walk of at most limit items; 0: all. The caller holds the lock of the
// memory.
func (o *overlay[K, V]) beginWalk(from K, limit int, within func(K) bool) *walk[K, V] {
	w := &walk[K, V]{over: o, within: within, next: from, more: true, size: pageItemsMax, undo: make(map[K]entry[V])}
	if limit > 0 {
		w.size = min(limit, pageItemsMax)
	}
	for key, changed := range o.entries {
		if o.codec.compare(key, from) >= 0 && within(key) {
			w.start = append(w.start, item[K, V]{key, changed})
		}
	}
	o.walks[w] = nothing{}
	return w
}

func (w *walk[K, V]) end() {
	w.over.mu.Lock()
	delete(w.over.walks, w)
	w.over.mu.Unlock()
}

// peek returns what the walk comes to next, without passing it, or false at the end.
// Where the file is damaged that is an error, and the walk goes on past it.
func (w *walk[K, V]) peek() (it item[K, V], ok bool, err error) {
	if !w.sorted {
		slices.SortFunc(w.start, w.compare)
		w.sorted = true
	}
	for len(w.faults) == 0 && len(w.page) == 0 {
		if !w.more {
			return it, false, nil
		}
		w.page, w.faults = w.readPage()
	}
	if len(w.faults) > 0 {
		return it, true, w.faults[0]
	}
	return w.page[0], true, nil
}

// pass passes what peek returned.
func (w *walk[K, V]) pass() {
	if len(w.faults) > 0 {
		w.faults = w.faults[1:]
	} else {
		w.page = w.page[1:]
	}
}

// all yields what there is. Where the file is damaged it yields an error and
// goes on past it.
func (w *walk[K, V]) all() iter.Seq2[item[K, V], error] {
	return func(yield func(item[K, V], error) bool) {
		for {
			it, ok, err := w.peek()
			if !ok || !yield(it, err) {
				return
			}
			w.pass()
		}
	}
}

func (w *walk[K, V]) compare(a, b item[K, V]) int { return w.over.codec.compare(a.key, b.key) }

// readPage reads the next part of the bucket and lays over it what the walk knows
// better.
func (w *walk[K, V]) readPage() ([]item[K, V], []error) {
	w.over.mu.RLock()
	defer w.over.mu.RUnlock()
	from := w.next
	w.more = false
	found := make(map[K]entry[V])
	var faults []error
	err := w.over.db.View(func(tx *bbolt.Tx) error {
		faults = w.read(tx, found)
		return nil
	})
	if err != nil {
		return nil, []error{err}
	}
	here := func(k K) bool {
		return w.over.codec.compare(k, from) >= 0 && w.within(k) && (!w.more || w.over.codec.compare(k, w.next) < 0)
	}
	for k, c := range w.undo {
		if here(k) {
			found[k] = c
		}
	}
	for len(w.start) > 0 && here(w.start[0].key) {
		found[w.start[0].key] = w.start[0].entry
		w.start = w.start[1:]
	}
	page := make([]item[K, V], 0, len(found))
	for k, c := range found {
		if !c.gone {
			page = append(page, item[K, V]{k, c})
		}
	}
	slices.SortFunc(page, w.compare)
	return page, faults
}

// read collects from the bucket until the page is full, and leaves in next where
// the following one begins.
func (w *walk[K, V]) read(tx *bbolt.Tx, found map[K]entry[V]) (faults []error) {
	c := tx.Bucket(w.over.codec.bucket).Cursor()
	size := 0
	for key, value := c.Seek(w.over.codec.appendKey(nil, w.next)); key != nil; key, value = c.Next() {
		k, ok := w.over.codec.parseKey(key)
		if !ok {
			faults = append(faults, damaged("bucket %s: a key of %d bytes", w.over.codec.bucket, len(key)))
			continue
		}
		if !w.within(k) {
			return faults
		}
		if len(found) == w.size || size > pageBytesMax {
			w.next, w.more = k, true
			return faults
		}
		v, err := w.over.parse(key, slices.Clone(value))
		if err != nil {
			faults = append(faults, err)
			continue
		}
		size += len(value)
		found[k] = entry[V]{value: v}
	}
	return faults
}
