package bolt

import (
	"cmp"
	"iter"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// Doc implements store.Reader.
func (s *Store) Doc(t store.Table, key string) (store.Doc, bool, error) {
	k := docKey{t, key}
	d, a, ok, err := s.find(k)
	if a.seq != 0 { // read without the lock: what is archived stays as it is
		r := archiveReader{journal: &s.journal}
		d, err = r.document(k, a)
	}
	if err != nil {
		return store.Doc{}, false, err
	}
	return d.doc(k), ok, nil
}

// find returns a document, or where it is archived.
func (l *layers) find(k docKey) (d document, a archived, ok bool, err error) {
	l.docs.mu.RLock()
	defer l.docs.mu.RUnlock() // held while the buckets are read: all are of one moment
	live, changed := l.docs.cells[k]
	if changed && !live.gone {
		return live.value, a, true, nil
	}
	if c, here := l.archive.cells[k]; here {
		return d, c.value, true, nil
	}
	err = l.docs.db.View(func(tx *bbolt.Tx) (err error) {
		if !changed {
			d, ok, err = l.docs.copied(tx, k)
		}
		if err == nil && !ok {
			a, ok, err = l.archive.stored(tx, k)
		}
		return err
	})
	return d, a, ok, err
}

// Docs implements store.Reader.
func (s *Store) Docs(t store.Table, from string) iter.Seq2[store.Doc, error] {
	return func(yield func(store.Doc, error) bool) {
		within := func(k docKey) bool { return k.table == t }
		s.mu.Lock()
		live, archive := s.docs.beginWalk(docKey{t, from}, within), s.archive.beginWalk(docKey{t, from}, within)
		s.mu.Unlock()
		defer live.end()
		defer archive.end()
		r := archiveReader{journal: &s.journal}
		for {
			it, more, err := live.peek()
			old, moreOld, errOld := archive.peek()
			switch {
			case !more && !moreOld:
				return
			case !moreOld || err != nil || more && errOld == nil && compareDocKeys(it.key, old.key) < 0:
				live.pass()
			default:
				it.key = old.key
				if err = errOld; err == nil {
					it.cell.value, err = r.document(old.key, old.cell.value)
				}
				archive.pass()
			}
			if !yield(it.cell.value.doc(it.key), err) || err != nil {
				return
			}
		}
	}
}

// LastDoc implements store.Reader.
func (s *Store) LastDoc(t store.Table) (store.Doc, bool, error) {
	live, old, err := s.lasts(t)
	if err != nil {
		return store.Doc{}, false, err
	}
	if old.key.key <= live.key.key {
		return live.cell.value.doc(live.key), live.key.key != "", nil
	}
	r := archiveReader{journal: &s.journal}
	d, err := r.document(old.key, old.cell.value)
	return d.doc(old.key), err == nil, err
}

// lasts returns the last documents of a table at one moment, of those that may change
// and of those that are archived. Their keys are empty if there is none.
func (l *layers) lasts(t store.Table) (live item[docKey, document], old item[docKey, archived], err error) {
	l.docs.mu.RLock()
	defer l.docs.mu.RUnlock()
	err = l.docs.db.View(func(tx *bbolt.Tx) (err error) {
		if live, err = lastOf(l.docs, tx, t); err == nil {
			old, err = lastOf(l.archive, tx, t)
		}
		return err
	})
	return live, old, err
}

// lastOf returns the last item of a table; its key is empty if there is none.
func lastOf[V any](l *layer[docKey, V], tx *bbolt.Tx, t store.Table) (last item[docKey, V], err error) {
	for k, c := range l.cells {
		if k.table == t && !c.gone && k.key > last.key.key {
			last = item[docKey, V]{k, c}
		}
	}
	c := tx.Bucket(l.form.bucket).Cursor()
	key, _ := c.Seek([]byte{byte(t) + 1})
	if key == nil || t == tableMax {
		key, _ = c.Last()
	} else {
		key, _ = c.Prev()
	}
	for ; key != nil; key, _ = c.Prev() {
		k, ok := l.form.parseKey(key)
		if !ok {
			return last, damaged("bucket %s: a key of %d bytes", l.form.bucket, len(key))
		}
		if k.table != t || k.key <= last.key.key {
			return last, nil
		}
		if _, changed := l.cells[k]; changed {
			continue // it is gone, or would have been found
		}
		v, ok, err := l.copied(tx, k)
		if err == nil && ok {
			last = item[docKey, V]{k, cell[V]{value: v}}
		}
		return last, err
	}
	return last, nil
}

// tableMax is the last table there can be.
const tableMax = store.Table(255)

// Account implements store.Reader.
func (s *Store) Account(id store.AccountID) (store.Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, _, ok := s.accounts.get(id)
	return a, ok
}

// Accounts implements store.Reader. It copies them all when the walk begins.
func (s *Store) Accounts() iter.Seq[store.Account] {
	return func(yield func(store.Account) bool) {
		s.mu.RLock()
		all := s.accounts.all()
		s.mu.RUnlock()
		slices.SortFunc(all, func(a, b store.Account) int { return cmp.Compare(a.ID, b.ID) })
		for _, a := range all {
			if !yield(a) {
				return
			}
		}
	}
}

// Outbox implements store.Reader.
func (s *Store) Outbox(after store.RowID) iter.Seq2[store.OutRow, error] {
	return func(yield func(store.OutRow, error) bool) {
		s.mu.Lock()
		base, recent := s.outbox.base, s.outbox.recent(after)
		var w *walk[uint64, row]
		if after+1 < base {
			w = s.outbox.ended.beginWalk(uint64(after)+1, func(id uint64) bool { return id < uint64(base) })
		}
		s.mu.Unlock()
		if w != nil {
			defer w.end()
			for it, err := range w.all() {
				r := store.OutRow{ID: store.RowID(it.key), Data: it.cell.value.data, Posted: it.cell.value.posted}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
		for _, r := range recent {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// recent copies the rows in memory with after < ID.
func (o *outbox) recent(after store.RowID) []store.OutRow {
	from := max(o.base, after+1)
	if from >= o.next() {
		return nil
	}
	var all []store.OutRow
	for i := range o.rows[from-o.base:] {
		id := from + store.RowID(i)
		if r := &o.rows[id-o.base]; !r.done {
			all = append(all, store.OutRow{ID: id, Data: r.data, Posted: r.posted})
		}
	}
	return all
}

// Trial implements store.Reader.
func (s *Store) Trial() []store.Trial {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.accounts.trials()
}
