package acquirer_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/acquirer"
)

const retry = 30 * time.Second

// scriptedBank answers as the test says and keeps when it was asked.
type scriptedBank struct {
	mu     sync.Mutex
	window int
	down   bool
	start  time.Time
	tries  map[uint64][]time.Duration
	repeat map[uint64][]bool
	says   func(no uint64, try int) (after time.Duration, v acquirer.Verdict)
	most   int // at once
	now    int
}

func newBank(says func(no uint64, try int) (time.Duration, acquirer.Verdict)) *scriptedBank {
	return &scriptedBank{window: 10, start: time.Now(), tries: make(map[uint64][]time.Duration), repeat: make(map[uint64][]bool), says: says}
}

func (b *scriptedBank) queue() *acquirer.Queue {
	return acquirer.NewQueue(acquirer.QueueConfig{
		Window: func() int { b.mu.Lock(); defer b.mu.Unlock(); return b.window },
		Retry:  func() time.Duration { return retry },
		Ready:  func() bool { b.mu.Lock(); defer b.mu.Unlock(); return !b.down },
		Try:    b.try,
	})
}

func (b *scriptedBank) try(ctx context.Context, no uint64, repeat bool) acquirer.Verdict {
	b.mu.Lock()
	b.tries[no] = append(b.tries[no], time.Since(b.start))
	b.repeat[no] = append(b.repeat[no], repeat)
	b.now++
	b.most = max(b.most, b.now)
	after, v := b.says(no, len(b.tries[no]))
	b.mu.Unlock()
	select {
	case <-time.After(after):
	case <-ctx.Done():
	}
	b.mu.Lock()
	b.now--
	b.mu.Unlock()
	return v
}

func (b *scriptedBank) at(no uint64) []time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.tries[no])
}

func (b *scriptedBank) repeats(no uint64) []bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.repeat[no])
}

// atOnce returns the most tries that were under way together.
func (b *scriptedBank) atOnce() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.most
}

// in runs fn beside the queue.
func in(t *testing.T, says func(no uint64, try int) (time.Duration, acquirer.Verdict), fn func(t *testing.T, b *scriptedBank, q *acquirer.Queue)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBank(says)
		q := b.queue()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { q.Run(ctx); close(ended) }()
		fn(t, b, q)
		cancel()
		<-ended
	})
}

// TestStuckReversalsHoldUpNoOther: sixty reversals that the bank does not
// answer, and then one that it would.
func TestStuckReversalsHoldUpNoOther(t *testing.T) {
	t.Parallel()
	const good = 1000
	for name, before := range map[string]time.Duration{"at their first try": 0, "much later": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(no uint64, _ int) (time.Duration, acquirer.Verdict) {
				if no == good {
					return time.Second, acquirer.Done
				}
				return 15 * time.Second, acquirer.Soon
			}, func(t *testing.T, b *scriptedBank, q *acquirer.Queue) {
				for no := range uint64(60) {
					q.Add(no+1, 0, false)
				}
				time.Sleep(before + 2*time.Minute)
				asked := time.Since(b.start)
				q.Add(good, 0, false)
				time.Sleep(time.Minute)
				if got := b.at(good); len(got) != 1 || got[0]-asked > time.Second {
					t.Errorf("added at %v, tried at %v", asked, got)
				}
				if most := b.atOnce(); most != 10 || q.Len() != 60 {
					t.Errorf("%d at once, %d left", most, q.Len())
				}
				for no := range uint64(60) {
					if n := len(b.at(no + 1)); before > 0 && n < 10 {
						t.Errorf("reversal %d was tried %d times in an hour", no+1, n)
					}
				}
			})
		})
	}
}

// TestABankThatAnswersIsAskedMoreSlowly: 25 does not end a reversal, and is no
// reason to ask every half minute for a day.
func TestABankThatAnswersIsAskedMoreSlowly(t *testing.T) {
	t.Parallel()
	in(t, func(uint64, int) (time.Duration, acquirer.Verdict) { return 0, acquirer.Slowly },
		func(t *testing.T, b *scriptedBank, q *acquirer.Queue) {
			q.Add(1, 0, false)
			time.Sleep(24 * time.Hour)
			got := b.at(1)
			for i, want := range []time.Duration{0, 1, 3, 7, 15, 31, 63, 95, 127} {
				if got[i] != want*retry {
					t.Errorf("try %d after %v, want %v", i+1, got[i], want*retry)
				}
			}
			if len(got) < 90 || q.Sent(1) != len(got) {
				t.Errorf("%d tries in a day, %d counted", len(got), q.Sent(1))
			}
			time.Sleep(5 * time.Second)
			q.Wake(1)
			synctest.Wait()
			if again := b.at(1); len(again) != len(got)+1 || again[len(got)] != time.Since(b.start) {
				t.Errorf("woken at %v, tried at %v", time.Since(b.start), again[len(got):])
			}
		})
}

// TestRepeatsSaySo: a reversal that may have been sent is a repeat; one that
// certainly was not is none. ISO 8583:1987 MTI 0421
func TestRepeatsSaySo(t *testing.T) {
	t.Parallel()
	in(t, func(_ uint64, try int) (time.Duration, acquirer.Verdict) {
		return 0, []acquirer.Verdict{acquirer.Unsent, acquirer.Soon, acquirer.Done}[try-1]
	}, func(t *testing.T, b *scriptedBank, q *acquirer.Queue) {
		q.Add(1, 0, false)
		q.Add(2, 3, true)
		time.Sleep(10 * retry)
		if got := b.repeats(1); !slices.Equal(got, []bool{false, false, true}) {
			t.Errorf("repeats %v", got)
		}
		if got := b.repeats(2); !slices.Equal(got, []bool{true, true, true}) {
			t.Errorf("repeats of what was sent before a restart %v", got)
		}
		if q.Len() != 0 {
			t.Errorf("%d left", q.Len())
		}
	})
}

// TestReopenedWhileItEnds: what is added again in the middle of its last try is
// tried once more.
func TestReopenedWhileItEnds(t *testing.T) {
	t.Parallel()
	in(t, func(uint64, int) (time.Duration, acquirer.Verdict) { return time.Second, acquirer.Done },
		func(t *testing.T, b *scriptedBank, q *acquirer.Queue) {
			q.Add(1, 0, false)
			time.Sleep(time.Second / 2)
			q.Add(1, 1, true)
			time.Sleep(time.Minute)
			if got := b.at(1); len(got) != 2 || q.Len() != 0 {
				t.Errorf("tried at %v, %d left", got, q.Len())
			}
		})
}

// TestABankThatIsAwayIsNotAsked: a bank is not asked until it is back, and then
// soon.
func TestABankThatIsAwayIsNotAsked(t *testing.T) {
	t.Parallel()
	in(t, func(uint64, int) (time.Duration, acquirer.Verdict) { return 0, acquirer.Done },
		func(t *testing.T, b *scriptedBank, q *acquirer.Queue) {
			b.mu.Lock()
			b.down = true
			b.mu.Unlock()
			q.Add(1, 0, false)
			time.Sleep(time.Hour)
			if got := b.at(1); len(got) != 0 {
				t.Errorf("tried at %v", got)
			}
			b.mu.Lock()
			b.down = false
			b.mu.Unlock()
			time.Sleep(2 * time.Second)
			if got := b.at(1); len(got) != 1 {
				t.Errorf("tried at %v", got)
			}
		})
}

// TestAWindowOfOne: a window of one still serves new and repeated reversals.
func TestAWindowOfOne(t *testing.T) {
	t.Parallel()
	in(t, func(no uint64, try int) (time.Duration, acquirer.Verdict) {
		if no == 2 || try > 3 {
			return time.Second, acquirer.Done
		}
		return 15 * time.Second, acquirer.Soon
	}, func(t *testing.T, b *scriptedBank, q *acquirer.Queue) {
		b.mu.Lock()
		b.window = 1
		b.mu.Unlock()
		q.Add(1, 0, false)
		time.Sleep(time.Second)
		q.Add(2, 0, false)
		time.Sleep(10 * time.Minute)
		if most := b.atOnce(); q.Len() != 0 || most != 1 {
			t.Errorf("%d left, %d at once", q.Len(), most)
		}
	})
}

// BenchmarkQueue has a bank confirm 10,000 reversals that have piled up while it was away.
func BenchmarkQueue(b *testing.B) {
	const many = 10_000
	for b.Loop() {
		ctx, stop := context.WithCancel(b.Context())
		var left sync.WaitGroup
		left.Add(many)
		q := acquirer.NewQueue(acquirer.QueueConfig{
			Window: func() int { return 100 }, Retry: func() time.Duration { return retry }, Ready: func() bool { return true },
			Try: func(context.Context, uint64, bool) acquirer.Verdict { left.Done(); return acquirer.Done },
		})
		for no := range uint64(many) {
			q.Add(no, 0, true)
		}
		var run sync.WaitGroup
		run.Go(func() { q.Run(ctx) })
		left.Wait()
		stop()
		run.Wait()
	}
}
