package bolt_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// killRounds is how often the child is killed.
const killRounds = 25

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MPG_BOLT_CHILD"); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

// child moves money from 16 goroutines and prints the number of each step once
// it is acknowledged.
func child(dir string) {
	var t testing.T
	s := open(&t, dir, bolt.Options{SweepCommits: 7})
	from, err := strconv.ParseUint(os.Getenv("MPG_BOLT_FROM"), 10, 64)
	if err != nil {
		panic(err)
	}
	if _, ok := s.Account(storetest.Float); !ok {
		if err := storetest.OpenAccounts(s); err != nil {
			panic(err)
		}
	}
	var mu sync.Mutex
	for g := range uint64(16) {
		go func() {
			for n := from + g; ; n += 16 {
				res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{storetest.Move(n)})
				if err != nil || res[0].Refusal != store.None {
					panic(fmt.Sprint(err, res))
				}
				mu.Lock()
				fmt.Println(n)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// TestKill kills the process at random moments: every acknowledged step is
// there once, and the books are sound.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	acked := make(map[uint64]bool)
	next := uint64(1)
	for round := range killRounds {
		for _, n := range killOnce(t, dir, next) {
			acked[n] = true
			next = max(next, n+1000)
		}
		if round%5 == 4 || round == killRounds-1 {
			checkKilled(t, dir, acked)
		}
	}
	if next < killRounds {
		t.Errorf("only %d steps in %d rounds: the test proves nothing", next, killRounds)
	}
}

// killOnce runs the child for a moment and returns what it acknowledged.
func killOnce(t *testing.T, dir string, from uint64) []uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MPG_BOLT_CHILD="+dir, fmt.Sprintf("MPG_BOLT_FROM=%d", from))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Duration(20+rand.IntN(130))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	var acked []uint64
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if n, err := strconv.ParseUint(strings.TrimSpace(lines.Text()), 10, 64); err == nil {
			acked = append(acked, n)
		}
	}
	_ = cmd.Wait() // it was killed
	return acked
}

func checkKilled(t *testing.T, dir string, acked map[uint64]bool) {
	t.Helper()
	s := open(t, dir, bolt.Options{})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	report, err := s.Verify(context.Background())
	if err != nil || len(report.Faults) > 0 {
		t.Fatal(err, report.Faults)
	}
	moves, lost := 0, maps.Clone(acked)
	for d, err := range s.Docs(storetest.Table, "") {
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.ParseUint(d.Key[1:], 10, 64)
		delete(lost, n)
		moves++
	}
	if len(lost) > 0 {
		t.Fatalf("%d acknowledged steps are lost: %v", len(lost), lost)
	}
	if a, _ := s.Account(storetest.Purse); int(a.Posted()) != moves || report.Rows != moves {
		t.Errorf("%d steps, but %d moved and %d rows", moves, a.Posted(), report.Rows)
	}
}
