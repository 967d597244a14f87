package bolt_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math"
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
		work(dir, bolt.Options{CheckpointCommits: 7})
	}
	if dir := os.Getenv("MPG_BOLT_BUDGET"); dir != "" {
		spend(dir, bolt.Options{CheckpointCommits: 7})
	}
	if dir := os.Getenv("MPG_BOLT_FAILPOINT"); dir != "" {
		fail(dir)
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
func work(dir string, opts bolt.Options) {
	s, from := begin(dir, opts)
	run(s, from, math.MaxUint64)
}

// begin opens the store and says up to which move it may hold some.
func begin(dir string, opts bolt.Options) (s *bolt.Store, from uint64) {
	s, err := bolt.Open(dir, opts)
	if err != nil {
		panic(err)
	}
	if _, ok, err := s.Account(context.Background(), storetest.Float); !ok || err != nil {
		if err := storetest.OpenAccounts(s); err != nil {
			panic(err)
		}
	}
	last, _, err := s.LastDoc(context.Background(), storetest.Table)
	if err != nil {
		panic(err)
	}
	if last.Key != "" {
		from = numberOf(last.Key) + killCallers
	}
	return s, from
}

// run has each caller do what follows on from, rounds times.
func run(s *bolt.Store, from, rounds uint64) {
	var mu sync.Mutex
	ack := func(stage string, n uint64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(stage, n)
	}
	var wg sync.WaitGroup
	for caller := range uint64(killCallers) {
		wg.Go(func() {
			for n, round := from+caller+1, uint64(0); round < rounds; n, round = n+killCallers, round+1 {
				row := must(s, storetest.Move(n)).Rows[0].ID
				ack("moved", n)
				if n%3 != 0 {
					must(s, storetest.Finish(n, row))
					ack("finished", n)
				}
				if parts(n) {
					must(s, storetest.Part(n))
					ack("parted", n)
				}
			}
		})
	}
	wg.Wait()
}

// parts reports whether a move is finished, with its money on hold, and then parted.
func parts(n uint64) bool { return n%3 != 0 && n%4 == 0 }

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
type acks struct{ moved, finished, parted map[uint64]bool }

func newAcks() acks {
	return acks{make(map[uint64]bool), make(map[uint64]bool), make(map[uint64]bool)}
}

// TestKill kills the process at random moments. Whatever was acknowledged is
// there once, and the books are sound.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	a := newAcks()
	for round := range *kills {
		killOnce(t, []string{"MPG_BOLT_KILL=" + dir}, func(out io.Reader, first func()) { a.note(t, out, first) })
		if round%4 == 3 || round == *kills-1 {
			a.check(t, dir)
		}
	}
	t.Logf("%d moves and %d finishes acknowledged in %d rounds", len(a.moved), len(a.finished), *kills)
	if len(a.finished) < *kills {
		t.Error("hardly anything was done: the test proves nothing")
	}
}

// killOnce runs a child for a moment, in most rounds counted from its first
// acknowledgement, and hands over what it says. note must call first once the child says
// something; a line that was cut short by the kill is no acknowledgement.
func killOnce(t *testing.T, env []string, note func(out io.Reader, first func())) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() {
		time.AfterFunc(time.Duration(20+rand.IntN(180))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	}
	if rand.IntN(4) == 0 { // it may not even have opened the store
		kill()
		kill = func() {}
	}
	note(out, kill)
	_ = cmd.Wait() // it was killed
}

// note takes in what the child says until it ends, and calls first once it says
// something.
func (a *acks) note(t *testing.T, out io.Reader, first func()) {
	t.Helper()
	for lines, said := bufio.NewReader(out), false; ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		if !said {
			said = true
			first()
		}
		var stage string
		var n uint64
		if _, err := fmt.Sscan(line, &stage, &n); err != nil {
			t.Errorf("the child says %q", line)
		}
		switch stage {
		case "moved":
			a.moved[n] = true
		case "finished":
			a.finished[n] = true
		case "parted":
			a.parted[n] = true
		}
	}
}

// check holds what is kept against what was acknowledged.
func (a *acks) check(t *testing.T, dir string) {
	t.Helper()
	s := open(t, dir, bolt.Options{CheckpointCommits: 7})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	report := sound(t, s)
	kept := make(map[uint64]uint64) // versions
	finished, settled, parted := 0, 0, 0
	for d, err := range s.Docs(t.Context(), storetest.Table, "", 0) {
		if err != nil {
			t.Fatal(err)
		}
		n := numberOf(d.Key)
		if want := []string{"done", "finished", "parted"}[d.Version-1]; string(d.Data) != want {
			t.Errorf("version %d of the document of move %d is %q", d.Version, n, d.Data)
		}
		if kept[n] = d.Version; d.Version >= 2 {
			finished++
			settled += int(n % 2)
			parted += int(d.Version - 2)
		}
	}
	for n := range a.moved {
		if kept[n] == 0 {
			t.Errorf("move %d was acknowledged and is lost", n)
		}
	}
	for n := range a.finished {
		if kept[n] < 2 {
			t.Errorf("the finish of %d was acknowledged and is lost", n)
		}
	}
	for n := range a.parted {
		d, ok, err := s.Doc(t.Context(), storetest.Table, storetest.MoveKey(n))
		if kept[n] != 3 || !ok || err != nil || string(d.Data) != "parted" {
			t.Errorf("the part of %d was acknowledged and is lost: %+v %v %v", n, d, ok, err)
		}
	}
	for r, err := range s.Outbox(t.Context(), 0, 0) {
		if err != nil || kept[numberOf(string(r.Data))] != 1 {
			t.Errorf("row %d of a move in version %d, %v", r.ID, kept[numberOf(string(r.Data))], err)
		}
	}
	purse, _, _ := s.Account(t.Context(), storetest.Purse)
	shop, _, _ := s.Account(t.Context(), storetest.Shop)
	held := storetest.MoveAmount*(finished-settled) - parted
	if int(purse.CreditsPosted) != storetest.MoveAmount*len(kept) || int(shop.Posted()) != storetest.MoveAmount*settled+parted || int(purse.DebitsPending) != held || report.Rows != len(kept)-finished || report.Holds != finished-settled {
		t.Errorf("%d moves, %d finished, %d of them settled, %d parted; but purse %+v, shop %+v, %d rows, %d holds", len(kept), finished, settled, parted, purse, shop, report.Rows, report.Holds)
	}
}
