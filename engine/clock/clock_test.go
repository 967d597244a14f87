package clock_test

import (
	"testing"
	"time"

	"mpg/engine/clock"
)

// TestForward: each step of the wall clock counts for as long as the window after it,
// by the clock that nobody sets. Steps back and the time that passes do not count.
func TestForward(t *testing.T) {
	t.Parallel()
	type look struct{ passes, step time.Duration }
	const window = 10 * time.Minute
	for name, c := range map[string]struct {
		looks []look
		down  time.Duration // since something was last taken in
		want  time.Duration
		also  time.Duration // with the time before this start
	}{
		"nothing":            {},
		"time passes":        {looks: []look{{passes: time.Hour}}},
		"a step":             {looks: []look{{step: time.Hour}}, want: time.Hour, also: time.Hour},
		"a step too small":   {looks: []look{{step: time.Second - 1}}},
		"a step back":        {looks: []look{{step: -time.Hour}}},
		"back and forth":     {looks: []look{{step: -time.Hour}, {step: time.Hour}}, want: time.Hour, also: time.Hour},
		"two steps":          {looks: []look{{step: time.Hour}, {passes: time.Minute, step: time.Minute}}, want: 61 * time.Minute, also: 61 * time.Minute},
		"a step long ago":    {looks: []look{{step: time.Hour}, {passes: window}}},
		"a step just within": {looks: []look{{step: time.Hour}, {passes: window - 1}}, want: time.Hour, also: time.Hour},
		"it was down":        {down: 3 * time.Hour, also: 3 * time.Hour},
		"down in the future": {down: -3 * time.Hour},
		"down long ago":      {down: 3 * time.Hour, looks: []look{{passes: window}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, ran := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC), time.Duration(0)
			k := clock.New(func() time.Time { return now }, func() time.Duration { return ran })
			k.Look()
			if c.down != 0 {
				k.Stopped(now.Add(-c.down))
			}
			for _, l := range c.looks {
				now, ran = now.Add(l.passes+l.step), ran+l.passes
				k.Look()
			}
			if got, also := k.Forward(window, false), k.Forward(window, true); got != c.want || also != c.also {
				t.Errorf("forward by %v, with the stop %v; want %v and %v", got, also, c.want, c.also)
			}
		})
	}
}

// TestManyStepsAddUp: the oldest are added up, and none is lost.
func TestManyStepsAddUp(t *testing.T) {
	t.Parallel()
	now, ran := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC), time.Duration(0)
	k := clock.New(func() time.Time { return now }, func() time.Duration { return ran })
	k.Look()
	const steps = 200
	for range steps {
		now, ran = now.Add(time.Minute+time.Millisecond), ran+time.Millisecond
		k.Look()
	}
	if got := k.Forward(time.Hour, false); got != steps*time.Minute {
		t.Errorf("forward by %v", got)
	}
}

// TestALookThatTakesLongProvesNothing: the machine slept while the clocks were read.
func TestALookThatTakesLongProvesNothing(t *testing.T) {
	t.Parallel()
	now, ran := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC), time.Duration(0)
	slow := false
	k := clock.New(func() time.Time {
		if slow {
			now, ran = now.Add(time.Hour), ran+time.Hour
		}
		return now
	}, func() time.Duration { return ran })
	k.Look()
	slow = true
	k.Look()
	slow = false
	k.Look()
	if got := k.Forward(24*time.Hour, false); got != 0 {
		t.Errorf("forward by %v", got)
	}
}
