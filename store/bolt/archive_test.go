package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// TestArchiveWhileRead: documents are archived by some callers while others read them in
// every way. Nobody finds one missing, or in a version before one that was there.
func TestArchiveWhileRead(t *testing.T) {
	t.Parallel()
	s := open(t, privateDir(t), bolt.Options{CheckpointCommits: 5})
	defer func() { s.Close() }()
	const callers, each = 4, 60
	key := func(i int) string { return fmt.Sprintf("%016x", i) }
	write := func(i int, expect uint64, mode store.Mode) {
		c := store.Cmd{At: time.Unix(1_800_000_000, 0), Writes: []store.Write{{Table: storetest.Table, Key: key(i), Expect: expect, Mode: mode, Data: []byte(key(i))}}}
		copy(c.ID[:], fmt.Sprintf("%08x%08d", i, expect))
		must(s, c)
	}
	for i := range callers * each {
		write(i, 0, store.Put)
	}
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	for caller := range callers {
		writers.Go(func() {
			for n := range each {
				write(n*callers+caller, 1, store.Archive)
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			newest := make([]uint64, callers*each)
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true // once more, when all are archived
				default:
				}
				readAll(t, s, newest, key)
			}
			for i, version := range newest {
				if version != 2 {
					t.Errorf("document %d is read in version %d", i, version)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	sound(t, s)
}

// readAll reads all documents by a walk and by their keys, and notes their versions.
func readAll(t *testing.T, s *bolt.Store, newest []uint64, key func(int) string) {
	i := 0
	check := func(d store.Doc, err error) {
		if err != nil || d.Key != key(i) || string(d.Data) != d.Key || d.Version < newest[i] {
			t.Errorf("document %d is read as %+v, %v, after version %d", i, d, err, newest[i])
		}
		newest[i] = d.Version
	}
	for d, err := range s.Docs(t.Context(), storetest.Table, "", 0) {
		check(d, err)
		i++
	}
	if i != len(newest) {
		t.Errorf("%d documents of %d are walked", i, len(newest))
	}
	for i = range newest {
		d, ok, err := s.Doc(t.Context(), storetest.Table, key(i))
		check(d, err)
		if !ok {
			t.Errorf("document %d is missing", i)
		}
	}
	i = len(newest) - 1
	d, _, err := s.LastDoc(t.Context(), storetest.Table)
	check(d, err)
}

// TestArchivedIsNotKeptTwice: what came and went between two rounds of the checkpoint is
// only in the journal, and what had been kept leaves its bucket.
func TestArchivedIsNotKeptTwice(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{})
	docs := 0
	apply := func(writes ...store.Write) {
		docs++
		c := store.Cmd{At: time.Unix(1_800_000_000, 0), Writes: writes}
		copy(c.ID[:], fmt.Sprintf("%016d", docs))
		must(s, c)
	}
	apply(store.Write{Table: 1, Key: "kept", Data: []byte("x")}, store.Write{Table: 1, Key: "live", Data: []byte("x")})
	if err := s.Close(); err != nil { // both are in the bucket
		t.Fatal(err)
	}
	s = open(t, dir, bolt.Options{})
	apply(store.Write{Table: 1, Key: "kept", Expect: 1, Mode: store.Archive, Data: []byte("y")})
	apply(store.Write{Table: 1, Key: "quick", Data: []byte("x")})
	apply(store.Write{Table: 1, Key: "quick", Expect: 1, Mode: store.Archive, Data: []byte("y")})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if live, index := bolt.KeyCounts(t, dir); live != 1 || index != 2 {
		t.Errorf("%d documents are in their bucket and %d in the index", live, index)
	}
}

// TestRepeatOfAnArchive: the Cmd that archived a document may be repeated, which changes
// nothing; and a Cmd with several refused writes reports the first.
func TestRepeatOfAnArchive(t *testing.T) {
	t.Parallel()
	s := open(t, privateDir(t), bolt.Options{})
	defer s.Close()
	c := store.Cmd{ID: store.ID{1}, At: time.Unix(1_800_000_000, 0), Writes: []store.Write{{Table: 1, Key: "a", Mode: store.Archive}, {Table: 1, Key: "b", Mode: store.Archive}}}
	first := must(s, c)
	res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c})
	if err != nil || !res[0].Repeat || res[0].Seq != first.Seq {
		t.Errorf("%+v, %v", res, err)
	}
	c.ID = store.ID{2}
	c.Writes = []store.Write{{Table: 1, Key: "new"}, {Table: 1, Key: "b", Expect: 1}, {Table: 1, Key: "a", Expect: 1, Mode: store.Delete}}
	if res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c}); err != nil || res[0].Refusal != store.RefusedArchived || res[0].At != 1 || res[0].Refusal.Transient() || res[0].Refusal.Malformed() {
		t.Errorf("%+v, %v", res, err)
	}
	if _, ok, err := s.Doc(t.Context(), 1, "new"); ok || err != nil {
		t.Errorf("a part of a refused Cmd is kept: %v", errors.Join(err))
	}
}
