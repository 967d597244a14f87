package debian

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is a root file system in which a test may install anything: everything written
// stays in memory.
type root struct {
	t    *testing.T
	path string
}

// newRoot mounts a root over the one of -bare, and removes what an mpg installed on the
// machine has left there.
func newRoot(t *testing.T) *root {
	t.Helper()
	needRoot(t)
	dir := t.TempDir()
	r := &root{t, filepath.Join(dir, "root")}
	r.host("mount", "-t", "tmpfs", "none", dir)
	t.Cleanup(func() { r.host("umount", "--recursive", "--lazy", dir) })
	for _, name := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	layers := "lowerdir=" + *bareFlag + ",upperdir=" + filepath.Join(dir, "upper") + ",workdir=" + filepath.Join(dir, "work")
	r.host("mount", "-t", "overlay", "none", "-o", layers, r.path)
	r.host("mount", "-t", "proc", "none", r.at("proc"))
	r.host("mount", "--rbind", "/dev", r.at("dev"))
	for _, name := range []string{"run", "tmp"} {
		r.host("mount", "-t", "tmpfs", "-o", "mode=1777", "none", r.at(name))
	}
	r.run(`if dpkg-query -W mpg >/dev/null 2>&1; then dpkg --purge mpg; fi
rm -rf /run/mpg /etc/mpg /var/lib/mpg /var/lib/mpg-keys /usr/bin/mpg /usr/local/bin/mpg
sed -i '/^mpg\(-staff\)\?:/d' /etc/passwd /etc/group /etc/shadow /etc/gshadow`)
	return r
}

// at returns a path of the root as the test sees it.
func (r *root) at(path string) string { return filepath.Join(r.path, path) }

// host runs a program outside the root.
func (r *root) host(program string, args ...string) {
	r.t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		r.t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}

// command is a line of the shell, to be run in the root by its user root.
func (r *root) command(line string) *exec.Cmd {
	c := exec.Command("chroot", r.path, "/bin/sh", "-ec", line)
	c.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive"}
	return c
}

// run runs a line in the root and returns what it says.
func (r *root) run(line string) string {
	r.t.Helper()
	out, err := r.command(line).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// refuse runs a line that has to fail with an exit code, and returns what it says.
func (r *root) refuse(code int, line string) string {
	r.t.Helper()
	out, err := r.command(line).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != code {
		r.t.Errorf("%s: %v, want exit code %d\n%s", line, err, code, out)
	}
	return string(out)
}

// rights returns the owner, group, mode and kind of what is at a path of the root, as
// "root:mpg 640 regular file".
func (r *root) rights(path string) string {
	r.t.Helper()
	return strings.TrimSpace(r.run("stat -c '%U:%G %a %F' " + path))
}

// take copies a file of the machine into the root's /tmp and returns its path there.
func (r *root) take(file string) string {
	r.t.Helper()
	path := filepath.Join("/tmp", filepath.Base(file))
	r.host("cp", file, r.at(path))
	return path
}

// onlyFile returns the one file that a pattern finds.
func onlyFile(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: found %v, %v; want one file", pattern, found, err)
	}
	return found[0]
}
