package engine

import (
	"context"
	"sync"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// pump sends what the outbox holds for one bind, in the order of the commits,
// and marks durably what the SMSC has taken. Delivery is at least once: a row
// whose sending is uncertain is sent again, and its text names its payment.
type pump struct {
	e    *Engine
	via  string // bind; rows of binds that are gone belong to the first one
	kick chan struct{}

	mu      sync.Mutex
	taken   []store.RowID // by the SMSC, not yet marked
	retry   []attempt
	refused map[store.RowID]attempt // rows in retry, or on their way once more
	flying  int
	pending bool // wake was called and not yet seen
}

// A text that an SMSC refuses is sent again after Rules.NoticeRetry, then after
// twice that, and so on; after a day it is given up, or one that can never be
// sent would be tried for ever.
const (
	noticeDoublings = 4 // of the time between two tries
	noticeLasts     = 24 * time.Hour
)

// attempt is a row that is to be sent again.
type attempt struct {
	row   store.OutRow
	due   time.Time
	since time.Time // it was refused first
	tries int
}

func (p *pump) wake() {
	p.mu.Lock()
	p.pending = true
	p.mu.Unlock()
	p.poke()
}

func (p *pump) poke() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// idle reports whether all that is known has been sent and marked.
func (p *pump) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.pending && p.flying == 0 && len(p.taken) == 0 && len(p.retry) == 0
}

// run sends until ctx ends.
func (p *pump) run(ctx context.Context) {
	var cursor store.RowID
	for ctx.Err() == nil {
		p.mu.Lock()
		p.pending = false
		p.mu.Unlock()
		cursor = p.sendNew(ctx, cursor)
		wait := p.sendAgain(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-p.kick:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

func (p *pump) sendNew(ctx context.Context, cursor store.RowID) store.RowID {
	for row, err := range p.e.cfg.Store.Outbox(cursor) {
		if err != nil {
			p.e.logErr("outbox", "", err)
			return cursor
		}
		if ctx.Err() != nil {
			return cursor
		}
		p.send(ctx, row)
		cursor = row.ID
	}
	return cursor
}

// sendAgain sends what is due and returns how long to wait for the next.
func (p *pump) sendAgain(ctx context.Context) time.Duration {
	now := time.Now() // monotonic: a clock that is set back holds no text up
	wait := time.Minute
	var due []store.OutRow
	p.mu.Lock()
	kept := p.retry[:0]
	for _, a := range p.retry {
		if now.Before(a.due) {
			kept = append(kept, a)
			wait = min(wait, a.due.Sub(now))
			continue
		}
		due = append(due, a.row)
	}
	p.retry = kept
	p.mu.Unlock()
	for _, row := range due {
		p.send(ctx, row)
	}
	if len(due) > 0 {
		return 0
	}
	return wait
}

// send hands one row to the bind. A row that nobody can read is marked done and
// logged: it would stand in the way for ever.
func (p *pump) send(ctx context.Context, row store.OutRow) {
	n, err := notice.Read(row)
	if err != nil {
		p.e.logErr("unreadable outbox row", "", err)
		p.mark(row.ID)
		return
	}
	if !p.mine(n.Via) {
		return
	}
	p.mu.Lock()
	p.flying++
	p.mu.Unlock()
	m := SMS{Via: p.via, From: n.From, To: n.To, Text: n.Words(p.e.Rules().Operator), Ref: n.Args.Ref}
	if err := p.e.cfg.Ports.SendSMS(ctx, m, func(s Sending) { p.sent(row, m, s) }); err != nil {
		p.sent(row, m, Later)
	}
}

func (p *pump) mine(via string) bool {
	return via == p.via || (p == p.e.pumps.all[0] && !p.e.pumps.has(via))
}

// sent takes the outcome; it is called once for each send.
func (p *pump) sent(row store.OutRow, m SMS, s Sending) {
	p.mu.Lock()
	p.flying--
	p.mu.Unlock()
	p.e.stats.Sent.Add(int(s))
	switch s {
	case Accepted:
		p.mark(row.ID)
	case Never:
		p.e.cfg.Log.Warn("the SMSC refused a text for good", "ref", m.Ref, "via", m.Via)
		p.mark(row.ID)
	case Later, Uncertain:
		if !p.again(row, time.Now()) { // monotonic: a clock that is set back holds no text up
			p.e.cfg.Log.Error("a text was refused for a day and is given up", "ref", m.Ref, "via", m.Via)
			p.mark(row.ID)
			return
		}
		p.poke()
	}
}

// again lines a row up for another try, or reports false where there were enough.
func (p *pump) again(row store.OutRow, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, known := p.refused[row.ID]
	if !known {
		a = attempt{row: row, since: now}
	}
	if now.Sub(a.since) >= noticeLasts {
		return false
	}
	a.due = now.Add(p.e.Rules().NoticeRetry << min(a.tries, noticeDoublings))
	a.tries++
	p.refused[row.ID] = a
	p.retry = append(p.retry, a)
	return true
}

func (p *pump) mark(id store.RowID) {
	p.mu.Lock()
	delete(p.refused, id)
	p.taken = append(p.taken, id)
	p.mu.Unlock()
	p.e.pumps.marker()
}

// take empties the list of rows to mark, up to one Cmd's worth.
func (p *pump) take() []store.RowID {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.taken), store.DoneMax)
	ids := p.taken[:n:n]
	p.taken = append([]store.RowID(nil), p.taken[n:]...)
	return ids
}

// pumps are the pumps of all binds and the one goroutine that marks.
type pumps struct {
	all  []*pump
	mark chan struct{}
}

func (ps *pumps) has(via string) bool {
	for _, p := range ps.all {
		if p.via == via {
			return true
		}
	}
	return false
}

func (ps *pumps) wake() {
	for _, p := range ps.all {
		p.wake()
	}
}

func (ps *pumps) marker() {
	select {
	case ps.mark <- struct{}{}:
	default:
	}
}

func (ps *pumps) idle() bool {
	for _, p := range ps.all {
		if !p.idle() {
			return false
		}
	}
	return true
}

// runMarker marks what was sent: one Cmd for all that came while the last was
// being committed.
func (ps *pumps) runMarker(ctx context.Context, e *Engine) {
	for {
		select {
		case <-ps.mark:
		case <-ctx.Done():
			return
		}
		for _, p := range ps.all {
			for ids := p.take(); len(ids) > 0; ids = p.take() {
				err := e.step(ctx, e.newID(), nil, func(w *work) error {
					w.cmd.Done = ids
					return nil
				})
				if err != nil {
					e.logErr("marks of sent texts", "", err)
					return
				}
			}
		}
	}
}
