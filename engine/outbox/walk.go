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
		d.behind.Store(true) // a backlog that was full is not any more, and has not read on yet
		var err error
		for b := range d.backlogs { // first: later rows would take the room again and again
			if err == nil {
				err = d.refill(ctx, b)
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

// walk reads the rows after those that the backlogs have, as far as there is room.
func (d *Dispatcher) walk(ctx context.Context) error {
	for b := range d.backlogs {
		b.open()
	}
	from, open := d.cursor()
	last := from
	for open > 0 {
		var err error
		if last, open, err = d.walkFrom(ctx, from); err != nil {
			return err
		}
		if open == 0 {
			return nil
		}
		at, _ := d.cursor()
		if at <= last { // the walk came to the end of the store
			break
		}
		from = at
	}
	for b := range d.backlogs {
		b.reached(last)
	}
	return nil
}

// walkFrom reads the rows after from. It stops when no backlog has room, and also when those
// that have room had already read farther than the one that became full: they need not read
// again what they have passed. It returns the last row read and how many have room.
func (d *Dispatcher) walkFrom(ctx context.Context, from store.RowID) (last store.RowID, open int, err error) {
	last = from
	_, open = d.cursor()
	for r, err := range d.cfg.Rows(ctx, from, 0) {
		if err != nil {
			return last, open, err
		}
		if ctx.Err() != nil {
			return last, open, ctx.Err()
		}
		last = r.ID
		b, n, ok := d.read(r)
		if !ok || !b.push(r.ID, n) {
			continue
		}
		var next store.RowID
		if next, open = d.cursor(); open == 0 || next > last {
			return last, open, nil
		}
	}
	return last, open, nil
}

// cursor returns the row after which the walk continues, and for how many backlogs.
func (d *Dispatcher) cursor() (from store.RowID, open int) {
	for b := range d.backlogs {
		at, full := b.cursorNow()
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

// backlogs yields those of all lanes.
func (d *Dispatcher) backlogs(yield func(*backlog) bool) {
	for _, l := range d.lanes {
		for _, b := range l.backlogs {
			if !yield(b) {
				return
			}
		}
	}
}

// read decodes a row and finds its backlog. A row that cannot be decoded, which a newer
// build may have written, and one of a medium that has no channel are passed over: they
// stay in the store.
func (d *Dispatcher) read(kept store.OutRow) (*backlog, *notice.Notice, bool) {
	n, err := notice.Read(kept)
	if err != nil {
		d.cfg.Log.Error("an outbox row cannot be read and is left in the store", "row", uint64(kept.ID), "err", err)
		return nil, n, false
	}
	if l, ok := d.by[address{n.Medium, n.Via}]; ok {
		return l.backlogOf(n), n, true
	}
	for _, l := range d.lanes {
		if l.channel.Medium() == n.Medium {
			return l.backlogOf(n), n, true
		}
	}
	if !d.strangers[n.Medium] {
		d.strangers[n.Medium] = true
		d.cfg.Log.Error("there is no channel for a medium: its notices stay in the outbox", "medium", string(n.Medium), "row", uint64(kept.ID))
	}
	return nil, n, false
}

// refill reads the rows left in the store of numbers that had too many to keep and
// have room again.
func (d *Dispatcher) refill(ctx context.Context, into *backlog) error {
	for q, from := into.starving(); q != nil; q, from = into.starving() {
		left, err := d.refillQueue(ctx, q, from)
		if err != nil {
			into.starve(q)
			return err
		}
		if !left {
			into.refilled(q)
		}
	}
	return nil
}

// refillQueue reads the rows of one number, starting at from, and reports whether
// some had to be left in the store again.
func (d *Dispatcher) refillQueue(ctx context.Context, waiting *queue, from store.RowID) (left bool, err error) {
	to, _ := waiting.in.cursorNow()
	for r, err := range d.cfg.Rows(ctx, from-1, 0) {
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
		if ok && owner == waiting.in && n.To == waiting.to && !owner.pushTo(waiting, r.ID, n) {
			return true, nil
		}
	}
	return false, nil
}
