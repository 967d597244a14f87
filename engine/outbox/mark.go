package outbox

import (
	"context"
	"sync"

	"mpg/engine/notice"
	"mpg/store"
)

// marks holds the rows that were taken but are not yet marked as done, and the tries that
// are not yet taken back.
type marks struct {
	kick chan struct{}

	mu      sync.Mutex
	ids     []store.RowID
	dropped []dropped
	tries   []try
	marking bool
}

func (m *marks) none() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.ids) == 0 && len(m.dropped) == 0 && len(m.tries) == 0 && !m.marking
}

// take removes and returns up to as many ids as fit in one Cmd. They count as being
// marked until the next call.
func (m *marks) take() []store.RowID {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := min(len(m.ids), store.DoneMax)
	ids := m.ids[:n:n]
	m.ids = append([]store.RowID(nil), m.ids[n:]...)
	m.marking = n > 0
	return ids
}

// takeDropped removes and returns rows that were dropped for one reason, as many as one
// record may name. They count as being marked until the next call of take.
func (m *marks) takeDropped() (why notice.Why, ids []store.RowID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.dropped[:0]
	for _, row := range m.dropped {
		switch {
		case len(ids) == 0:
			why, ids = row.why, append(ids, row.id)
		case row.why == why && len(ids) < notice.DroppedMax:
			ids = append(ids, row.id)
		default:
			kept = append(kept, row)
		}
	}
	m.dropped = kept
	m.marking = m.marking || len(ids) > 0
	return why, ids
}

// takeTries removes and returns the tries to take back.
func (m *marks) takeTries() []try {
	m.mu.Lock()
	defer m.mu.Unlock()
	tries := m.tries
	m.tries = nil
	return tries
}

// takeBack uncounts an attempt.
func (d *Dispatcher) takeBack(last try) {
	d.marks.mu.Lock()
	d.marks.tries = append(d.marks.tries, last)
	d.marks.mu.Unlock()
	nudge(d.marks.kick)
}

// dropped is a row that nobody will be sent, and why.
type dropped struct {
	id  store.RowID
	why notice.Why
}

// drop marks rows that are not sent.
func (d *Dispatcher) drop(why notice.Why, ids ...store.RowID) {
	if len(ids) == 0 {
		return
	}
	d.marks.mu.Lock()
	d.marks.addDropped(why, ids)
	d.marks.mu.Unlock()
	nudge(d.marks.kick)
}

// addDropped adds rows that were dropped. The caller holds mu.
func (m *marks) addDropped(why notice.Why, ids []store.RowID) {
	for _, id := range ids {
		m.dropped = append(m.dropped, dropped{id, why})
	}
}

// mark marks rows that were sent.
func (d *Dispatcher) mark(ids ...store.RowID) {
	if len(ids) == 0 {
		return
	}
	d.marks.mu.Lock()
	d.marks.ids = append(d.marks.ids, ids...)
	d.marks.mu.Unlock()
	nudge(d.marks.kick)
}

// runMarks marks what was sent, with one commit for everything that arrived while the last
// one was being made.
func (d *Dispatcher) runMarks(ctx context.Context) {
	for {
		select {
		case <-d.marks.kick:
		case <-ctx.Done():
			return
		}
		if !d.markAll(ctx) {
			return
		}
	}
}

// markRest marks what was taken while Run was ending: any row left unmarked is sent
// again after the next start.
func (d *Dispatcher) markRest(ctx context.Context) {
	d.markAll(context.WithoutCancel(ctx))
}

// markAll reports false if the store no longer accepts marks; the rows are then
// sent again after the next start. A try that cannot be taken back stays counted.
func (d *Dispatcher) markAll(ctx context.Context) bool {
	for _, t := range d.marks.takeTries() {
		if err := d.cfg.Attempts.TakeBack(ctx, t.row, t.at); err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("a try that cost nothing stays counted", "row", uint64(t.row), "err", err)
		}
	}
	for why, ids := d.marks.takeDropped(); len(ids) > 0; why, ids = d.marks.takeDropped() {
		if err := d.cfg.Dropped(ctx, why, ids); err != nil {
			if ctx.Err() == nil {
				d.cfg.Log.Error("dropped texts cannot be marked", "texts", len(ids), "err", err)
			}
			d.marks.restoreDropped(why, ids)
			return false
		}
	}
	for ids := d.marks.take(); len(ids) > 0; ids = d.marks.take() {
		if err := d.cfg.Done(ctx, ids); err != nil {
			if ctx.Err() == nil {
				d.cfg.Log.Error("sent texts cannot be marked", "texts", len(ids), "err", err)
			}
			d.marks.restore(ids)
			return false
		}
	}
	return true
}

// restoreDropped puts dropped rows back, so that they are marked once more when Run ends.
func (m *marks) restoreDropped(why notice.Why, ids []store.RowID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.addDropped(why, ids)
	m.marking = false
}

// restore puts ids back, so that they are tried once more when Run ends.
func (m *marks) restore(ids []store.RowID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ids = append(ids, m.ids...)
	m.marking = false
}
