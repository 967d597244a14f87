package quota_test

import (
	"testing"
	"time"

	"mpg/engine/quota"
)

// TestQuotas: three an hour for each sender. A Sliding frees each event an hour after
// it, a Fixed all of them an hour after the first; a clock that is set back frees all
// that is in the future.
func TestQuotas(t *testing.T) {
	t.Parallel()
	var sliding quota.Sliding
	var fixed quota.Fixed
	start := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		sender         string
		at             time.Duration
		sliding, fixed bool
	}{
		{"a", 0, true, true},
		{"a", 30 * time.Minute, true, true},
		{"a", 59 * time.Minute, true, true},
		{"a", 59 * time.Minute, false, false},
		{"b", 59 * time.Minute, true, true},
		{"a", time.Hour, true, true},
		{"a", time.Hour, false, true},
		{"a", time.Hour + time.Minute, false, true},
		{"a", time.Hour + time.Minute, false, false},
		{"a", 90 * time.Minute, true, false},
		{"a", -time.Hour, true, true}, // the clock was set back
	} {
		now := start.Add(c.at)
		if got := sliding.Allow(c.sender, now, 3); got != c.sliding {
			t.Errorf("event %d at %v: sliding %t", i, c.at, got)
		}
		if got := fixed.Allow(c.sender, now, 3); got != c.fixed {
			t.Errorf("event %d at %v: fixed %t", i, c.at, got)
		}
	}
	if sliding.Allow("c", start, 0) || fixed.Allow("c", start, 0) {
		t.Error("one of none is allowed")
	}
}
