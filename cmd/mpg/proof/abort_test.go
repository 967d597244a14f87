package proof

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"mpg/ivr/phone"
	"mpg/store/money"
)

// nobody is the user that the daemon runs as where the test is root: the owner
// of its files in /proc then tells whether it is dumpable, proc(5).
const nobody = 65534

// noLimit asks the shell for core files without limit and becomes the daemon.
const noLimit = `ulimit -c unlimited 2>/dev/null || ulimit -c "$(ulimit -H -c)"; exec "$@"`

// TestAbort: SIGABRT in the middle of a PIN, with cores allowed and the runtime
// told to make one, leaves no core and no PIN in the stacks that it prints.
func TestAbort(t *testing.T) {
	t.Parallel()
	for name, entry := range map[string]func(pin string) string{
		"five digits keyed":     func(pin string) string { return "1" + pin[:5] },
		"while it is compared":  func(pin string) string { return "1" + pin },
		"six digits and a hash": func(pin string) string { return "1" + pin + "#" },
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			w, d := dumpableWorld(t)
			pins, prefixes, keys := group{name: rightPINs}, group{name: "first five digits", strong: true}, 0
			pressed := w.keysPressed("")
			for i, p := range w.people {
				pins.secrets, prefixes.secrets = append(pins.secrets, p.PIN), append(prefixes.secrets, p.PIN[:5])
				keys += len(entry(p.PIN))
				w.phones.Set(p.Number, phone.Behaviour{Acts: []phone.Act{atOnce(entry(p.PIN))}})
				w.send(w.order("mpurse", p, w.shops[0].Code, money.Amount(firstCent+i)))
			}
			eventually(t, stateMax, "the keys", func() bool { return pressed() >= int64(keys) })
			undumpable(t, d)
			d.signal(syscall.SIGABRT)
			d.awaitEnd()
			if status := d.cmd.ProcessState.Sys().(syscall.WaitStatus); status.CoreDump() {
				t.Error("the kernel says that a core was dumped")
			}
			if cores := coresIn(t, w.dir); len(cores) > 0 {
				t.Errorf("cores: %q", cores)
			}
			stacks := d.output()
			if !strings.Contains(stacks, "SIGABRT") || !strings.Contains(stacks, "goroutine ") {
				t.Errorf("no stacks were printed, so nothing was searched:\n%s", d.tail())
			}
			for _, leak := range sweep([]source{{name: "stacks", octets: []byte(stacks)}},
				[]group{pins, prefixes, {name: passwords, secrets: []string{w.password}}}) {
				t.Error(leak)
			}
		})
	}
}

// dumpableWorld is a world whose daemon runs where cores are wanted.
func dumpableWorld(t *testing.T) (*world, *daemon) {
	t.Helper()
	w := newWorld(t, nil)
	coreControl(t)
	l := launch{env: []string{"GOTRACEBACK=crash"}, wrap: []string{"sh", "-c", noLimit, "sh"}}
	if os.Getuid() == 0 {
		l.uid = nobody
		give(t, w.dir)
	}
	d := w.launch(l).awaitReady()
	w.populate(3)
	return w, d
}

// give makes the folder and its files nobody's.
func give(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, dir) {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
}

// coreControl shows whether this machine would leave a core beside a program
// that allows it: without that the test proves the limits only, and says so.
func coreControl(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	c := exec.Command("sh", "-c", noLimit, "sh", "sh", "-c", "kill -ABRT $$")
	c.Dir = dir
	_ = c.Run() // it ends by the signal
	if c.ProcessState.Sys().(syscall.WaitStatus).CoreDump() {
		return
	}
	t.Log("this machine dumps no cores at all; only the daemon's own limits are proved")
}

var (
	coreLimit = regexp.MustCompile(`(?m)^Max core file size +0 +0 `)
	coreName  = regexp.MustCompile(`(^|/)core(\.|$)`)
)

// undumpable looks from outside: no core may be written, and the process's own
// files in /proc belong to root.
func undumpable(t *testing.T, d *daemon) {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d", d.cmd.Process.Pid)
	limits, err := os.ReadFile(filepath.Join(proc, "limits"))
	if err != nil || !coreLimit.Match(limits) {
		t.Errorf("a core is allowed: %v\n%s", err, limits)
	}
	info, err := os.Stat(filepath.Join(proc, "environ"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 0 {
		t.Errorf("%s/environ belongs to %d: the process is dumpable", proc, owner)
	}
}

// coresIn are the files under dir that look like cores.
func coresIn(t *testing.T, dir string) (cores []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && coreName.MatchString(path) {
			cores = append(cores, path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return cores
}
