package proof

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fails runs a command that must be refused with these words.
func (o *operator) fails(t *testing.T, words string, args ...string) {
	t.Helper()
	if _, err := o.run("", args...); err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("mpg %s: %v, want %q", strings.Join(args, " "), err, words)
	}
}

// TestBackupAndRestore copies the books of a running daemon, loses the hours after
// it, and goes on from the copy elsewhere: what was paid before it is there once, and
// no reference or trace number of the lost hours is given out again.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	d := w.start()
	w.populate(2)
	w.payOnce("mpurse", 0, good())
	w.payOnce("mdebit", 1, good())
	before := refs(w.payments())

	dir := filepath.Join(w.dir, "backup")
	var copied struct {
		Bytes, Steps int64
		Sound        bool
		Keys         map[string]string
	}
	if err := w.op.ask(&copied, "backup", dir); err != nil {
		t.Fatal(err)
	}
	if !copied.Sound || copied.Steps == 0 || copied.Keys["pin"] == "" || copied.Keys["seal"] == "" {
		t.Errorf("the backup is %+v", copied)
	}
	w.onlyBooks(dir)
	w.op.fails(t, "already holds books", "backup", dir)
	w.op.fails(t, "inside data_dir", "backup", w.set.data)
	w.op.fails(t, "open", "restore", dir)

	w.payOnce("mdebit", 2, good())
	w.payOnce("mpurse", 3, good())
	lost := w.payments()
	d.signal(syscall.SIGTERM)
	w.endsCleanly(d)
	w.op.fails(t, "already holds books", "restore", dir)
	later := filepath.Join(w.dir, "later")
	w.op.must(t, "", "backup", later) // without a daemon
	w.onlyBooks(later)

	w.set.data = filepath.Join(w.dir, "restored")
	w.write()
	if out, err := w.op.run("", "restore", dir); err != nil || !strings.Contains(string(out), "not included") {
		t.Fatalf("%s %v", out, err)
	}
	w.start()
	if kept := refs(w.payments()); !slices.Equal(kept, before) || len(lost) != len(kept)+2 {
		t.Fatalf("restored are %v; paid were %v, and later %v", kept, before, refs(lost))
	}
	w.payOnce("mdebit", 4, good())
	w.payOnce("mpurse", 5, good())
	for _, p := range w.payments()[len(before):] {
		if slices.ContainsFunc(lost, func(l payment) bool {
			return l.Ref == p.Ref || p.Request != nil && l.Request != nil && (l.Request.STAN == p.Request.STAN || l.Request.RRN == p.Request.RRN)
		}) {
			t.Errorf("the numbers of %+v were given out in the lost hours", p)
		}
	}
	w.op.must(t, "", "ledger", "verify")
}

// refs are the payments by reference and outcome.
func refs(list []payment) []string {
	var all []string
	for _, p := range list {
		all = append(all, p.Ref+" "+p.Reason)
	}
	return all
}

// onlyBooks checks that a backup is one file that nobody else may read.
func (w *world) onlyBooks(dir string) {
	w.t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "ledger.db" {
		w.t.Fatalf("%s has %v, %v", dir, files, err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "ledger.db"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			w.t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}
