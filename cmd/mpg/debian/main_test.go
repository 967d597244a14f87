package debian

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// bareFlag names a root file system to install in; the machine's own is only read.
var bareFlag = flag.String("bare", "/", "root file system under the test's own")

// The environment of the inner test process.
const (
	builtEnv  = "MPG_DEBIAN_BUILT"  // folder of what the outer one built
	absentEnv = "MPG_DEBIAN_ABSENT" // why every test is skipped
)

// requireEnv set to "require" makes a missing program or right fail.
const requireEnv = "MPG_PEERS"

// How long things may take; a busy machine is slow.
const (
	buildMax = 8 * time.Minute // everything may have to be downloaded and compiled
	patience = 90 * time.Second
	pollTime = 20 * time.Millisecond
)

// module is the root of the module, from here.
const module = "../../.."

// programs are what the tests run, and the Debian packages that bring it.
var programs = [][2]string{
	{"make", "make"}, {"dpkg", "dpkg"}, {"unshare", "util-linux"}, {"setpriv", "util-linux"}, {"ip", "iproute2"},
}

// TestMain builds the package and runs the tests with mounts and a network of their
// own, by starting this program once more.
func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(builtEnv) != "" {
		os.Exit(inside(m))
	}
	os.Exit(outside(m))
}

func outside(m *testing.M) int {
	absent := missing()
	if absent == "" {
		return report(withPackage(runInside))
	}
	if os.Getenv(requireEnv) == "require" {
		return report(1, errors.New(absent))
	}
	if err := os.Setenv(absentEnv, absent); err != nil {
		return report(1, err)
	}
	return m.Run()
}

func report(code int, err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "debian:", err)
		return 1
	}
	return code
}

// missing says what this machine lacks: a program, or the right to mount.
func missing() string {
	var packages []string
	for _, p := range programs {
		if _, err := lookPath(p[0]); err != nil {
			packages = append(packages, p[1])
		}
	}
	if len(packages) > 0 {
		return "programs are missing: apt-get install " + strings.Join(packages, " ")
	}
	try := `mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w /mnt/r && mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /mnt/r`
	if out, err := unshared("sh", "-ec", try).CombinedOutput(); err != nil {
		return fmt.Sprintf("no mounts of the test's own, which take root (or sudo without a password) and overlayfs: %v: %s", err, strings.TrimSpace(string(out)))
	}
	return ""
}

// unshared runs a command as root with mounts and a network of its own. Other users
// need sudo without a password, as for what the Makefile installs: a user namespace has
// no other users to whom files could belong.
func unshared(args ...string) *exec.Cmd {
	args = append([]string{"unshare", "--mount", "--net", "--propagation", "private", "--"}, args...)
	if os.Getuid() != 0 {
		args = append([]string{"sudo", "-n", "--preserve-env"}, args...)
	}
	return exec.Command(args[0], args[1:]...)
}

// lookPath also finds the programs that Debian keeps in root's PATH only.
func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + program)
}

// withPackage builds the package twice, which must give the same bytes, and calls run
// with its folder.
func withPackage(run func(built string) (int, error)) (code int, err error) {
	built, err := os.MkdirTemp("", "mpg-debian-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(built)) }()
	ctx, cancel := context.WithTimeout(context.Background(), buildMax)
	defer cancel()
	for _, folder := range []string{"again", "bin"} {
		c := exec.CommandContext(ctx, "make", "-C", module, "deb", "BIN="+filepath.Join(built, folder))
		if folder == "again" {
			c = exec.CommandContext(ctx, "sh", "-c", `umask 077; exec "$@"`, "sh", "make", "-C", module, "deb", "BIN="+filepath.Join(built, folder))
		}
		if out, err := c.CombinedOutput(); err != nil {
			return 1, fmt.Errorf("make deb: %w\n%s", err, out)
		}
	}
	return run(built)
}

// runInside runs this test program with mounts and a network of its own.
func runInside(built string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	args := []string{self}
	for _, a := range os.Args[1:] {
		if !strings.HasPrefix(a, "-test.testlogfile=") { // or a result would be cached
			args = append(args, a)
		}
	}
	c := unshared(args...)
	c.Env = append(os.Environ(), builtEnv+"="+built)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// inside brings the network up and runs the tests.
func inside(m *testing.M) int {
	ip, err := lookPath("ip")
	if err != nil {
		return report(1, err)
	}
	if out, err := exec.Command(ip, "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return report(1, fmt.Errorf("ip link set lo up: %w: %s", err, out))
	}
	return m.Run()
}

// needRoot skips a test where nothing can be installed.
func needRoot(t *testing.T) {
	t.Helper()
	if absent := os.Getenv(absentEnv); absent != "" {
		t.Skip("NOTHING IS INSTALLED: " + absent)
	}
}

// eventually waits until ok holds, and fails the test with what was waited for.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(pollTime) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
