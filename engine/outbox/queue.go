package outbox

import (
	"container/heap"
	"time"

	"mpg/store"
)

// queueHeap is a heap of queues, each of which knows its place. It implements
// heap.Interface.
type queueHeap struct {
	queues []*queue
	before func(a, b *queue) bool
}

func (h *queueHeap) Len() int           { return len(h.queues) }
func (h *queueHeap) Less(i, j int) bool { return h.before(h.queues[i], h.queues[j]) }
func (h *queueHeap) Swap(i, j int) {
	h.queues[i], h.queues[j] = h.queues[j], h.queues[i]
	h.queues[i].place, h.queues[j].place = i, j
}

// Push implements heap.Interface.
func (h *queueHeap) Push(x any) {
	q, ok := x.(*queue)
	if !ok {
		panic("outbox: not a queue")
	}
	q.place = len(h.queues)
	h.queues = append(h.queues, q)
}

// Pop implements heap.Interface.
func (h *queueHeap) Pop() any {
	last := len(h.queues) - 1
	q := h.queues[last]
	h.queues[last] = nil
	h.queues = h.queues[:last]
	return q
}

// settle moves q to the heap where its head belongs, after either has changed.
func (l *lane) settle(q *queue) {
	l.leaveHeap(q)
	switch {
	case len(q.rows) == 0 && q.left == 0:
		delete(l.queues, q.to)
	case len(q.rows) == 0 || q.flying:
	case q.rows[0].due.IsZero():
		l.enterHeap(q, &l.ready)
	default:
		l.enterHeap(q, &l.delayed)
	}
}

func (l *lane) enterHeap(q *queue, h *queueHeap) {
	heap.Push(h, q)
	q.heap = h
	if q.place == 0 {
		nudge(l.kick)
	}
}

func (l *lane) leaveHeap(q *queue) {
	if q.heap != nil {
		heap.Remove(q.heap, q.place)
		q.heap = nil
	}
}

// open lets a lane that was full take rows again once it has room. Only the walk
// calls it, before it starts, so that rows it has passed over are not skipped.
func (l *lane) open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rows <= l.d.cfg.RowsMax/2 {
		l.full = false
	}
}

// cursorNow returns the last row that the walk has come to, and whether it stops
// there for now.
func (l *lane) cursorNow() (store.RowID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cursor, l.full
}

// reached notes that the walk has come to row id, unless the lane stopped before it.
func (l *lane) reached(id store.RowID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.full {
		l.cursor = max(l.cursor, id)
	}
}

// starving returns a queue with room for rows that were left in the store, and the
// first of them. A lane that is full has none: its queues wait until it has room.
func (l *lane) starving() (*queue, store.RowID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rows >= l.d.cfg.RowsMax {
		l.full = true // so that it wakes the walk when it has room
		return nil, 0
	}
	for len(l.starved) > 0 {
		q := l.starved[0]
		l.starved = l.starved[1:]
		if q.left != 0 {
			return q, q.left
		}
	}
	return nil, 0
}

// starve queues q for a refill again, after one that failed.
func (l *lane) starve(q *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starved = append(l.starved, q)
}

// refilled notes that q has all its rows up to the cursor.
func (l *lane) refilled(q *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.left = 0
	l.settle(q)
}

// idle reports whether the lane has nothing to do.
func (l *lane) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rows == 0 && !l.full && len(l.queues) == 0
}

// stalled reports whether no text is being sent, and none can be before until. up says
// whether the channel takes texts now.
func (l *lane) stalled(up bool, until time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.queues {
		if q.flying {
			return false
		}
	}
	if !up {
		return true
	}
	return l.ready.Len() == 0 && !l.full && (l.delayed.Len() == 0 || l.delayed.queues[0].rows[0].due.After(until))
}

// state describes the backlog of the lane.
func (l *lane) state() State {
	now := l.d.cfg.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := State{Channel: l.channel.Name(), Rows: l.rows, More: l.full}
	for _, q := range l.queues {
		s.More = s.More || q.left != 0
		if len(q.rows) > 0 {
			s.Oldest = max(s.Oldest, now.Sub(q.rows[0].read))
		}
	}
	return s
}
