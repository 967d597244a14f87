package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// resum joins head and tail of a record and makes their sums right.
func resum(head, tail []byte) []byte {
	b := append(append([]byte(nil), head...), tail...)
	be := binary.BigEndian
	be.PutUint32(b[atTail:], uint32(len(tail)))
	be.PutUint32(b[atTailSum:], crc32.Checksum(tail, castagnoli))
	be.PutUint32(b[atHeadSum:], crc32.Checksum(b[:atHeadSum], castagnoli))
	return b
}

// The accounts of a small ledger.
const (
	till store.AccountID = 1 + iota
	anna
	berta
)

// smallLedger closes a store in which a little of everything has happened, and
// returns its folder.
func smallLedger(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	s, err := Open(dir, Options{CheckpointCommits: 4})
	if err != nil {
		t.Fatal(err)
	}
	n := byte(0)
	do := func(c store.Cmd) store.Result {
		t.Helper()
		n++
		c.ID, c.At = store.ID{n}, time.Date(2026, 11, 22, 12, 0, int(n), 0, time.UTC)
		res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c})
		if err != nil || res[0].Refusal != store.None {
			t.Fatal(res, err)
		}
		return res[0]
	}
	do(store.Cmd{Opens: []store.Open{{ID: till, Kind: store.Asset, Currency: "CNY"}, {ID: anna, Kind: store.Liability, Currency: "CNY"}, {ID: berta, Kind: store.Liability, Currency: "CNY"}}})
	for i := range 40 {
		do(store.Cmd{
			Transfers: []store.Transfer{{Op: store.Post, Debit: till, Credit: anna, Amount: 100}, {Op: store.Hold, Debit: anna, Credit: berta, Amount: 30, Hold: store.HoldID(i + 1)}},
			Writes:    []store.Write{{Table: 1, Key: fmt.Sprintf("k%02d", i), Data: []byte("a document of some length, so that there is something to flip")}},
			Outbox:    []store.Row{{Data: []byte("a notice to somebody"), Stamp: anna}},
		})
		if i%2 == 0 {
			do(store.Cmd{Transfers: []store.Transfer{{Op: store.PostHold, Hold: store.HoldID(i + 1)}}, Done: []store.RowID{store.RowID(i + 1)}})
		}
	}
	do(store.Cmd{Transfers: []store.Transfer{{Op: store.PostHold, Hold: 2, Amount: 10}}})
	do(store.Cmd{Limits: []store.Limit{{Account: berta, Ceiling: 2000}}})
	do(store.Cmd{Transfers: []store.Transfer{{Op: store.VoidHold, Hold: 2, Amount: 5}, {Op: store.Post, Debit: anna, Credit: berta, Amount: 1}}})
	do(store.Cmd{Limits: []store.Limit{{Account: anna, Closed: true}}})
	for i := range 10 {
		w := store.Write{Table: 1, Key: fmt.Sprintf("k%02d", 2*i), Expect: 1, Mode: store.Archive, Data: []byte("what the document is in the end, and stays for ever")}
		do(store.Cmd{Writes: []store.Write{w, {Table: 2, Key: fmt.Sprintf("%016x", i), Mode: store.Archive, Data: []byte("made and archived at once")}}})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edit changes the file behind the store's back.
func edit(t testing.TB, dir string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, FileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// rewrite passes all records of the journal through change and writes what comes
// back, with sums, numbers and the chain of hashes made right: what a forger with
// this code at hand would do.
func rewrite(t testing.TB, dir string, change func(e store.Entry) []store.Entry) {
	t.Helper()
	p := testPacker(t)
	edit(t, dir, func(tx *bbolt.Tx) error {
		var all []store.Entry
		err := tx.Bucket(bucketJournal).ForEach(func(k, v []byte) error {
			packed, err := parseChunk(k, append([]byte(nil), v...))
			if err != nil {
				return err
			}
			c, err := packed.unpack(p)
			for err == nil && len(c.records) > 0 {
				var e store.Entry
				var size int
				if size, err = readRecord(c.records, &e); err == nil {
					all = append(all, change(e)...)
					c.records = c.records[size:]
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := tx.DeleteBucket(bucketJournal); err != nil {
			return err
		}
		if _, err := tx.CreateBucket(bucketJournal); err != nil {
			return err
		}
		j := newJournalWriter(p, [hashBytes]byte{})
		for i := range all {
			all[i].Seq = uint64(i + 1)
			j.add(&all[i])
		}
		if err := j.write(tx); err != nil {
			return err
		}
		st, err := parseState(keyState, tx.Bucket(bucketMeta).Get(keyState))
		if err != nil {
			return err
		}
		st.seq, st.mark, st.head = uint64(len(all)), uint64(len(all)), j.chain.head
		return putState(tx, &st)
	})
}

// reseal changes a value of a bucket and makes its sum right.
func reseal(t testing.TB, dir string, bucket, key []byte, change func(value []byte) []byte) {
	t.Helper()
	edit(t, dir, func(tx *bbolt.Tx) error {
		v := change(append([]byte(nil), tx.Bucket(bucket).Get(key)...))
		sealValue(key, v)
		return tx.Bucket(bucket).Put(key, v)
	})
}

// respell changes a text in all records, and makes their sums right, but not the chain
// of hashes.
func respell(t testing.TB, dir, from, to string) {
	t.Helper()
	p := testPacker(t)
	edit(t, dir, func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketJournal)
		changed := make(map[string][]byte)
		err := bucket.ForEach(func(k, v []byte) error {
			packed, err := parseChunk(k, append([]byte(nil), v...))
			if err != nil {
				return err
			}
			c, err := packed.unpack(p)
			if err != nil || !bytes.Contains(c.records, []byte(from)) {
				return err
			}
			var records []byte
			for rest := c.records; len(rest) > 0; {
				var e store.Entry
				size, err := readHead(rest, &e)
				if err != nil {
					return err
				}
				records = append(records, resum(rest[:headBytes], bytes.ReplaceAll(rest[headBytes:size], []byte(from), []byte(to)))...)
				rest = rest[size:]
			}
			value, _ := p.pack(nil, nil, records)
			changed[string(k)] = append(value, c.hash[:]...)
			return nil
		})
		for k, v := range changed {
			err = errors.Join(err, bucket.Put([]byte(k), v))
		}
		if len(changed) == 0 {
			t.Fatalf("the journal has no %q", from)
		}
		return err
	})
}

// archives changes the write that archives the document k04.
func archives(change func(e *store.Entry, i int)) func(e store.Entry) []store.Entry {
	return func(e store.Entry) []store.Entry {
		for i, w := range e.Writes {
			if w.Mode == store.Archive && w.Key == "k04" {
				e.Writes[i].Data = append([]byte(nil), w.Data...)
				change(&e, i)
			}
		}
		return []store.Entry{e}
	}
}

// archiveKey is where the index of the archive has a document of table 1.
func archiveKey(key string) []byte { return appendShort([]byte{1}, key) }

// lastSeq is the last step of smallLedger.
const lastSeq = 1 + 40 + 20 + 4 + 10

// asParts changes the part of a hold that was settled.
func asParts(change func(p *store.Transfer)) func(e store.Entry) []store.Entry {
	return func(e store.Entry) []store.Entry {
		for i := range e.Transfers {
			if t := &e.Transfers[i]; t.Partial && t.Op == store.PostHold {
				change(t)
			}
		}
		return []store.Entry{e}
	}
}

func remove(t testing.TB, dir string, bucket, key []byte) {
	t.Helper()
	edit(t, dir, func(tx *bbolt.Tx) error {
		if tx.Bucket(bucket).Get(key) == nil {
			t.Fatalf("%s has nothing at %x", bucket, key)
		}
		return tx.Bucket(bucket).Delete(key)
	})
}

func rename(t testing.TB, dir string, bucket, from, to []byte) {
	t.Helper()
	edit(t, dir, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		v := append([]byte(nil), b.Get(from)...)
		return errors.Join(b.Delete(from), b.Put(to, v))
	})
}

func cutJournal(t testing.TB, dir string) {
	t.Helper()
	edit(t, dir, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketJournal).Cursor()
		k, _ := c.Last()
		return tx.Bucket(bucketJournal).Delete(append([]byte(nil), k...))
	})
}
