package due

import (
	"context"
	"time"

	"mpg/engine/tx"
	"mpg/store"
)

// Waits before another try of an item that failed. The wait doubles with each try.
const (
	pauseFirst = 10 * time.Second
	pauseMax   = 10 * time.Minute
)

// Sweep does all that is due now, each occurrence as a step of its own, and returns. The
// error is that of a table that cannot be read, or of ctx; an item that fails is logged
// and tried again by a later Sweep.
func (s *Sweeper) Sweep(ctx context.Context) error {
	now := s.cfg.Now()
	if s.seen.IsZero() || now.Before(s.seen) {
		if err := s.rewind(ctx, now); err != nil {
			return err
		}
	}
	s.seen = now
	for again := true; again; {
		var err error
		if again, err = s.walk(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// walk does one occurrence of each item that is due, and reports whether one of them is
// due again already.
func (s *Sweeper) walk(ctx context.Context, now time.Time) (again bool, err error) {
	failing := make(map[string]pause)
	for doc, err := range s.cfg.Run.Books().Docs(ctx, Table, "", 0) {
		if err != nil {
			return false, err
		}
		minute, kind, item, ok := s.item(doc)
		if ok && timeOf(minute).After(now) {
			break
		}
		held, paused := s.pauses[doc.Key]
		if paused {
			failing[doc.Key] = held
		}
		if !ok || kind.Off() || paused && now.Before(held.until) {
			continue
		}
		next, err := s.do(ctx, kind, item, minute, now)
		switch {
		case err == nil:
			delete(failing, doc.Key)
			again = again || next != 0 && !timeOf(next).After(now)
		case ctx.Err() == nil:
			failing[doc.Key] = s.failed(held, item, now, err)
		}
	}
	s.pauses = failing
	return again, nil
}

// item returns what a document stands for, or false if its kind is not registered.
func (s *Sweeper) item(doc store.Doc) (minute int64, kind *Kind, item Item, ok bool) {
	minute, name, id, ok := split(doc.Key)
	kind = s.kinds[name]
	if ok && kind != nil {
		return minute, kind, Item{Kind: name, ID: id, At: timeOf(minute)}, true
	}
	if !s.unknowns[name] { // no module of this build has this kind any more
		s.unknowns[name] = true
		s.cfg.Log.Warn("due work of a kind that is not registered is left alone", "kind", name)
	}
	return minute, nil, item, false
}

// do does one occurrence of the item of a row, or passes over what was missed, as one
// step. It returns the minute of the item's next row; 0: there is none.
func (s *Sweeper) do(ctx context.Context, kind *Kind, item Item, minute int64, now time.Time) (next int64, err error) {
	key := keyOf(minute, kind.Name, item.ID)
	var p plan
	err = s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		p = plan{}
		row, err := tx.Read[Row](t, Table, key)
		if err != nil || row == nil { // nil: it was cancelled
			return err
		}
		item.What = row.What
		if p, err = planOf(kind, item, *row, minute, now); err != nil {
			return err
		}
		tx.Drop(t, Table, key)
		item.Next = time.Time{}
		if p.next != 0 {
			item.Next = timeOf(p.next)
			if err := put(t, keyOf(p.next, kind.Name, item.ID), &p.row); err != nil {
				return err
			}
		}
		if p.do == 0 {
			return nil
		}
		item.At = timeOf(p.do)
		return kind.Do(t, item)
	})
	if err != nil {
		return 0, err
	}
	if p.do != 0 {
		s.Stats.Done.Add(1)
	}
	if p.skipped > 0 {
		s.Stats.Skipped.Add(int64(p.skipped))
		s.cfg.Log.Warn("due work was missed and is not done", "kind", kind.Name, "times", p.skipped, "first", timeOf(minute))
	}
	return p.next, nil
}

// failed returns how long an item is left alone after one more try failed. The id is not
// logged: it may be the number of a person.
func (s *Sweeper) failed(was pause, item Item, now time.Time, err error) pause {
	s.Stats.Failed.Add(1)
	wait := min(pauseFirst<<min(was.tries, 10), pauseMax)
	s.cfg.Log.Error("due work failed", "kind", item.Kind, "at", item.At, "tries", was.tries+1, "again", wait, "err", err)
	return pause{now.Add(wait), was.tries + 1}
}

// rewind moves rows to occurrences that were passed over and are yet to come, since the
// clock was set back, perhaps while nothing ran.
func (s *Sweeper) rewind(ctx context.Context, now time.Time) error {
	clear(s.pauses)
	for doc, err := range s.cfg.Run.Books().Docs(ctx, Table, keyOf(max(0, minuteOf(now)), "", ""), 0) {
		if err != nil {
			return err
		}
		minute, kind, item, ok := s.item(doc)
		if !ok {
			continue
		}
		err = s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
			row, err := tx.Read[Row](t, Table, doc.Key)
			if err != nil || row == nil {
				return err
			}
			item.What = row.What
			to, err := rewound(kind, item, *row, minute, now)
			if err != nil || to == minute {
				return err
			}
			tx.Drop(t, Table, doc.Key)
			moved := *row
			return put(t, keyOf(to, kind.Name, item.ID), &moved)
		})
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("due work stays where a clock that ran ahead has put it", "kind", kind.Name, "at", timeOf(minute), "err", err)
		}
	}
	return nil
}
