package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// failed is how a child ends that stopped at its failpoint.
const failed = 9

// failRounds is how much a child does before it closes the store.
const failRounds = 6

// fail is the child of TestFailpoints: it works as that of TestKill does, and ends
// on the spot when it comes to a failpoint for the n-th time. With the word close,
// only what happens once Close was called counts.
func fail(dir string) {
	var point, n, hits int64
	var when string
	if _, err := fmt.Sscan(os.Getenv("MPG_BOLT_FAILPOINT_AT"), &point, &n, &when); err != nil {
		panic(err)
	}
	var armed atomic.Bool
	armed.Store(when == "commit")
	s, from := begin(dir, bolt.Options{CheckpointCommits: 7, Failpoint: func(p bolt.Failpoint) {
		if armed.Load() && p == bolt.Failpoint(point) {
			if hits++; hits == n { // only the committer comes here, or Close after it
				os.Exit(failed)
			}
		}
	}})
	if when == "commit" {
		run(s, from, 1<<40)
	}
	run(s, from, failRounds)
	must(s, manyDocs(from))
	armed.Store(true)
	fmt.Fprintln(os.Stderr, "the failpoint was not reached:", s.Close())
	os.Exit(1)
}

// manyDocs makes Close write its checkpoint in many slices.
func manyDocs(n uint64) store.Cmd {
	c := store.Cmd{At: time.Unix(int64(n), 0)}
	copy(c.ID[:], fmt.Sprintf("d%015d", n))
	for i := range store.WritesMax {
		c.Writes = append(c.Writes, store.Write{Table: storetest.Table + 1, Key: fmt.Sprint(n, "/", i), Data: []byte("x")})
	}
	return c
}

// TestFailpoints ends a process at each failpoint, early and late, amid commits and
// amid Close. Whatever was acknowledged is there once, and the books are sound.
func TestFailpoints(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		point bolt.Failpoint
		close bool // Close comes by it too
	}{
		"before write": {bolt.BeforeWrite, false}, "after accounts": {bolt.AfterAccounts, true}, "after documents": {bolt.AfterDocs, true}, "after the archive": {bolt.AfterArchive, true},
		"after holds": {bolt.AfterHolds, true}, "after ended": {bolt.AfterEnded, true}, "after rows": {bolt.AfterRows, true},
		"before commit": {bolt.BeforeCommit, true}, "before sync": {bolt.BeforeSync, true}, "after sync": {bolt.AfterSync, true},
		"before answer": {bolt.BeforeAnswer, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := privateDir(t)
			a := newAcks()
			for _, at := range []string{"1 commit", "2 commit", "9 commit", "40 commit", "1 close", "5 close", "15 close"} {
				var n int
				var when string
				if _, err := fmt.Sscan(at, &n, &when); err != nil {
					t.Fatal(err)
				}
				if when == "close" && !tt.close {
					continue
				}
				a.failOnce(t, dir, fmt.Sprint(int(tt.point), " ", at))
				a.check(t, dir)
			}
			if len(a.parted) == 0 {
				t.Error("hardly anything was done: the test proves nothing")
			}
		})
	}
}

// failOnce runs a child that must end at its failpoint.
func (a *acks) failOnce(t *testing.T, dir, at string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "MPG_BOLT_FAILPOINT="+dir, "MPG_BOLT_FAILPOINT_AT="+at)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.note(t, out, func() {})
	_ = cmd.Wait() // the code says how it ended
	if code := cmd.ProcessState.ExitCode(); code != failed {
		t.Fatalf("%s: the child ended with %d", at, code)
	}
}

// TestPowerCut makes the files that a power cut can leave amid a commit whose pages
// reached the disk: one without the new meta page, and one with a torn one. The
// next start finds all that was there before, and nothing of the commit.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	path := filepath.Join(dir, bolt.FileName)
	metas := 2 * os.Getpagesize()
	var armed atomic.Bool
	var before, after []byte
	read := func() []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		return b
	}
	s := open(t, dir, bolt.Options{CheckpointCommits: 3, Failpoint: func(p bolt.Failpoint) {
		switch {
		case !armed.Load():
		case p == bolt.BeforeCommit:
			before = read()[:metas]
		case p == bolt.AfterSync:
			after = read()
		}
	}})
	defer s.Close()
	if err := storetest.OpenAccounts(s); err != nil {
		t.Fatal(err)
	}
	const moves = 10
	for n := range uint64(moves) {
		row := must(s, storetest.Move(n+1)).Rows[0].ID
		must(s, storetest.Finish(n+1, row))
	}
	armed.Store(true)
	must(s, storetest.Move(moves+1))
	armed.Store(false)
	torn := append([]byte(nil), before...)
	for i := range torn { // the page that has changed is new but for its sum
		if page := i / (metas / 2); torn[i] != after[i] && i-page*metas/2 < 16+56 { // all but its sum
			torn[i] = after[i]
		}
	}
	if string(torn) == string(before) || string(torn) == string(after[:metas]) {
		t.Fatal("no meta page is torn: the test proves nothing")
	}
	for name, tt := range map[string]struct {
		metas []byte
		moves int
	}{"whole": {after[:metas], moves + 1}, "without the new meta page": {before, moves}, "with a torn one": {torn, moves}} {
		cut := privateDir(t)
		if err := os.WriteFile(filepath.Join(cut, bolt.FileName), append(append([]byte(nil), tt.metas...), after[metas:]...), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, cut, bolt.Options{})
		sound(t, s)
		if a, _, err := s.Account(t.Context(), storetest.Purse); err != nil || int(a.CreditsPosted) != storetest.MoveAmount*tt.moves {
			t.Errorf("%s: %d are in the purse, of %d moves", name, a.CreditsPosted, tt.moves)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPanicAtAFailpoint: what ends a commit in the process breaks the store, and
// nobody is told that it was done.
func TestPanicAtAFailpoint(t *testing.T) {
	t.Parallel()
	for p := bolt.BeforeWrite; p <= bolt.AfterSync; p++ {
		dir := privateDir(t)
		var armed atomic.Bool
		s := open(t, dir, bolt.Options{Failpoint: func(at bolt.Failpoint) {
			if armed.Load() && at == p {
				panic("the disk is gone")
			}
		}})
		if err := storetest.OpenAccounts(s); err != nil {
			t.Fatal(err)
		}
		armed.Store(true)
		isBroken(t, s, storetest.Move(1))
		isBroken(t, s, storetest.Move(2))
		_ = s.Close() // whatever it says: the next start tells
		s = open(t, dir, bolt.Options{})
		r := sound(t, s)
		if kept := p >= bolt.BeforeSync; (r.Docs == 1) != kept || r.Docs > 1 {
			t.Errorf("failpoint %d: %d documents are kept", p, r.Docs)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// isBroken applies c, which must not be done.
func isBroken(t *testing.T, s *bolt.Store, c store.Cmd) {
	t.Helper()
	res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c})
	if !errors.Is(err, store.ErrBroken) || res != nil {
		t.Errorf("%+v, %v", res, err)
	}
}
