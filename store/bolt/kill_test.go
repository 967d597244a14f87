package bolt_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// kills is how often TestKill kills its child; a night may have ten thousand.
var kills = flag.Int("kills", 25, "rounds of TestKill")

// killCallers is how many callers the child has.
const killCallers = 16

// TestMain lets the test binary be the process that is killed, or whose disk is
// full.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MPG_BOLT_KILL"); dir != "" {
		work(dir)
	}
	if dir := os.Getenv("MPG_BOLT_FULL"); dir != "" {
		fill(dir)
		return
	}
	os.Exit(m.Run())
}

// work is the child of TestKill: each caller moves money, and finishes what it
// has moved, until the process is killed. Each acknowledgement is printed once
// it is there.
func work(dir string) {
	s, err := bolt.Open(dir, bolt.Options{SweepCommits: 7})
	if err != nil {
		panic(err)
	}
	if _, ok := s.Account(storetest.Float); !ok {
		if err := storetest.OpenAccounts(s); err != nil {
			panic(err)
		}
	}
	last, _, err := s.LastDoc(storetest.Table)
	if err != nil {
		panic(err)
	}
	from := uint64(0)
	if last.Key != "" {
		from = numberOf(last.Key) + killCallers
	}
	var mu sync.Mutex
	ack := func(stage string, n uint64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(stage, n)
	}
	var wg sync.WaitGroup
	for caller := range uint64(killCallers) {
		wg.Go(func() {
			for n := from + caller + 1; ; n += killCallers {
				row := must(s, storetest.Move(n)).Rows[0].ID
				ack("moved", n)
				if n%3 != 0 {
					must(s, storetest.Finish(n, row))
					ack("finished", n)
				}
			}
		})
	}
	wg.Wait()
}

func must(s *bolt.Store, c store.Cmd) store.Result {
	res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c})
	if err != nil || res[0].Refusal != store.None || res[0].Repeat {
		panic(fmt.Sprint(err, res))
	}
	return res[0]
}

func numberOf(key string) (n uint64) {
	if _, err := fmt.Sscanf(strings.TrimLeft(strings.TrimPrefix(key, "m"), "0"), "%d", &n); err != nil {
		panic(key)
	}
	return n
}

// acks are what the child has said: the stage of each move.
type acks struct{ moved, finished map[uint64]bool }

// TestKill kills the process at random moments. Whatever was acknowledged is
// there once, and the books are sound.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	a := acks{make(map[uint64]bool), make(map[uint64]bool)}
	for round := range *kills {
		a.killOnce(t, dir)
		if round%4 == 3 || round == *kills-1 {
			a.check(t, dir)
		}
	}
	t.Logf("%d moves and %d finishes acknowledged in %d rounds", len(a.moved), len(a.finished), *kills)
	if len(a.finished) < *kills {
		t.Error("hardly anything was done: the test proves nothing")
	}
}

// killOnce runs the child for a moment and notes what it acknowledged. A line
// that was cut short by the kill is no acknowledgement.
func (a *acks) killOnce(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "MPG_BOLT_KILL="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Duration(20+rand.IntN(180))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		var stage string
		var n uint64
		if _, err := fmt.Sscan(line, &stage, &n); err != nil {
			t.Errorf("the child says %q", line)
		}
		if stage == "moved" {
			a.moved[n] = true
		} else {
			a.finished[n] = true
		}
	}
	_ = cmd.Wait() // it was killed
}

// check holds what is kept against what was acknowledged.
func (a *acks) check(t *testing.T, dir string) {
	t.Helper()
	s := open(t, dir, bolt.Options{SweepCommits: 7})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	report := sound(t, s)
	kept := make(map[uint64]uint64) // versions
	finished, settled := 0, 0
	for d, err := range s.Docs(storetest.Table, "") {
		if err != nil {
			t.Fatal(err)
		}
		n := numberOf(d.Key)
		if kept[n] = d.Version; d.Version == 2 {
			finished++
			settled += int(n % 2)
		}
	}
	for n := range a.moved {
		if kept[n] == 0 {
			t.Errorf("move %d was acknowledged and is lost", n)
		}
	}
	for n := range a.finished {
		if kept[n] != 2 {
			t.Errorf("the finish of %d was acknowledged and is lost", n)
		}
	}
	for r, err := range s.Outbox(0) {
		if err != nil || kept[numberOf(string(r.Data))] != 1 {
			t.Errorf("row %d of a move in version %d, %v", r.ID, kept[numberOf(string(r.Data))], err)
		}
	}
	purse, _ := s.Account(storetest.Purse)
	shop, _ := s.Account(storetest.Shop)
	if int(purse.CreditsPosted) != len(kept) || int(shop.Posted()) != settled || report.Rows != len(kept)-finished || report.Holds != finished-settled {
		t.Errorf("%d moves, %d finished, %d of them settled; but purse %+v, shop %+v, %d rows, %d holds", len(kept), finished, settled, purse, shop, report.Rows, report.Holds)
	}
}
