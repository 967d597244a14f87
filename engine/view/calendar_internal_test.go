package view

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// zones are those whose days are hardest to get right: quarters of hours, clocks that change
// at or just before midnight or by half an hour or two hours, and a day that never was.
var zones = [...]string{
	"UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Eucla", "Pacific/Chatham", "Pacific/Apia", "America/St_Johns",
	"America/New_York", "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Europe/London", "Antarctica/Troll", "Pacific/Marquesas", "Africa/Monrovia",
}

// TestDaysAndHoursAreThoseOfLocalClocks, in every zone, in whatever order times come.
func TestDaysAndHoursAreThoseOfLocalClocks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones[:]).Draw(rt, "zone"))
		if err != nil {
			rt.Fatal(err)
		}
		days := calendar{zone: zone}
		at := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(rt, "first"), 0)
		for range rapid.IntRange(1, 40).Draw(rt, "times") {
			if _, change := at.In(zone).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(rt, "to the next change") {
				at = change
			}
			at = at.Add(time.Duration(rapid.Int64Range(-180_000, 180_000).Draw(rt, "seconds"))*time.Second + 999*time.Millisecond)
			local := at.In(zone)
			if day, want := days.day(at), int64(local.Year()*10000+int(local.Month())*100+local.Day()); day != want {
				rt.Fatalf("%s is on %d, want %d", local, day, want)
			}
			if hour := days.hour(at); hour != local.Hour() {
				rt.Fatalf("%s is in hour %d", local, hour)
			}
		}
	})
}
