package due

import "time"

// Schedule returns the first time of a schedule that is later than after.
type Schedule func(after time.Time) time.Time

// Next returns when an item is due again. It is a Kind.Next for items that all have the
// same schedule.
func (s Schedule) Next(item Item) time.Time { return s(item.At) }

// Every returns a Schedule whose times are period apart, in elapsed time, counted from
// the first. Period is rounded up to whole minutes.
func Every(period time.Duration) Schedule {
	period = max(time.Minute, (period + time.Minute - 1).Truncate(time.Minute))
	return func(after time.Time) time.Time { return after.Add(period) }
}

// Daily returns a Schedule of one time each local day, when clocks in zone show hour and
// minute. On a day on which they skip that time it is the moment of the change, and on
// one on which they show it twice the first.
func Daily(hour, minute int, zone *time.Location) Schedule {
	return func(after time.Time) time.Time {
		year, month, day := after.In(zone).Date()
		for day--; ; day++ { // the day before may end late, when a change skips its end
			if at := clock(year, month, day, hour, minute, zone); at.After(after) {
				return at
			}
		}
	}
}

// Monthly returns a Schedule of one time in each month, as Daily on that day. In a month
// that has no such day it is the last one.
func Monthly(day, hour, minute int, zone *time.Location) Schedule {
	return func(after time.Time) time.Time {
		year, month, _ := after.In(zone).Date()
		for month--; ; month++ {
			last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
			if at := clock(year, month, min(day, last), hour, minute, zone); at.After(after) {
				return at
			}
		}
	}
}

// clock returns when clocks in zone show a time: the first such moment, or the moment of
// the change that skips it. Values out of range are carried over as by time.Date, which
// does not say what it returns for such times.
func clock(year int, month time.Month, day, hour, minute int, zone *time.Location) time.Time {
	wall := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	near := time.Date(year, month, day, hour, minute, 0, 0, zone)
	_, before := near.Add(-24 * time.Hour).Zone()
	_, after := near.Add(24 * time.Hour).Zone()
	var at time.Time
	for _, offset := range [...]int{after, before} { // what both show came first with the offset before
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, is := t.Zone(); is == offset {
			at = t
		}
	}
	if at.IsZero() {
		at, _ = wall.Add(-time.Duration(before) * time.Second).In(zone).ZoneBounds()
	}
	return at
}
