package acquirer

import (
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
	busy    int // tries under way
	repeats int // of these, entries that were tried before
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
	}
	e.repeat = e.repeat || repeat
	e.hurry()
	q.signal()
}

// Wake makes the reversal of request no due at once, if it is there.
func (q *Queue) Wake(no uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.entries[no]; e != nil {
		e.hurry()
		q.signal()
	}
}

// hurry makes the entry due. The lock is held.
func (e *entry) hurry() {
	e.due, e.pause, e.tried = time.Time{}, 0, false
	e.woken = e.busy
}

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

// next returns the due entry that comes first, or, if none is due, how long
// that stays so. The lock is held.
func (q *Queue) next(now time.Time) (*entry, time.Duration) {
	window := max(1, q.cfg.Window())
	if q.busy >= window {
		return nil, emptyRest // the end of a try wakes the queue
	}
	repeating := q.repeats < max(1, window-(window+3)/4)
	var best *entry
	rest := emptyRest
	for _, e := range q.entries {
		if e.busy || e.tried && !repeating {
			continue
		}
		if until := e.due.Sub(now); until > 0 {
			rest = min(rest, until)
			continue
		}
		if best == nil || e.before(best) {
			best = e
		}
	}
	return best, rest
}

// before orders the due entries: those not yet tried first, then those due for
// longest, then by number.
func (e *entry) before(other *entry) bool {
	if e.tried != other.tried {
		return other.tried
	}
	if !e.due.Equal(other.due) {
		return e.due.Before(other.due)
	}
	return e.no < other.no
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
