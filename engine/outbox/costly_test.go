package outbox_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/outbox"
	"mpg/store"
)

// silent is the answer of a fax that never says how a try ended.
const silent outbox.Outcome = 0

// fax is a costly channel. It checks that each try was written down before it, and
// counts those that may have cost something.
type fax struct {
	costly
	ledger *ledger
	ends   func() outbox.Outcome

	mu      sync.Mutex
	answers sync.WaitGroup
	cost    map[int]int
	late    map[int]bool // answered after the stop
	wrong   []string
}

func newFax(tries int, ends func() outbox.Outcome) *fax {
	return &fax{costly: costly{link{name: "out"}, tries}, ledger: newLedger(), ends: ends, cost: make(map[int]int), late: make(map[int]bool)}
}

func (f *fax) Ready(ctx context.Context) error { return ctx.Err() }

func (f *fax) Send(ctx context.Context, n *notice.Notice, done func(outbox.Outcome)) {
	id, _ := strconv.Atoi(n.Args.Memo)
	written, _ := f.ledger.Tried(store.RowID(id))
	f.mu.Lock()
	o := f.ends()
	if f.cost[id] >= written {
		f.wrong = append(f.wrong, fmt.Sprintf("row %d was tried %d times before, and %d are written down", id, f.cost[id], written))
	}
	if o != outbox.Busy && o != outbox.Unfit {
		f.cost[id]++
	}
	if f.cost[id] > f.tries {
		f.wrong = append(f.wrong, fmt.Sprintf("row %d was tried %d times", id, f.cost[id]))
	}
	f.mu.Unlock()
	if o == silent {
		return
	}
	f.answers.Go(func() {
		time.Sleep(time.Second)
		if ctx.Err() != nil {
			f.mu.Lock()
			f.late[id] = true
			f.mu.Unlock()
		}
		done(o)
	})
}

// life runs a dispatcher for a while, and stops it: what was not answered never is.
func (f *fax) life(w *world, lasts time.Duration) {
	d, err := outbox.New(outbox.Config{Rows: w.walk, Done: w.mark, Channels: []outbox.Channel{f}, Attempts: f.ledger, RowsMax: 4, RecipientMax: 2})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { d.Run(ctx) })
	time.Sleep(lasts)
	stop()
	ended.Wait()
	f.answers.Wait()
}

// TestNoCostlyTryTooMany: whatever is answered and wherever it stops, a text is tried
// at most as often as the channel's policy says, and never before the try was written
// down; in the end each is done, and none without a try that counts.
func TestNoCostlyTryTooMany(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		tries, texts := rapid.IntRange(1, 4).Draw(rt, "tries"), rapid.IntRange(1, 12).Draw(rt, "texts")
		ends := rapid.SliceOfN(rapid.SampledFrom([]outbox.Outcome{outbox.Accepted, outbox.Busy, outbox.Uncertain, outbox.Uncertain,
			outbox.Unfit, outbox.Never, silent, silent}), 1, 30).Draw(rt, "ends")
		lives := rapid.SliceOfN(rapid.IntRange(0, 400), 0, 10).Draw(rt, "lives")
		fails := rapid.SliceOfN(rapid.IntRange(0, 3), 11, 11).Draw(rt, "fails")
		crash := rapid.Bool().Draw(rt, "crash")
		var wrong []string
		synctest.Test(t, func(*testing.T) {
			w := newWorld()
			for i := range texts {
				n := notice.Notice{Medium: "fax", Via: "out", To: strconv.Itoa(i % 3), Text: lang.TopUp, Args: lang.Args{Memo: strconv.Itoa(i + 1)}}
				row, _ := n.Row()
				w.rows = append(w.rows, &fate{row: store.OutRow{ID: store.RowID(i + 1), Data: row.Data}, notice: n, never: true})
			}
			i := 0
			f := newFax(tries, func() outbox.Outcome { i++; return ends[i%len(ends)] })
			for n, seconds := range lives {
				w.broken, f.ledger.broken, f.ledger.fails = crash, crash, fails[n]
				f.life(w, time.Duration(seconds)*time.Second+time.Millisecond/2)
			}
			w.broken, f.ledger.broken, f.ends = false, false, func() outbox.Outcome { return outbox.Accepted }
			f.life(w, 24*time.Hour)
			wrong = append(w.wrong, f.wrong...)
			for _, row := range w.rows {
				// After a crash, nobody knows that the other side was only busy.
				if id := int(row.row.ID); !row.done || f.cost[id] == 0 && !crash && !f.late[id] {
					wrong = append(wrong, fmt.Sprintf("row %d: done %v after %d tries", id, row.done, f.cost[id]))
				}
			}
		})
		for _, s := range wrong {
			rt.Error(s)
		}
	})
}

// TestWhenACostlyTextGoesAgain: a try that was begun and not answered is followed by the
// next no sooner than one that ended in doubt, over a restart as well.
func TestWhenACostlyTextGoesAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		ends    outbox.Outcome
		tries   int
		restart time.Duration // after the first try; 0: none
		want    []time.Duration
	}{
		{"in doubt", outbox.Uncertain, 3, 0, []time.Duration{31 * time.Second, 61 * time.Second}},
		{"busy", outbox.Busy, 2, 0, []time.Duration{31 * time.Second, 61 * time.Second, 121 * time.Second, 241 * time.Second, 481 * time.Second}},
		{"silent", silent, 3, 10 * time.Second, []time.Duration{30 * time.Second}},
		{"silent until late", silent, 3, time.Hour, []time.Duration{time.Hour}},
		{"silent the last time", silent, 1, 10 * time.Second, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, w *world) {
				var at []time.Time
				f := newFax(tt.tries, func() outbox.Outcome { at = append(at, time.Now()); return tt.ends })
				n := notice.Notice{Medium: "fax", Via: "out", To: "1", Text: lang.TopUp, Args: lang.Args{Memo: "1"}}
				row, err := n.Row()
				if err != nil {
					t.Fatal(err)
				}
				w.rows = append(w.rows, &fate{row: store.OutRow{ID: 1, Data: row.Data}, notice: n, never: true})
				if tt.restart > 0 {
					f.life(w, tt.restart)
				}
				f.life(w, 17*time.Minute)
				for i := 1; i < len(at) && i <= len(tt.want); i++ {
					if got := at[i].Sub(at[i-1]); got != tt.want[i-1] {
						t.Errorf("try %d after %s, want %s", i+1, got, tt.want[i-1])
					}
				}
				if len(at) != len(tt.want)+1 || w.rows[0].done != (len(at) == tt.tries && tt.name != "silent") {
					t.Errorf("%d tries, done: %v", len(at), w.rows[0].done)
				}
				for _, s := range f.wrong {
					t.Error(s)
				}
			})
		})
	}
}
