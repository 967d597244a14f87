package bolt

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

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
		"an archived document of a step long ago": func(t *testing.T, dir string) {
			reseal(t, dir, bucketArchive, archiveKey("k04"), func(v []byte) []byte {
				return archiveCodec().appendValue(v[:sumBytes], archived{seq: 1, document: document{version: 2}})
			})
		},
		"an archived document of a step to come": func(t *testing.T, dir string) {
			reseal(t, dir, bucketArchive, archiveKey("k04"), func(v []byte) []byte {
				return archiveCodec().appendValue(v[:sumBytes], archived{seq: 1 << 40, document: document{version: 2}})
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
			rewrite(t, dir, asParts(func(p *store.Transfer) { p.Op = store.VoidHold }))
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

// used reads the pages of a file that bbolt has given out; what is after them
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
		e.Dedup = nil
		fmt.Fprintln(&b, e, err)
	}
	for d, err := range s.Docs(t.Context(), 1, "", 0) {
		fmt.Fprintln(&b, d, err)
	}
	for d, err := range s.Docs(t.Context(), 2, "", 0) {
		fmt.Fprintln(&b, d, err)
	}
	for a, err := range s.Accounts(t.Context(), 0, 0) {
		fmt.Fprintln(&b, a, err)
	}
	for row, err := range s.Outbox(t.Context(), 0, 0) {
		fmt.Fprintln(&b, row, err)
	}
	return b.String(), nil
}
