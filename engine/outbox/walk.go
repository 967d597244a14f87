package outbox

import (
	"context"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// walkRetry is the wait after a walk that the store broke off.
const walkRetry = time.Second

// runWalk takes rows from the store into memory until ctx ends.
func (d *Dispatcher) runWalk(ctx context.Context) {
	for ctx.Err() == nil {
		wakes := d.wakes.Load()
		err := d.walk(ctx)
		for _, l := range d.lanes {
			if err == nil {
				err = d.refill(ctx, l)
			}
		}
		if err == nil {
			d.loaded.Store(wakes)
		}
		d.rest(ctx, err)
	}
}

// rest waits for rows, or for room; after an error for a while.
func (d *Dispatcher) rest(ctx context.Context, err error) {
	if err == nil {
		select {
		case <-d.kick:
		case <-ctx.Done():
		}
		return
	}
	if ctx.Err() == nil {
		d.cfg.Log.Error("the outbox cannot be read", "err", err)
	}
	timer := time.NewTimer(walkRetry)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// walk reads the rows behind those that the lanes have, as far as there is room.
func (d *Dispatcher) walk(ctx context.Context) error {
	from, open := d.cursor()
	if open == 0 {
		return nil
	}
	last := from
	for r, err := range d.cfg.Rows(from) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if l, n, ok := d.read(r); ok && l.push(r.ID, n) {
			if open--; open == 0 {
				return nil
			}
		}
		last = r.ID
	}
	for _, l := range d.lanes {
		l.reached(last)
	}
	return nil
}

// cursor is the row behind which the walk goes on, and for how many lanes.
func (d *Dispatcher) cursor() (from store.RowID, open int) {
	for _, l := range d.lanes {
		l.open()
		at, full := l.cursorNow()
		if full {
			continue
		}
		if open == 0 || at < from {
			from = at
		}
		open++
	}
	return from, open
}

// read takes a row apart and finds its lane. A row that nobody can read is
// logged and marked done: it would stand in the way for ever.
func (d *Dispatcher) read(r store.OutRow) (*lane, notice.Notice, bool) {
	n, err := notice.Read(r)
	if err != nil {
		d.cfg.Log.Error("an outbox row cannot be read and is dropped", "row", uint64(r.ID), "err", err)
		d.mark(r.ID)
		return nil, n, false
	}
	if l, ok := d.by[n.Via]; ok {
		return l, n, true
	}
	return d.lanes[0], n, true
}

// refill reads what was left in the store of numbers that had too many rows to
// keep and have room again.
func (d *Dispatcher) refill(ctx context.Context, l *lane) error {
	for q, from := l.starving(); q != nil; q, from = l.starving() {
		left, err := d.refillQueue(ctx, l, q, from)
		if err != nil {
			l.starve(q)
			return err
		}
		if !left {
			l.refilled(q)
		}
	}
	return nil
}

// refillQueue reads the rows of one number from row from on, and reports whether
// some had to be left once more.
func (d *Dispatcher) refillQueue(ctx context.Context, l *lane, q *queue, from store.RowID) (left bool, err error) {
	to, _ := l.cursorNow()
	for r, err := range d.cfg.Rows(from - 1) {
		if err != nil {
			return false, err
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if r.ID > to {
			return false, nil
		}
		owner, n, ok := d.read(r)
		if ok && owner == l && n.To == q.to && !l.pushTo(q, r.ID, n) {
			return true, nil
		}
	}
	return false, nil
}
