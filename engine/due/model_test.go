package due_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/due"
	"mpg/engine/tx"
)

// model checks each occurrence that is done against all that came before.
type model struct {
	r     *rig
	names []string
	first map[string]time.Time     // of each kind
	next  map[string]due.Schedule  // the same
	did   map[string]map[int64]int // the minutes of what was done, in steps that were committed
	fails bool
	wrong []string
}

func (m *model) complain(format string, args ...any) {
	m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
}

// do is what each kind does.
func (m *model) do(t *tx.Tx, item due.Item) error {
	if m.fails && item.At.Minute()%2 == 0 {
		return errors.New("it fails now")
	}
	if item.At.After(m.r.now) {
		m.complain("%s of %s is done at %s", item.Kind, item.At, m.r.now)
	}
	t.AfterCommit(func() {
		if m.did[item.Kind][item.At.Unix()]++; m.did[item.Kind][item.At.Unix()] > 1 {
			m.complain("%s of %s is done again at %s", item.Kind, item.At, m.r.now)
		}
	})
	return nil
}

// check holds a kind against its schedule up to now: all that was done is on it; all of
// "all" is done, without a gap; and of "last" the last.
func (m *model) check(name string, atEnd bool) {
	done, last := 0, time.Time{}
	gap := false
	for at := m.first[name]; done < len(m.did[name]) || !at.After(m.r.now); at = m.next[name](at) {
		is := m.did[name][at.Unix()] > 0
		if is {
			done++
		}
		if is && gap && name == "all" {
			m.complain("all of %s is done, and not one before it", at)
		}
		gap = gap || !is
		if !at.After(m.r.now) {
			last = at
		}
		if at.Year() > 2200 {
			m.complain("%s did what is not on its schedule", name)
			return
		}
		if atEnd && name == "all" && !is && !at.After(m.r.now) {
			m.complain("all of %s is not done at %s", at, m.r.now)
		}
	}
	if last.IsZero() { // it is not due yet
		return
	}
	if atEnd && name == "last" && m.did[name][last.Unix()] == 0 {
		m.complain("last of %s is not done at %s", last, m.r.now)
	}
	if late := m.r.now.Sub(last); atEnd && name == "none" && late < due.LateDefault && m.did[name][last.Unix()] == 0 {
		m.complain("none of %s, %s late, is not done", last, late)
	}
}

// TestWhateverTheClockDoes: it goes on, jumps ahead and is set back, mpg is restarted,
// and work fails. No occurrence is done before its time or twice; once the clock has
// gone on for a while, nothing is missing that should have been done.
func TestWhateverTheClockDoes(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	schedules := []struct {
		next  due.Schedule
		jumps []time.Duration
	}{
		{due.Every(7 * time.Minute), []time.Duration{time.Second, time.Minute, 7 * time.Minute, 20 * time.Minute, time.Hour}},
		{due.Daily(2, 30, berlin), []time.Duration{time.Second, time.Hour, 11 * time.Hour, 24 * time.Hour, 70 * time.Hour}},
		{due.Daily(0, 0, berlin), []time.Duration{time.Minute, time.Hour, 11 * time.Hour, 24 * time.Hour, 70 * time.Hour}},
		{due.Monthly(31, 0, 5, berlin), []time.Duration{time.Hour, 24 * time.Hour, 9 * 24 * time.Hour, 40 * 24 * time.Hour, 100 * 24 * time.Hour}},
	}
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.IntRange(0, len(schedules)-1).Draw(rt, "schedule")
		schedule, jumps := schedules[kind].next, schedules[kind].jumps
		first := schedule(time.Date(2026, rapid.SampledFrom([]time.Month{2, 3, 10, 12}).Draw(rt, "month"), rapid.IntRange(20, 31).Draw(rt, "day"), 0, 0, 0, 0, berlin))
		m := &model{names: []string{"all", "last", "none"}, first: make(map[string]time.Time), next: make(map[string]due.Schedule), did: make(map[string]map[int64]int)}
		var kinds []due.Kind
		for i, missed := range []due.Missed{due.All, due.Last, due.None} {
			name := m.names[i]
			m.first[name], m.next[name], m.did[name] = first, schedule, make(map[int64]int)
			kinds = append(kinds, due.Kind{Name: name, Missed: missed, Next: schedule.Next, Do: m.do})
		}
		m.r = newRig(t, first.Add(-time.Hour), kinds...)
		defer func() { m.r.close() }()
		for _, name := range m.names {
			m.r.add(name, "a", first)
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			now := m.r.now
			switch by := rapid.SampledFrom(jumps).Draw(rt, "by"); rapid.SampledFrom([]string{"on", "on", "on", "back", "restart", "fail"}).Draw(rt, "what") {
			case "on":
				now = now.Add(by)
			case "back":
				now = now.Add(-by)
			case "restart":
				m.r.restart()
			case "fail":
				m.fails = !m.fails
			}
			m.r.sweepAt(now)
			for _, name := range m.names {
				m.check(name, false)
			}
		}
		m.fails = false
		for range 5 { // longer than any pause
			m.r.sweepAt(schedule(m.r.now.Truncate(time.Minute)).Add(time.Minute))
		}
		for _, name := range m.names {
			m.check(name, true)
		}
		for _, s := range m.wrong {
			rt.Error(s)
		}
		if left := m.r.left(); len(left) != 3 {
			rt.Errorf("left: %q", left)
		}
	})
}
