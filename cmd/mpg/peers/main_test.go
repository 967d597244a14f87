package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The environment of the inner test process.
const (
	binaryEnv = "MPG_PEERS_BINARY" // the daemon that the outer one built
	absentEnv = "MPG_PEERS_ABSENT" // why every test is skipped
)

// requireEnv set to "require" makes a missing peer fail.
const requireEnv = "MPG_PEERS"

// How long things may take.
const (
	buildMax = 5 * time.Minute // everything may have to be compiled
	patience = 3 * time.Minute
	pollTime = 50 * time.Millisecond
)

// nodePath is where npm has put the SMSC's library; see NPM_PEERS in the Makefile.
const nodePath = "../testdata/peers/node_modules"

// programs are the peers and the Debian packages that bring them.
var programs = [][2]string{
	{"node", "nodejs"}, {"sipp", "sip-tester"}, {"baresip", "baresip-core"}, {"tshark", "tshark"},
	{"ip", "iproute2"}, {"espeak-ng", "espeak-ng"}, {"perl", "perl"},
}

// TestMain builds the binary and runs the tests in a namespace, by starting this
// program once more.
func TestMain(m *testing.M) {
	if os.Getenv(binaryEnv) != "" {
		os.Exit(inside(m))
	}
	os.Exit(outside(m))
}

func outside(m *testing.M) int {
	absent := missing()
	if absent == "" {
		code, err := withBinary(runInside)
		if !errors.Is(err, errNoNamespace) {
			return report(code, err)
		}
		absent = err.Error()
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
		fmt.Fprintln(os.Stderr, "peers:", err)
		return 1
	}
	return code
}

// missing says which peers this machine lacks.
func missing() string {
	var packages []string
	for _, p := range programs {
		if _, err := lookPath(p[0]); err != nil {
			packages = append(packages, p[1])
		}
	}
	if len(packages) > 0 {
		return "peers are missing: apt-get install " + strings.Join(packages, " ")
	}
	if _, err := os.Stat(filepath.Join(nodePath, "smpp")); err != nil {
		return "npm smpp is missing: make peers"
	}
	if exec.Command("perl", "-MNet::SMPP", "-e", "").Run() != nil {
		return "peers are missing: apt-get install libnet-smpp-perl"
	}
	return ""
}

// lookPath also finds what Debian keeps for root.
func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + program)
}

// withBinary builds mpg as `make build` does and runs run with its path.
func withBinary(run func(binary string) (int, error)) (code int, err error) {
	dir, err := os.MkdirTemp("", "mpg-peers-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := context.WithTimeout(context.Background(), buildMax)
	defer cancel()
	binary := filepath.Join(dir, "mpg")
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "mpg/cmd/mpg")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building mpg: %w\n%s", err, out)
	}
	return run(binary)
}

// needPeers skips a test where there is nobody to test with.
func needPeers(t *testing.T) {
	t.Helper()
	if absent := os.Getenv(absentEnv); absent != "" {
		t.Skip("NO STRANGER USES THE DAEMON: " + absent)
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
