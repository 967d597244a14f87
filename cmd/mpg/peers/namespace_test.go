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

// network is that inside, a /24; each world has a host number in it.
const network = "10.77.0."

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

// worldsMax is how many tests run at once: they mostly wait for people to talk.
const worldsMax = 8

// innerArgs leaves out the log by which the go command caches results: without
// it the outcome is not cached.
func innerArgs(args []string) []string {
	inner := []string{fmt.Sprint("-test.parallel=", worldsMax)}
	for _, a := range args {
		if !strings.HasPrefix(a, "-test.testlogfile=") {
			inner = append(inner, a)
		}
	}
	return inner
}

// inside brings the network up and runs the tests.
func inside(m *testing.M) int {
	if err := ip("link set lo up"); err != nil {
		return report(1, err)
	}
	return m.Run()
}

// plug gives a world an address on a virtual Ethernet device of its own: baresip
// names the first address of a device as its own.
func (w *world) plug(number int) {
	w.t.Helper()
	w.ip, w.device = fmt.Sprint(network, number), fmt.Sprint("v", number)
	peer := fmt.Sprint("p", number)
	for _, command := range []string{
		"link add " + w.device + " type veth peer name " + peer,
		"link set " + w.device + " up",
		"link set " + peer + " up",
		"addr add " + w.ip + "/32 dev " + w.device,
	} {
		if err := ip(command); err != nil {
			w.t.Fatal(err)
		}
	}
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
