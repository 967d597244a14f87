package bolt

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// single is a small Cmd.
func single(n int) store.Cmd {
	c := store.Cmd{At: time.Unix(1_800_000_000+int64(n), 0), Writes: []store.Write{{Table: 1, Key: fmt.Sprintf("%016x", n), Mode: store.Archive, Data: []byte("a document of some length, the like of which there are many")}}}
	copy(c.ID[:], fmt.Sprintf("%016d", n))
	return c
}

// applySingle applies one alone.
func applySingle(t *testing.T, s *Store, n int) {
	res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{single(n)})
	if err != nil || res[0].Refusal != store.None || res[0].Seq != uint64(n) {
		t.Errorf("step %d: %+v, %v", n, res, err)
	}
}

// TestSmallCommitsShareAChunk: commits of one Cmd each do not leave a chunk each, also
// not between starts, and all is read as it was written.
func TestSmallCommitsShareAChunk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	const starts, each = 3, 100
	for start := range starts {
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range each {
			applySingle(t, s, start*each+i+1)
		}
		next := uint64(1)
		for e, err := range s.Records(t.Context(), 1) {
			if err != nil || e.Seq != next || e.Writes[0].Key != fmt.Sprintf("%016x", next) {
				t.Fatalf("record %d is %+v, %v", next, e, err)
			}
			next++
		}
		if next != uint64((start+1)*each+1) {
			t.Errorf("%d records are read", next-1)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if faults := faultsOf(t, dir); len(faults) > 0 {
			t.Errorf("%q", faults)
		}
	}
	bytes, chunks := 0, 0
	edit(t, dir, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketJournal).ForEach(func(_, value []byte) error {
			bytes, chunks = bytes+len(value), chunks+1
			return nil
		})
	})
	var e store.Entry
	c := single(1)
	e.Writes = c.Writes
	if record := len(appendRecord(nil, &e)); chunks > starts*(each*record/tailBytes+2) || bytes > starts*each*record/3 {
		t.Errorf("%d records of %d bytes are kept in %d chunks with %d bytes", starts*each, record, chunks, bytes)
	}
}

// TestReadWhileTheLastChunkGrows: Verify and Records show the moment when they began.
func TestReadWhileTheLastChunkGrows(t *testing.T) {
	t.Parallel()
	s, err := Open(filepath.Join(t.TempDir(), "data"), Options{CheckpointCommits: 9})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	applySingle(t, s, 1)
	const steps = 400
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 2; n <= steps; n++ {
			applySingle(t, s, n)
		}
	})
	for last := uint64(0); last < steps; {
		report, err := s.Verify(t.Context())
		if err != nil || len(report.Faults) > 0 || report.LastSeq < last || report.Docs != int(report.LastSeq) {
			t.Fatalf("%+v, %v", report, err)
		}
		last = report.LastSeq
		count := uint64(0)
		begun := s.Seq()
		for e, err := range s.Records(t.Context(), begun) {
			if count++; err != nil || e.Seq != begun+count-1 {
				t.Fatalf("record %d of those from %d is %d, %v", count, begun, e.Seq, err)
			}
		}
	}
	writer.Wait()
}

// TestASpoiltTailIsNotWrittenAgain: the last chunk is written again only with the records
// that the disk has. If memory has others, they would take the place of the only copy.
func TestASpoiltTailIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	var none [hashBytes]byte
	j := newJournalWriter(p, none)
	j.reset(none)
	for seq := range uint64(3) {
		c := single(int(seq) + 1)
		j.add(&store.Entry{Seq: seq + 1, At: c.At, ID: c.ID, Writes: c.Writes})
	}
	j.close()
	head := j.chain.head
	size := len(j.buf)
	if j.reset(head); j.first != 1 || len(j.buf) != size {
		t.Errorf("the batch begins at step %d behind %d bytes", j.first, len(j.buf))
	}
	for i := range size {
		j.buf[i] ^= 1
		if j.reset(head); j.first != 0 || len(j.buf) != 0 || j.chain.head != head {
			t.Fatalf("with byte %d spoilt, the batch goes on with step %d", i, j.first)
		}
		j.buf = j.buf[:size]
		j.buf[i] ^= 1
		j.last.first = 1
	}
	if j.reset(head); j.first != 1 || len(j.buf) != size {
		t.Errorf("the batch begins at step %d behind %d bytes", j.first, len(j.buf))
	}
}
