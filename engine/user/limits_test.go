package user_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/user"
	"mpg/store/money"
)

// spent is what was ordered when the clock said date.
type spent struct {
	date   string
	amount money.Amount
}

func TestADateThatGoesBackIsNoNewDay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		orders []spent
		date   string
		want   money.Amount
	}{
		"a new day":                       {[]spent{{"2026-11-25", 150}}, "2026-11-26", 0},
		"the day before":                  {[]spent{{"2026-11-25", 150}}, "2026-11-24", 150},
		"and again":                       {[]spent{{"2026-11-25", 150}, {"2026-11-24", 20}}, "2026-11-25", 170},
		"two days back and one forward":   {[]spent{{"2026-11-25", 150}, {"2026-11-23", 20}}, "2026-11-24", 170},
		"to and fro":                      {[]spent{{"2026-11-25", 150}, {"2026-11-24", 20}, {"2026-11-25", 10}, {"2026-11-24", 5}}, "2026-11-24", 185},
		"the day after":                   {[]spent{{"2026-11-25", 150}, {"2026-11-24", 20}}, "2026-11-26", 0},
		"last year":                       {[]spent{{"2026-11-25", 150}}, "2025-11-25", 150},
		"ahead for years, the same week":  {[]spent{{"2030-01-01", 150}, {"2026-11-25", 20}}, "2026-12-01", 170},
		"ahead for years, and a week on":  {[]spent{{"2030-01-01", 150}, {"2026-11-25", 20}}, "2026-12-02", 0},
		"then the days are new as always": {[]spent{{"2030-01-01", 150}, {"2026-11-25", 20}, {"2026-12-02", 5}}, "2026-12-03", 0},
		"and the year comes after all":    {[]spent{{"2030-01-01", 150}, {"2026-11-25", 20}, {"2026-12-02", 5}, {"2029-12-31", 1}}, "2030-01-01", 170},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var u user.User
			for _, o := range c.orders {
				u.Spend(o.date, o.amount, true)
			}
			if got := u.Today(c.date); got.Sum != c.want || got.Free != c.want {
				t.Errorf("on %s: %+v, want %d", c.date, got, c.want)
			}
		})
	}
}

// What is given back is taken off the day on which it was counted.
func TestUnspendFindsTheDay(t *testing.T) {
	t.Parallel()
	var u user.User
	u.Spend("2026-11-25", 150, false)
	day := u.Spend("2026-11-24", 20, false)
	u.Unspend(day, 20)
	if got := u.Today("2026-11-25").Sum; got != 150 {
		t.Errorf("%d", got)
	}
	day = u.Spend("2026-12-01", 7, false) // a clock that runs ahead
	u.SeeDate("2026-11-26")
	u.Spend("2026-12-03", 1, false)
	if u.Unspend(day, 7); u.Today("2026-12-03").Sum != 1 {
		t.Errorf("%+v", u)
	}
}

// Whatever a clock does within a week, never is more spent than the limit
// between two days that are really new: later than all before.
func TestAClockThatGoesAstrayOpensNoLimit(t *testing.T) {
	t.Parallel()
	const limit = 200
	rapid.Check(t, func(t *rapid.T) {
		var u user.User
		latest, sum := 0, money.Amount(0)
		for range rapid.IntRange(1, 40).Draw(t, "orders") {
			day := rapid.IntRange(1, 7).Draw(t, "day")
			amount := money.Amount(rapid.IntRange(1, limit).Draw(t, "amount"))
			date := time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC).Format(user.DateForm)
			if day > latest {
				latest, sum = day, 0
			}
			if u.Today(date).Sum > limit-amount {
				continue
			}
			u.Spend(date, amount, false)
			if sum += amount; sum > limit {
				t.Fatalf("%d spent since day %d was new, at day %d: %+v", sum, latest, day, u)
			}
		}
	})
}

func TestCallsAndQuestionsOfAClockThatRanAhead(t *testing.T) {
	t.Parallel()
	var u user.User
	now := noon().Add(400 * time.Millisecond)
	for range 6 {
		u.CountCall(now)
	}
	if got := u.CallsLeft(now, 6); got != 0 {
		t.Errorf("%d left at once", got)
	}
	if got := u.CallsLeft(now.Add(-time.Hour), 6); got != 6 || u.CallAgainIn(now.Add(-time.Hour)) != 0 {
		t.Errorf("%d left an hour before, again in %v", got, u.CallAgainIn(now.Add(-time.Hour)))
	}
	if u.CountCall(now.Add(-time.Hour)); len(u.Calls) != 1 {
		t.Errorf("keeps %d calls", len(u.Calls))
	}
	q := &user.Question{Until: now.Add(user.QuestionFor)}
	for at, want := range map[time.Duration]bool{0: true, user.QuestionFor: true, user.QuestionFor + 1: false, -1: false, -24 * time.Hour: false} {
		if got := q.Waits(now.Add(at)); got != want {
			t.Errorf("%v after it was asked: %t", at, got)
		}
	}
	if (*user.Question)(nil).Waits(now) {
		t.Error("no question waits")
	}
}
