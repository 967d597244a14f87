package user

import (
	"time"

	"mpg/store/money"
)

// Day sums up what was ordered on one local day.
type Day struct {
	Date string       `cbor:"1,keyasint"` // 2006-01-02
	Sum  money.Amount `cbor:"2,keyasint"`
	Free money.Amount `cbor:"3,keyasint,omitempty"` // part of Sum, without a PIN call
	// Until is set once the date has gone back: earlier dates count on this day
	// until then.
	Until string `cbor:"4,keyasint,omitempty"`
}

// Spending is what was ordered lately, which counts towards the limit of a day. Its fields
// are stored among those of the User.
type Spending struct {
	Day   Day `cbor:"18,keyasint,omitzero"`
	Ahead Day `cbor:"19,keyasint,omitzero"` // a day from a clock that ran ahead, later than Day
}

const (
	// DateForm is how local days are named.
	DateForm = "2006-01-02"
	// believedAfter is how many days a clock that went back must run on before it
	// is believed: the later day then came from a clock that ran ahead.
	believedAfter = 7
)

// counts reports whether what is ordered on date counts on d.
func (d *Day) counts(date string) bool {
	return date == d.Date || date < d.Date && (d.Until == "" || date < d.Until)
}

// Today returns the sums that count on date. They are zero on a new day. A date
// that goes back is not a new day: its orders count on the latest day seen.
func (s *Spending) Today(date string) Day {
	switch {
	case s.Day.counts(date):
		return s.Day
	case s.Ahead.Date == date:
		return s.Ahead
	}
	return Day{Date: date}
}

// SeeDate notes a date that went back and reports whether that was news.
func (s *Spending) SeeDate(date string) bool {
	if date >= s.Day.Date || s.Day.Until != "" {
		return false
	}
	day, err := time.Parse(DateForm, date)
	if err != nil {
		return false
	}
	s.Day.Until = day.AddDate(0, 0, believedAfter).Format(DateForm)
	return true
}

// Spend counts amount on date and returns the day on which it counts.
func (s *Spending) Spend(date string, amount money.Amount, free bool) string {
	s.SeeDate(date)
	was, today := s.Day, s.Today(date)
	switch {
	case was.Date > date && today.Date == date: // that day is not over yet: it may come again
		s.Ahead = was
	case s.Ahead.Date <= today.Date:
		s.Ahead = Day{}
	}
	today.Sum += amount
	if free {
		today.Free += amount
	}
	s.Day = today
	return today.Date
}

// SpendMore counts amount in addition to what was counted on date, where that day is still
// remembered.
func (s *Spending) SpendMore(date string, amount money.Amount) {
	for _, d := range []*Day{&s.Day, &s.Ahead} {
		if d.Date == date {
			d.Sum += amount
		}
	}
}

// Unspend takes amount back where the day on which it was counted is still
// remembered.
func (s *Spending) Unspend(date string, amount money.Amount) {
	for _, d := range []*Day{&s.Day, &s.Ahead} {
		if d.Date == date {
			d.Sum = max(0, d.Sum-amount)
		}
	}
}

// inLastHour reports whether a call at Unix second at was in the hour before now.
// One that seems to come later was timed by a clock that ran ahead.
func inLastHour(at int64, now time.Time) bool {
	ago := now.Sub(time.Unix(at, 0))
	return ago > -time.Second && ago < HourWindow // whole seconds are kept
}

// CallsLeft returns how many of limit calls an hour are left.
func (u *User) CallsLeft(now time.Time, limit int) int {
	n := 0
	for _, at := range u.Calls {
		if inLastHour(at, now) {
			n++
		}
	}
	return max(0, limit-n)
}

// CallAgainIn returns the time until a call of the last hour leaves the window.
func (u *User) CallAgainIn(now time.Time) time.Duration {
	for _, at := range u.Calls {
		if inLastHour(at, now) {
			return HourWindow - now.Sub(time.Unix(at, 0))
		}
	}
	return 0
}

// CountCall records a call at now and drops those older than an hour.
func (u *User) CountCall(now time.Time) {
	kept := make([]int64, 0, len(u.Calls)+1)
	for _, at := range u.Calls {
		if inLastHour(at, now) {
			kept = append(kept, at)
		}
	}
	u.Calls = append(kept, now.Unix())
}
