package process

import (
	"cmp"
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
	at     time.Time
	no     uint64
	within time.Duration // the longest that a payment in its state may take; 0: an order
	event  payment.Event // what happens then
}

// atDeadline returns what happens to p if its state lasts until the deadline. The deadline
// of the order is watched to its end even after the payment has begun to wait for its
// payee: it must not release what was held.
func atDeadline(p *payment.Payment) payment.Event {
	switch {
	case p.State == payment.Authorized:
		return payment.Event{Kind: payment.Release, Reason: payment.TimedOut}
	case p.State == payment.Offered && p.Plan.Decision.Accepts:
		return payment.Event{Kind: payment.Agree, Reason: payment.NoWord}
	case p.State == payment.Offered:
		return payment.Event{Kind: payment.TurnDown, Reason: payment.NoWord}
	case p.State == payment.Cooling:
		return payment.Event{Kind: payment.Ripe}
	}
	return payment.Event{Kind: payment.Expired, Reason: payment.TimedOut}
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

// add watches a deadline.
func (d *deadlines) add(one deadline) {
	d.mu.Lock()
	defer d.mu.Unlock()
	heap.Push(&d.h, one)
}

// due takes out what is due at now.
func (d *deadlines) due(now time.Time) []deadline {
	d.mu.Lock()
	defer d.mu.Unlock()
	var missed []deadline
	for len(d.h) > 0 && !now.Before(d.h[0].at) {
		missed = append(missed, heap.Pop(&d.h).(deadline))
	}
	return missed
}

// look notes that the deadlines are checked now. If the clock was set back since the last
// time, no deadline stays further away than that of an order placed now, or of an amount
// authorized now, so that no money stays held until the clock has caught up.
func (d *deadlines) look(now time.Time, expires time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	back := now.Before(d.seen)
	d.seen = now
	if !back {
		return
	}
	for i := range d.h {
		latest := now.Add(cmp.Or(d.h[i].within, expires))
		if d.h[i].at.After(latest) {
			d.h[i].at = latest
		}
	}
	heap.Init(&d.h)
}

// Resume counts a payment that was open at the last stop and watches its deadline, or
// that of one that begins to wait now if that is earlier: a clock that was set back must
// not keep money held for hours.
func (m *Machine) Resume(p *payment.Payment) {
	m.Open.Add(p.State, 1)
	switch p.State {
	case payment.Cooling, payment.Calling, payment.Waiting, payment.Offered, payment.Authorized:
	default:
		return
	}
	latest := m.cfg.Now().Add(cmp.Or(waits(p), m.cfg.Expires()))
	watched := deadline{p.Deadline, p.No, waits(p), atDeadline(p)}
	if watched.at.After(latest) {
		m.cfg.Log.Warn("the clock was set back: an open payment ends earlier than its payer was told", "ref", p.Ref, "deadline", watched.at, "ends", latest)
		watched.at = latest
	}
	m.deadlines.add(watched)
	if p.State == payment.Offered {
		m.cfg.Actor.Offered(p)
	}
}

// watch watches the deadline of p, which has just come into its state.
func (m *Machine) watch(p *payment.Payment) {
	m.deadlines.add(deadline{p.Deadline, p.No, waits(p), atDeadline(p)})
}

// waits returns how long p may wait in its state; 0: as long as an order.
func waits(p *payment.Payment) time.Duration {
	switch p.State {
	case payment.Authorized:
		return p.Plan.Capture
	case payment.Cooling:
		return p.Plan.Wait
	case payment.Offered:
		return p.Plan.Decision.Within
	}
	return 0
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
	for _, missed := range m.deadlines.due(now) {
		if missed.event.Kind == payment.Expired && m.cfg.Actor.Answered(missed.no) {
			missed.at = now
			m.deadlines.add(missed)
			continue
		}
		err := m.Fire(ctx, missed.no, missed.event, nil)
		if err != nil && !errors.Is(err, payment.ErrLate) && ctx.Err() == nil {
			m.cfg.Log.Error("expiring a payment failed", "err", err)
			missed.at = now.Add(expiryRetry)
			m.deadlines.add(missed)
		}
	}
}
