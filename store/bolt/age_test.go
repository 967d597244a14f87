package bolt

import (
	"testing"
	"time"
)

// TestAge: age grows with the times of the Cmds, and neither a clock that is set
// back and put right nor one that runs ahead for a moment makes it jump.
func TestAge(t *testing.T) {
	t.Parallel()
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	repeated := func(n int, offsets ...time.Duration) (all []time.Duration) {
		for range n {
			all = append(all, offsets...)
		}
		return all
	}
	for name, c := range map[string]struct {
		offsets  []time.Duration // of the clock at each further minute
		min, max time.Duration   // age at the end
	}{
		"a clock that is right":       {repeated(100, 0), 99 * minute, 99 * minute},
		"once back by three days":     {append(repeated(50, 0), append([]time.Duration{-3 * day}, repeated(49, 0)...)...), 98 * minute, 99 * minute},
		"back again and again":        {repeated(500, 0, -3*day), 16 * hour, 1000 * minute},
		"back for a day, then right":  {append(repeated(60, 0), append(repeated(24*60, -3*day), repeated(60, 0)...)...), 2 * hour, 26 * hour},
		"back for ever":               {append(repeated(60, 0), repeated(100*60, -3*day)...), 40 * hour, 101 * hour},
		"ahead for once":              {append(repeated(60, 0), append([]time.Duration{365 * day}, repeated(100*60, 0)...)...), 50 * hour, 102 * hour},
		"ahead for ever":              {append(repeated(60, 0), repeated(60, 365*day)...), 2*hour - minute, 3 * hour},
		"back by a second at a time":  {repeated(50, 0, -time.Second), 99*minute - time.Second, 99 * minute},
		"nothing for a year, then on": {[]time.Duration{0, 365 * day, 365 * day}, hour + minute, hour + minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a age
			begun := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
			for i, offset := range c.offsets {
				before := a.elapsed
				a.pass(begun.Add(time.Duration(i) * minute).Add(offset))
				if a.elapsed < before {
					t.Fatalf("age falls from %v to %v", before, a.elapsed)
				}
			}
			if a.elapsed < c.min || a.elapsed > c.max {
				t.Errorf("age is %v, want %v to %v", a.elapsed, c.min, c.max)
			}
			if got := parseAge(a.append(nil)); got != a {
				t.Errorf("read back: %+v, was %+v", got, a)
			}
		})
	}
}
