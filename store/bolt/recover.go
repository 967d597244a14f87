package bolt

import (
	"context"
	"encoding/binary"
	"fmt"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// recovery is a start.
type recovery struct {
	*Store
	asOf []uint64 // of each block of accounts in the checkpoint
}

// recover brings memory to where the last commit left it: the balances of the
// checkpoint, then the journal from its mark on. It writes nothing.
func (s *Store) recover() (replayed int, err error) {
	r := recovery{Store: s}
	if err := s.db.View(r.load); err != nil {
		return 0, err
	}
	if replayed, err = r.replay(); err != nil {
		return 0, err
	}
	if err := s.index(); err != nil {
		return 0, err
	}
	if s.outbox.next() != s.state.row {
		return 0, damaged("the journal ends before outbox row %d and the state before %d", s.outbox.next(), s.state.row)
	}
	if err := s.countHolds(); err != nil {
		return 0, err
	}
	for _, t := range s.accounts.trials() {
		if !t.Balanced() {
			return 0, damaged("the books of %s do not balance: debits %d, credits %d, held %d and %d",
				t.Currency, t.Debits, t.Credits, t.HeldDebits, t.HeldCredits)
		}
	}
	return replayed, nil
}

// load reads the state and the balances of the checkpoint.
func (s *recovery) load(tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return damaged("the file is none of this store")
	}
	if err := checkSchema(meta.Get(keySchema)); err != nil {
		return err
	}
	for _, name := range [][]byte{bucketJournal, bucketAge, bucketAccount, bucketDoc, bucketArchive, bucketHold, bucketEnded, bucketOut} {
		if tx.Bucket(name) == nil {
			return damaged("the bucket %s is missing", name)
		}
	}
	var err error
	if s.state, err = parseState(keyState, meta.Get(keyState)); err != nil {
		return err
	}
	s.outbox.base = s.state.markRow
	return tx.Bucket(bucketAccount).ForEach(func(key, value []byte) error {
		b, err := parseBlock(key, value)
		if err != nil {
			return err
		}
		for uint64(len(s.asOf)) <= b.number && b.number < maxSlot/blockAccounts {
			s.asOf = append(s.asOf, 0)
		}
		if err := s.accounts.load(&b); err != nil {
			return err
		}
		s.asOf[b.number] = b.asOf
		return nil
	})
}

// checkSchema is the one thing that must stay as it is in all schemas to come.
func checkSchema(value []byte) error {
	b, ok := openValue(keySchema, value)
	if !ok || len(b) != 4 {
		return damaged("the schema of the file has a wrong sum")
	}
	if n := binary.BigEndian.Uint32(b); n != schema {
		return fmt.Errorf("store: the file has schema %d and this build knows %d: use the build that wrote it", n, schema)
	}
	return nil
}

// replay does again what the checkpoint may lack.
func (s *recovery) replay() (n int, err error) {
	chain := newChain([hashBytes]byte{})
	next := s.state.mark + 1
	var e store.Entry
	for c, err := range s.journal.chunks(context.Background(), next, s.state.seq) {
		if err != nil {
			return n, err
		}
		if chain.head == [hashBytes]byte{} { // of the first chunk: only Verify knows what is before
			chain.head = c.hash
		} else if chain.add(c.records) != c.hash {
			return n, damaged("the chain of hashes breaks at %s", place(c.first))
		}
		for records := c.records; len(records) > 0; {
			size, err := readRecord(records, &e)
			if err != nil {
				return n, err
			}
			records = records[size:]
			if e.Seq < next {
				continue // before the mark, in the same chunk
			}
			if e.Seq != next {
				return n, damaged("%s is missing", place(next))
			}
			if err := s.redo(&e); err != nil {
				return n, err
			}
			next++
			n++
		}
	}
	if next != s.state.seq+1 || (n > 0 && chain.head != s.state.head) {
		return n, damaged("the journal does not end at step %d", s.state.seq)
	}
	s.outbox.trim()
	return n, nil
}

// redo does one Cmd again. Documents, holds and rows are set and not changed, so
// it does no harm where the checkpoint has them already; balances move only
// where they are older than the Cmd.
func (s *recovery) redo(e *store.Entry) error {
	for _, o := range e.Opens {
		if _, known := s.accounts.slot.find(o.ID); !known {
			a := ledger.Opened(&o)
			s.accounts.open(&a)
		}
	}
	for i := range e.Transfers {
		if err := s.redoTransfer(&e.Transfers[i], e.Seq); err != nil {
			return err
		}
	}
	for _, l := range e.Limits {
		a, slot, known := s.accounts.get(l.Account)
		if !known {
			return damaged("%s limits account %d, which was never opened", place(e.Seq), l.Account)
		}
		if s.older(slot, e.Seq) {
			a.Ceiling, a.Closed = l.Ceiling, l.Closed
			s.accounts.set(slot, &a)
		}
	}
	for i := range e.Writes {
		s.redoWrite(&e.Writes[i], e.Seq)
	}
	for i := range e.Rows {
		r := &e.Rows[i]
		if r.ID != s.outbox.next() {
			return damaged("%s: outbox row %d does not follow %d", place(e.Seq), r.ID, s.outbox.next()-1)
		}
		s.outbox.add(row{posted: r.Posted, data: r.Data})
	}
	for _, id := range e.Done {
		s.outbox.done(id, id < s.state.markRow)
	}
	return nil
}

func (s *recovery) redoWrite(w *store.Write, seq uint64) {
	k, d := docKey{w.Table, w.Key}, document{w.Expect + 1, w.Data}
	switch w.Mode {
	case store.Delete:
		s.docs.drop(k, true)
	case store.Archive:
		s.docs.drop(k, true)
		s.archive.put(k, archived{seq, d, true}, true)
	default:
		s.docs.put(k, d, true)
	}
}

// redoTransfer moves those of the two accounts that are older than the Cmd.
func (s *recovery) redoTransfer(t *store.Transfer, seq uint64) error {
	debit, from, knownDebit := s.accounts.get(t.Debit)
	credit, to, knownCredit := s.accounts.get(t.Credit)
	if !knownDebit || !knownCredit {
		return damaged("%s moves money of account %d or %d, which was never opened", place(seq), t.Debit, t.Credit)
	}
	if s.older(from, seq) {
		ledger.Apply(t, &debit, nil)
		s.accounts.set(from, &debit)
	}
	if s.older(to, seq) {
		ledger.Apply(t, nil, &credit)
		s.accounts.set(to, &credit)
	}
	if t.Op != store.Post {
		return s.redoHold(t, seq)
	}
	return nil
}

// older reports whether the checkpoint of a slot is older than a Cmd.
func (s *recovery) older(slot uint32, seq uint64) bool {
	block := int(slot / blockAccounts)
	return block >= len(s.asOf) || s.asOf[block] < seq
}

// redoHold does to a hold what the transfer did, unless the checkpoint has it as it
// was after that Cmd. One that is not there has ended since, as a later Cmd of the
// replay will say; countHolds finds out if none does.
func (s *recovery) redoHold(t *store.Transfer, seq uint64) error {
	id := uint64(t.Hold)
	switch {
	case t.Op == store.Hold: // what came of it since is replayed too
		s.holds.put(id, heldMoney{ledger.HoldAfter(ledger.Hold{}, t), seq}, true)
		return nil
	case !t.Partial:
		s.holds.drop(id, true)
		s.ended.put(id, nothing{}, true)
		return nil
	}
	before, there, err := s.holdBefore(id, seq)
	if err != nil || !there {
		return err
	}
	before.ID = t.Hold
	after := heldMoney{ledger.HoldAfter(before.Hold, t), seq}
	if !after.Open {
		return damaged("%s leaves nothing of hold %d, and says that a rest is left", place(seq), t.Hold)
	}
	s.holds.put(id, after, true)
	return nil
}

// holdBefore reads a hold that Cmd seq changes, or returns false if the checkpoint
// has it as the Cmd left it. What is in memory comes from the replay: it is from
// before, or from an earlier transfer of the same Cmd.
func (s *recovery) holdBefore(id, seq uint64) (h heldMoney, there bool, err error) {
	if c, replayed := s.holds.cells[id]; replayed {
		return c.value, !c.gone, nil
	}
	err = s.db.View(func(tx *bbolt.Tx) (err error) {
		h, there, err = s.holds.stored(tx, id)
		return err
	})
	return h, there && h.asOf < seq, err
}

// countHolds counts the open holds of each currency, and checks that what is left
// of them adds up to what is pending.
func (s *Store) countHolds() error {
	left := make(map[string]money.Amount)
	count := func(h *heldMoney) {
		s.accounts.hold(h.Debit, 1)
		a, _, _ := s.accounts.get(h.Debit)
		left[a.Currency] += h.Amount
	}
	for _, c := range s.holds.cells {
		if !c.gone {
			count(&c.value)
		}
	}
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketHold).ForEach(func(key, value []byte) error {
			id, ok := s.holds.form.parseKey(key)
			h, err := s.holds.parse(key, value)
			if err != nil || !ok {
				return damaged("a hold has a wrong sum")
			}
			if _, changed := s.holds.cells[id]; !changed {
				count(&h)
			}
			return nil
		})
	})
	for _, t := range s.accounts.trial {
		if err == nil && left[t.Currency] != t.HeldDebits {
			err = damaged("what is left of the holds of %s is %d, and %d is pending", t.Currency, left[t.Currency], t.HeldDebits)
		}
	}
	return err
}

// index remembers the ids and texts within the retention, starting at the mark
// before it.
func (s *Store) index() error {
	var from uint64
	var passed age
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		from, passed, err = markBefore(tx, s.state.ages.now.elapsed, s.past.keep)
		return err
	})
	if err != nil {
		return err
	}
	if from == 0 && s.state.seq > 0 {
		return damaged("the journal has no mark of its age")
	}
	var e store.Entry
	for c, err := range s.journal.chunks(context.Background(), from, s.state.seq) {
		if err != nil {
			return err
		}
		for records := c.records; len(records) > 0; {
			size, err := readHead(records, &e)
			if err != nil {
				return err
			}
			records = records[size:]
			if e.Seq < from {
				continue // before the mark, in the same chunk
			}
			if e.Seq > from {
				passed.pass(e.At)
			}
			s.past.remember(e.Seq, passed.elapsed, e.ID, e.Intake)
		}
	}
	return nil
}

// takeOver begins a new epoch, and takes rows out of their bucket that an
// unfinished round had written there: the replay has them in memory.
func (s *Store) takeOver() error {
	s.state.epoch++
	s.epoch = s.state.epoch
	return s.db.Update(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketOut).Cursor()
		for key, _ := c.Seek(uint64Key(uint64(s.state.markRow))); key != nil; key, _ = c.Seek(uint64Key(uint64(s.state.markRow))) {
			if err := c.Delete(); err != nil {
				return err
			}
		}
		return putState(tx, &s.state)
	})
}

// place names a Cmd for people.
func place(seq uint64) string { return fmt.Sprintf("step %d of the journal", seq) }
