package report

import (
	"regexp"
	"strconv"
	"time"
)

// dayForm is how a day is written.
const dayForm = "2006-01-02"

// clockForms are the ways to write a time of day in the operator's zone.
var clockForms = [...]string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"}

// agoForm is how long ago something was: 90m, 2h, 3d, 1w.
var agoForm = regexp.MustCompile(`^([0-9]{1,6})([smhdw])$`)

// Period is a span of time. A zero time leaves that side open.
type Period struct {
	From time.Time // the first instant
	To   time.Time // the first instant after it
}

// whenWanted ends the error of a time that cannot be read.
const whenWanted = "a date such as 2026-11-25, a date and time such as 2026-11-25 14:30, or how long ago, such as 2h or 3d"

// ParsePeriod reads the two ends of a period as people type them. A date is a whole day in
// the operator's zone, so that a period until 25 November has that day in it. Both may be
// empty. The error is a FilterError.
func (t *parser) ParsePeriod(since, until string) (Period, error) {
	from, _, err := t.when("since", since)
	if err != nil {
		return Period{}, err
	}
	to, day, err := t.when("until", until)
	if err != nil {
		return Period{}, err
	}
	if day {
		to = nextDay(to)
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return Period{}, &FilterError{Filter: "until", Value: until, Want: "a time after since"}
	}
	return Period{From: from, To: to}, nil
}

// ParseDay reads a day as people type it: a date, today or yesterday. The error is a
// FilterError.
func (t *parser) ParseDay(typed string) (time.Time, error) {
	if typed == "" {
		typed = "today"
	}
	at, day, err := t.when("day", typed)
	if err != nil || !day {
		return time.Time{}, &FilterError{Filter: "day", Value: typed, Want: "a date such as 2026-11-25, today or yesterday"}
	}
	return at, nil
}

// when reads a time; day says that it is the beginning of a whole day.
func (t *parser) when(filter, typed string) (at time.Time, day bool, err error) {
	now := t.cfg.Now().In(t.cfg.Zone)
	switch typed {
	case "":
		return time.Time{}, false, nil
	case "today":
		return midnight(now), true, nil
	case "yesterday":
		return midnight(midnight(now).Add(-time.Hour)), true, nil
	}
	if date, err := time.Parse(dayForm, typed); err == nil {
		return startOf(date.Year(), date.Month(), date.Day(), t.cfg.Zone), true, nil
	}
	if ago := agoForm.FindStringSubmatch(typed); ago != nil {
		count, _ := strconv.Atoi(ago[1])
		return earlier(now, count, ago[2]), false, nil
	}
	for _, form := range clockForms {
		if at, err := time.ParseInLocation(form, typed, t.cfg.Zone); err == nil {
			return at, false, nil
		}
	}
	if at, err := time.Parse(time.RFC3339, typed); err == nil {
		return at, false, nil
	}
	return time.Time{}, false, &FilterError{Filter: filter, Value: typed, Want: whenWanted}
}

// earlier returns the time that is count units before now. Days and weeks are those of the
// calendar, even when the clocks change.
func earlier(now time.Time, count int, unit string) time.Time {
	switch unit {
	case "s":
		return now.Add(-time.Duration(count) * time.Second)
	case "m":
		return now.Add(-time.Duration(count) * time.Minute)
	case "h":
		return now.Add(-time.Duration(count) * time.Hour)
	case "w":
		return now.AddDate(0, 0, -7*count)
	}
	return now.AddDate(0, 0, -count)
}

// midnight returns the first instant of the day of at, in its zone.
func midnight(at time.Time) time.Time {
	return startOf(at.Year(), at.Month(), at.Day(), at.Location())
}

// nextDay returns the first instant of the day after that of at, in its zone.
func nextDay(at time.Time) time.Time {
	return startOf(at.Year(), at.Month(), at.Day()+1, at.Location())
}

// startOf returns the first instant of a day. That is not midnight where the clocks go
// forward at midnight.
func startOf(year int, month time.Month, day int, zone *time.Location) time.Time {
	noon := time.Date(year, month, day, 12, 0, 0, 0, zone)
	start := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if start.Day() == noon.Day() {
		return start
	}
	for at := start; ; at = at.Add(15 * time.Minute) { // time.Date went back over the gap
		if at.Day() == noon.Day() {
			return at
		}
	}
}

// dayNumber writes the local day of at as view.db has it: 20261125.
func dayNumber(at time.Time) int {
	return at.Year()*10_000 + int(at.Month())*100 + at.Day()
}

// micros returns at as view.db has it.
func micros(at time.Time) int64 { return at.UnixMicro() }
