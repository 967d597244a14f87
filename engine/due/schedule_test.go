package due_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"mpg/engine/due"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// moment reads a time with its offset.
func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04 -0700", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestSchedules: changes of the clock at night, at midnight and by half an hour, a day
// that a country left out, and months of every length.
func TestSchedules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, zone string
		schedule   func(*time.Location) due.Schedule
		after      string
		want       []string
	}{
		{"daily", "Asia/Shanghai", daily(9, 0), "2026-11-25 12:00 +0800", []string{"2026-11-26 09:00 +0800", "2026-11-27 09:00 +0800"}},
		{"daily, later today", "Asia/Shanghai", daily(9, 0), "2026-11-25 08:59 +0800", []string{"2026-11-25 09:00 +0800"}},
		{"daily, from another zone", "Asia/Shanghai", daily(0, 0), "2026-11-25 20:00 +0000", []string{"2026-11-27 00:00 +0800"}},
		{"over the new year", "Asia/Shanghai", daily(23, 59), "2026-12-31 23:59 +0800", []string{"2027-01-01 23:59 +0800"}},
		{"time left out", "Europe/Berlin", daily(2, 30), "2026-03-28 02:30 +0100", []string{"2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"}},
		{"time shown twice", "Europe/Berlin", daily(2, 30), "2026-10-24 02:30 +0200", []string{"2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"}},
		{"between the two", "Europe/Berlin", daily(2, 30), "2026-10-25 02:30 +0200", []string{"2026-10-26 02:30 +0100"}},
		{"beside a change", "America/New_York", daily(3, 0), "2026-03-07 03:00 -0500", []string{"2026-03-08 03:00 -0400"}},
		{"midnight left out", "America/Sao_Paulo", daily(0, 0), "2018-11-03 00:00 -0300", []string{"2018-11-04 01:00 -0200", "2018-11-05 00:00 -0200"}},
		{"midnight shown twice", "America/Havana", daily(0, 30), "2026-10-31 00:30 -0400", []string{"2026-11-01 00:30 -0400", "2026-11-02 00:30 -0500"}},
		{"half an hour", "Australia/Lord_Howe", daily(2, 15), "2026-10-03 02:15 +1030", []string{"2026-10-04 02:30 +1100", "2026-10-05 02:15 +1100"}},
		{"a day left out", "Pacific/Apia", daily(10, 0), "2011-12-29 10:00 -1000", []string{"2011-12-31 00:00 +1400", "2011-12-31 10:00 +1400", "2012-01-01 10:00 +1400"}},
		{"monthly", "Asia/Shanghai", monthly(1, 0, 0), "2026-11-01 00:00 +0800", []string{"2026-12-01 00:00 +0800", "2027-01-01 00:00 +0800"}},
		{"a month's end", "Asia/Shanghai", monthly(31, 23, 0), "2026-12-31 23:00 +0800",
			[]string{"2027-01-31 23:00 +0800", "2027-02-28 23:00 +0800", "2027-03-31 23:00 +0800", "2027-04-30 23:00 +0800"}},
		{"a leap year", "Asia/Shanghai", monthly(30, 8, 0), "2028-01-30 08:00 +0800", []string{"2028-02-29 08:00 +0800", "2028-03-30 08:00 +0800"}},
		{"monthly, later this month", "Asia/Shanghai", monthly(15, 8, 0), "2026-11-02 08:00 +0800", []string{"2026-11-15 08:00 +0800"}},
		{"monthly, a time left out", "Europe/Berlin", monthly(29, 2, 15), "2026-02-28 02:15 +0100", []string{"2026-03-29 03:00 +0200", "2026-04-29 02:15 +0200"}},
		{"every", "Europe/Berlin", every(6 * time.Hour), "2026-03-29 00:00 +0100", []string{"2026-03-29 07:00 +0200", "2026-03-29 13:00 +0200"}},
		{"every, rounded up", "UTC", every(61 * time.Second), "2026-03-29 00:00 +0000", []string{"2026-03-29 00:02 +0000"}},
		{"every, at least a minute", "UTC", every(0), "2026-03-29 00:00 +0000", []string{"2026-03-29 00:01 +0000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			z := zone(t, tt.zone)
			at := moment(t, tt.after)
			for _, want := range tt.want {
				if at = tt.schedule(z)(at); !at.Equal(moment(t, want)) {
					t.Fatalf("got %s, want %s", at.In(z).Format("2006-01-02 15:04 -0700"), want)
				}
			}
		})
	}
}

func daily(hour, minute int) func(*time.Location) due.Schedule {
	return func(z *time.Location) due.Schedule { return due.Daily(hour, minute, z) }
}

func monthly(day, hour, minute int) func(*time.Location) due.Schedule {
	return func(z *time.Location) due.Schedule { return due.Monthly(day, hour, minute, z) }
}

func every(period time.Duration) func(*time.Location) due.Schedule {
	return func(*time.Location) due.Schedule { return due.Every(period) }
}

// TestOnceADay: in any zone and year, each local day and each month has one time, which
// clocks show unless they skip it.
func TestOnceADay(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Tehran", "Australia/Lord_Howe", "Asia/Kathmandu",
		"Africa/Casablanca", "America/St_Johns", "Asia/Shanghai", "Antarctica/Troll", "Africa/Cairo", "Asia/Beirut"}
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		hour, minute := rapid.IntRange(0, 23).Draw(rt, "hour"), rapid.IntRange(0, 59).Draw(rt, "minute")
		from := time.Date(rapid.IntRange(1971, 2090).Draw(rt, "year"), 1, rapid.IntRange(1, 366).Draw(rt, "day"), rapid.IntRange(0, 23).Draw(rt, "at"), 0, 0, 0, time.UTC)
		schedule := due.Daily(hour, minute, z)
		at := schedule(from)
		for range 380 {
			next := schedule(at)
			if !next.After(at) || !dayOf(next, hour, minute, z).Equal(dayOf(at, hour, minute, z).AddDate(0, 0, 1)) {
				rt.Fatalf("after %s comes %s", at.In(z), next.In(z))
			}
			if shown := next.In(z); (shown.Hour() != hour || shown.Minute() != minute) && !skips(next, hour, minute, z) {
				rt.Fatalf("%s does not show %02d:%02d, which is not left out", shown, hour, minute)
			}
			if earlier := next.Add(-time.Hour).In(z); earlier.Hour() == hour && earlier.Minute() == minute && earlier.Day() == next.In(z).Day() {
				rt.Fatalf("%s was shown an hour before too", next.In(z))
			}
			at = next
		}
	})
}

// dayOf returns the local day that at is the time of. If clocks skip from 23:00 to
// midnight, as in Tehran in 1977, 23:30 is the midnight after it, and yet that day's.
func dayOf(at time.Time, hour, minute int, z *time.Location) time.Time {
	shown := at.In(z)
	if skips(at, hour, minute, z) {
		shown = wallBefore(at, z)
	}
	return time.Date(shown.Year(), shown.Month(), shown.Day(), 0, 0, 0, 0, time.UTC)
}

// wallBefore returns, as if in UTC, what clocks would show at at if they had not been set
// since the minute before.
func wallBefore(at time.Time, z *time.Location) time.Time {
	_, old := at.Add(-time.Minute).In(z).Zone()
	return at.UTC().Add(time.Duration(old) * time.Second)
}

// skips reports whether at is the moment at which clocks skip hour and minute.
func skips(at time.Time, hour, minute int, z *time.Location) bool {
	_, now := at.In(z).Zone()
	was, is := wallBefore(at, z), at.UTC().Add(time.Duration(now)*time.Second)
	wall := time.Date(was.Year(), was.Month(), was.Day(), hour, minute, 0, 0, time.UTC)
	return was.Before(is) && !wall.Before(was) && wall.Before(is)
}
