package due

import (
	"fmt"
	"slices"
	"time"
)

// doneMax is how many occurrences a row remembers since one was passed over. A clock
// that is believed for longer than that is taken to be right.
const doneMax = 32

// plan says what becomes of a row that is due.
type plan struct {
	do      int64 // the minute of the occurrence to do; 0: none
	skipped int   // occurrences that are passed over
	next    int64 // the minute of the next row; 0: there is none
	row     Row   // that row
}

// planOf returns what becomes of the row of an item that is due at minute at, which is
// not after now. The error is that of a Kind.Next that does not go forward.
func planOf(kind *Kind, item Item, row Row, at int64, now time.Time) (plan, error) {
	p := plan{do: at, row: row}
	var err error
	for p.next, err = following(kind, item, at); kind.Missed != All && p.next != 0 && !timeOf(p.next).After(now); {
		if p.do != 0 {
			p.skipped++
		}
		if p.do = p.next; row.wasDone(p.do) {
			p.do = 0
		}
		p.next, err = following(kind, item, p.next)
	}
	for p.next != 0 && row.wasDone(p.next) {
		p.next, err = following(kind, item, p.next)
	}
	if err != nil {
		return p, err
	}
	if kind.Missed == None && p.do != 0 && now.Sub(timeOf(p.do)) > kind.Late {
		p.skipped++
		p.do = 0
	}
	p.row.note(at, p)
	return p, nil
}

// following returns the minute of the occurrence after at; 0: there is none.
func following(kind *Kind, item Item, at int64) (int64, error) {
	if kind.Next == nil {
		return 0, nil
	}
	item.At, item.Next = timeOf(at), time.Time{}
	next := kind.Next(item)
	if next.IsZero() {
		return 0, nil
	}
	if minute := minuteOf(next); minute > at {
		return minute, nil
	}
	return 0, fmt.Errorf("due: kind %s is due again at %s, which is not after %s", kind.Name, next.Format(time.RFC3339), item.At.Format(time.RFC3339))
}

// note records in the next row what a plan does and what it passes over, from the
// occurrence at on.
func (r *Row) note(at int64, made plan) {
	r.Done = slices.Clone(r.Done)
	if made.skipped > 0 && r.PassedOver == 0 {
		r.PassedOver = at
	}
	if made.do != 0 && r.PassedOver != 0 {
		r.Done = append(r.Done, made.do)
	}
	if len(r.Done) > doneMax {
		r.PassedOver = 0
	}
	from := r.PassedOver
	if from == 0 {
		from = made.next // what lies ahead is already done
	}
	r.Done = slices.DeleteFunc(r.Done, func(minute int64) bool { return minute < from })
}

// rewound returns the minute to which a row that is due at minute at moves because the
// clock was set back to now: the first of the occurrences passed over that is still to
// come. It returns at if there is none.
func rewound(kind *Kind, item Item, row Row, at int64, now time.Time) (int64, error) {
	if row.PassedOver == 0 {
		return at, nil
	}
	minute := row.PassedOver
	for minute < at && (timeOf(minute).Before(now) || row.wasDone(minute)) {
		var err error
		if minute, err = following(kind, item, minute); err != nil || minute == 0 {
			return at, err
		}
	}
	return min(minute, at), nil
}
