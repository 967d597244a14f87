package bolt_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// busy has callers move money until the test ends, and notes what is acknowledged.
type busy struct {
	mu   sync.Mutex
	acks acks
	more chan struct{} // receives as long as work is done
}

// callers starts them. They end with ctx.
func (b *busy) callers(ctx context.Context, wg *sync.WaitGroup, s *bolt.Store) {
	for caller := range uint64(killCallers) {
		wg.Go(func() {
			for n := caller + 1; ctx.Err() == nil; n += killCallers {
				row := must(s, storetest.Move(n)).Rows[0].ID
				b.note(b.acks.moved, n)
				if n%3 != 0 {
					must(s, storetest.Finish(n, row))
					b.note(b.acks.finished, n)
				}
				if parts(n) {
					must(s, storetest.Part(n))
					b.note(b.acks.parted, n)
				}
				select {
				case b.more <- struct{}{}:
				default:
				}
			}
		})
	}
}

func (b *busy) note(in map[uint64]bool, n uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	in[n] = true
}

// until waits until at least n moves were acknowledged, and copies what was.
func (b *busy) until(n int) acks {
	for {
		b.mu.Lock()
		a := acks{maps.Clone(b.acks.moved), maps.Clone(b.acks.finished), maps.Clone(b.acks.parted)}
		b.mu.Unlock()
		if len(a.moved) >= n {
			return a
		}
		<-b.more
	}
}

// TestBackup copies a store again and again while callers move money. Each copy
// holds what was acknowledged before it began, is sound, tells the same record as
// the store, and can be gone on with; so can what is restored from it.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := open(t, privateDir(t), bolt.Options{CheckpointCommits: 7})
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	b := busy{acks: newAcks(), more: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	b.callers(ctx, &wg, s)
	type copied struct {
		dir    string
		acked  acks
		backup store.Backup
	}
	var copies []copied
	for round := range 6 {
		c := copied{dir: filepath.Join(t.TempDir(), "backup"), acked: b.until(100 * (round + 1))}
		var err error
		if c.backup, err = s.BackupTo(t.Context(), c.dir); err != nil {
			t.Error(err)
		}
		copies = append(copies, c)
	}
	b.until(700) // the work goes on after the last
	cancel()
	wg.Wait()
	for _, c := range copies {
		restored := filepath.Join(t.TempDir(), "data")
		report, err := bolt.Restore(t.Context(), c.dir, restored, bolt.Options{}, asItIs)
		if err != nil || report.LastSeq != c.backup.Seq || report.Head != c.backup.Head {
			t.Fatalf("restored up to step %d, copied up to %d: %v", report.LastSeq, c.backup.Seq, err)
		}
		c.acked.check(t, restored)
		sameRecord(t, s, c.dir, c.backup.Seq)
		sameRecord(t, s, restored, c.backup.Seq)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestBackupWithinARound: a copy is sound wherever the round of the checkpoint stands, also
// where it has written rows of the outbox that were done since.
func TestBackupWithinARound(t *testing.T) {
	t.Parallel()
	for _, commits := range []int{8, 0} { // 0: the default
		s := open(t, privateDir(t), bolt.Options{CheckpointCommits: commits})
		if err := storetest.OpenAccounts(s); err != nil {
			t.Fatal(err)
		}
		var waiting []store.RowID
		for n := range uint64(24) {
			waiting = append(waiting, must(s, storetest.Move(n+1)).Rows[0].ID)
			for len(waiting) > int(n%5) {
				first := n + 2 - uint64(len(waiting)) // the move of the first row
				must(s, storetest.Finish(first, waiting[0]))
				waiting = waiting[1:]
			}
			dir := filepath.Join(privateDir(t), "copy")
			if _, err := s.BackupTo(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			report, err := bolt.VerifyDir(t.Context(), dir, bolt.Options{})
			if err != nil || len(report.Faults) > 0 || report.Rows != len(waiting) {
				t.Fatalf("commits %d, step %d: %d rows of %d, %v %v", commits, n, report.Rows, len(waiting), report.Faults, err)
			}
			err = bolt.Inspect(dir, bolt.Options{}, func(books store.Reader) error {
				var kept []store.RowID
				for row, err := range books.Outbox(t.Context(), 0, 0) {
					if err != nil {
						return err
					}
					kept = append(kept, row.ID)
				}
				if !slices.Equal(kept, waiting) {
					t.Errorf("commits %d, step %d: rows %v, want %v", commits, n, kept, waiting)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// sameRecord opens the copy, compares its journal with the one it was made from, and
// goes on with it.
func sameRecord(t *testing.T, s *bolt.Store, dir string, last uint64) {
	t.Helper()
	c := open(t, dir, bolt.Options{})
	if c.Seq() != last {
		t.Errorf("the copy ends at step %d, not %d", c.Seq(), last)
	}
	var copied []store.Entry
	for e, err := range c.Records(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		copied = append(copied, e)
	}
	i := 0
	for e, err := range s.Records(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		if i == len(copied) {
			break
		}
		if !reflect.DeepEqual(e, copied[i]) {
			t.Fatalf("step %d is %+v, and in the copy %+v", e.Seq, e, copied[i])
		}
		i++
	}
	must(c, storetest.Move(1<<40))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestBackupLeavesNothingHalf: what cannot be finished leaves no file that opens,
// and nothing that is there is written over.
func TestBackupLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{})
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	into := privateDir(t)
	if _, err := s.BackupTo(ctx, into); !errors.Is(err, context.Canceled) {
		t.Errorf("a backup that was stopped: %v", err)
	}
	if left, err := os.ReadDir(into); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	if _, err := s.BackupTo(t.Context(), dir); !errors.Is(err, store.ErrLocked) {
		t.Errorf("into the folder of the store itself: %v", err)
	}
	if _, err := s.BackupTo(t.Context(), into); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(into, bolt.FileName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the copy: %v, %v", info, err)
	}
	if _, err := s.BackupTo(t.Context(), into); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another backup: %v", err)
	}
	if _, err := bolt.Restore(t.Context(), into, dir, bolt.Options{}, asItIs); !errors.Is(err, store.ErrLocked) {
		t.Errorf("into a store that runs: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Restore(t.Context(), into, dir, bolt.Options{}, asItIs); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another store: %v", err)
	}
	if _, err := s.Backup(t.Context(), io.Discard); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestRestoreRefusesWhatIsDamaged cuts and alters a backup.
func TestRestoreRefusesWhatIsDamaged(t *testing.T) {
	t.Parallel()
	s := open(t, privateDir(t), bolt.Options{})
	defer s.Close()
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(20) {
		must(s, storetest.Move(n+1))
	}
	from := privateDir(t)
	if _, err := s.BackupTo(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(from, bolt.FileName)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	altered := append([]byte(nil), sound...)
	changed := 0
	for i := range altered { // every document says that it is done
		if i+4 <= len(altered) && string(altered[i:i+4]) == "done" {
			copy(altered[i:], "gone")
			changed++
		}
	}
	if changed == 0 {
		t.Fatal("nothing was altered: the test proves nothing")
	}
	for name, b := range map[string][]byte{"cut": sound[:len(sound)/2], "empty": {}, "altered": altered} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "data")
		if _, err := bolt.Restore(t.Context(), from, to, bolt.Options{}, asItIs); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was restored", name)
		}
	}
}

func asItIs(*bolt.Store) error { return nil }

// TestRestoreIsAllOrNothing: a restore whose change fails leaves no store, one that
// was cut short before is begun anew, and what was changed is there.
func TestRestoreIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s := open(t, privateDir(t), bolt.Options{})
	defer s.Close()
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	from, to := privateDir(t), privateDir(t)
	if _, err := s.BackupTo(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	mine := errors.New("no")
	if _, err := bolt.Restore(t.Context(), from, to, bolt.Options{}, func(*bolt.Store) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("the change failed: %v", err)
	}
	if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	short := filepath.Join(to, ".restoring")
	if err := errors.Join(os.Mkdir(short, 0o700), os.WriteFile(filepath.Join(short, bolt.FileName), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Restore(t.Context(), from, to, bolt.Options{}, func(s *bolt.Store) error {
		if _, err := os.Stat(filepath.Join(to, bolt.FileName)); !errors.Is(err, os.ErrNotExist) {
			t.Error("the store has its name before it was changed")
		}
		must(s, storetest.Move(1))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	restored := open(t, to, bolt.Options{})
	if r := sound(t, restored); r.Docs != 1 {
		t.Errorf("%d documents", r.Docs)
	}
	if err := restored.Close(); err != nil {
		t.Error(err)
	}
}
