package outbox

import (
	"context"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// walkRetry is the wait after a walk that the store interrupted.
const walkRetry = time.Second

// runWalk takes rows from the store into memory until ctx ends.
func (d *Dispatcher) runWalk(ctx context.Context) {
	for ctx.Err() == nil {
		wakes := d.wakes.Load()
		d.behind.Store(true) // a lane that was full is not any more, and has not read on yet
		var err error
		for _, l := range d.lanes { // first: later rows would take the room again and again
			if err == nil {
				err = d.refill(ctx, l)
			}
		}
		if err == nil {
			err = d.walk(ctx)
		}
		if err == nil {
			d.loaded.Store(wakes)
			d.behind.Store(false)
		}
		d.rest(ctx, err)
	}
}

// rest waits for rows or for room, or for walkRetry after an error.
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

// walk reads the rows after those that the lanes have, as far as there is room.
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

// cursor returns the row after which the walk continues, and for how many lanes.
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

// read decodes a row and finds its lane. A row that cannot be decoded is logged and
// marked done, since it would otherwise block the way forever.
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

// refill reads the rows left in the store of numbers that had too many to keep and
// have room again.
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

// refillQueue reads the rows of one number, starting at from, and reports whether
// some had to be left in the store again.
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
