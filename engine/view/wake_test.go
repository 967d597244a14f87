package view_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/view"
)

// TestACommitWakesTheView: what is committed after a quiet time is shown without waiting for
// any timer, and what is committed while 1,000 payments a second arrive is shown after the
// pause between two commits of the view at most. The time is that of a clock which stands
// still while anybody works, so that it counts only what is waited for.
func TestACommitWakesTheView(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dir, 15)
		defer d.close()
		d.open(func(cfg *view.Config) { cfg.Every, cfg.Records = view.EveryDefault, view.RecordsDefault })
		stop := d.follows(d.view)
		defer stop()
		// pays makes payments, and returns a function that waits until they are shown and
		// returns how long that was after their commit.
		pays := func(count int) (shown func() time.Duration) {
			last := d.store.Seq() + uint64(count)
			if err := d.life.Pay(context.Background(), count); err != nil {
				t.Error(err)
			}
			committed := time.Now()
			return func() time.Duration {
				if err := d.view.CatchUp(context.Background(), last); err != nil {
					t.Error(err)
				}
				return time.Since(committed)
			}
		}
		for range 20 {
			time.Sleep(time.Minute + 37*time.Millisecond) // a quiet time, which no timer is in step with
			if late := pays(1)(); late != 0 {
				t.Errorf("after a quiet time, a payment is shown %s after its commit", late)
			}
		}
		time.Sleep(time.Minute)
		var all sync.WaitGroup
		for began := time.Now(); time.Since(began) < time.Second; time.Sleep(10 * time.Millisecond) {
			shown := pays(10)
			all.Go(func() {
				if late := shown(); late > view.EveryDefault {
					t.Errorf("of a thousand a second, a payment is shown %s after its commit", late)
				}
			})
		}
		all.Wait()
		if got := d.query("SELECT count(*) FROM payment WHERE product = 'mpurse'"); got != "1020" {
			t.Errorf("%s payments", got)
		}
	})
}
