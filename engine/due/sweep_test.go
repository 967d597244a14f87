package due_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/due"
	"mpg/engine/tx"
	"mpg/store/bolt"
)

// noon is when the tests begin.
func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

func kindOf(name string, missed due.Missed, schedule due.Schedule) due.Kind {
	return due.Kind{Name: name, Missed: missed, Next: schedule.Next, Do: doWork}
}

// TestAfterATimeInWhichNothingRan: what was missed is done as its kind says, and the
// next time does not depend on when it was done.
func TestAfterATimeInWhichNothingRan(t *testing.T) {
	t.Parallel()
	midnight := due.Daily(0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		missed due.Missed
		next   due.Schedule // nil: once
		start  string       // when mpg runs again
		done   string
		left   string // when it is due next
	}{
		{"before its time", due.All, midnight, "11-25 23:59", "", "11-26 00:00"},
		{"at its time", due.All, midnight, "11-26 00:00", "11-26", "11-27 00:00"},
		{"at its time", due.Last, midnight, "11-26 00:00", "11-26", "11-27 00:00"},
		{"at its time", due.None, midnight, "11-26 00:00", "11-26", "11-27 00:00"},
		{"an hour late", due.All, midnight, "11-26 01:00", "11-26", "11-27 00:00"},
		{"an hour late", due.Last, midnight, "11-26 01:00", "11-26", "11-27 00:00"},
		{"an hour late", due.None, midnight, "11-26 01:00", "", "11-27 00:00"},
		{"a little late", due.None, midnight, "11-26 00:10", "11-26", "11-27 00:00"},
		{"days late", due.All, midnight, "11-29 13:00", "11-26 11-27 11-28 11-29", "11-30 00:00"},
		{"days late", due.Last, midnight, "11-29 13:00", "11-29", "11-30 00:00"},
		{"days late", due.None, midnight, "11-29 13:00", "", "11-30 00:00"},
		{"days late, at its time", due.None, midnight, "11-29 00:05", "11-29", "11-30 00:00"},
		{"once, days late", due.All, nil, "11-29 13:00", "11-26", ""},
		{"once, days late", due.Last, nil, "11-29 13:00", "11-26", ""},
		{"once, days late", due.None, nil, "11-29 13:00", "", ""},
		{"once, at its time", due.None, nil, "11-26 00:01", "11-26", ""},
	} {
		t.Run(tt.name+", "+tt.missed.String(), func(t *testing.T) {
			t.Parallel()
			kind := due.Kind{Name: "report", Missed: tt.missed, Do: doWork}
			if tt.next != nil {
				kind.Next = tt.next.Next
			}
			r := newRig(t, noon(), kind)
			defer r.close()
			r.add("report", "a", noon().Add(12*time.Hour))
			r.restart()
			start, err := time.Parse("2006-01-02 15:04", "2026-"+tt.start)
			if err != nil {
				t.Fatal(err)
			}
			r.sweepAt(start)
			r.sweepAt(start)
			var want []string
			for day := range strings.FieldsSeq(tt.done) {
				want = append(want, day+" 00:00 report a")
			}
			if got := r.done(); !slices.Equal(got, want) {
				t.Errorf("done: %q, want %q", got, want)
			}
			left := r.left()
			if tt.left == "" && len(left) == 0 {
				return
			}
			at, err := time.Parse("2006-01-02 15:04", "2026-"+tt.left)
			if want := fmt.Sprintf("%09d/report/a", at.Unix()/60); err != nil || !slices.Equal(left, []string{want}) {
				t.Errorf("left: %q, want %q", left, want)
			}
		})
	}
}

// TestRestartsMoreFrequentThanThePeriod lose no occurrence, and move none.
func TestRestartsMoreFrequentThanThePeriod(t *testing.T) {
	t.Parallel()
	r := newRig(t, noon(), kindOf("report", due.Last, due.Every(24*time.Hour)))
	defer func() { r.close() }()
	r.add("report", "a", noon())
	for hour := range 72 {
		r.sweepAt(noon().Add(time.Duration(hour)*time.Hour + 7*time.Minute))
		r.restart()
	}
	if got, want := r.done(), []string{"11-25 12:00 report a", "11-26 12:00 report a", "11-27 12:00 report a"}; !slices.Equal(got, want) {
		t.Errorf("done: %q, want %q", got, want)
	}
}

// TestTheClockOfTheZone: a month with a change of the clock, at the end of which a
// monthly item is due, done by a Sweeper that looks once an hour.
func TestTheClockOfTheZone(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	r := newRig(t, time.Date(2026, 10, 24, 0, 0, 0, 0, berlin),
		kindOf("daily", due.All, due.Daily(2, 30, berlin)), kindOf("monthly", due.All, due.Monthly(31, 0, 0, berlin)))
	defer r.close()
	r.add("daily", "d", time.Date(2026, 10, 24, 2, 30, 0, 0, berlin))
	r.add("monthly", "m", time.Date(2026, 10, 31, 0, 0, 0, 0, berlin))
	for at := r.now; at.Before(time.Date(2026, 10, 27, 0, 0, 0, 0, berlin)); at = at.Add(time.Hour) {
		r.sweepAt(at)
	}
	want := []string{"10-24 00:30 daily d", "10-25 00:30 daily d", "10-26 01:30 daily d"}
	if got := r.done(); !slices.Equal(got, want) {
		t.Errorf("done: %q, want %q", got, want)
	}
	r.sweepAt(time.Date(2027, 3, 1, 0, 0, 0, 0, berlin))
	got := slices.DeleteFunc(r.done(), func(s string) bool { return strings.Contains(s, "daily") })
	if want := []string{"01-30 23:00 monthly m", "02-27 23:00 monthly m", "10-30 23:00 monthly m", "11-29 23:00 monthly m", "12-30 23:00 monthly m"}; !slices.Equal(got, want) {
		t.Errorf("done: %q, want %q", got, want)
	}
}

// TestAClockThatRanAhead for years is set right: what was done is not done again, and
// the next time is that of the right clock.
func TestAClockThatRanAhead(t *testing.T) {
	t.Parallel()
	for _, missed := range []due.Missed{due.Last, due.None} {
		t.Run(missed.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, noon(), kindOf("report", missed, due.Daily(9, 0, time.UTC)))
			defer func() { r.close() }()
			r.add("report", "a", noon())
			r.sweepAt(noon())
			r.sweepAt(noon().AddDate(4, 0, 2)) // 2030-11-27, three hours after its time
			r.sweepAt(noon().AddDate(4, 0, 2).Add(21 * time.Hour))
			r.restart()
			for hour := range 50 {
				r.sweepAt(noon().Add(time.Duration(hour) * time.Hour))
			}
			want := map[due.Missed][]string{
				due.Last: {"11-25 12:00 report a", "11-26 09:00 report a", "11-27 09:00 report a 2 times", "11-28 09:00 report a"},
				due.None: {"11-25 12:00 report a", "11-26 09:00 report a", "11-27 09:00 report a", "11-28 09:00 report a"},
			}[missed]
			if got := r.done(); !slices.Equal(got, want) { // the 27th of 2026 and of 2030
				t.Errorf("done: %q, want %q", got, want)
			}
			r.sweepAt(noon().AddDate(4, 0, 2).Add(22 * time.Hour))
			if got := r.done(); slices.Contains(got, "11-28 09:00 report a 2 times") || missed == due.Last && !slices.Equal(got, want) {
				t.Errorf("when the years have passed, done: %q, want %q", got, want)
			}
		})
	}
}

// TestAClockThatIsSetBack a little does nothing twice.
func TestAClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	for _, missed := range []due.Missed{due.All, due.Last, due.None} {
		r := newRig(t, noon(), kindOf("report", missed, due.Every(time.Hour)))
		r.add("report", "a", noon())
		for _, minutes := range []int{0, 5, -5, 0, 30, 60, 59, 60, 61, 10, 90, 120} {
			r.sweepAt(noon().Add(time.Duration(minutes) * time.Minute))
		}
		if got, want := r.done(), []string{"11-25 12:00 report a", "11-25 13:00 report a", "11-25 14:00 report a"}; !slices.Equal(got, want) {
			t.Errorf("%s: done: %q, want %q", missed, got, want)
		}
		r.close()
	}
}

var errOutOfOrder = errors.New("out of order")

// TestWhatFailsHoldsUpNoOther: it is tried again after pauses, and its own occurrences
// keep their order.
func TestWhatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	var tries []time.Time
	var r *rig
	fails := true
	kind := kindOf("report", due.All, due.Every(time.Hour))
	kind.Do = func(t *tx.Tx, item due.Item) error {
		if item.ID == "b" {
			tries = append(tries, r.now)
			if fails {
				tx.Save(t, workTable, "left by a step that failed", &work{})
				return errOutOfOrder
			}
		}
		return doWork(t, item)
	}
	r = newRig(t, noon(), kind)
	defer func() { r.close() }()
	for _, id := range []string{"a", "b", "c"} {
		r.add("report", id, noon())
	}
	for second := 0; second <= 7200; second += 5 {
		r.sweepAt(noon().Add(time.Duration(second) * time.Second))
	}
	if got, want := r.done(), []string{"11-25 12:00 report a", "11-25 12:00 report c", "11-25 13:00 report a", "11-25 13:00 report c",
		"11-25 14:00 report a", "11-25 14:00 report c"}; !slices.Equal(got, want) {
		t.Errorf("done: %q, want %q", got, want)
	}
	var waits []time.Duration
	for i, at := range tries[1:] {
		waits = append(waits, at.Sub(tries[i]))
	}
	s := time.Second
	if want := []time.Duration{10 * s, 20 * s, 40 * s, 80 * s, 160 * s, 320 * s, 600 * s, 600 * s}; len(waits) < 9 || !slices.Equal(waits[:8], want) {
		t.Errorf("tried again after %v, want %v", waits, want)
	}
	if n := r.s.Stats.Failed.Load(); n != int64(len(tries)) {
		t.Errorf("%d of %d failures are counted", n, len(tries))
	}
	fails = false
	r.restart() // forgets the pauses
	r.sweepAt(r.now)
	got := slices.DeleteFunc(r.done(), func(s string) bool { return !strings.HasSuffix(s, "b") })
	if want := []string{"11-25 12:00 report b", "11-25 13:00 report b", "11-25 14:00 report b"}; !slices.Equal(got, want) {
		t.Errorf("done in the end: %q, want %q", got, want)
	}
	if n := r.s.Stats.Done.Load(); n != 3 {
		t.Errorf("%d are counted as done", n)
	}
}

// TestNothingIsDoneTwiceOrLost: a sweep is killed at each moment of each of its commits.
// Whatever was on the disk then, the next start completes it.
func TestNothingIsDoneTwiceOrLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var images []string
	kinds := []due.Kind{kindOf("all", due.All, due.Every(time.Hour)), kindOf("last", due.Last, due.Every(time.Hour)),
		{Name: "once", Missed: due.All, Do: doWork}}
	r := newRig(t, noon(), kinds...)
	for _, kind := range []string{"all", "last", "once"} {
		r.add(kind, "a", noon())
	}
	r.close()
	r.opts = bolt.Options{Failpoint: func(p bolt.Failpoint) {
		if p != bolt.BeforeWrite && p < bolt.BeforeCommit {
			return // between them nothing is written to the file
		}
		image := filepath.Join(dir, fmt.Sprint(len(images)))
		if err := r.copyTo(image); err != nil {
			t.Error(err)
		}
		images = append(images, image)
	}}
	r.open()
	r.sweepAt(noon().Add(2 * time.Hour))
	r.close()
	want := []string{"11-25 12:00 all a", "11-25 12:00 once a", "11-25 13:00 all a", "11-25 14:00 all a", "11-25 14:00 last a"}
	if len(images) < 20 {
		t.Fatalf("only %d moments", len(images))
	}
	for _, image := range images {
		r.dir, r.opts = image, bolt.Options{}
		r.open()
		r.sweepAt(noon().Add(2 * time.Hour))
		if got, left := r.done(), r.left(); !slices.Equal(got, want) || len(left) != 2 {
			t.Errorf("%s: done: %q, want %q; left: %q", image, got, want, left)
		}
		r.close()
	}
}

// TestAKindThatIsOff waits: nothing of it is done, skipped or tried, the others go on, and
// what was missed meanwhile is done as the kind says.
func TestAKindThatIsOff(t *testing.T) {
	t.Parallel()
	off := true
	all, last := kindOf("all", due.All, due.Every(time.Hour)), kindOf("last", due.Last, due.Every(time.Hour))
	all.Off, last.Off = func() bool { return off }, func() bool { return off }
	r := newRig(t, noon(), all, last, kindOf("on", due.All, due.Every(time.Hour)))
	defer func() { r.close() }()
	for _, kind := range []string{"all", "last", "on"} {
		r.add(kind, "a", noon())
	}
	r.sweepAt(noon())
	r.restart()
	r.sweepAt(noon().Add(time.Hour))
	if got := r.done(); !slices.Equal(got, []string{"11-25 12:00 on a", "11-25 13:00 on a"}) || r.s.Stats.Skipped.Load()+r.s.Stats.Failed.Load() != 0 {
		t.Errorf("while they are off: %q", got)
	}
	off = false
	r.sweepAt(noon().Add(2 * time.Hour))
	want := []string{"11-25 12:00 all a", "11-25 12:00 on a", "11-25 13:00 all a", "11-25 13:00 on a", "11-25 14:00 all a", "11-25 14:00 last a", "11-25 14:00 on a"}
	if got := r.done(); !slices.Equal(got, want) {
		t.Errorf("done: %q", got)
	}
}

// TestAKindThatNobodyRegisters keeps its rows, malformed keys stay too, and neither holds
// up the others.
func TestAKindThatNobodyRegisters(t *testing.T) {
	t.Parallel()
	report, fee := kindOf("report", due.All, due.Every(time.Hour)), due.Kind{Name: "fee", Missed: due.All, Do: doWork}
	r := newRig(t, noon(), report, fee)
	defer func() { r.close() }()
	r.add("fee", "a", noon())
	r.add("report", "a", noon())
	err := r.run.Do(t.Context(), func(t *tx.Tx) error {
		tx.Save(t, due.Table, "000000001", &due.Row{})
		tx.Save(t, due.Table, "1/report/a", &due.Row{})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.kinds = []due.Kind{report}
	r.restart()
	r.sweepAt(noon())
	if got := r.done(); !slices.Equal(got, []string{"11-25 12:00 report a"}) || len(r.left()) != 4 {
		t.Errorf("done: %q; left: %q", got, r.left())
	}
	r.kinds = []due.Kind{report, fee}
	r.restart()
	r.sweepAt(noon())
	if got := r.done(); !slices.Equal(got, []string{"11-25 12:00 fee a", "11-25 12:00 report a"}) {
		t.Errorf("done: %q", got)
	}
}

// TestCancel: before its time, from within the work, and too late.
func TestCancel(t *testing.T) {
	t.Parallel()
	var r *rig
	kind := kindOf("report", due.All, due.Every(time.Hour))
	kind.Do = func(t *tx.Tx, item due.Item) error {
		if item.Next.Hour() == 15 {
			if was, err := r.s.Cancel(t, item.Kind, item.ID, item.Next); err != nil || !was {
				return fmt.Errorf("the next one cannot be canceled: %v, %w", was, err)
			}
		}
		return doWork(t, item)
	}
	r = newRig(t, noon(), kind)
	defer r.close()
	r.add("report", "a", noon())
	r.add("report", "b", noon())
	var was, again bool
	err := r.run.Do(t.Context(), func(t *tx.Tx) (err error) {
		if was, err = r.s.Cancel(t, "report", "b", noon()); err != nil {
			return err
		}
		again, err = r.s.Cancel(t, "report", "c", noon())
		return err
	})
	if err != nil || !was || again {
		t.Errorf("canceled: %v, %v, %v", was, again, err)
	}
	r.sweepAt(noon().Add(9 * time.Hour))
	if got := r.done(); !slices.Equal(got, []string{"11-25 12:00 report a", "11-25 13:00 report a", "11-25 14:00 report a"}) || len(r.left()) != 0 {
		t.Errorf("done: %q; left: %q", got, r.left())
	}
}

// TestWhatCannotBeDue is refused when it is registered or added, with what is wrong.
func TestWhatCannotBeDue(t *testing.T) {
	t.Parallel()
	next := func(due.Item) time.Time { return noon() }
	r := newRig(t, noon(), due.Kind{Name: "report", Missed: due.All, Next: next, Do: doWork})
	defer r.close()
	for _, tt := range []struct {
		kinds []due.Kind
		want  string
	}{
		{[]due.Kind{{Name: "Report", Missed: due.All, Do: doWork}}, "Report"},
		{[]due.Kind{{Name: "a/b", Missed: due.All, Do: doWork}}, "a/b"},
		{[]due.Kind{{Missed: due.All, Do: doWork}}, "cannot name"},
		{[]due.Kind{{Name: strings.Repeat("a", 33), Missed: due.All, Do: doWork}}, "cannot name"},
		{[]due.Kind{{Name: "a", Missed: due.All, Do: doWork}, {Name: "a", Missed: due.Last, Do: doWork}}, "two kinds"},
		{[]due.Kind{{Name: "a", Do: doWork}}, "missed"},
		{[]due.Kind{{Name: "a", Missed: 4, Do: doWork}}, "missed"},
		{[]due.Kind{{Name: "a", Missed: due.All}}, "nothing"},
	} {
		if _, err := due.New(due.Config{Run: r.run, Now: time.Now, Kinds: tt.kinds}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.kinds, err, tt.want)
		}
	}
	if _, err := due.New(due.Config{}); err == nil {
		t.Error("a Sweeper works with nothing")
	}
	for want, item := range map[string]due.Item{
		"no kind":  {Kind: "fee", At: noon()},
		"slash":    {Kind: "report", ID: "a/b", At: noon()},
		"64 bytes": {Kind: "report", ID: strings.Repeat("a", 65), At: noon()},
		"holds":    {Kind: "report", At: noon(), What: make([]byte, 1<<15+1)},
		"1969":     {Kind: "report", At: time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)},
		"due at 0": {Kind: "report"},
	} {
		if err := r.s.Add(r.run.View(t.Context()), item); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", item, err, want)
		}
	}
	r.add("report", "a", noon()) // it would be due again at the same time, for ever
	r.sweepAt(noon())
	if got := r.done(); len(got) != 0 || r.s.Stats.Failed.Load() != 1 {
		t.Errorf("done: %q", got)
	}
}

// TestSecondsAreRoundedUp: nothing is done before its time.
func TestSecondsAreRoundedUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, noon(), due.Kind{Name: "once", Missed: due.All, Do: doWork})
	defer r.close()
	r.add("once", "a", noon().Add(time.Nanosecond))
	r.sweepAt(noon().Add(59*time.Second + 999*time.Millisecond))
	if got := r.done(); len(got) != 0 {
		t.Errorf("done: %q", got)
	}
	r.sweepAt(noon().Add(time.Minute))
	if got := r.done(); !slices.Equal(got, []string{"11-25 12:01 once a"}) {
		t.Errorf("done: %q", got)
	}
}

// TestRun does what is due within EveryDefault, and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var at []time.Duration
		kind := due.Kind{Name: "report", Missed: due.All, Next: due.Every(time.Minute).Next,
			Do: func(*tx.Tx, due.Item) error { at = append(at, time.Since(begin)); return nil }}
		r := newRig(t, begin, kind)
		defer r.close()
		s, err := due.New(due.Config{Run: r.run, Kinds: r.kinds, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		r.add("report", "a", begin.Add(time.Minute))
		ctx, stop := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() { s.Run(ctx) })
		time.Sleep(5*time.Minute + due.EveryDefault)
		stop()
		ended.Wait()
		if len(at) != 5 {
			t.Fatalf("done after %v", at)
		}
		for i, is := range at {
			if late := is - time.Duration(i+1)*time.Minute; late < 0 || late > due.EveryDefault {
				t.Errorf("done after %s", is)
			}
		}
	})
}
