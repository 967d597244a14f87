package bolt

import (
	"cmp"
	"encoding/binary"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// sweep is the rolling checkpoint: each commit writes a slice of what is in
// memory, in the order of keys, so that neighbours share pages. A round ends
// when all that had changed at its begin is written; a start replays the
// journal from the begin of the last round that ended.
type sweep struct {
	dirty map[docKey]struct{} // documents, holds and rows changed since they were last written
	round []docKey            // being written, sorted
	begun uint64              // number of the last Cmd when the round began
	docs  uint64              // all changes of documents up to here are written

	at       int // next of memory.order
	accBegun uint64
	accounts uint64 // all changes of accounts up to here are written

	wrote    []docKey // in this commit
	wroteAcc []store.AccountID
}

// slice writes the next slice into tx. Nothing changes in memory until the
// commit has succeeded: see swept.
func (s *sweep) slice(tx *bbolt.Tx, m *memory) error {
	s.wrote, s.wroteAcc = s.wrote[:0], s.wroteAcc[:0]
	if err := s.sliceDocs(tx, m); err != nil {
		return err
	}
	if err := s.sliceAccounts(tx, m); err != nil {
		return err
	}
	return putMeta(tx, metaMark, min(s.docs, s.accounts))
}

func (s *sweep) sliceDocs(tx *bbolt.Tx, m *memory) error {
	if len(s.round) == 0 {
		switch {
		case len(s.dirty) == 0:
			s.docs = m.seq
			return nil
		case len(s.dirty) < sweepDocsBegin:
			return nil
		}
		s.begin(m)
	}
	n := min(sweepDocs, len(s.round))
	if err := s.writeDocs(tx, m, s.round[:n]); err != nil {
		return err
	}
	if s.round = s.round[n:]; len(s.round) == 0 {
		s.docs = s.begun
	}
	return nil
}

// begin begins a round with all that has changed.
func (s *sweep) begin(m *memory) {
	s.round = make([]docKey, 0, len(s.dirty))
	for k := range s.dirty {
		s.round = append(s.round, k)
	}
	slices.SortFunc(s.round, func(a, b docKey) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.key, b.key))
	})
	s.begun = m.seq
}

func (s *sweep) writeDocs(tx *bbolt.Tx, m *memory, keys []docKey) error {
	for _, k := range keys {
		if _, ok := s.dirty[k]; !ok {
			continue
		}
		value := m.value(k)
		b, err := tableBucket(tx, k.table, value != nil)
		if err != nil {
			return err
		}
		switch {
		case value != nil:
			err = b.Put([]byte(k.key), value)
		case b != nil:
			err = b.Delete([]byte(k.key))
		}
		if err != nil {
			return err
		}
		s.wrote = append(s.wrote, k)
	}
	return nil
}

func (s *sweep) sliceAccounts(tx *bbolt.Tx, m *memory) error {
	if s.at >= len(m.order) {
		s.accounts, s.at = s.accBegun, 0
	}
	if s.at == 0 {
		s.accBegun = m.seq
	}
	end := min(s.at+sweepAccounts, len(m.order))
	err := s.writeAccounts(tx, m, m.order[s.at:end])
	s.at = end
	return err
}

func (s *sweep) writeAccounts(tx *bbolt.Tx, m *memory, ids []store.AccountID) error {
	b := tx.Bucket(bucketAccount)
	for _, id := range ids {
		a := m.accounts[id]
		if !a.dirty {
			continue
		}
		if err := b.Put(binary.BigEndian.AppendUint64(nil, uint64(id)), encodeAccount(a)); err != nil {
			return err
		}
		s.wroteAcc = append(s.wroteAcc, id)
	}
	return nil
}

// swept takes what a commit has written out of memory, or marks it as clean.
// It runs before the commit's own changes are laid over.
func (s *sweep) swept(m *memory) {
	for _, k := range s.wrote {
		delete(s.dirty, k)
		if k.table <= tableMax {
			delete(m.docs, k)
		}
	}
	for _, id := range s.wroteAcc {
		m.accounts[id].dirty = false
	}
}

func (s *sweep) touch(k docKey) { s.dirty[k] = struct{}{} }

// checkpointDocs is how many documents one transaction of checkpoint writes.
const checkpointDocs = 20000

// checkpoint writes all that has changed.
func (s *Store) checkpoint() error {
	s.commit.Lock()
	defer s.commit.Unlock()
	w, m := &s.sweep, s.mem
	w.begin(m)
	for keys := range slices.Chunk(w.round, checkpointDocs) {
		w.wrote, w.wroteAcc = w.wrote[:0], w.wroteAcc[:0]
		if err := s.db.Update(func(tx *bbolt.Tx) error { return w.writeDocs(tx, m, keys) }); err != nil {
			return err
		}
		m.mu.Lock()
		w.swept(m)
		m.mu.Unlock()
	}
	w.round, w.wrote, w.wroteAcc = nil, w.wrote[:0], w.wroteAcc[:0]
	return s.db.Update(func(tx *bbolt.Tx) error {
		if err := w.writeAccounts(tx, m, m.order); err != nil {
			return err
		}
		return putMeta(tx, metaMark, m.seq)
	})
}
