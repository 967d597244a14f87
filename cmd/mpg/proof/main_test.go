package proof

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// Flags of the package. -short takes an eighth of the kills and payments.
var (
	seedFlag     = flag.Uint64("seed", 0, "of what is left to chance; 0 draws one and prints it")
	killsFlag    = flag.Int("kills", 12, "SIGKILLs at random moments")
	paymentsFlag = flag.Int("payments", 120, "orders during the kills")
	mixedFlag    = flag.Int("mixed", 120, "orders of TestMixedDay")
	stagesFlag   = flag.Bool("stages", false, "TestStates: every stage of every product; otherwise some are struck once in each state, and own money in none")
	raceFlag     = flag.Bool("racebinary", false, "build the daemon with the race detector")
	soakFlag     = flag.Bool("soak", false, "run what takes peers from Maven Central")
	dayFlag      = flag.Duration("day", 0, "how long TestDay lets everybody order; 0: not at all")
	recordFlag   = flag.Bool("record", false, "write testdata/run.json anew")
)

// These name the built binaries to the tests: mpg as it is installed, and mpg with the
// products of engine/module/moduletest.
const (
	binaryEnv   = "MPG_PROOF_BINARY"
	productsEnv = "MPG_PROOF_PRODUCTS"
)

// buildMax bounds the build of the binary, which may have to compile everything.
const buildMax = 5 * time.Minute

// TestMain builds the binaries that all tests run.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := setParallel(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(withBinary(m.Run))
}

// testsAtOnce is how many worlds run side by side, unless -parallel says otherwise: most of
// the time each of them waits for a call, a bank or a deadline.
const testsAtOnce = 4

func setParallel() error {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if set {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(max(testsAtOnce, runtime.GOMAXPROCS(0))))
}

func withBinary(run func() int) int {
	dir, err := os.MkdirTemp("", "mpg-proof-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// build compiles mpg as `make build` does, once without and once with the products. The folder
// is open to all, for one test runs the binary as nobody.
func build(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), buildMax)
	defer cancel()
	for env, tags := range map[string]string{binaryEnv: "", productsEnv: "mpgproof"} {
		binary := filepath.Join(dir, "mpg"+tags)
		args := []string{"build", "-trimpath", "-tags", tags, "-o", binary}
		cgo := "CGO_ENABLED=0"
		if *raceFlag {
			args, cgo = append(args, "-race"), "CGO_ENABLED=1"
		}
		c := exec.CommandContext(ctx, "go", append(args, "mpg/cmd/mpg")...)
		c.Env = append(os.Environ(), cgo)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("building mpg: %w\n%s", err, out)
		}
		if err := os.Setenv(env, binary); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o755)
}

// chance is the randomness of one test. The seed is printed, so that a run can
// be had again as far as timing allows.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// eventually waits until ok holds, and fails the test after d with what was
// waited for.
func eventually(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	if !within(d, ok) {
		t.Fatalf("%s: not within %v", what, d)
	}
}

// within reports whether ok came to hold in d.
func within(d time.Duration, ok func() bool) bool {
	const poll = 10 * time.Millisecond
	for end := time.Now().Add(d); ; time.Sleep(poll) {
		if ok() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}
