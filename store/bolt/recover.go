package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// recovery fills an empty memory, and the index of ids and texts, at a start.
type recovery struct {
	*memory
	dedup *dedupIndex
	asOf  []uint64 // of each block of accounts in the checkpoint
}

// run reads the balances of the checkpoint, then the part of the journal that may have what
// the checkpoint lacks.
func (r *recovery) run() (replayed int, err error) {
	if err := r.db.View(r.load); err != nil {
		return 0, err
	}
	if replayed, err = r.replay(); err != nil {
		return 0, err
	}
	if err := r.index(); err != nil {
		return 0, err
	}
	if r.outbox.next() != r.state.row {
		return 0, damaged("the journal ends before outbox row %d, but the state before %d", r.outbox.next(), r.state.row)
	}
	if err := r.countHolds(); err != nil {
		return 0, err
	}
	for _, t := range r.accounts.trials() {
		if !t.Balanced() {
			return 0, damaged("the books of %s do not balance: debits %d, credits %d, held %d and %d",
				t.Currency, t.Debits, t.Credits, t.HeldDebits, t.HeldCredits)
		}
	}
	return replayed, nil
}

// load reads the state and the balances of the checkpoint.
func (r *recovery) load(tx *bbolt.Tx) error {
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
	if r.state, err = parseState(keyState, meta.Get(keyState)); err != nil {
		return err
	}
	r.outbox.base = r.state.markRow
	return tx.Bucket(bucketAccount).ForEach(func(key, value []byte) error {
		b, err := parseBlock(key, value)
		if err != nil {
			return err
		}
		for uint64(len(r.asOf)) <= b.number && b.number < maxSlot/blockAccounts {
			r.asOf = append(r.asOf, 0)
		}
		if err := r.accounts.load(&b); err != nil {
			return err
		}
		r.asOf[b.number] = b.asOf
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
func (r *recovery) replay() (n int, err error) {
	chain := newChain([hashBytes]byte{})
	next := r.state.mark + 1
	var e store.Entry
	for c, err := range r.journal.chunks(context.Background(), next, r.state.seq) {
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
			if err := r.redo(&e); err != nil {
				return n, err
			}
			next++
			n++
		}
	}
	if next != r.state.seq+1 || (n > 0 && chain.head != r.state.head) {
		return n, damaged("the journal does not end at step %d", r.state.seq)
	}
	r.outbox.trim()
	return n, nil
}

// redo does one Cmd again. Documents, holds and rows are set and not changed, so
// it does no harm where the checkpoint has them already; balances move only
// where they are older than the Cmd.
func (r *recovery) redo(entry *store.Entry) error {
	for _, o := range entry.Opens {
		if _, known := r.accounts.slot.find(o.ID); !known {
			a := ledger.Opened(&o)
			r.accounts.open(&a)
		}
	}
	for i := range entry.Transfers {
		if err := r.redoTransfer(&entry.Transfers[i], entry.Seq); err != nil {
			return err
		}
	}
	for _, l := range entry.Limits {
		a, slot, known := r.accounts.get(l.Account)
		if !known {
			return damaged("%s limits account %d, which was never opened", place(entry.Seq), l.Account)
		}
		if r.older(slot, entry.Seq) {
			a.Ceiling, a.Closed = l.Ceiling, l.Closed
			r.accounts.set(slot, &a)
		}
	}
	for i := range entry.Writes {
		r.redoWrite(&entry.Writes[i], entry.Seq)
	}
	for i := range entry.Rows {
		added := &entry.Rows[i]
		if added.ID != r.outbox.next() {
			return damaged("%s: outbox row %d does not follow %d", place(entry.Seq), added.ID, r.outbox.next()-1)
		}
		r.outbox.add(row{posted: added.Posted, data: added.Data})
	}
	for _, id := range entry.Done {
		r.outbox.done(id, id < r.state.markRow)
	}
	return nil
}

func (r *recovery) redoWrite(write *store.Write, seq uint64) {
	k, d := docKey{write.Table, write.Key}, document{write.Expect + 1, write.Data}
	switch write.Mode {
	case store.Delete:
		r.docs.drop(k, true)
	case store.Archive:
		r.docs.drop(k, true)
		r.archive.put(k, archived{seq, d, true}, true)
	default:
		r.docs.put(k, d, true)
	}
}

// redoTransfer moves those of the two accounts that are older than the Cmd.
func (r *recovery) redoTransfer(transfer *store.Transfer, seq uint64) error {
	debit, from, knownDebit := r.accounts.get(transfer.Debit)
	credit, to, knownCredit := r.accounts.get(transfer.Credit)
	if !knownDebit || !knownCredit {
		return damaged("%s moves money of account %d or %d, which was never opened", place(seq), transfer.Debit, transfer.Credit)
	}
	if r.older(from, seq) {
		ledger.Apply(transfer, &debit, nil)
		r.accounts.set(from, &debit)
	}
	if r.older(to, seq) {
		ledger.Apply(transfer, nil, &credit)
		r.accounts.set(to, &credit)
	}
	if transfer.Op != store.Post {
		return r.redoHold(transfer, seq)
	}
	return nil
}

// older reports whether the checkpoint of a slot is older than a Cmd.
func (r *recovery) older(slot uint32, seq uint64) bool {
	block := int(slot / blockAccounts)
	return block >= len(r.asOf) || r.asOf[block] < seq
}

// redoHold does to a hold what the transfer did, unless the checkpoint has it as it
// was after that Cmd. One that is not there has ended since, as a later Cmd of the
// replay will say; countHolds finds out if none does.
func (r *recovery) redoHold(transfer *store.Transfer, seq uint64) error {
	id := uint64(transfer.Hold)
	switch {
	case transfer.Op == store.Hold: // what became of it since is replayed too
		r.holds.put(id, heldMoney{ledger.HoldAfter(ledger.Hold{}, transfer), seq}, true)
		return nil
	case !transfer.Partial:
		r.holds.drop(id, true)
		r.ended.put(id, nothing{}, true)
		return nil
	}
	before, there, err := r.holdBefore(id, seq)
	if err != nil || !there {
		return err
	}
	before.ID = transfer.Hold
	after := heldMoney{ledger.HoldAfter(before.Hold, transfer), seq}
	if !after.Open {
		return damaged("%s leaves nothing of hold %d, but says that part of it is left", place(seq), transfer.Hold)
	}
	r.holds.put(id, after, true)
	return nil
}

// holdBefore reads a hold that Cmd seq changes, or returns false if the checkpoint
// has it as the Cmd left it. What is in memory comes from the replay: it is from
// before, or from an earlier transfer of the same Cmd.
func (r *recovery) holdBefore(id, seq uint64) (h heldMoney, there bool, err error) {
	if c, replayed := r.holds.entries[id]; replayed {
		return c.value, !c.gone, nil
	}
	err = r.db.View(func(tx *bbolt.Tx) (err error) {
		h, there, err = r.holds.stored(tx, id)
		return err
	})
	return h, there && h.asOf < seq, err
}

// countHolds counts the open holds of each currency, and checks that what is left
// of them adds up to what is pending.
func (r *recovery) countHolds() error {
	left := make(map[string]money.Amount)
	count := func(held *heldMoney) {
		r.accounts.hold(held.Debit, 1)
		a, _, _ := r.accounts.get(held.Debit)
		left[a.Currency] += held.Amount
	}
	for _, c := range r.holds.entries {
		if !c.gone {
			count(&c.value)
		}
	}
	err := r.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketHold).ForEach(func(key, value []byte) error {
			id, ok := r.holds.codec.parseKey(key)
			h, err := r.holds.parse(key, value)
			if err != nil || !ok {
				return damaged("a hold has a wrong sum")
			}
			if _, changed := r.holds.entries[id]; !changed {
				count(&h)
			}
			return nil
		})
	})
	for _, t := range r.accounts.trial {
		if err == nil && left[t.Currency] != t.HeldDebits {
			err = damaged("what is left of the holds of %s is %d, and %d is pending", t.Currency, left[t.Currency], t.HeldDebits)
		}
	}
	return err
}

// index remembers the ids and texts within the retention, starting at the mark
// before it.
func (r *recovery) index() error {
	var from uint64
	var passed age
	err := r.db.View(func(tx *bbolt.Tx) (err error) {
		from, passed, err = markBefore(tx, r.state.ages.now.elapsed, r.dedup.keep)
		return err
	})
	if err != nil {
		return err
	}
	if from == 0 && r.state.seq > 0 {
		return damaged("the journal has no mark of its age")
	}
	step := r.dedup.step()
	span := max(time.Nanosecond, step, r.state.ages.now.elapsed-passed.elapsed)
	r.dedup.expect = int(float64(r.state.seq-from) * step.Seconds() / span.Seconds())
	var e store.Entry
	for c, err := range r.journal.chunks(context.Background(), from, r.state.seq) {
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
			r.dedup.remember(e.Seq, passed.elapsed, e.ID, e.Dedup)
		}
	}
	return nil
}

// place names a Cmd for people.
func place(seq uint64) string { return fmt.Sprintf("step %d of the journal", seq) }
