package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// lane is one channel with the texts that go by it.
type lane struct {
	d       *Dispatcher
	channel Channel
	kick    chan struct{} // a queue became ready

	mu      sync.Mutex
	queues  map[string]*queue // by number; none is empty unless rows of it were left in the store
	ready   queueHeap         // queues whose head may go now, earliest commit first
	delayed queueHeap         // queues whose head waits, earliest time first
	starved []*queue          // queues that have room for rows left in the store
	rows    int               // in memory, including those on their way
	cursor  store.RowID       // every row up to it is in memory, done, left for its queue, or another lane's
	full    bool              // rows after cursor stay in the store for now
	taken   map[string]uint64 // texts taken so far, by sender
	unfit   map[string]bool   // senders with an Unfit text and none taken since
}

// queue holds the texts to one number in the order of their commits. At most its
// head is on its way.
type queue struct {
	to     string
	rows   []*row
	flying bool
	left   store.RowID // the first row that was left in the store; 0: none

	heap  *queueHeap // the heap that it is in, at place
	place int
}

// row is one text.
type row struct {
	id      store.RowID
	notice  notice.Notice
	read    time.Time
	interim bool

	// The rest is about a row that was refused.
	due                   time.Time // zero: at once
	since                 time.Time
	tries                 int
	outcome               Outcome
	takenFirst, takenLast uint64 // texts by the same sender taken until the first and the last refusal
}

func newLane(d *Dispatcher, channel Channel) *lane {
	return &lane{
		d: d, channel: channel, kick: make(chan struct{}, 1),
		queues:  make(map[string]*queue),
		ready:   queueHeap{before: func(a, b *queue) bool { return a.rows[0].id < b.rows[0].id }},
		delayed: queueHeap{before: func(a, b *queue) bool { return a.rows[0].due.Before(b.rows[0].due) }},
		taken:   make(map[string]uint64), unfit: make(map[string]bool),
	}
}

// run sends until ctx ends. It always takes the earliest text that may go, so that
// after a time without a link everything is sent in the order of the commits.
func (l *lane) run(ctx context.Context) {
	for l.wait(ctx) {
		if l.channel.Ready(ctx) != nil {
			return // ctx has ended
		}
		q, n, ok := l.take()
		if !ok {
			continue
		}
		l.channel.Send(ctx, n, func(o Outcome) { l.ended(q, o) })
	}
}

// wait returns once a text may go, or false when ctx ends.
func (l *lane) wait(ctx context.Context) bool {
	for ctx.Err() == nil {
		wait, ready := l.due()
		if ready {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-l.kick:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return false
}

// lookAgain bounds a wait with nothing due.
const lookAgain = time.Minute

// due makes ready what has waited long enough. If nothing is ready, it returns how
// long the next one has to wait.
func (l *lane) due() (wait time.Duration, ready bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.delayed.Len() > 0 {
		now := l.d.cfg.Now()
		for l.delayed.Len() > 0 {
			q := l.delayed.queues[0]
			if left := q.rows[0].due.Sub(now); left > 0 {
				return min(left, lookAgain), l.ready.Len() > 0
			}
			q.rows[0].due = time.Time{}
			l.settle(q)
		}
	}
	return lookAgain, l.ready.Len() > 0
}

// take returns the earliest text that may go, which is then on its way.
func (l *lane) take() (*queue, notice.Notice, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ready.Len() == 0 {
		return nil, notice.Notice{}, false
	}
	q := l.ready.queues[0]
	q.flying = true
	l.settle(q)
	return q, q.rows[0].notice, true
}

// ended applies the outcome of the text on its way in q.
func (l *lane) ended(q *queue, o Outcome) {
	if l.d.cfg.Sent != nil {
		l.d.cfg.Sent(o)
	}
	var gone []store.RowID
	policy, now := l.channel.Retry(), l.d.cfg.Now()
	l.mu.Lock()
	q.flying = false
	head := q.rows[0]
	from := head.notice.From
	switch {
	case o == Accepted:
		l.tookFrom(from)
		gone = l.drop(q, 0, gone)
	case o == Never:
		gone = l.drop(q, 0, gone)
	case head.interim && l.isReplaced(q):
		l.d.count.replaced.Add(1)
		gone = l.drop(q, 0, gone)
	case head.refused(o, l.taken[from], now, policy):
		l.d.count.givenUp.Add(1)
		l.d.cfg.Log.Error("text given up: it was refused for too long while others were taken",
			"ref", head.notice.Args.Ref, "via", l.channel.Name(), "last", o.String(), "tries", head.tries)
		gone = l.drop(q, 0, gone)
	case o == Unfit:
		l.unfit[from] = true
	}
	l.settle(q)
	l.mu.Unlock()
	l.d.mark(gone...)
}

// tookFrom counts a text of a sender that was taken. The settings fit again, so
// that texts refused because of them need not wait.
func (l *lane) tookFrom(from string) {
	l.taken[from]++
	if len(l.unfit) == 0 || !l.unfit[from] {
		return
	}
	delete(l.unfit, from)
	l.hastenLocked(func(r *row) bool { return r.outcome == Unfit && r.notice.From == from })
}

// hasten makes those waiting heads due at once that match.
func (l *lane) hasten(which func(*row) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hastenLocked(which)
}

func (l *lane) hastenLocked(which func(*row) bool) {
	for _, q := range slices.Clone(l.delayed.queues) {
		if head := q.rows[0]; which(head) {
			head.due, head.tries = time.Time{}, min(head.tries, 1)
			l.settle(q)
		}
	}
}

// push adds a row that the walk has reached, and reports whether the lane became
// full with it.
func (l *lane) push(id store.RowID, n notice.Notice) (filled bool) {
	l.mu.Lock()
	if l.full || id <= l.cursor {
		l.mu.Unlock()
		return false
	}
	l.cursor = id
	q := l.queues[n.To]
	if q == nil {
		q = &queue{to: n.To, place: -1}
		l.queues[n.To] = q
	}
	var gone []store.RowID
	switch {
	case q.left != 0: // what was left before it comes first
	case len(q.rows) >= l.d.cfg.RecipientMax:
		q.left = id
	default:
		gone = l.add(q, id, n)
	}
	if l.rows >= l.d.cfg.RowsMax {
		l.full = true
	}
	filled = l.full
	l.mu.Unlock()
	l.d.mark(gone...)
	return filled
}

// pushTo adds a row that was left in the store, or reports false if there is no
// room for it.
func (l *lane) pushTo(q *queue, id store.RowID, n notice.Notice) bool {
	l.mu.Lock()
	if len(q.rows) >= l.d.cfg.RecipientMax {
		q.left = id
		l.mu.Unlock()
		return false
	}
	q.left = id + 1
	gone := l.add(q, id, n)
	l.mu.Unlock()
	l.d.mark(gone...)
	return true
}

// add appends a row and drops what it replaces, except what is on its way.
func (l *lane) add(q *queue, id store.RowID, n notice.Notice) (gone []store.RowID) {
	from := 0
	if q.flying {
		from = 1
	}
	for i := len(q.rows) - 1; i >= from; i-- {
		if r := q.rows[i]; r.interim && n.Replaces(&r.notice) {
			l.d.count.replaced.Add(1)
			gone = l.drop(q, i, gone)
		}
	}
	q.rows = append(q.rows, &row{id: id, notice: n, read: l.d.cfg.Now(), interim: n.Interim()})
	l.rows++
	if q.heap == nil {
		l.settle(q)
	}
	return gone
}

// isReplaced reports whether a later text replaces the head.
func (l *lane) isReplaced(q *queue) bool {
	head := &q.rows[0].notice
	return slices.ContainsFunc(q.rows[1:], func(r *row) bool { return r.notice.Replaces(head) })
}

// drop takes row i out of q and adds its id to gone.
func (l *lane) drop(q *queue, i int, gone []store.RowID) []store.RowID {
	gone = append(gone, q.rows[i].id)
	l.leaveHeap(q) // its place depends on the head
	q.rows = slices.Delete(q.rows, i, i+1)
	l.rows--
	if l.full && l.rows == l.d.cfg.RowsMax/2 {
		l.d.poke() // so that the walk reopens it
	}
	if q.left != 0 && len(q.rows) == l.d.cfg.RecipientMax/2 {
		l.starved = append(l.starved, q)
		l.d.poke()
	}
	return gone
}
