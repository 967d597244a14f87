package process

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"

	"mpg/engine/payment"
)

// expiryRetry is when an expiry that failed is tried again.
const expiryRetry = 10 * time.Second

// deadlines are the open payments by the time at which they expire. A missed
// one becomes an ordinary event in the ordinary queue.
type deadlines struct {
	mu   sync.Mutex
	h    deadlineHeap
	seen time.Time // when they were last looked at
}

type deadline struct {
	at time.Time
	no uint64
}

type deadlineHeap []deadline

func (h deadlineHeap) Len() int           { return len(h) }
func (h deadlineHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h deadlineHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *deadlineHeap) Push(x any)        { *h = append(*h, x.(deadline)) }
func (h *deadlineHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

func (d *deadlines) add(no uint64, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	heap.Push(&d.h, deadline{at, no})
}

// due takes out what is due at now.
func (d *deadlines) due(now time.Time) []uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var nos []uint64
	for len(d.h) > 0 && !now.Before(d.h[0].at) {
		nos = append(nos, heap.Pop(&d.h).(deadline).no)
	}
	return nos
}

// look notes that the deadlines are checked now. If the clock was set back
// since the last time, no deadline stays further away than that of an order
// placed now, so that no money is held until the clock has caught up.
func (d *deadlines) look(now time.Time, expires time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	back := now.Before(d.seen)
	d.seen = now
	if !back {
		return
	}
	latest := now.Add(expires)
	for i := range d.h {
		if d.h[i].at.After(latest) {
			d.h[i].at = latest
		}
	}
	heap.Init(&d.h)
}

// Resume counts a payment that was open at the last stop and watches its deadline, or
// that of an order placed now if that is earlier: a clock that was set back must not keep
// money held for hours.
func (m *Machine) Resume(p *payment.Payment) {
	m.Open.Add(p.State, 1)
	if p.State != payment.Calling && p.State != payment.Waiting {
		return
	}
	latest := m.cfg.Now().Add(m.cfg.Expires())
	ends := p.Deadline
	if ends.After(latest) {
		m.cfg.Log.Warn("the clock was set back: an open order ends earlier than its payer was told", "ref", p.Ref, "deadline", ends, "ends", latest)
		ends = latest
	}
	m.deadlines.add(p.No, ends)
}

// Look notes that the deadlines are checked now; see deadlines.look.
func (m *Machine) Look() { m.deadlines.look(m.cfg.Now(), m.cfg.Expires()) }

// Sweep expires what is due. A call that was already picked up may finish first: when it
// ends, it finds that the deadline has passed. Its payment is checked again until then,
// because the end of the call may have judged by a clock that was set back since, and
// left the order waiting.
func (m *Machine) Sweep(ctx context.Context) {
	m.Look()
	now := m.cfg.Now()
	for _, no := range m.deadlines.due(now) {
		if m.cfg.Actor.Answered(no) {
			m.deadlines.add(no, now)
			continue
		}
		err := m.Fire(ctx, no, payment.Event{Kind: payment.Expired, Reason: payment.TimedOut}, nil)
		if err != nil && !errors.Is(err, payment.ErrLate) && ctx.Err() == nil {
			m.cfg.Log.Error("expiring a payment failed", "err", err)
			m.deadlines.add(no, now.Add(expiryRetry))
		}
	}
}
