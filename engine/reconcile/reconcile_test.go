package reconcile_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/reconcile"
)

// TestDayOf: the year of a bank's date is the one that brings it nearest.
func TestDayOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ date, at, want string }{
		{"1126", "2026-11-26", "2026-11-26"}, {"1127", "2026-11-26", "2026-11-27"}, {"0101", "2026-12-31", "2027-01-01"}, {"1231", "2027-01-01", "2026-12-31"},
		{"0229", "2028-03-01", "2028-02-29"}, {"0229", "2027-12-31", "2028-02-29"}, {"", "2026-11-26", "2026-11-26"},
		{"0230", "2026-11-26", ""}, {"1301", "2026-11-26", ""}, {"126", "2026-11-26", ""}, {"11260", "2026-11-26", ""}, {"11-6", "2026-11-26", ""},
	} {
		at, err := time.Parse(time.DateOnly, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := reconcile.DayOf(c.date, at); got != c.want || ok != (c.want != "") {
			t.Errorf("%s at %s is %q, %v; want %q", c.date, c.at, got, ok, c.want)
		}
	}
}

// TestDaysComeBack: the date of a day within five months is that day.
func TestDaysComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(2026, 1, 1, rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 5000).Draw(t, "day"))
		want := at.AddDate(0, 0, rapid.IntRange(-150, 150).Draw(t, "away")).Format(time.DateOnly)
		if got, ok := reconcile.DayOf(reconcile.Date(want), at); !ok || got != want {
			t.Fatalf("%s at %v is %s", reconcile.Date(want), at, got)
		}
	})
}

// TestKeys: the same break has the same key, and no other has.
func TestKeys(t *testing.T) {
	t.Parallel()
	totals := reconcile.Break{Bank: "icbc", Kind: reconcile.OtherTotals, Day: "2026-11-26", Currency: "CNY"}
	again, euro := totals, totals
	again.Code, euro.Currency = "2", "EUR"
	advice := reconcile.Break{Bank: "icbc", Kind: reconcile.UnknownAdvice, Day: "2026-11-26", RRN: "632601000001", STAN: 1, Code: "00"}
	other := advice
	other.STAN = 2
	if totals.Key() != again.Key() || totals.Key() == euro.Key() || totals.Key() == advice.Key() || advice.Key() == other.Key() {
		t.Error(totals.Key(), again.Key(), euro.Key(), advice.Key(), other.Key())
	}
	var day reconcile.Day
	for _, currency := range []string{"CNY", "EUR", "CNY"} {
		day.Tell(reconcile.Told{Currency: currency, Balanced: currency == "CNY"})
	}
	if len(day.Told) != 2 {
		t.Errorf("%+v", day.Told)
	}
	if reconcile.Date("26 November") != "" {
		t.Error("a text is a date")
	}
}
