package bolt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// fileBytesMax is where the disk of TestDiskFull ends. The file grows by 32 MiB.
const fileBytesMax = 40 << 20

// TestDiskFull lets a child write until no byte more goes into the file. It must
// say so, acknowledge nothing it has not kept, and refuse all that follows.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "MPG_BOLT_FULL="+dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	acked, last := 0, ""
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); last = lines.Text() {
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			acked = n
		}
	}
	if last != "broken" || acked == 0 {
		t.Fatalf("the child acknowledged %d and ended with %q", acked, last)
	}
	s := open(t, dir, bolt.Options{}) // there is room again
	defer s.Close()
	r := sound(t, s)
	if r.Rows < acked || r.Rows > acked+1 { // a Cmd whose commit failed may be there or not
		t.Errorf("%d acknowledged, %d kept", acked, r.Rows)
	}
	if _, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{storetest.Move(1 << 40)}); err != nil {
		t.Errorf("after the disk has room again: %v", err)
	}
}

// fill is the child of TestDiskFull.
func fill(dir string) {
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: fileBytesMax, Max: fileBytesMax}); err != nil {
		panic(err)
	}
	s, err := bolt.Open(dir, bolt.Options{CheckpointCommits: 20})
	if err != nil {
		panic(err)
	}
	if err := storetest.OpenAccounts(s); err != nil {
		panic(err)
	}
	for n := uint64(1); ; n++ {
		c := storetest.Move(n)
		c.Writes[0].Data = make([]byte, store.DataBytesMax)
		if _, err = s.Apply(context.Background(), s.Epoch(), []store.Cmd{c}); err != nil {
			break
		}
		fmt.Println(n)
	}
	if !errors.Is(err, store.ErrBroken) {
		panic(err)
	}
	select {
	case <-s.Broken():
	case <-time.After(time.Minute):
		panic("Broken is still open")
	}
	if _, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{storetest.Move(1 << 40)}); !errors.Is(err, store.ErrBroken) {
		panic(err)
	}
	if _, ok, err := s.Doc(context.Background(), storetest.Table, "m000000000000001"); !ok || err != nil {
		panic("what is durable cannot be read any more")
	}
	_ = s.Close() // whatever it says: the next start tells
	fmt.Println("broken")
}
