package outbox

import (
	"context"
	"sync"

	"mpg/store"
)

// marks holds the rows that were taken but are not yet marked as done, and the tries that
// are not yet taken back.
type marks struct {
	kick chan struct{}

	mu      sync.Mutex
	ids     []store.RowID
	tries   []try
	marking bool
}

func (m *marks) none() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.ids) == 0 && len(m.tries) == 0 && !m.marking
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
	for ids := d.marks.take(); len(ids) > 0; ids = d.marks.take() {
		if err := d.cfg.Done(ctx, ids); err != nil {
			if ctx.Err() == nil {
				d.cfg.Log.Error("sent texts cannot be marked", "texts", len(ids), "err", err)
			}
			d.restore(ids)
			return false
		}
	}
	return true
}

// restore puts ids back, so that they are tried once more when Run ends.
func (d *Dispatcher) restore(ids []store.RowID) {
	d.marks.mu.Lock()
	defer d.marks.mu.Unlock()
	d.marks.ids = append(ids, d.marks.ids...)
	d.marks.marking = false
}
