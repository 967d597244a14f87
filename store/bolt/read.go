package bolt

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// Doc implements store.Reader.
func (m *memory) Doc(ctx context.Context, table store.Table, key string) (store.Doc, bool, error) {
	if err := ctx.Err(); err != nil {
		return store.Doc{}, false, err
	}
	k := docKey{table, key}
	d, a, ok, err := m.find(k)
	if a.seq != 0 { // read without the lock: what is archived stays as it is
		r := archiveReader{journal: &m.journal}
		d, err = r.document(k, a)
	}
	if err != nil {
		return store.Doc{}, false, err
	}
	return d.doc(k), ok, nil
}

// find returns a document, or where it is archived.
func (l *overlays) find(key docKey) (d document, a archived, ok bool, err error) {
	l.docs.mu.RLock()
	defer l.docs.mu.RUnlock() // held while the buckets are read: all are of one moment
	live, changed := l.docs.entries[key]
	if changed && !live.gone {
		return live.value, a, true, nil
	}
	if c, here := l.archive.entries[key]; here {
		return d, c.value, true, nil
	}
	err = l.docs.db.View(func(tx *bbolt.Tx) (err error) {
		if !changed {
			d, ok, err = l.docs.copied(tx, key)
		}
		if err == nil && !ok {
			a, ok, err = l.archive.stored(tx, key)
		}
		return err
	})
	return d, a, ok, err
}

// Docs implements store.Reader.
func (m *memory) Docs(ctx context.Context, table store.Table, after string, limit int) iter.Seq2[store.Doc, error] {
	return upTo(ctx, limit, func(yield func(store.Doc, error) bool) {
		from, within := docKey{table, after}, func(key docKey) bool { return key.table == table }
		if after != "" {
			from.key += "\x00" // the next key there can be
		}
		m.mu.Lock()
		live, archive := m.docs.beginWalk(from, limit, within), m.archive.beginWalk(from, limit, within)
		m.mu.Unlock()
		defer live.end()
		defer archive.end()
		r := archiveReader{journal: &m.journal}
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
					it.entry.value, err = r.document(old.key, old.entry.value)
				}
				archive.pass()
			}
			if !yield(it.entry.value.doc(it.key), err) {
				return
			}
		}
	})
}

// upTo yields what a walk yields, at most limit items unless limit is 0, and ends with the
// first error or that of ctx.
func upTo[T any](ctx context.Context, limit int, walk iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := ctx.Err(); err != nil {
			yield(none, err)
			return
		}
		count := 0
		for item, err := range walk {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(none, err)
				return
			}
			if count++; !yield(item, nil) || count == limit {
				return
			}
		}
	}
}

// LastDoc implements store.Reader.
func (m *memory) LastDoc(ctx context.Context, table store.Table) (store.Doc, bool, error) {
	if err := ctx.Err(); err != nil {
		return store.Doc{}, false, err
	}
	live, old, err := m.lasts(table)
	if err != nil {
		return store.Doc{}, false, err
	}
	if old.key.key <= live.key.key {
		return live.entry.value.doc(live.key), live.key.key != "", nil
	}
	r := archiveReader{journal: &m.journal}
	d, err := r.document(old.key, old.entry.value)
	return d.doc(old.key), err == nil, err
}

// lasts returns the last documents of a table at one moment, of those that may change
// and of those that are archived. Their keys are empty if there is none.
func (l *overlays) lasts(table store.Table) (live item[docKey, document], old item[docKey, archived], err error) {
	l.docs.mu.RLock()
	defer l.docs.mu.RUnlock()
	err = l.docs.db.View(func(tx *bbolt.Tx) (err error) {
		if live, err = lastOf(l.docs, tx, table); err == nil {
			old, err = lastOf(l.archive, tx, table)
		}
		return err
	})
	return live, old, err
}

// lastOf returns the last item of a table; its key is empty if there is none.
func lastOf[V any](over *overlay[docKey, V], tx *bbolt.Tx, table store.Table) (last item[docKey, V], err error) {
	for k, c := range over.entries {
		if k.table == table && !c.gone && k.key > last.key.key {
			last = item[docKey, V]{k, c}
		}
	}
	c := tx.Bucket(over.codec.bucket).Cursor()
	key, _ := c.Seek([]byte{byte(table) + 1})
	if key == nil || table == tableMax {
		key, _ = c.Last()
	} else {
		key, _ = c.Prev()
	}
	for ; key != nil; key, _ = c.Prev() {
		k, ok := over.codec.parseKey(key)
		if !ok {
			return last, damaged("bucket %s: a key of %d bytes", over.codec.bucket, len(key))
		}
		if k.table != table || k.key <= last.key.key {
			return last, nil
		}
		if _, changed := over.entries[k]; changed {
			continue // it is gone, or would have been found
		}
		v, ok, err := over.copied(tx, k)
		if err == nil && ok {
			last = item[docKey, V]{k, entry[V]{value: v}}
		}
		return last, err
	}
	return last, nil
}

// tableMax is the last table there can be.
const tableMax = store.Table(255)

// Account implements store.Reader.
func (m *memory) Account(ctx context.Context, id store.AccountID) (store.Account, bool, error) {
	if err := ctx.Err(); err != nil {
		return store.Account{}, false, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	a, _, ok := m.accounts.get(id)
	return a, ok, nil
}

// Accounts implements store.Reader. It copies them all when the walk begins.
func (m *memory) Accounts(ctx context.Context, after store.AccountID, limit int) iter.Seq2[store.Account, error] {
	return upTo(ctx, limit, func(yield func(store.Account, error) bool) {
		m.mu.RLock()
		all := m.accounts.all()
		m.mu.RUnlock()
		all = slices.DeleteFunc(all, func(account store.Account) bool { return account.ID <= after })
		slices.SortFunc(all, func(a, b store.Account) int { return cmp.Compare(a.ID, b.ID) })
		for _, a := range all {
			if !yield(a, nil) {
				return
			}
		}
	})
}

// Outbox implements store.Reader.
func (m *memory) Outbox(ctx context.Context, after store.RowID, limit int) iter.Seq2[store.OutRow, error] {
	return upTo(ctx, limit, func(yield func(store.OutRow, error) bool) {
		if after == math.MaxUint64 {
			return // no row comes after it
		}
		m.mu.Lock()
		base, recent := m.outbox.base, m.outbox.recent(after, limit)
		var w *walk[uint64, row]
		if after+1 < base {
			w = m.outbox.ended.beginWalk(uint64(after)+1, limit, func(id uint64) bool { return id < uint64(base) })
		}
		m.mu.Unlock()
		if w != nil {
			defer w.end()
			for it, err := range w.all() {
				r := store.OutRow{ID: store.RowID(it.key), Data: it.entry.value.data, Posted: it.entry.value.posted}
				if !yield(r, err) {
					return
				}
			}
		}
		for _, r := range recent {
			if !yield(r, nil) {
				return
			}
		}
	})
}

// recent copies the rows in memory with after < ID, at most limit of them unless limit is
// 0.
func (o *outbox) recent(after store.RowID, limit int) []store.OutRow {
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
		if limit > 0 && len(all) == limit {
			break
		}
	}
	return all
}

// Trial implements store.Reader.
func (m *memory) Trial(ctx context.Context) ([]store.Trial, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.accounts.trials(), nil
}
