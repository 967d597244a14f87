package outbox_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/lang"
	"mpg/engine/outbox"
	"mpg/store"
)

// bubble runs f in simulated time over one channel.
func bubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("main")
		f(t, w)
		for _, s := range w.wrong {
			t.Error(s)
		}
	})
}

// sent returns the numbers of the rows in the order in which they were taken.
func (w *world) sent() (ids []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.taken)
}

// TestAfterALinkLossAllGoesInCommitOrder: what was on its way, what came
// meanwhile, and what waited for another try, at once.
func TestAfterALinkLossAllGoesInCommitOrder(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.delay = func() time.Duration { return time.Second }
		r := w.start(0, 0)
		defer r.end()
		for i := range 10 {
			w.add("main", strconv.Itoa(i), "R", lang.TopUp)
		}
		r.Wake()
		time.Sleep(500 * time.Millisecond)
		w.set("main", false)
		for i := range 10 {
			w.add("main", strconv.Itoa(9-i), "R", lang.TopUp)
		}
		r.Wake()
		time.Sleep(time.Hour)
		w.mu.Lock()
		w.handed = nil
		w.delay = func() time.Duration { return time.Millisecond }
		w.mu.Unlock()
		w.set("main", true)
		r.Again("main")
		time.Sleep(50 * time.Millisecond)
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.handed) != 20 || !slices.IsSorted(w.handed[:10]) || slices.Max(w.handed[:10]) != 10 {
			t.Errorf("after the link came up: %v", w.handed)
		}
	})
}

// TestAStuckNumberStopsNobody: there are more texts to it than one number, or
// the whole channel, may have in memory.
func TestAStuckNumberStopsNobody(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.hurt = func(f *fate) outbox.Outcome {
			if f.notice.To == "stuck" {
				return outbox.Busy
			}
			return outbox.Accepted
		}
		r := w.start(20, 5)
		defer r.end()
		for i := range 400 {
			to := "stuck"
			if i%4 == 3 {
				to = strconv.Itoa(i)
			}
			w.add("main", to, "R", lang.TopUp)
		}
		r.Wake()
		time.Sleep(time.Minute)
		if got := w.sent(); len(got) != 100 {
			t.Errorf("%d of 100 texts to others were sent", len(got))
		}
		if s := r.States()[0]; s.Rows != 5 || !s.More || s.Oldest < 59*time.Second || s.Oldest > time.Minute {
			t.Errorf("%+v", s)
		}
		w.mu.Lock()
		w.hurt = nil
		w.mu.Unlock()
		r.Again("main")
		time.Sleep(time.Minute)
		if got := w.sent(); len(got) != 400 || !r.Idle() {
			t.Errorf("%d of 400 texts were sent", len(got))
		}
	})
}

// TestWhenARefusedTextGoesAgain checks when a text is sent again after each
// outcome.
func TestWhenARefusedTextGoesAgain(t *testing.T) {
	t.Parallel()
	s, ms := time.Second, time.Millisecond
	for _, c := range []struct {
		name   string
		o      outbox.Outcome
		others bool // texts to others are taken meanwhile
		waits  []time.Duration
	}{
		{"busy", outbox.Busy, false, []time.Duration{0, 50 * ms, 100 * ms, 200 * ms, 400 * ms, 800 * ms, s, s, s}},
		{"busy to one", outbox.Busy, true, []time.Duration{0, 50 * ms, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms}},
		{"uncertain", outbox.Uncertain, false, []time.Duration{30 * s, 60 * s, 120 * s, 240 * s, 480 * s, 480 * s}},
		{"unfit", outbox.Unfit, false, []time.Duration{30 * s, 60 * s, 120 * s, 240 * s, 480 * s, 480 * s}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, w *world) {
				var tries []time.Time
				w.delay = func() time.Duration { return 0 }
				w.hurt = func(f *fate) outbox.Outcome {
					if f.notice.To != "1" {
						return outbox.Accepted
					}
					tries = append(tries, time.Now())
					return c.o
				}
				r := w.start(0, 0)
				w.add("main", "1", "R", lang.TopUp)
				r.Wake()
				for range 2000 {
					if c.others {
						w.add("main", "2", "R", lang.TopUp)
						r.Wake()
					}
					time.Sleep(20 * time.Millisecond)
				}
				time.Sleep(time.Hour)
				r.end()
				for i, want := range c.waits {
					if len(tries) < i+2 {
						t.Fatalf("%d tries", len(tries))
					}
					if got := tries[i+1].Sub(tries[i]); got != want {
						t.Errorf("try %d after %s, want %s", i+2, got, want)
					}
				}
			})
		})
	}
}

// TestWhatIsGivenUp: only what is refused for a day while others of the same
// sender are taken.
func TestWhatIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, o := range []outbox.Outcome{outbox.Busy, outbox.Uncertain, outbox.Unfit} {
		for _, others := range []bool{false, true} {
			t.Run(o.String()+" "+strconv.FormatBool(others), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T, w *world) {
					tries := 0
					w.hurt = func(f *fate) outbox.Outcome {
						if f.notice.To != "1" {
							return outbox.Accepted
						}
						tries++
						return o
					}
					r := w.start(0, 0)
					defer r.end()
					w.add("main", "1", "R", lang.TopUp)
					w.rows[0].never = true // it may be marked although nobody had it
					r.Wake()
					for range 25 * 6 {
						if others {
							w.add("main", "2", "R", lang.TopUp)
							r.Wake()
						}
						time.Sleep(10 * time.Minute)
					}
					if gone := r.GivenUp(); gone != map[bool]int64{true: 1, false: 0}[others] {
						t.Errorf("%d given up after %d tries", gone, tries)
					}
				})
			})
		}
	}
}

// TestAMendedBindIsNoticed: as soon as a text of a sender is taken again, or
// Again is called, texts refused because of the settings are sent at once.
func TestAMendedBindIsNoticed(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.hurt = func(*fate) outbox.Outcome { return outbox.Unfit }
		r := w.start(0, 0)
		defer r.end()
		for i := range 50 {
			w.add("main", strconv.Itoa(i), "R", lang.TopUp)
		}
		r.Wake()
		time.Sleep(2 * time.Hour)
		w.mu.Lock()
		w.hurt = nil
		w.mu.Unlock()
		w.add("main", "new", "R", lang.TopUp)
		r.Wake()
		time.Sleep(100 * time.Millisecond)
		if got := w.sent(); len(got) != 51 {
			t.Errorf("%d of 51 were sent once one was taken", len(got))
		}
	})
}

// TestWhatIsReplacedIsNotSent: a stage that is over is not told; receipts and
// answers always are.
func TestWhatIsReplacedIsNotSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		keys []lang.Key
		want []int
	}{
		{"checked", []lang.Key{lang.Checking, lang.NotPaid}, []int{2}},
		{"checked and paid", []lang.Key{lang.Checking, lang.PaidBank}, []int{2}},
		{"called until it expired", []lang.Key{lang.CallSoon, lang.LineBusy, lang.NoAnswer, lang.WrongPIN, lang.Expired}, []int{5}},
		{"a receipt stays", []lang.Key{lang.PaidPurse, lang.PaidPurse, lang.NotPaid}, []int{1, 2, 3}},
		{"an answer replaces nothing", []lang.Key{lang.LineBusy, lang.TopUp, lang.AskAgain, lang.OpenOrder}, []int{1, 2, 3, 4}},
		{"a bank that contradicts itself", []lang.Key{lang.Checking, lang.NotPaid, lang.Doubt, lang.PaidBank}, []int{4}},
		{"ends stay", []lang.Key{lang.Stopped, lang.Expired, lang.Declined}, []int{1, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, w *world) {
				r := w.start(0, 0)
				defer r.end()
				w.set("main", false)
				time.Sleep(time.Second)
				for _, key := range c.keys {
					w.add("main", "1", "R", key)
				}
				r.Wake()
				time.Sleep(time.Second)
				w.set("main", true)
				time.Sleep(time.Second)
				if got := w.sent(); !slices.Equal(got, c.want) || !r.Idle() {
					t.Errorf("sent %v, want %v", got, c.want)
				}
				if n := int(r.Replaced()); n != len(c.keys)-len(c.want) {
					t.Errorf("%d are counted as replaced", n)
				}
			})
		})
	}
}

// TestWhatIsReplacedWhileOnItsWay: it is not sent again, but a text about
// another payment or to another number is.
func TestWhatIsReplacedWhileOnItsWay(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.hurt = func(f *fate) outbox.Outcome {
			if f.notice.Text == lang.Checking && f.accepted == 0 && f.had == 0 {
				return outbox.Uncertain
			}
			return outbox.Accepted
		}
		w.delay = func() time.Duration { return time.Second }
		r := w.start(0, 0)
		defer r.end()
		w.add("main", "1", "R", lang.Checking)
		w.add("main", "2", "Q", lang.Checking)
		r.Wake()
		time.Sleep(500 * time.Millisecond)
		w.add("main", "1", "R", lang.NotPaid)
		w.add("main", "2", "R", lang.NotPaid)
		r.Wake()
		time.Sleep(time.Hour)
		if got := w.sent(); !slices.Equal(got, []int{3, 2, 4}) {
			t.Errorf("sent %v", got)
		}
	})
}

// TestARowThatNobodyCanReadStays: it is passed over, and blocks nothing.
func TestARowThatNobodyCanReadStays(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.add("main", "1", "R", lang.TopUp)
		w.rows = append(w.rows, &fate{row: store.OutRow{ID: 2, Data: []byte("{")}, never: true})
		w.add("main", "1", "R", lang.TopUp)
		w.add("gone", "1", "R", lang.TopUp)
		w.rows[3].notice.Via = "main" // rows of a bind that is gone go by the first
		r := w.start(0, 0)
		defer r.end()
		time.Sleep(time.Second)
		if got := w.sent(); !slices.Equal(got, []int{1, 3, 4}) || w.rows[1].done {
			t.Errorf("sent %v", got)
		}
	})
}
