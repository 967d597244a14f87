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
	s.mu.RLock()
	defer s.mu.RUnlock() // held while the bucket is read: both are of one moment
	if c, ok := s.docs.cells[k]; ok {
		return c.value.doc(k), !c.gone, nil
	}
	var d document
	var ok bool
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		d, ok, err = s.docs.copied(tx, k)
		return err
	})
	return d.doc(k), ok, err
}

// Docs implements store.Reader.
func (s *Store) Docs(t store.Table, from string) iter.Seq2[store.Doc, error] {
	return func(yield func(store.Doc, error) bool) {
		s.mu.Lock()
		w := s.docs.beginWalk(docKey{t, from}, func(k docKey) bool { return k.table == t })
		s.mu.Unlock()
		defer w.end()
		for it, err := range w.all() {
			if !yield(it.cell.value.doc(it.key), err) || err != nil {
				return
			}
		}
	}
}

// LastDoc implements store.Reader.
func (s *Store) LastDoc(t store.Table) (store.Doc, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var last item[docKey, document]
	found := false
	for k, c := range s.docs.cells {
		if k.table == t && !c.gone && k.key > last.key.key {
			last, found = item[docKey, document]{k, c}, true
		}
	}
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketDoc).Cursor()
		key, _ := c.Seek([]byte{byte(t) + 1})
		if key == nil || t == tableMax {
			key, _ = c.Last()
		} else {
			key, _ = c.Prev()
		}
		for ; key != nil; key, _ = c.Prev() {
			k, ok := s.docs.form.parseKey(key)
			if !ok || k.table != t || k.key <= last.key.key {
				return nil
			}
			if _, changed := s.docs.cells[k]; changed {
				continue // it is gone, or would have been found
			}
			d, ok, err := s.docs.copied(tx, k)
			last, found = item[docKey, document]{k, cell[document]{value: d}}, ok
			return err
		}
		return nil
	})
	return last.cell.value.doc(last.key), found, err
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
