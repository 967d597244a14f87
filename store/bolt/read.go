package bolt

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// pageDocs is how many documents a walk reads at a time: no read transaction is
// held while the caller works, for it would keep pages from being used again.
const pageDocs = 256

// Doc implements store.Reader.
func (s *Store) Doc(t store.Table, key string) (store.Doc, bool, error) {
	s.mem.mu.RLock()
	d, ok := s.mem.docs[docKey{t, key}]
	s.mem.mu.RUnlock()
	if ok {
		return store.Doc{Key: key, Version: d.version, Data: d.data}, !d.gone, nil
	}
	var found store.Doc
	err := s.db.View(func(tx *bbolt.Tx) error {
		var err error
		found, ok, err = docIn(tx, t, key)
		return err
	})
	return found, ok, err
}

// Docs implements store.Reader.
func (s *Store) Docs(t store.Table, from string) iter.Seq2[store.Doc, error] {
	return func(yield func(store.Doc, error) bool) {
		for more := true; more; {
			page, next, err := s.page(t, from)
			if err != nil {
				yield(store.Doc{}, err)
				return
			}
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
			}
			from, more = next, next != ""
		}
	}
}

// page reads up to pageDocs documents with from <= key, of the bucket and of
// memory together, and where the next page begins; "": nowhere.
func (s *Store) page(t store.Table, from string) (page []store.Doc, next string, err error) {
	// The lock is held while the bucket is read, so that a document does not
	// move from memory to the bucket unseen.
	s.mem.mu.RLock()
	defer s.mem.mu.RUnlock()
	byKey := make(map[string]store.Doc)
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(tableName(t))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, v := c.Seek([]byte(from)); k != nil; k, v = c.Next() {
			if len(byKey) == pageDocs {
				next = string(k)
				return nil
			}
			d, _, err := readDoc(string(k), v)
			if err != nil {
				return err
			}
			byKey[d.Key] = d
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	for k, d := range s.mem.docs {
		switch {
		case k.table != t || k.key < from || (next != "" && k.key >= next):
		case d.gone:
			delete(byKey, k.key)
		default:
			byKey[k.key] = store.Doc{Key: k.key, Version: d.version, Data: d.data}
		}
	}
	page = slices.SortedFunc(maps.Values(byKey), func(a, b store.Doc) int { return cmp.Compare(a.Key, b.Key) })
	return page, next, nil
}

// LastDoc implements store.Reader.
func (s *Store) LastDoc(t store.Table) (store.Doc, bool, error) {
	s.mem.mu.RLock()
	defer s.mem.mu.RUnlock()
	var last store.Doc
	found := false
	for k, d := range s.mem.docs {
		if k.table == t && !d.gone && (!found || k.key > last.Key) {
			last, found = store.Doc{Key: k.key, Version: d.version, Data: d.data}, true
		}
	}
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(tableName(t))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			if d, ok := s.mem.docs[docKey{t, string(k)}]; ok && d.gone {
				continue
			}
			if found && string(k) <= last.Key {
				return nil
			}
			var err error
			last, found, err = readDoc(string(k), v)
			return err
		}
		return nil
	})
	return last, found, err
}

// Account implements store.Reader.
func (s *Store) Account(id store.AccountID) (store.Account, bool) {
	s.mem.mu.RLock()
	defer s.mem.mu.RUnlock()
	a, ok := s.mem.accounts[id]
	if !ok {
		return store.Account{}, false
	}
	return a.Account, true
}

// Accounts implements store.Reader.
func (s *Store) Accounts() iter.Seq[store.Account] {
	return func(yield func(store.Account) bool) {
		s.mem.mu.RLock()
		all := make([]store.Account, len(s.mem.order))
		for i, id := range s.mem.order {
			all[i] = s.mem.accounts[id].Account
		}
		s.mem.mu.RUnlock()
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
		for {
			page := s.rows(after)
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
				after = r.ID
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

func (s *Store) rows(after store.RowID) []store.OutRow {
	s.mem.mu.RLock()
	defer s.mem.mu.RUnlock()
	var page []store.OutRow
	o := &s.mem.outbox
	for i := o.find(after); i < len(o.rows) && len(page) < pageDocs; i++ {
		if o.rows[i].Data != nil {
			page = append(page, o.rows[i])
		}
	}
	return page
}

// Trial implements store.Reader.
func (s *Store) Trial() []store.Trial {
	s.mem.mu.RLock()
	defer s.mem.mu.RUnlock()
	by := make(map[string]*store.Trial)
	for _, a := range s.mem.accounts {
		t := by[a.Currency]
		if t == nil {
			t = &store.Trial{Currency: a.Currency}
			by[a.Currency] = t
		}
		t.Debits += a.DebitsPosted
		t.Credits += a.CreditsPosted
		t.HeldDebits += a.DebitsPending
		t.HeldCredits += a.CreditsPending
	}
	for _, h := range s.mem.holds {
		by[s.mem.accounts[h.Debit].Currency].Holds++
	}
	var all []store.Trial
	for _, code := range slices.Sorted(maps.Keys(by)) {
		all = append(all, *by[code])
	}
	return all
}
