package outbox

import (
	"container/heap"
	"slices"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// backlog holds what one lane has to send of one urgency. Each has its own bounds and
// its own place in the store, so that any number of offers leaves room for receipts.
// Its lane's lock guards it.
type backlog struct {
	lane *lane

	queues  map[string]*queue // by number; none is empty unless rows of it were left in the store
	ready   queueHeap         // queues whose head may go now, earliest commit first
	delayed queueHeap         // queues whose head waits, earliest time first
	starved []*queue          // queues that have room for rows left in the store
	rows    int               // in memory, including those on their way
	cursor  store.RowID       // every row up to it is in memory, done, left for its queue, or another backlog's
	full    bool              // rows after cursor stay in the store for now
}

func newBacklog(owner *lane) *backlog {
	return &backlog{
		lane:    owner,
		queues:  make(map[string]*queue),
		ready:   queueHeap{before: func(left, right *queue) bool { return left.rows[0].id < right.rows[0].id }},
		delayed: queueHeap{before: func(left, right *queue) bool { return left.rows[0].due.Before(right.rows[0].due) }},
	}
}

// due makes ready what has waited long enough, and returns how long the next one has to
// wait.
func (b *backlog) due(now time.Time) time.Duration {
	for b.delayed.Len() > 0 {
		q := b.delayed.queues[0]
		if left := q.rows[0].due.Sub(now); left > 0 {
			return min(left, lookAgain)
		}
		q.rows[0].due = time.Time{}
		b.settle(q)
	}
	return lookAgain
}

// settle moves a queue to the heap where its head belongs, after either has changed.
func (b *backlog) settle(waiting *queue) {
	waiting.leaveHeap()
	switch {
	case len(waiting.rows) == 0 && waiting.left == 0:
		delete(b.queues, waiting.to)
	case len(waiting.rows) == 0 || waiting.flying:
	case waiting.rows[0].due.IsZero():
		b.enterHeap(waiting, &b.ready)
	default:
		b.enterHeap(waiting, &b.delayed)
	}
}

func (b *backlog) enterHeap(waiting *queue, into *queueHeap) {
	heap.Push(into, waiting)
	waiting.heap = into
	if waiting.place == 0 {
		nudge(b.lane.kick)
	}
}

// push adds a row that the walk has reached, and reports whether the backlog became
// full with it.
func (b *backlog) push(id store.RowID, told *notice.Notice) (filled bool) {
	d := b.lane.d
	b.lane.mu.Lock()
	if b.full || id <= b.cursor {
		b.lane.mu.Unlock()
		return false
	}
	b.cursor = id
	q := b.queues[told.To]
	if q == nil {
		q = &queue{in: b, to: told.To, place: -1}
		b.queues[told.To] = q
	}
	var gone []store.RowID
	switch {
	case q.left != 0: // what was left before it comes first
	case len(q.rows) >= d.cfg.RecipientMax:
		q.left = id
	default:
		gone = b.add(q, id, told)
	}
	if b.rows >= d.cfg.RowsMax {
		b.full = true
	}
	filled = b.full
	b.lane.mu.Unlock()
	d.drop(notice.WhyReplaced, gone...)
	return filled
}

// pushTo adds a row that was left in the store, or reports false if there is no
// room for it.
func (b *backlog) pushTo(waiting *queue, id store.RowID, told *notice.Notice) bool {
	d := b.lane.d
	b.lane.mu.Lock()
	if len(waiting.rows) >= d.cfg.RecipientMax {
		waiting.left = id
		b.lane.mu.Unlock()
		return false
	}
	waiting.left = id + 1
	gone := b.add(waiting, id, told)
	b.lane.mu.Unlock()
	d.drop(notice.WhyReplaced, gone...)
	return true
}

// add appends a row and drops what it replaces, except what is on its way.
func (b *backlog) add(waiting *queue, id store.RowID, told *notice.Notice) (gone []store.RowID) {
	d := b.lane.d
	from := 0
	if waiting.flying {
		from = 1
	}
	for i := len(waiting.rows) - 1; i >= from; i-- {
		if r := waiting.rows[i]; r.interim && told.Replaces(r.notice) {
			d.count.replaced.Add(1)
			gone = waiting.drop(i, gone)
		}
	}
	now := d.cfg.Now()
	r := &row{id: id, notice: told, read: now, interim: told.Interim()}
	if policy := b.lane.channel.Retry(); policy.Tries > 0 && d.cfg.Attempts != nil {
		tries, last := d.cfg.Attempts.Tried(id)
		r.resume(tries, last, now, b.lane.taken[told.From], policy)
	}
	waiting.rows = append(waiting.rows, r)
	b.rows++
	if waiting.heap == nil {
		b.settle(waiting)
	}
	return gone
}

// open lets a backlog that was full take rows again once it has room. Only the walk
// calls it, before it starts, so that rows it has passed over are not skipped.
func (b *backlog) open() {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	if b.rows <= b.lane.d.cfg.RowsMax/2 {
		b.full = false
	}
}

// cursorNow returns the last row that the walk has come to, and whether it stops
// there for now.
func (b *backlog) cursorNow() (store.RowID, bool) {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	return b.cursor, b.full
}

// reached notes that the walk has come to row id, unless the backlog stopped before it.
func (b *backlog) reached(id store.RowID) {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	if !b.full {
		b.cursor = max(b.cursor, id)
	}
}

// starving returns a queue with room for rows that were left in the store, and the
// first of them. A backlog that is full has none: its queues wait until it has room.
func (b *backlog) starving() (*queue, store.RowID) {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	if b.rows >= b.lane.d.cfg.RowsMax {
		b.full = true // so that it wakes the walk when it has room
		return nil, 0
	}
	for len(b.starved) > 0 {
		q := b.starved[0]
		b.starved = b.starved[1:]
		if q.left != 0 {
			return q, q.left
		}
	}
	return nil, 0
}

// starve has a queue wait for another refill, after one that failed.
func (b *backlog) starve(waiting *queue) {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	b.starved = append(b.starved, waiting)
}

// refilled records that a queue has all its rows up to the cursor.
func (b *backlog) refilled(waiting *queue) {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	waiting.left = 0
	b.settle(waiting)
}

// queue holds the texts of one urgency to one number in the order of their commits. At
// most its head is on its way.
type queue struct {
	in     *backlog
	to     string
	rows   []*row
	flying bool
	left   store.RowID // the first row that was left in the store; 0: none

	heap  *queueHeap // the heap that it is in, at place
	place int
}

func (q *queue) leaveHeap() {
	if q.heap != nil {
		heap.Remove(q.heap, q.place)
		q.heap = nil
	}
}

// headIsReplaced reports whether a later text replaces the head.
func (q *queue) headIsReplaced() bool {
	head := q.rows[0].notice
	return slices.ContainsFunc(q.rows[1:], func(entry *row) bool { return entry.notice.Replaces(head) })
}

// drop takes a row out of q and adds its id to gone. The caller settles q.
func (q *queue) drop(index int, gone []store.RowID) []store.RowID {
	b := q.in
	d := b.lane.d
	gone = append(gone, q.rows[index].id)
	q.leaveHeap() // its place depends on the head
	q.rows = slices.Delete(q.rows, index, index+1)
	b.rows--
	if b.full && b.rows == d.cfg.RowsMax/2 {
		d.poke() // so that the walk reopens it
	}
	if q.left != 0 && len(q.rows) == d.cfg.RecipientMax/2 {
		b.starved = append(b.starved, q)
		d.poke()
	}
	return gone
}
