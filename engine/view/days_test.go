package view_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/view"
	"mpg/engine/view/viewtest"
)

// TestRollUpsAreThoseOfLocalDays: what the roll-ups have of each day is what a direct count
// of the payments, refusals and texts of that day finds, in zones at half and quarter hours
// too, and on days of 23 and 25 hours.
func TestRollUpsAreThoseOfLocalDays(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "America/Havana", "Europe/Berlin"}).Draw(rt, "zone")
		zone, err := time.LoadLocation(name)
		if err != nil {
			rt.Fatal(err)
		}
		d := newDesk(rt, t.TempDir(), rapid.Uint64().Draw(rt, "seed"))
		defer d.close()
		d.open(func(cfg *view.Config) { cfg.Zone = zone })
		for range rapid.IntRange(1, 2).Draw(rt, "days") {
			if _, change := viewtest.Now(d.life).In(zone).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(rt, "to the next change of the clocks") {
				viewtest.Pass(d.life, change.Sub(viewtest.Now(d.life))-time.Duration(rapid.Int64Range(0, 1500).Draw(rt, "minutes before it"))*time.Minute)
			}
			for range rapid.IntRange(1, 5).Draw(rt, "times") {
				d.live(5)
				viewtest.Pass(d.life, time.Duration(rapid.Int64Range(0, 300).Draw(rt, "minutes"))*time.Minute)
			}
			d.take(rapid.IntRange(0, 60).Draw(rt, "records"))
			d.keep()
		}
		d.catchUp()
		for counted, rolled := range map[string]string{
			"SELECT updated_at, product || channel || reason, 1, charged FROM payment WHERE state = 'done'":                "SELECT day, product || channel || reason, sum(count), sum(sum) FROM hour WHERE product <> '' GROUP BY 1, 2",
			"SELECT at, 'refusal:' || reason, 1, amount FROM refusal":                                                      "SELECT day, reason, sum(count), sum(sum) FROM hour WHERE product = '' GROUP BY 1, 2",
			"SELECT ended_at, medium || class || fate || why, 1, 0 FROM notice WHERE fate <> 'waiting'":                    "SELECT day, medium || class || fate || why, count, 0 FROM daynotice",
			"SELECT updated_at, payee, 1, received FROM payment WHERE outcome = 'paid' AND payee_user = 0 AND payee <> ''": "SELECT day, merchant, count, sum FROM dayshop WHERE count > 0",
			"SELECT updated_at, product, 1, 0 FROM payment WHERE state = 'done'":                                           "SELECT day, product, sum(count), 0 FROM stage WHERE from_state = '' GROUP BY 1, 2",
		} {
			want := d.sums(counted, func(at int64) int64 {
				local := time.UnixMicro(at).In(zone)
				return int64(local.Year()*10000 + int(local.Month())*100 + local.Day())
			})
			if got := d.sums(rolled, func(day int64) int64 { return day }); !maps.Equal(got, want) {
				rt.Errorf("in %s: %s\nhas    %v\ncount: %v", name, rolled, got, want)
			}
		}
	})
}

// sums adds up the third and fourth column of a query by the day of its first column and by
// its second.
func (d *desk) sums(query string, day func(int64) int64) map[string][2]int64 {
	d.t.Helper()
	all := make(map[string][2]int64)
	err := d.view.Read(context.Background(), func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
		rows, err := tx.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var at, count, sum int64
			var what string
			if err := rows.Scan(&at, &what, &count, &sum); err != nil {
				return err
			}
			key := fmt.Sprint(day(at), " ", what)
			all[key] = [2]int64{all[key][0] + count, all[key][1] + sum}
		}
		return rows.Err()
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}
