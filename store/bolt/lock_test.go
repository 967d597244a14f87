package bolt_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// leftChild returns a process that holds a lock on the folder which its parent, now
// dead, had taken: a child that is still on its way to become another program.
func leftChild(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), "sleep", "600")
	child.ExtraFiles = []*os.File{f}
	if err := errors.Join(child.Start(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return child
}

// TestLockOfAChildIsWaitedFor: a start right after a kill waits for the children
// of the killed one to let go.
func TestLockOfAChildIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	child := leftChild(t, dir)
	waits := 0
	s, err := bolt.Open(dir, bolt.Options{Sleep: func(time.Duration) {
		if waits++; waits == 3 {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
			_ = child.Wait() // it was killed
		}
	}})
	if err != nil {
		t.Fatalf("after %d waits: %v", waits, err)
	}
	if err := s.Close(); err != nil || waits < 3 {
		t.Errorf("%d waits, %v", waits, err)
	}
}

// TestLockedSaysWho: the error names the process that holds the lock.
func TestLockedSaysWho(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	child := leftChild(t, dir)
	_, err := bolt.Open(dir, bolt.Options{Sleep: func(time.Duration) {}})
	want := fmt.Sprintf("(process %d)", child.Process.Pid)
	var locked *bolt.LockedError
	if !errors.Is(err, store.ErrLocked) || !errors.As(err, &locked) || len(locked.Holders) == 0 || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = child.Wait() // it was killed
}

// TestInspect reads what a killed owner left, and writes nothing.
func TestInspect(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	none := func(store.Reader) error { t.Error("there is nothing to look at"); return nil }
	if err := bolt.Inspect(dir, bolt.Options{}, none); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no store: %v", err)
	}
	s := open(t, dir, bolt.Options{})
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	must(s, storetest.Move(1))
	if err := bolt.Inspect(dir, bolt.Options{}, none); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a store that is open: %v", err)
	}
	left := privateDir(t) // as it is on disk: nothing is in the checkpoint yet
	path := filepath.Join(left, bolt.FileName)
	file, err := os.ReadFile(filepath.Join(dir, bolt.FileName))
	if err == nil {
		err = errors.Join(os.WriteFile(path, file, 0o600), s.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	looked := errors.New("looked")
	err = bolt.Inspect(left, bolt.Options{}, func(r store.Reader) error {
		if _, ok, err := r.Doc(t.Context(), storetest.Table, "m000000000000001"); !ok || err != nil {
			t.Errorf("the document of the last Cmd: %v, %v", ok, err)
		}
		if _, ok, err := r.Account(t.Context(), storetest.Float); !ok || err != nil {
			t.Errorf("the account: %v, %v", ok, err)
		}
		return looked
	})
	if !errors.Is(err, looked) {
		t.Errorf("%v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(file) {
		t.Errorf("the file has changed, %v", err)
	}
	if err := open(t, left, bolt.Options{}).Close(); err != nil {
		t.Error(err)
	}
}
