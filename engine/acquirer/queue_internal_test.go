package acquirer

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAnyOrderOfWork: whatever is added, woken and tried, each entry waits in one place or is
// being tried, and the next one is the one that a search through all of them finds.
func TestAnyOrderOfWork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		window, now := rapid.IntRange(1, 6).Draw(t, "window"), time.Now()
		q := NewQueue(QueueConfig{Window: func() int { return window }, Retry: func() time.Duration { return time.Hour }, Ready: func() bool { return true },
			Try: func(context.Context, uint64, bool) Verdict { return Done }})
		busy := make(map[*entry]bool) // whether it had been tried before
		number := rapid.Uint64Range(1, 4)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"add", "add", "wake", "next", "next", "next", "end", "end", "wait"}).Draw(t, "step") {
			case "add":
				q.Add(number.Draw(t, "added"), 0, false)
			case "wake":
				q.Wake(number.Draw(t, "woken"))
			case "wait":
				now = now.Add(time.Duration(rapid.IntRange(30, 180).Draw(t, "minutes")) * time.Minute)
			case "next":
				want := searched(q, now)
				e, _ := q.next(now)
				if e != want {
					t.Fatalf("next is %+v, want %+v", e, want)
				}
				if e != nil {
					busy[e] = e.tried
					q.count(e.tried, 1)
					e.busy, e.tried = true, true
				}
			case "end":
				if e := q.entries[number.Draw(t, "ended")]; e != nil && e.busy {
					tried := busy[e]
					delete(busy, e)
					q.end(e, tried, rapid.SampledFrom([]Verdict{Done, Unsent, Soon, Slowly}).Draw(t, "verdict"))
				}
			}
			placed(t, q, busy)
		}
	})
}

// searched returns the entry that is due first, or nil, by a search through all.
func searched(q *Queue, now time.Time) (best *entry) {
	window := q.cfg.Window()
	if q.busy >= window {
		return nil
	}
	for _, e := range q.entries {
		if e.busy || e.due.After(now) || e.tried && q.repeats >= max(1, window-(window+3)/4) {
			continue
		}
		earlier := best == nil || e.tried != best.tried && best.tried ||
			e.tried == best.tried && (e.due.Before(best.due) || e.due.Equal(best.due) && e.no < best.no)
		if earlier {
			best = e
		}
	}
	return best
}

// placed checks that each entry waits where it says, unless it is being tried.
func placed(t *rapid.T, q *Queue, busy map[*entry]bool) {
	if len(q.untried)+len(q.tried)+len(busy) != len(q.entries) || q.busy != len(busy) {
		t.Fatalf("%d and %d wait and %d are tried of %d", len(q.untried), len(q.tried), len(busy), len(q.entries))
	}
	for no, e := range q.entries {
		if _, trying := busy[e]; trying != e.busy || e.no != no {
			t.Fatalf("%+v is at %d", e, no)
		}
		if at := *q.place(e); !e.busy && (e.place >= len(at) || at[e.place] != e) {
			t.Fatalf("%+v is not where it waits", e)
		}
	}
}
