package report_test

import (
	"testing"
	"time"

	"mpg/engine/report"
)

// TestPeriods: dates are whole local days, durations lie in the past, and clocks that change
// at midnight confuse nobody.
func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, since, until, from, to string }{
		{"Asia/Shanghai", "2026-11-25", "2026-11-25", "2026-11-24T16:00:00Z", "2026-11-25T16:00:00Z"},
		{"Asia/Shanghai", "today", "", "2026-11-25T16:00:00Z", ""},
		{"Asia/Shanghai", "yesterday", "yesterday", "2026-11-24T16:00:00Z", "2026-11-25T16:00:00Z"},
		{"Asia/Shanghai", "2026-11-25 08:30", "2026-11-25T09:00:30", "2026-11-25T00:30:00Z", "2026-11-25T01:00:30Z"},
		{"Asia/Shanghai", "2026-11-25T08:30:00Z", "2026-11-25T08:30:00+02:00", "", ""},
		{"Asia/Shanghai", "2026-11-25T06:30:00+02:00", "2h", "2026-11-25T04:30:00Z", "2026-11-26T02:00:00Z"},
		{"Asia/Shanghai", "3d", "90m", "2026-11-23T04:00:00Z", "2026-11-26T02:30:00Z"},
		{"UTC", "1w", "", "2026-11-19T04:00:00Z", ""},
		{"Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}, // 25 hours
		{"Europe/Berlin", "2026-03-29", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}, // 23 hours
		{"Asia/Beirut", "2026-03-29", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},   // no midnight
		{"Asia/Shanghai", "", "", "", ""},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		reader := report.New(report.Config{Zone: zone, Now: func() time.Time { return at("2026-11-26 04:00:00") }})
		got, err := reader.ParsePeriod(tt.since, tt.until)
		if tt.since != "" && tt.from == "" {
			if err == nil {
				t.Errorf("%+v: %v", tt, got)
			}
			continue
		}
		if err != nil || shown(got.From) != tt.from || shown(got.To) != tt.to {
			t.Errorf("%+v: %s to %s, %v", tt, shown(got.From), shown(got.To), err)
		}
	}
}

func shown(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// FuzzParsePeriod: whatever is typed, there is a period that does not end before it begins,
// or an error that names the filter.
func FuzzParsePeriod(f *testing.F) {
	for _, typed := range []string{"2026-11-25", "2026-11-25 14:30", "2h", "999999w", "today", "2026-13-01", "0001-01-01", "9999-12-31", "-1d"} {
		f.Add(typed, typed)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		f.Fatal(err)
	}
	reader := report.New(report.Config{Zone: shanghai, Now: func() time.Time { return at("2026-11-26 04:00:00") }})
	f.Fuzz(func(t *testing.T, since, until string) {
		period, err := reader.ParsePeriod(since, until)
		if err != nil {
			return
		}
		if !period.From.IsZero() && !period.To.IsZero() && !period.From.Before(period.To) {
			t.Errorf("%q to %q: %v", since, until, period)
		}
	})
}
