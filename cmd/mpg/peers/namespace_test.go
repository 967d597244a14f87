package peers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The network inside: one virtual Ethernet device with all addresses.
const (
	device  = "v0"
	network = "10.77.0." // of a /24; each world has a host number in it
)

// errNoNamespace says that this machine allows no network namespace.
var errNoNamespace = errors.New("no network namespace: run as root, or allow user namespaces")

// runInside runs this test program in a namespace, as `unshare -n`, or
// `unshare -rn` where it is not root, would.
func runInside(binary string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	c := exec.Command(self, innerArgs(os.Args[1:])...)
	c.Env = append(os.Environ(), binaryEnv+"="+binary)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if uid := os.Getuid(); uid != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if err := c.Start(); err != nil {
		return 1, fmt.Errorf("%w: %w", errNoNamespace, err)
	}
	err = c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// innerArgs leaves out the log by which the go command caches results: without
// it the outcome is not cached.
func innerArgs(args []string) []string {
	var inner []string
	for _, a := range args {
		if !strings.HasPrefix(a, "-test.testlogfile=") {
			inner = append(inner, a)
		}
	}
	return inner
}

// inside brings the network up and runs the tests.
func inside(m *testing.M) int {
	for _, command := range []string{
		"link set lo up",
		"link add " + device + " type veth peer name v1",
		"link set " + device + " up",
		"link set v1 up",
	} {
		if err := ip(command); err != nil {
			return report(1, err)
		}
	}
	return m.Run()
}

// ip runs one command of iproute2.
func ip(command string) error {
	path, err := lookPath("ip")
	if err != nil {
		return err
	}
	if out, err := exec.Command(path, strings.Fields(command)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", command, err, out)
	}
	return nil
}
