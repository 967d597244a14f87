package acquirer

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Verdict says, after one try, when the next one is due.
type Verdict uint8

// The verdicts.
const (
	Done   Verdict = iota + 1 // the entry leaves the queue
	Unsent                    // nothing left this machine: try again after Retry as if for the first time
	Soon                      // no answer: try again after Retry
	Slowly                    // an answer that ends nothing: after Retry, twice that, and so on
)

// slowest bounds the growing interval, as a multiple of Retry.
const slowest = 32

// unreadyRest is the longest a queue waits before it checks again whether the
// bank is signed on.
const unreadyRest = time.Second

// emptyRest is the longest that a queue with nothing due waits.
const emptyRest = time.Minute

// QueueConfig is what a Queue is made of.
type QueueConfig struct {
	Window func() int           // reversals under way at once; below 1 counts as 1
	Retry  func() time.Duration // the shortest interval between two tries
	Ready  func() bool          // whether the bank is signed on
	// Try sends one reversal. repeat says that it may have been sent before.
	Try func(ctx context.Context, no uint64, repeat bool) Verdict
}

// Queue holds the reversals that are due at one bank and decides which of them is sent
// when (store and forward). The store holds what is due; the queue holds only the order
// of work. What a bank or a biller has to be told is queued in the same way.
//
// Each reversal is an entry of its own and is tried until its Try returns Done.
// Several are under way at once, up to the bank's window. A part of the window
// is kept for entries that have not been tried yet, so that reversals that the
// bank does not answer, however many, do not hold up those that it would. A
// bank that answers, but does not confirm that the request is undone, is asked
// again at growing intervals; one that is not signed on is not asked at all.
//
// Times are monotonic: a clock that is set back does not hold a reversal up. The methods
// may be called from any goroutine.
type Queue struct {
	cfg     QueueConfig
	mu      sync.Mutex
	entries map[uint64]*entry
	untried waiting // the entries that were not tried since they were added or woken
	tried   waiting // the others, but for those under way
	busy    int     // tries under way
	repeats int     // of these, entries that were tried before
	changed chan struct{}
	tries   sync.WaitGroup
}

// entry is one reversal.
type entry struct {
	no     uint64
	repeat bool // it may have been sent before
	sent   int  // how many times, as far as is known
	tried  bool // since it was added or woken
	pause  time.Duration
	due    time.Time
	busy   bool
	woken  bool // Wake was called while it was being tried
	place  int  // where it waits
}

// waiting are entries that wait for a try: a heap whose first one is due for longest.
type waiting []*entry

func (w waiting) Len() int { return len(w) }

func (w waiting) Less(i, j int) bool {
	if !w[i].due.Equal(w[j].due) {
		return w[i].due.Before(w[j].due)
	}
	return w[i].no < w[j].no
}

func (w waiting) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].place, w[j].place = i, j
}

// Push implements heap.Interface.
func (w *waiting) Push(x any) {
	e := x.(*entry)
	e.place = len(*w)
	*w = append(*w, e)
}

// Pop implements heap.Interface.
func (w *waiting) Pop() any {
	last := len(*w) - 1
	e := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	return e
}

// NewQueue returns an empty queue.
func NewQueue(c QueueConfig) *Queue {
	return &Queue{cfg: c, entries: make(map[uint64]*entry), changed: make(chan struct{}, 1)}
}

// Add takes in the reversal of request no, or, if it is there already, makes it
// due at once. sent is how many times it was sent; repeat says whether it may
// have been sent before.
func (q *Queue) Add(no uint64, sent int, repeat bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.entries[no]
	if e == nil {
		e = &entry{no: no, sent: sent}
		q.entries[no] = e
		q.wait(e)
	}
	e.repeat = e.repeat || repeat
	q.hurry(e)
}

// Wake makes the reversal of request no due at once, if it is there.
func (q *Queue) Wake(no uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.entries[no]; e != nil {
		q.hurry(e)
	}
}

// hurry makes e due. The lock is held.
func (q *Queue) hurry(e *entry) {
	if !e.busy {
		heap.Remove(q.place(e), e.place)
	}
	e.due, e.pause, e.tried = time.Time{}, 0, false
	if e.woken = e.busy; !e.busy {
		q.wait(e)
	}
	q.signal()
}

// place returns where e waits. The lock is held.
func (q *Queue) place(e *entry) *waiting {
	if e.tried {
		return &q.tried
	}
	return &q.untried
}

// wait has e wait for its next try. The lock is held.
func (q *Queue) wait(e *entry) { heap.Push(q.place(e), e) }

// Sent returns how many times the reversal of request no was sent, or 0 if it
// is not in the queue.
func (q *Queue) Sent(no uint64) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.entries[no]; e != nil {
		return e.sent
	}
	return 0
}

// Len returns how many reversals are in the queue.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.entries)
}

func (q *Queue) signal() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// Run tries what is due until ctx ends, and returns once no try is under way.
func (q *Queue) Run(ctx context.Context) {
	defer q.tries.Wait()
	for ctx.Err() == nil {
		rest := q.start(ctx)
		timer := time.NewTimer(rest)
		select {
		case <-q.changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// start begins as many tries as the window has room for, and returns how long
// nothing more will be due.
func (q *Queue) start(ctx context.Context) time.Duration {
	if !q.cfg.Ready() {
		return min(q.cfg.Retry(), unreadyRest)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		e, rest := q.next(time.Now())
		if e == nil {
			return rest
		}
		q.begin(ctx, e)
	}
}

// begin tries e in a goroutine of its own. The lock is held.
func (q *Queue) begin(ctx context.Context, e *entry) {
	repeat, tried := e.repeat, e.tried
	e.busy, e.tried = true, true
	q.count(tried, 1)
	q.tries.Go(func() {
		v := q.cfg.Try(ctx, e.no, repeat)
		q.end(e, tried, v)
	})
}

func (q *Queue) count(tried bool, by int) {
	q.busy += by
	if tried {
		q.repeats += by
	}
}

// next takes out the due entry that comes first, or, if none is due, returns how long that
// stays so. One that was not tried yet comes before all others. The lock is held.
func (q *Queue) next(now time.Time) (*entry, time.Duration) {
	window := max(1, q.cfg.Window())
	switch {
	case q.busy >= window:
		return nil, emptyRest // the end of a try wakes the queue
	case len(q.untried) > 0: // it is always due
		return heap.Pop(&q.untried).(*entry), 0
	case len(q.tried) == 0, q.repeats >= max(1, window-(window+3)/4):
		return nil, emptyRest
	}
	if rest := q.tried[0].due.Sub(now); rest > 0 {
		return nil, min(rest, emptyRest)
	}
	return heap.Pop(&q.tried).(*entry), 0
}

// end applies the verdict of a try.
func (q *Queue) end(e *entry, tried bool, v Verdict) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e.busy = false
	q.count(tried, -1)
	q.signal()
	woken := e.woken
	e.woken = false
	if v != Unsent {
		e.sent++
		e.repeat = true
	}
	if v == Done && !woken {
		delete(q.entries, e.no)
		return
	}
	defer q.wait(e)
	if woken {
		return // due at once, as hurry left it
	}
	retry := q.cfg.Retry()
	if v == Slowly {
		e.pause = min(max(2*e.pause, retry), slowest*retry)
	} else {
		e.pause = retry
	}
	e.due = time.Now().Add(e.pause)
}
