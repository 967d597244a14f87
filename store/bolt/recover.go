package bolt

import (
	"encoding/binary"
	"fmt"
	"time"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// recover reads the checkpoint and replays the journal behind it.
func (s *Store) recover() error {
	begun := time.Now()
	s.sweep.dirty = make(map[docKey]struct{})
	replayed := 0
	err := s.db.View(func(tx *bbolt.Tx) error {
		if v := getMeta(tx, metaSchema); v != schema {
			return fmt.Errorf("store: the file has schema %d and this build knows %d: use the build that wrote it", v, schema)
		}
		if err := s.mem.load(tx); err != nil {
			return err
		}
		var err error
		replayed, err = s.replay(tx, getMeta(tx, metaMark))
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range s.Trial() {
		if !t.Balanced() {
			return fmt.Errorf("%w: after recovery the trial balance of %s is debits %d, credits %d", store.ErrCorrupt, t.Currency, t.Debits, t.Credits)
		}
	}
	s.log.Info("store recovered", "steps", s.mem.seq, "replayed", replayed, "accounts", len(s.mem.accounts),
		"took", time.Since(begun).Round(time.Millisecond))
	return s.db.Update(func(tx *bbolt.Tx) error {
		s.epoch = getMeta(tx, metaEpoch) + 1
		return putMeta(tx, metaEpoch, s.epoch)
	})
}

// load reads accounts, holds and outbox rows; documents stay in their buckets.
func (m *memory) load(tx *bbolt.Tx) error {
	err := tx.Bucket(bucketAccount).ForEach(func(k, v []byte) error {
		a, err := decodeAccount(k, v)
		if err != nil {
			return err
		}
		m.accounts[a.ID] = a
		m.order = append(m.order, a.ID)
		return nil
	})
	if err != nil {
		return err
	}
	if b := tx.Bucket(tableName(tableHold)); b != nil {
		err = b.ForEach(func(k, v []byte) error {
			h, err := decodeHold(v)
			m.holds[store.HoldID(binary.BigEndian.Uint64(k))] = h
			return err
		})
	}
	if b := tx.Bucket(tableName(tableOutbox)); b != nil && err == nil {
		err = b.ForEach(func(k, v []byte) error {
			posted, data, err := decodeVersioned(v, "an outbox row")
			m.outbox.add(store.OutRow{ID: store.RowID(binary.BigEndian.Uint64(k)), Data: append([]byte{}, data...), Posted: money.Amount(posted)})
			return err
		})
	}
	return err
}

// replay does the journal's Cmds behind mark again, and remembers the ids and
// texts of the retention window. It reads the chunks from the first that either
// needs.
func (s *Store) replay(tx *bbolt.Tx, mark uint64) (int, error) {
	c := tx.Bucket(bucketJournal).Cursor()
	k, v := s.seekReplay(c, mark)
	if k == nil {
		return 0, nil
	}
	n := 0
	var head [hashSize]byte
	copy(head[:], v[:min(hashSize, len(v))]) // of a chunk that is not read: Verify checks the whole chain
	for ; k != nil; k, v = c.Next() {
		seq := binary.BigEndian.Uint64(k)
		records, sum, err := unseal(v, head, seq)
		if err != nil {
			return n, err
		}
		head = sum
		for len(records) > 0 {
			var e entry
			if e, records, err = readEntry(records, seq); err != nil {
				return n, err
			}
			if err := s.again(&e, mark); err != nil {
				return n, err
			}
			seq++
			n++
		}
		s.mem.seq = seq - 1
	}
	s.mem.head = head
	if len(s.mem.memories) > 0 {
		s.mem.forget(s.mem.memories[len(s.mem.memories)-1].at.Add(-s.keep))
	}
	return n, nil
}

// seekReplay finds the chunk from which to read: that of mark+1, or of the
// begin of the retention window, whichever is first. The times of chunks grow,
// but for a clock that was set back, which makes the window longer at worst.
func (s *Store) seekReplay(c *bbolt.Cursor, mark uint64) (key, value []byte) {
	k, v := c.Last()
	if k == nil {
		return nil, nil
	}
	newest := chunkTime(v)
	for {
		before, pv := c.Prev()
		if before == nil {
			return c.First()
		}
		if binary.BigEndian.Uint64(k) <= mark+1 && chunkTime(v).Before(newest.Add(-s.keep)) {
			return c.Seek(k)
		}
		k, v = before, pv
	}
}

// chunkTime is the time of a chunk's first Cmd.
func chunkTime(chunk []byte) time.Time {
	if len(chunk) < hashSize+16 {
		return time.Time{}
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(chunk[hashSize+8:])))
}

// again does an entry's work over what the checkpoint holds already.
func (s *Store) again(e *entry, mark uint64) error {
	m, c := s.mem, &e.cmd
	m.seen[c.ID] = ledger.Seen{Body: c.Body, Seq: e.seq}
	r := remembered{at: c.At, id: c.ID}
	if in := c.Intake; in != nil {
		m.taken[in.Digest] = ledger.Taken{ID: c.ID, At: c.At, Window: in.Window}
		r.digest, r.intake = in.Digest, true
	}
	m.memories = append(m.memories, r)
	m.row = max(m.row, e.firstRow+store.RowID(len(c.Outbox))-1)
	if e.seq <= mark {
		return nil
	}
	for _, o := range c.Opens {
		if m.accounts[o.ID] == nil {
			m.setAccount(store.Account{ID: o.ID, Kind: o.Kind, Currency: o.Currency}, e.seq-1)
		}
	}
	for i := range c.Transfers {
		if err := s.moveAgain(&c.Transfers[i], e.seq); err != nil {
			return err
		}
	}
	for i := range c.Transfers { // only now: a Cmd may move an account twice
		for _, id := range []store.AccountID{c.Transfers[i].Debit, c.Transfers[i].Credit} {
			m.accounts[id].asOf = max(m.accounts[id].asOf, e.seq)
		}
	}
	s.writeAgain(e)
	return nil
}

func (s *Store) writeAgain(e *entry) {
	m := s.mem
	for i := range e.cmd.Writes {
		w := &e.cmd.Writes[i]
		k := docKey{w.Table, w.Key}
		switch w.Mode {
		case store.Put:
			m.docs[k] = &doc{version: w.Expect + 1, data: append([]byte(nil), w.Data...)}
			s.sweep.touch(k)
		case store.Delete:
			m.docs[k] = &doc{gone: true}
			s.sweep.touch(k)
		case store.Check:
		}
	}
	for i, r := range e.cmd.Outbox {
		id := e.firstRow + store.RowID(i)
		if _, ok := m.outbox.get(id); !ok {
			m.outbox.insert(store.OutRow{ID: id, Data: append([]byte{}, r.Data...), Posted: e.posted[i]})
		}
		s.sweep.touch(rowKey(id))
	}
	for _, id := range e.cmd.Done {
		m.outbox.done(id)
		s.sweep.touch(rowKey(id))
	}
}

// moveAgain moves money where an account's checkpoint is older than the Cmd.
// A hold is done again in any case: it is a value, not a sum.
func (s *Store) moveAgain(t *store.Transfer, seq uint64) error {
	m := s.mem
	d, c := m.accounts[t.Debit], m.accounts[t.Credit]
	if d == nil || c == nil {
		return errDamaged(seq, "an account was never opened")
	}
	if d.asOf < seq {
		post(t.Op, &d.DebitsPending, &d.DebitsPosted, t.Amount)
		d.dirty = true
	}
	if c.asOf < seq {
		post(t.Op, &c.CreditsPending, &c.CreditsPosted, t.Amount)
		c.dirty = true
	}
	if t.Hold != 0 {
		h := ledger.Held{Debit: t.Debit, Credit: t.Credit, Amount: t.Amount}
		s.sweep.touch(m.setHold(t.Hold, ledger.HoldChange{Held: h, Ended: t.Op != store.Hold}))
	}
	return nil
}

// post changes one side of an account.
func post(op store.Op, pending, posted *money.Amount, a money.Amount) {
	switch op {
	case store.Post:
		*posted += a
	case store.Hold:
		*pending += a
	case store.Settle:
		*pending -= a
		*posted += a
	case store.Void:
		*pending -= a
	}
}
