package proof

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mpg/store/money"
)

// smallDisk is the size of the disk that is filled, in mount's words.
const smallDisk = "size=24m,mode=0700"

// ordersMax bounds how many orders it may take until a full disk is noticed.
const ordersMax = 200

// TestDiskFull: when the disk is full the daemon says so and ends, and what it
// has not written it has not acknowledged. With room again nothing is lost.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.expires = 8 * time.Second }) // what was lost on the way ends so
	mountSmall(t, w.set.data)
	w.start()
	w.populate(4)
	w.payOnce("mpurse", 0, good())
	filler := fill(t, w.set.data)
	d := w.running()
	n := 1
	for ; n < ordersMax && d.alive(); n++ {
		p := w.people[n%len(w.people)]
		w.behave(p, good())
		w.send(w.order("mpurse", p, w.shops[0].Code, money.Amount(firstCent+n)))
		within(thinkMax, func() bool { return !d.alive() })
	}
	if code := d.awaitEnd(); code != 1 {
		t.Errorf("serve ended with %d on a full disk, want 1\n%s", code, d.tail())
	}
	for _, words := range []string{"mpg: error:", "no space left", "mpg: hint:"} {
		if !d.logged(words) {
			t.Errorf("serve does not say %q\n%s", words, d.tail())
		}
	}
	w.hangUp()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w.start()
	r := w.settle()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	t.Logf("the disk was full for %d orders; outcomes: %v", n-1, r.outcomes())
}

// mountSmall makes dir a small disk of its own.
func mountSmall(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	err := unix.Mount("mpg-proof", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, smallDisk)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("SKIPPED LOUDLY: only root can mount the small disk of this test")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// fill writes into dir until nothing more fits.
func fill(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	block := make([]byte, 1<<12)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return path
}

// TestWideRights: what others could read or write is refused before anything is
// opened, with the way out.
func TestWideRights(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world) (path string, mode os.FileMode, fix string){
		"data_dir":            func(w *world) (string, os.FileMode, string) { return w.set.data, 0o755, "make it 0700" },
		"data_dir of a group": func(w *world) (string, os.FileMode, string) { return w.set.data, 0o770, "make it 0700" },
		"PIN key": func(w *world) (string, os.FileMode, string) {
			return filepath.Join(w.dir, "pin.key"), 0o644, "chmod 0400"
		},
		"SMPP password": func(w *world) (string, os.FileMode, string) { return w.passwordFile(), 0o640, "chmod 0400" },
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.start()
			w.running().signal(syscall.SIGTERM)
			w.running().awaitEnd()
			path, mode, fix := spoil(w)
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			d := w.launch(launch{})
			if code := d.awaitEnd(); code != 1 {
				t.Errorf("serve ended with %d, want 1", code)
			}
			for _, words := range []string{"mpg: error:", path, fmt.Sprintf("%04o", mode), fix} {
				if !d.logged(words) {
					t.Errorf("serve does not say %q\n%s", words, d.tail())
				}
			}
			if _, err := w.op.run("", "check"); err == nil {
				t.Error("mpg check finds nothing wrong")
			}
		})
	}
}

// TestSecondDaemon: a second serve on the same data_dir is refused, says why,
// and does the first no harm.
func TestSecondDaemon(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.start()
	w.populate(2)
	second := w.launch(launch{})
	if code := second.awaitEnd(); code != 1 {
		t.Errorf("the second serve ended with %d, want 1", code)
	}
	for _, words := range []string{"mpg: error:", "in use by another mpg", w.set.data, "mpg: hint:"} {
		if !second.logged(words) {
			t.Errorf("the second serve does not say %q\n%s", words, second.tail())
		}
	}
	if !first.alive() {
		t.Fatalf("the first serve ended: %v", first.err)
	}
	w.payOnce("mpurse", 0, good())
	r := w.settle()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
}
