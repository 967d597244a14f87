package bolt_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
	"mpg/store/storetest"
)

func TestOpenRefusesAFolderOpenToOthers(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o755, 0o750, 0o701} {
		dir := t.TempDir()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		_, err := bolt.Open(dir, bolt.Options{})
		if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "0700") {
			t.Errorf("mode %o: %v", mode, err)
		}
		if _, err := os.Stat(filepath.Join(dir, bolt.FileName)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("mode %o: a file was made there: %v", mode, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(file, bolt.Options{}); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestOpenMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(privateDir(t), "data")
	s := open(t, dir, bolt.Options{})
	defer s.Close()
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, bolt.FileName): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, bolt.FileName+".new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft of the file is left: %v", err)
	}
}

func TestOpenOverALeftDraft(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	if err := os.WriteFile(filepath.Join(dir, bolt.FileName+".new"), []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, bolt.Options{})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestOneOwnerAtATime(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	first := open(t, dir, bolt.Options{})
	waited := time.Duration(0)
	second := bolt.Options{Sleep: func(d time.Duration) { waited += d }}
	if _, err := bolt.Open(dir, second); !errors.Is(err, store.ErrLocked) || waited > 5*time.Second {
		t.Errorf("a second owner after %v: %v", waited, err)
	}
	epoch := first.Epoch()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	next := open(t, dir, bolt.Options{})
	defer next.Close()
	if next.Epoch() != epoch+1 {
		t.Errorf("epoch %d after %d", next.Epoch(), epoch)
	}
	if _, err := next.Apply(context.Background(), epoch, []store.Cmd{storetest.Move(1)}); !errors.Is(err, store.ErrFenced) {
		t.Errorf("the first owner still writes: %v", err)
	}
}

func TestOpenRefusesStrangeFiles(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"text": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("not a store ", 5000)), 0o600)
		},
		"empty": func(path string) error { return os.WriteFile(path, make([]byte, 1<<16), 0o600) },
		"another's bbolt": func(path string) error {
			return errors.Join(os.Remove(path), update(path, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err }))
		},
		"no journal": func(path string) error {
			return update(path, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("jrn")) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := privateDir(t)
			if err := open(t, dir, bolt.Options{}).Close(); err != nil {
				t.Fatal(err)
			}
			if err := spoil(filepath.Join(dir, bolt.FileName)); err != nil {
				t.Fatal(err)
			}
			if _, err := bolt.Open(dir, bolt.Options{}); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%v", err)
			}
			if _, err := bolt.Open(dir, bolt.Options{}); errors.Is(err, store.ErrLocked) {
				t.Error("the folder stays locked after a refusal")
			}
		})
	}
}

func update(path string, change func(*bbolt.Tx) error) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	return errors.Join(db.Update(change), db.Close())
}

func TestOpenRefusesOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []bolt.Options{{Retention: -1}, {BatchMax: -1}, {CheckpointCommits: -1}, {MmapInitial: -1}} {
		if _, err := bolt.Open(privateDir(t), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestRetention: an id and a text are known for the retention, by the times of
// the Cmds, also after a start; later they are new.
func TestRetention(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	opts := bolt.Options{Retention: time.Hour}
	s := open(t, dir, opts)
	defer func() { s.Close() }()
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	do := func(id uint64, after time.Duration) store.Result {
		t.Helper()
		c := store.Cmd{At: at.Add(after), Dedup: &store.DedupKey{Digest: store.Digest{9}, Window: 30 * 24 * time.Hour}}
		binary.BigEndian.PutUint64(c.ID[:], id)
		res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c})
		if err != nil {
			t.Fatal(err)
		}
		return res[0]
	}
	pass := func(id uint64, after time.Duration) { // other Cmds go by
		t.Helper()
		var c store.Cmd
		c.At = at.Add(after)
		binary.BigEndian.PutUint64(c.ID[:], id)
		if _, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c}); err != nil {
			t.Fatal(err)
		}
	}
	first := do(1, 0)
	if first.Refusal != store.None {
		t.Fatal(first.Refusal)
	}
	for i := range 6 {
		pass(uint64(100+i), time.Duration(i)*10*time.Minute)
	}
	for range 2 {
		if res := do(1, time.Hour); !res.Repeat || res.Seq != first.Seq {
			t.Errorf("within the retention: %+v", res)
		}
		if res := do(2, time.Hour); res.Refusal != store.RefusedRedelivery || res.First[7] != 1 {
			t.Errorf("within the retention: %+v", res)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, opts)
	}
	for i := range 20 {
		pass(uint64(200+i), time.Hour+time.Duration(i)*10*time.Minute)
	}
	if res := do(2, 5*time.Hour); res.Refusal != store.None {
		t.Errorf("long after: %+v", res)
	}
	if res := do(1, 5*time.Hour); res.Repeat {
		t.Errorf("long after: %+v", res)
	}
}

// TestCloseAnswersAll: calls that race with Close are done or refused, and none
// is left waiting.
func TestCloseAnswersAll(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{BatchMax: 4})
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	const callers = 64
	answers := make(chan error, callers)
	for i := range uint64(callers) {
		go func() {
			for n := uint64(0); ; n++ {
				if _, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{storetest.Move(n*callers + i + 1)}); err != nil {
					answers <- err
					return
				}
			}
		}()
	}
	for debits := money.Amount(0); debits < callers; { // they are at work
		trials, err := s.Trial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		debits = trials[0].Debits
		if _, ok, err := s.Doc(t.Context(), storetest.Table, "none"); ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range callers {
		select {
		case err := <-answers:
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("a caller got %v", err)
			}
		case <-time.After(2 * time.Minute):
			t.Fatal("a caller waits for ever")
		}
	}
	again := open(t, dir, bolt.Options{})
	defer again.Close()
	sound(t, again)
}

func sound(t testing.TB, s *bolt.Store) store.Report {
	t.Helper()
	r, err := s.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Faults {
		t.Error(f)
	}
	return r
}

// TestNothingRunsAfterClose: no goroutine is left.
func TestNothingRunsAfterClose(t *testing.T) {
	before := goleak.IgnoreCurrent()
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{CheckpointCommits: 1})
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(20) {
		if _, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{storetest.Move(n + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}

// TestBigCmds: what is larger than a batch or a chunk is done all the same.
func TestBigCmds(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{BatchMax: 2})
	defer func() { s.Close() }()
	big := make([]store.Cmd, 20)
	for i := range big {
		big[i] = store.Cmd{ID: store.ID{byte(i + 1)}, At: time.Unix(1_800_000_000, 0)}
		for k := range store.WritesMax {
			big[i].Writes = append(big[i].Writes, store.Write{Table: 1, Key: fmt.Sprintf("%d-%d", i, k), Data: make([]byte, store.DataBytesMax)})
		}
	}
	res, err := s.Apply(context.Background(), s.Epoch(), big)
	if err != nil || len(res) != len(big) || res[19].Refusal != store.None || res[19].Seq != res[0].Seq+19 {
		t.Fatalf("%v, %+v", err, res)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, bolt.Options{})
	if r := sound(t, s); r.Docs != 20*store.WritesMax {
		t.Errorf("%d documents", r.Docs)
	}
}

// TestARecordFromTheFuture: a clock that ran ahead for a moment, and was put right
// before the next start, makes no id of the last days forgotten.
func TestARecordFromTheFuture(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{})
	begun := time.Unix(1_800_000_000, 0)
	apply := func(s *bolt.Store, n byte, at time.Time) store.Result {
		t.Helper()
		c := store.Cmd{ID: store.ID{n}, At: at, Writes: []store.Write{{Table: 1, Key: fmt.Sprint(n), Data: make([]byte, store.DataBytesMax)}}}
		res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c})
		if err != nil {
			t.Fatal(err)
		}
		return res[0]
	}
	const chunks = 4 // each Cmd fills one
	var first [chunks]store.Result
	for n := range byte(chunks) {
		first[n] = apply(s, n, begun.Add(time.Duration(n)*time.Minute))
	}
	apply(s, chunks, begun.AddDate(1, 0, 0))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, bolt.Options{})
	defer func() { s.Close() }()
	for n := range byte(chunks) {
		if again := apply(s, n, begun.Add(time.Duration(n)*time.Minute)); again.Seq != first[n].Seq {
			t.Errorf("Cmd %d is done again: %+v, first %+v", n, again, first[n])
		}
	}
}
