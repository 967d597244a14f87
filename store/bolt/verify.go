package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
)

// faultsMax bounds the list of faults.
const faultsMax = 100

// Verify implements store.Store. It reads the journal of one moment from its
// first chunk, builds accounts, holds, documents and outbox anew, and compares
// them with what is kept.
func (s *Store) Verify(ctx context.Context) (store.Report, error) {
	tx, kept, err := s.moment()
	if err != nil {
		return store.Report{}, err
	}
	defer func() { _ = tx.Rollback() }() // of a read transaction
	v := &verifier{ctx: ctx, accounts: make(map[store.AccountID]*store.Account), holds: make(map[store.HoldID]ledger.Held),
		docs: make(map[docKey]fingerprint), rows: make(map[store.RowID]fingerprint)}
	if err := v.journal(tx); err != nil {
		return v.report, err
	}
	v.compare(tx, kept)
	v.report.Accounts, v.report.Holds, v.report.Docs, v.report.Rows = len(v.accounts), len(v.holds), len(v.docs), len(v.rows)
	v.report.Trial = kept.trial
	for _, t := range kept.trial {
		if !t.Balanced() {
			v.fault("the trial balance of %s is debits %d, credits %d, held %d and %d", t.Currency, t.Debits, t.Credits, t.HeldDebits, t.HeldCredits)
		}
	}
	return v.report, nil
}

// kept is the memory at the moment of a read transaction.
type kept struct {
	accounts map[store.AccountID]store.Account
	holds    map[store.HoldID]ledger.Held
	docs     map[docKey]*doc
	rows     []store.OutRow
	trial    []store.Trial
	seq      uint64
	head     [hashSize]byte
}

// moment begins a read transaction between two commits and copies the memory
// that goes with it.
func (s *Store) moment() (*bbolt.Tx, *kept, error) {
	s.commit.Lock()
	defer s.commit.Unlock()
	if s.broken != nil {
		return nil, nil, s.broken
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return nil, nil, err
	}
	k := &kept{accounts: make(map[store.AccountID]store.Account, len(s.mem.accounts)), holds: maps.Clone(s.mem.holds),
		docs: maps.Clone(s.mem.docs), trial: s.Trial(), seq: s.mem.seq, head: s.mem.head}
	for id, a := range s.mem.accounts {
		k.accounts[id] = a.Account
	}
	for _, r := range s.mem.outbox.rows {
		if r.Data != nil {
			k.rows = append(k.rows, r)
		}
	}
	return tx, k, nil
}

// fingerprint is a document or row in few octets.
type fingerprint struct {
	number uint64 // version, or the stamped balance
	sum    uint32
}

func fingerprintOf(number uint64, data []byte) fingerprint {
	return fingerprint{number, crc32.Checksum(data, castagnoli)}
}

type verifier struct {
	ctx      context.Context
	report   store.Report
	accounts map[store.AccountID]*store.Account
	holds    map[store.HoldID]ledger.Held
	docs     map[docKey]fingerprint
	rows     map[store.RowID]fingerprint
}

func (v *verifier) fault(format string, args ...any) {
	if len(v.report.Faults) < faultsMax {
		v.report.Faults = append(v.report.Faults, fmt.Sprintf(format, args...))
	}
}

// journal reads all chunks. What cannot be read any further is a fault, not an
// error.
func (v *verifier) journal(tx *bbolt.Tx) error {
	var head [hashSize]byte
	next := uint64(1)
	c := tx.Bucket(bucketJournal).Cursor()
	for k, chunk := c.First(); k != nil; k, chunk = c.Next() {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if seq := binary.BigEndian.Uint64(k); seq != next {
			v.fault("the journal goes on at step %d after step %d", seq, next-1)
			next = seq
		}
		records, sum, err := unseal(chunk, head, next)
		if err != nil {
			v.fault("%v", err)
			records, sum = chunk[min(hashSize, len(chunk)):max(0, len(chunk)-hashSize)], [hashSize]byte(chunk[max(0, len(chunk)-hashSize):])
		}
		head = sum
		for len(records) > 0 {
			var e entry
			if e, records, err = readEntry(records, next); err != nil {
				v.fault("%v", err)
				break
			}
			v.add(&e)
			next++
		}
	}
	v.report.LastSeq, v.report.Head = next-1, head
	return nil
}

// add does one Cmd over the verifier's own books.
func (v *verifier) add(e *entry) {
	v.report.Cmds++
	for _, o := range e.cmd.Opens {
		if v.accounts[o.ID] != nil {
			v.fault("step %d opens account %d again", e.seq, o.ID)
		}
		v.accounts[o.ID] = &store.Account{ID: o.ID, Kind: o.Kind, Currency: o.Currency}
	}
	for i := range e.cmd.Transfers {
		v.report.Transfers++
		v.move(&e.cmd.Transfers[i], e.seq)
	}
	for i := range e.cmd.Writes {
		w := &e.cmd.Writes[i]
		k := docKey{w.Table, w.Key}
		if w.Expect != v.docs[k].number {
			v.fault("step %d writes a document of table %d at version %d, which has %d", e.seq, w.Table, w.Expect, v.docs[k].number)
		}
		switch w.Mode {
		case store.Put:
			v.docs[k] = fingerprintOf(w.Expect+1, w.Data)
		case store.Delete:
			delete(v.docs, k)
		case store.Check:
		}
	}
	for i, r := range e.cmd.Outbox {
		v.rows[e.firstRow+store.RowID(i)] = fingerprintOf(uint64(e.posted[i]), r.Data)
	}
	for _, id := range e.cmd.Done {
		delete(v.rows, id)
	}
}

func (v *verifier) move(t *store.Transfer, seq uint64) {
	d, c := v.accounts[t.Debit], v.accounts[t.Credit]
	if d == nil || c == nil || d.Currency != c.Currency || t.Amount <= 0 {
		v.fault("step %d moves %d between accounts %d and %d, which cannot be", seq, t.Amount, t.Debit, t.Credit)
		return
	}
	if t.Hold != 0 {
		h, open := v.holds[t.Hold]
		if open != (t.Op != store.Hold) || (open && h != ledger.Held{Debit: t.Debit, Credit: t.Credit, Amount: t.Amount}) {
			v.fault("step %d: hold %d began twice, never began, or ends as another", seq, t.Hold)
		}
		if t.Op == store.Hold {
			v.holds[t.Hold] = ledger.Held{Debit: t.Debit, Credit: t.Credit, Amount: t.Amount}
		} else {
			delete(v.holds, t.Hold)
		}
	}
	post(t.Op, &d.DebitsPending, &d.DebitsPosted, t.Amount)
	post(t.Op, &c.CreditsPending, &c.CreditsPosted, t.Amount)
	if d.Kind == store.Owed && d.Available() < 0 {
		v.fault("step %d takes account %d below zero", seq, d.ID)
	}
}

// compare holds the verifier's books against what is kept.
func (v *verifier) compare(tx *bbolt.Tx, k *kept) {
	if v.report.LastSeq != k.seq || v.report.Head != k.head {
		v.fault("the journal ends at step %d and the store at %d, or their hashes differ", v.report.LastSeq, k.seq)
	}
	for id, a := range v.accounts {
		if k.accounts[id] != *a {
			v.fault("account %d is kept as %+v and its transfers add up to %+v", id, k.accounts[id], *a)
		}
	}
	if len(k.accounts) != len(v.accounts) {
		v.fault("%d accounts are kept and %d were opened", len(k.accounts), len(v.accounts))
	}
	if !maps.Equal(k.holds, v.holds) {
		v.fault("%d holds are kept and %d are open", len(k.holds), len(v.holds))
	}
	if len(k.rows) != len(v.rows) {
		v.fault("%d outbox rows are kept and %d are not done", len(k.rows), len(v.rows))
	}
	for _, r := range k.rows {
		if v.rows[r.ID] != fingerprintOf(uint64(r.Posted), r.Data) {
			v.fault("outbox row %d is not what was written", r.ID)
		}
	}
	v.compareDocs(tx, k)
}

// compareDocs looks every document up, in memory and else in its bucket, and
// the buckets for documents that were never written.
func (v *verifier) compareDocs(tx *bbolt.Tx, k *kept) {
	for key, want := range v.docs {
		got, ok := k.doc(tx, key)
		if !ok || got != want {
			v.fault("a document of table %d is not what was written (version %d, kept %d)", key.table, want.number, got.number)
		}
	}
	err := tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		var t store.Table
		if n, err := fmt.Sscanf(string(name), "doc%d", &t); n != 1 || err != nil || t > tableMax {
			return nil
		}
		return b.ForEach(func(key, _ []byte) error {
			dk := docKey{t, string(key)}
			if _, ok := v.docs[dk]; !ok && (k.docs[dk] == nil || !k.docs[dk].gone) {
				v.fault("table %d holds a document that was never written", t)
			}
			return nil
		})
	})
	if err != nil {
		v.fault("%v", err)
	}
	v.checkpoint(tx, k)
}

func (k *kept) doc(tx *bbolt.Tx, key docKey) (fingerprint, bool) {
	if d := k.docs[key]; d != nil {
		return fingerprintOf(d.version, d.data), !d.gone
	}
	d, ok, err := docIn(tx, key.table, key.key)
	return fingerprintOf(d.Version, d.Data), ok && err == nil
}

// checkpoint checks what the next start will read: every account and hold of
// the checkpoint has its sum, and none is newer than the journal.
func (v *verifier) checkpoint(tx *bbolt.Tx, k *kept) {
	err := tx.Bucket(bucketAccount).ForEach(func(key, value []byte) error {
		a, err := decodeAccount(key, value)
		if err != nil {
			v.fault("%v", err)
			return nil
		}
		if now, ok := k.accounts[a.ID]; !ok || a.asOf > k.seq || now.DebitsPosted < a.DebitsPosted || now.CreditsPosted < a.CreditsPosted {
			v.fault("the checkpoint of account %d is newer than the journal", a.ID)
		}
		return nil
	})
	if err != nil {
		v.fault("%v", err)
	}
	for _, t := range []store.Table{tableHold, tableOutbox} {
		if b := tx.Bucket(tableName(t)); b != nil {
			_ = b.ForEach(func(_, value []byte) error { // v.fault takes what it finds
				if _, err := unsealed(value, "a hold or row"); err != nil {
					v.fault("%v", err)
				}
				return nil
			})
		}
	}
	if !bytes.Equal(k.head[:], v.report.Head[:]) {
		v.fault("the head of the journal is another")
	}
}
