package proof

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What a daemon may need for a day of orders.
const (
	daySubscribers = 40
	dayTalkMax     = 400 * time.Millisecond // between two texts that order nothing
	dayTellEvery   = 30 * time.Second

	dayRedelivery = `redelivery = "20s"` // so that the memory of texts is soon full

	// An order leaves a payment, its texts and its journal in the books, for good;
	// the heap keeps what is open, and an index.
	fileOrderMax   = 64 << 10
	fileSlack      = 64 << 20 // files grow by steps
	heapOrderMax   = 4 << 10
	heapSlack      = 24 << 20 // what is being compared, said and sent just now
	goroutineSlack = 8        // timers and connections that just end
)

// collection is what the runtime prints of each garbage collection where it is
// told to, runtime(3): the megabytes of the heap before, at the end, and that live.
var collection = regexp.MustCompile(`(?m)^gc \d+ @.* \d+->\d+->(\d+) MB`)

// collections is of how many the least is taken: PINs that are being compared
// take much memory for a moment.
const collections = 20

// TestDay lets everybody order for a long time without a kill: payments of all
// three products by people with and without patience, and texts that order
// nothing. After it the books are right, and what the daemon holds has grown by
// what it has to remember and no more.
func TestDay(t *testing.T) {
	t.Parallel()
	if *dayFlag == 0 {
		t.Skip("NO LONG DAY IS SPENT: make soak-day")
	}
	rng := chance(t)
	w := newWorld(t, func(s *settings) {
		s.hurried()
		s.level, s.orderKeys = "info", dayRedelivery
	})
	env := launch{env: []string{"GOTRACEBACK=all", "GODEBUG=gctrace=1"}}
	d := w.launch(env).awaitReady()
	w.populate(daySubscribers)
	w.bound()
	idle := w.goroutines(d)
	d = w.launch(env).awaitReady()

	ctx, cancel := context.WithTimeout(t.Context(), *dayFlag)
	defer cancel()
	c := newCrowd(w, &orders{until: func(int) bool { return ctx.Err() != nil }}, moods())
	w.on(c.hear, nil)
	var talk sync.WaitGroup
	own := rand.New(rand.NewPCG(rng.Uint64(), 3))
	talk.Go(func() { w.chatter(ctx, own) })
	c.begin(rng)
	quarter := w.watchDay(ctx, d)
	c.all.Wait()
	talk.Wait()
	r := w.settle()
	t.Logf("outcomes: %v", r.outcomes())
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	if t.Failed() {
		keep(t, &r)
	}
	w.modest(t, quarter, w.holds(d))
	if after := w.goroutines(d); after > idle+goroutineSlack {
		t.Errorf("%d goroutines are left, and %d were there before\n%s", after, idle, d.tail())
	} else {
		t.Logf("%d goroutines, %d before", after, idle)
	}
}

// chatter sends texts that order nothing until ctx ends.
func (w *world) chatter(ctx context.Context, rng *rand.Rand) {
	texts := []string{"BAL", "LAST", "HELP", "STOP", "AGAIN", "NO", "YES", "余额", "帮助", "取消", "再拨", "PAY 8001", "PAY 9999 1.00", "hello",
		"SEND 5 to nobody", "PAY 8001 1.00 2.00", "付给 8001", "BAL 8001"}
	for n := 1; pause(ctx, rng, dayTalkMax); n++ {
		// Each is written a little differently, so that none is taken for a copy.
		w.say(oneOf(rng, w.people).Number, oneOf(rng, texts)+strings.Repeat(" ", n%100))
	}
}

// held is what a daemon holds at one time.
type held struct {
	orders                int
	heap, resident, files int64 // bytes
}

// watchDay tells what the daemon holds from time to time until ctx ends, and
// returns what it held when a quarter of the day was over.
func (w *world) watchDay(ctx context.Context, d *daemon) held {
	w.t.Helper()
	from := time.Now()
	var quarter held
	for tick := min(dayTellEvery, *dayFlag/8); ; {
		select {
		case <-ctx.Done():
			return quarter
		case <-d.ended:
			w.t.Fatalf("serve ended: %v\n%s", d.err, d.tail())
		case <-time.After(tick):
		}
		now := w.holds(d)
		w.t.Logf("after %v: %d orders; MiB: heap %d, resident %d, files %d", time.Since(from).Round(time.Second), now.orders, now.heap>>20, now.resident>>20, now.files>>20)
		if quarter.orders == 0 && time.Since(from) >= *dayFlag/4 {
			quarter = now
		}
	}
}

// liveHeap is the least that lived after one of the last collections.
func (w *world) liveHeap(d *daemon) int64 {
	w.t.Helper()
	all := collection.FindAllStringSubmatch(d.output(), -1)
	least := int64(-1)
	for _, c := range all[max(0, len(all)-collections):] {
		mib, err := strconv.ParseInt(c[1], 10, 64)
		if err != nil {
			w.t.Fatal(err)
		}
		if least < 0 || mib < least {
			least = mib
		}
	}
	if least < 0 {
		w.t.Fatalf("no garbage was collected\n%s", d.tail())
	}
	return least << 20
}

// holds reads what the daemon holds: from its runtime, from its files, and from
// the kernel, proc(5).
func (w *world) holds(d *daemon) held {
	w.t.Helper()
	now := held{orders: w.journal.orders(), heap: w.liveHeap(d)}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(size), " kB"), 10, 64)
			if err != nil {
				w.t.Fatal(err)
			}
			now.resident = kib << 10
		}
	}
	err = filepath.WalkDir(w.set.data, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			now.files += info.Size()
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if now.resident == 0 || now.files == 0 {
		w.t.Fatalf("it holds %+v: that cannot be", now)
	}
	return now
}

// modest fails where the daemon has grown by more than its orders have to leave.
func (w *world) modest(t *testing.T, quarter, end held) {
	t.Helper()
	n := int64(end.orders - quarter.orders)
	if n <= 0 {
		t.Fatal("nobody ordered: the day proves nothing")
	}
	heap, files := end.heap-quarter.heap, end.files-quarter.files
	t.Logf("%d orders from the quarter on: heap %+d bytes each, files %+d bytes each", n, heap/n, files/n)
	if heap > heapSlack+n*heapOrderMax {
		t.Errorf("the heap has grown by %d bytes in %d orders", heap, n)
	}
	if files > fileSlack+n*fileOrderMax {
		t.Errorf("files have grown by %d bytes in %d orders", files, n)
	}
}

// goroutines ends the daemon by SIGQUIT, upon which the runtime prints the stacks
// of all goroutines, and counts them.
func (w *world) goroutines(d *daemon) int {
	w.t.Helper()
	before := len(d.output())
	d.signal(syscall.SIGQUIT)
	d.awaitEnd()
	n := strings.Count(d.output()[before:], "\ngoroutine ")
	if n == 0 {
		w.t.Fatalf("no stacks were printed\n%s", d.tail())
	}
	return n
}
