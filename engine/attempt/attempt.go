// Package attempt keeps the tries of notices on costly media in the store, where a
// restart does not forget them: a voice call or a fax that may have been answered just
// before a crash is not simply made again.
//
// A Tries is the outbox's Attempts, its Done and its Dropped. A row that was never tried on a
// costly medium has no document and costs nothing.
//
// The package imports store, engine/notice and the unit of work (engine/tx).
package attempt

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"mpg/engine/notice"
	"mpg/engine/tx"
	"mpg/store"
)

// Table holds an Attempt for each row of the outbox that was tried on a costly medium
// and is not done, by the number of the row.
const Table store.Table = 29

// Attempt is what is known of the tries of a row.
type Attempt struct {
	Tries int       `cbor:"1,keyasint"` // that may have cost something, including the one that began At
	At    time.Time `cbor:"2,keyasint"` // when the last one began
}

// Tries keeps the attempts. Its methods may be called from any goroutine.
type Tries struct {
	run *tx.Runner

	mu sync.Mutex
	by map[store.RowID]Attempt // all that are in the store
}

// Load returns the tries that the store has. The error is the store's, or says which
// document cannot be read.
func Load(ctx context.Context, run *tx.Runner) (*Tries, error) {
	tries := &Tries{run: run, by: make(map[store.RowID]Attempt)}
	for doc, err := range run.Books().Docs(ctx, Table, "", 0) {
		if err != nil {
			return nil, err
		}
		row, err := strconv.ParseUint(doc.Key, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("engine: table %d has a key that is no row: %w", Table, err)
		}
		a, err := tx.Decode[Attempt](doc)
		if err != nil {
			return nil, fmt.Errorf("engine: the tries of row %d: %w", row, err)
		}
		tries.by[store.RowID(row)] = *a
	}
	return tries, nil
}

// key returns the document key of a row, in the order of the rows.
func key(row store.RowID) string { return fmt.Sprintf("%016x", uint64(row)) }

// Tried returns how often a row was tried, and when last; 0 if never.
func (s *Tries) Tried(row store.RowID) (tries int, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.by[row]
	return a.Tries, a.At
}

// Begin writes that a try of row begins at a time, the one of that number. It is durable
// when Begin returns nil. The error is that of the step.
func (s *Tries) Begin(ctx context.Context, row store.RowID, tries int, at time.Time) error {
	next := Attempt{Tries: tries, At: at.UTC().Round(0)}
	return s.run.Do(ctx, func(t *tx.Tx) error {
		if _, err := tx.Read[Attempt](t, Table, key(row)); err != nil {
			return err
		}
		tx.Save(t, Table, key(row), &next)
		t.AfterCommit(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.by[row] = next
		})
		return nil
	})
}

// TakeBack uncounts the try of row that began at that time, since it cost nothing.
// It does nothing if another has begun since, or the row is done. The error is that of
// the step.
func (s *Tries) TakeBack(ctx context.Context, row store.RowID, at time.Time) error {
	return s.run.Do(ctx, func(t *tx.Tx) error {
		a, err := tx.Read[Attempt](t, Table, key(row))
		if err != nil || a == nil || !a.At.Equal(at) {
			return err
		}
		fewer := Attempt{Tries: a.Tries - 1, At: a.At}
		tx.Save(t, Table, key(row), &fewer)
		t.AfterCommit(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.by[row] = fewer
		})
		return nil
	})
}

// Done marks rows of the outbox as done and forgets their tries, in steps of as many
// rows as fit. Rows that were marked before an error stay marked.
func (s *Tries) Done(ctx context.Context, rows []store.RowID) error {
	return s.done(ctx, rows, func(*tx.Tx, []store.RowID) {})
}

// Dropped does what Done does, for rows that were not sent, and records why.
func (s *Tries) Dropped(ctx context.Context, why notice.Why, rows []store.RowID) error {
	return s.done(ctx, rows, func(t *tx.Tx, part []store.RowID) {
		tx.Archive(t, notice.DroppedTable, key(part[0]), &notice.Dropped{Rows: part, Why: why})
	})
}

// done marks rows in several steps, and calls also in each of them.
func (s *Tries) done(ctx context.Context, rows []store.RowID, also func(t *tx.Tx, part []store.RowID)) error {
	for len(rows) > 0 {
		part, tried := s.fit(rows)
		rows = rows[len(part):]
		err := s.run.Do(ctx, func(t *tx.Tx) error {
			t.Sent(part)
			also(t, part)
			for _, row := range tried {
				if _, err := tx.Read[Attempt](t, Table, key(row)); err != nil {
					return err
				}
				tx.Drop(t, Table, key(row))
			}
			t.AfterCommit(func() { s.forget(tried) })
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fit returns the first rows that one step can mark, and which of them were tried.
func (s *Tries) fit(rows []store.RowID) (part, tried []store.RowID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, row := range rows {
		_, ok := s.by[row]
		if i == store.DoneMax || ok && len(tried) == store.WritesMax-1 { // one more write may say why they were dropped
			return rows[:i], tried
		}
		if ok {
			tried = append(tried, row)
		}
	}
	return rows, tried
}

func (s *Tries) forget(rows []store.RowID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range rows {
		delete(s.by, row)
	}
}
