package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	s, err := Open(dir, Options{SweepCommits: 4})
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
	do(store.Cmd{Opens: []store.Open{{ID: till, Kind: store.Asset, Currency: "CNY"}, {ID: anna, Kind: store.Owed, Currency: "CNY"}, {ID: berta, Kind: store.Owed, Currency: "CNY"}}})
	for i := range 40 {
		do(store.Cmd{
			Transfers: []store.Transfer{{Op: store.Post, Debit: till, Credit: anna, Amount: 100}, {Op: store.Hold, Debit: anna, Credit: berta, Amount: 30, Hold: store.HoldID(i + 1)}},
			Writes:    []store.Write{{Table: 1, Key: fmt.Sprintf("k%02d", i), Data: []byte("a document of some length, so that there is something to flip")}},
			Outbox:    []store.Row{{Data: []byte("a notice to somebody"), Stamp: anna}},
		})
		if i%2 == 0 {
			do(store.Cmd{Transfers: []store.Transfer{{Op: store.Settle, Hold: store.HoldID(i + 1)}}, Done: []store.RowID{store.RowID(i + 1)}})
		}
	}
	do(store.Cmd{Transfers: []store.Transfer{{Op: store.Settle, Hold: 2, Amount: 10}}})
	do(store.Cmd{Limits: []store.Limit{{Account: berta, Ceiling: 2000}}})
	do(store.Cmd{Transfers: []store.Transfer{{Op: store.Void, Hold: 2, Amount: 5}, {Op: store.Post, Debit: anna, Credit: berta, Amount: 1}}})
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

// faultsOf opens and verifies. What keeps the store from opening counts as a
// fault; other errors do not.
func faultsOf(t testing.TB, dir string) []string {
	t.Helper()
	s, err := Open(dir, Options{})
	if errors.Is(err, store.ErrCorrupt) {
		return []string{err.Error()}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // it may well be broken
	r, err := s.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r.Faults
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

// TestTampered forges with skill: every sum is right, and the books are not.
func TestTampered(t *testing.T) {
	t.Parallel()
	flip := func(at int) func([]byte) []byte {
		return func(v []byte) []byte { v[sumBytes+at] ^= 1; return v }
	}
	first := func(v []byte) int { return numberBytes + 1 + 1 + len("CNY") + 1*blockAccountBytes } // anna's place in the block
	for name, forge := range map[string]func(t *testing.T, dir string){
		"nothing": func(*testing.T, string) {},
		"a transfer removed": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if e.Seq == 20 {
					e.Transfers = e.Transfers[:1]
				}
				return []store.Entry{e}
			})
		},
		"a step removed": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if e.Seq == 20 {
					return nil
				}
				return []store.Entry{e}
			})
		},
		"a transfer doubled": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if e.Seq == 20 {
					e.Transfers = append(e.Transfers, e.Transfers[0])
				}
				return []store.Entry{e}
			})
		},
		"a step doubled": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if e.Seq == 21 {
					return []store.Entry{e, e}
				}
				return []store.Entry{e}
			})
		},
		"an amount changed": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if e.Seq == 20 {
					e.Transfers[0].Amount++
				}
				return []store.Entry{e}
			})
		},
		"a payee changed": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if e.Seq == 20 {
					e.Transfers[0].Credit = berta
				}
				return []store.Entry{e}
			})
		},
		"a balance altered": func(t *testing.T, dir string) {
			reseal(t, dir, bucketAccount, uint64Key(0), func(v []byte) []byte { v[sumBytes+first(v)+10+4*8-1]++; return v })
		},
		"money moved from one balance to another": func(t *testing.T, dir string) {
			reseal(t, dir, bucketAccount, uint64Key(0), func(v []byte) []byte {
				v[sumBytes+first(v)+10+4*8-1]++
				v[sumBytes+first(v)+blockAccountBytes+10+4*8-1]--
				return v
			})
		},
		"a document changed": func(t *testing.T, dir string) { reseal(t, dir, bucketDoc, []byte("\x01k05"), flip(20)) },
		"a version changed":  func(t *testing.T, dir string) { reseal(t, dir, bucketDoc, []byte("\x01k05"), flip(7)) },
		"a document removed": func(t *testing.T, dir string) { remove(t, dir, bucketDoc, []byte("\x01k05")) },
		"an archived document changed": func(t *testing.T, dir string) {
			respell(t, dir, "what the document is in the end", "what the document was in the end")
		},
		"an archived document written again": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if e.Seq == lastSeq {
					e.Writes = []store.Write{{Table: 1, Key: "k00", Expect: 2, Data: []byte("what the document is in the end, and stays for ever")}}
				}
				return []store.Entry{e}
			})
		},
		"an archived document not archived": func(t *testing.T, dir string) {
			rewrite(t, dir, archives(func(e *store.Entry, i int) { e.Writes[i].Mode = store.Put }))
		},
		"an archived document of another key": func(t *testing.T, dir string) {
			rewrite(t, dir, archives(func(e *store.Entry, i int) { e.Writes[i].Key = "k01" }))
		},
		"an archived document removed": func(t *testing.T, dir string) { remove(t, dir, bucketArchive, archiveKey("k04")) },
		"an archived document of another step": func(t *testing.T, dir string) {
			reseal(t, dir, bucketArchive, archiveKey("k04"), flip(0))
		},
		"an archived document in another version": func(t *testing.T, dir string) {
			reseal(t, dir, bucketArchive, archiveKey("k04"), flip(1))
		},
		"an archived document at another key": func(t *testing.T, dir string) {
			rename(t, dir, bucketArchive, archiveKey("k04"), archiveKey("k05x"))
		},
		"an archived document of a long ago step": func(t *testing.T, dir string) {
			reseal(t, dir, bucketArchive, archiveKey("k04"), func(v []byte) []byte {
				return archiveForm().appendValue(v[:sumBytes], archived{seq: 1, document: document{version: 2}})
			})
		},
		"an archived document of a step to come": func(t *testing.T, dir string) {
			reseal(t, dir, bucketArchive, archiveKey("k04"), func(v []byte) []byte {
				return archiveForm().appendValue(v[:sumBytes], archived{seq: 1 << 40, document: document{version: 2}})
			})
		},
		"an archived document that is live too": func(t *testing.T, dir string) {
			edit(t, dir, func(tx *bbolt.Tx) error {
				v := append(make([]byte, sumBytes+numberBytes), "what the document is in the end, and stays for ever"...)
				v[sumBytes+numberBytes-1] = 2
				sealValue([]byte("\x01k04"), v)
				return tx.Bucket(bucketDoc).Put([]byte("\x01k04"), v)
			})
		},
		"the index of the archive not in short": func(t *testing.T, dir string) {
			edit(t, dir, func(tx *bbolt.Tx) error { return tx.Bucket(bucketArchive).Put([]byte{1, 0xFF, 0xFF}, []byte("value")) })
		},
		"a notice changed":                 func(t *testing.T, dir string) { reseal(t, dir, bucketOut, uint64Key(2), flip(12)) },
		"a notice removed":                 func(t *testing.T, dir string) { remove(t, dir, bucketOut, uint64Key(2)) },
		"a hold changed":                   func(t *testing.T, dir string) { reseal(t, dir, bucketHold, uint64Key(2), flip(25)) },
		"what a hold was made for changed": func(t *testing.T, dir string) { reseal(t, dir, bucketHold, uint64Key(2), flip(33)) },
		"a ceiling lifted": func(t *testing.T, dir string) {
			reseal(t, dir, bucketAccount, uint64Key(0), func(v []byte) []byte { v[sumBytes+first(v)+2*blockAccountBytes-1]++; return v })
		},
		"a closed account opened": func(t *testing.T, dir string) {
			reseal(t, dir, bucketAccount, uint64Key(0), func(v []byte) []byte { v[sumBytes+first(v)+8] &^= closedFlag; return v })
		},
		"a ceiling removed from the journal": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry { e.Limits = nil; return []store.Entry{e} })
		},
		"a payment above a ceiling": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				for i := range e.Limits {
					e.Limits[i].Ceiling = min(e.Limits[i].Ceiling, 1195) // berta is owed or held as much
				}
				return []store.Entry{e}
			})
		},
		"a payment from a closed account": func(t *testing.T, dir string) {
			rewrite(t, dir, func(e store.Entry) []store.Entry {
				if len(e.Limits) > 0 && e.Limits[0].Account == berta {
					e.Limits = append(e.Limits, store.Limit{Account: anna, Closed: true})
				}
				return []store.Entry{e}
			})
		},
		"a part that ends its hold": func(t *testing.T, dir string) {
			rewrite(t, dir, asParts(func(p *store.Transfer) { p.Partial = false }))
		},
		"a part that is larger":        func(t *testing.T, dir string) { rewrite(t, dir, asParts(func(p *store.Transfer) { p.Amount++ })) },
		"a part that is more than all": func(t *testing.T, dir string) { rewrite(t, dir, asParts(func(p *store.Transfer) { p.Amount += 500 })) },
		"a part of another hold":       func(t *testing.T, dir string) { rewrite(t, dir, asParts(func(p *store.Transfer) { p.Hold += 2 })) },
		"a part given back, not settled": func(t *testing.T, dir string) {
			rewrite(t, dir, asParts(func(p *store.Transfer) { p.Op = store.Void }))
		},
		"a hold removed":                func(t *testing.T, dir string) { remove(t, dir, bucketHold, uint64Key(2)) },
		"the end of a hold removed":     func(t *testing.T, dir string) { remove(t, dir, bucketEnded, uint64Key(1)) },
		"the end of the journal cut":    func(t *testing.T, dir string) { cutJournal(t, dir) },
		"a key of the journal changed":  func(t *testing.T, dir string) { rename(t, dir, bucketJournal, uint64Key(1), uint64Key(2)) },
		"a key of a document changed":   func(t *testing.T, dir string) { rename(t, dir, bucketDoc, []byte("\x01k05"), []byte("\x01k99")) },
		"the accounts' block elsewhere": func(t *testing.T, dir string) { rename(t, dir, bucketAccount, uint64Key(0), uint64Key(1)) },
		"no accounts":                   func(t *testing.T, dir string) { remove(t, dir, bucketAccount, uint64Key(0)) },
		"no state":                      func(t *testing.T, dir string) { remove(t, dir, bucketMeta, keyState) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := smallLedger(t)
			forge(t, dir)
			faults := faultsOf(t, dir)
			if (len(faults) > 0) != (name != "nothing") {
				t.Errorf("found %q", faults)
			}
		})
	}
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
			if t := &e.Transfers[i]; t.Partial && t.Op == store.Settle {
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

// flips is how many bits TestFlippedBits flips, one at a time.
const flips = 400

// TestFlippedBits flips bits anywhere in the file, one at a time. Either it is
// found, or it lies where nothing is kept, and all that can be read is as it was.
// The flips are tried by a child, and none may end it.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MPG_BOLT_FLIPS")
	if dir != "" {
		tryFlips(t, dir)
		return
	}
	dir = smallLedger(t)
	found := 0
	for next := 0; next < flips; {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFlippedBits$", "-test.v")
		cmd.Env = append(os.Environ(), "MPG_BOLT_FLIPS="+dir, fmt.Sprintf("MPG_BOLT_FROM=%d", next))
		out, err := cmd.Output()
		done := 0
		for line := range strings.Lines(string(out)) {
			switch strings.TrimSpace(line) {
			case "flip found":
				found, done = found+1, done+1
			case "flip without effect":
				done++
			case "flip changed what is read":
				t.Errorf("flip %d is not found, and changes what is read", next+done)
				done++
			}
		}
		if next += done; err != nil && next < flips { // it died of the one after
			t.Errorf("flip %d ends the process: %v", next, err)
			next++
		}
	}
	t.Logf("of %d flipped bits %d were found", flips, found)
	if found < flips/10 {
		t.Errorf("only %d of %d flipped bits were found: the test proves nothing", found, flips)
	}
}

// tryFlips tries the flips from one on and prints what comes of each.
func tryFlips(t *testing.T, dir string) {
	sound := used(t, filepath.Join(dir, FileName))
	work := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(work, FileName)
	write := func(b []byte) {
		t.Helper()
		if err := errors.Join(os.RemoveAll(work), os.Mkdir(work, 0o700), os.WriteFile(path, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write(sound)
	want, faults := contents(t, work)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	from, err := strconv.Atoi(os.Getenv("MPG_BOLT_FROM"))
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < flips; i++ {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		at := r.IntN(8 * len(sound))
		sound[at/8] ^= 1 << (at % 8)
		write(sound)
		sound[at/8] ^= 1 << (at % 8)
		got, faults := contents(t, work)
		switch {
		case len(faults) > 0:
			fmt.Println("flip found")
		case got == want:
			fmt.Println("flip without effect")
		default:
			fmt.Println("flip changed what is read")
		}
	}
}

// used reads the pages of a file that bbolt has given out; what is behind them
// is room to grow.
func used(t testing.TB, path string) []byte {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	if err := errors.Join(db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }), db.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b[:size]
}

// contents is all that a store shows, in one string, or its faults.
func contents(t testing.TB, dir string) (all string, faults []string) {
	t.Helper()
	s, err := Open(dir, Options{MmapInitial: 1 << 20})
	if errors.Is(err, store.ErrCorrupt) {
		return "", []string{err.Error()}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // it may well be broken
	r, err := s.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Faults) > 0 {
		return "", r.Faults
	}
	var b strings.Builder
	for e, err := range s.Records(context.Background(), 1) {
		e.Intake = nil
		fmt.Fprintln(&b, e, err)
	}
	for d, err := range s.Docs(1, "") {
		fmt.Fprintln(&b, d, err)
	}
	for d, err := range s.Docs(2, "") {
		fmt.Fprintln(&b, d, err)
	}
	for a := range s.Accounts() {
		fmt.Fprintln(&b, a)
	}
	for row, err := range s.Outbox(0) {
		fmt.Fprintln(&b, row, err)
	}
	return b.String(), nil
}
