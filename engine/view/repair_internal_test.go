package view

import (
	"slices"
	"testing"
	"time"
)

// TestPausesGrow, up to a limit, and start again after a quiet time.
func TestPausesGrow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)
	p := pauses{first: 5 * time.Second, most: time.Minute}
	var got []time.Duration
	try := func(times int) {
		for range times {
			pause := p.next(now)
			now = now.Add(pause + time.Hour) // however long an attempt takes
			p.last = now
			got = append(got, pause/time.Second)
		}
	}
	try(7)
	now = now.Add(time.Minute)
	try(1)
	now = now.Add(time.Hour)
	try(2)
	if want := []time.Duration{0, 5, 10, 20, 40, 60, 60, 60, 0, 5}; !slices.Equal(got, want) {
		t.Errorf("pauses of %v, want %v", got, want)
	}
}
