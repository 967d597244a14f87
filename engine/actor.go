package engine

import (
	"context"
	"time"

	"mpg/engine/payment"
	"mpg/engine/tx"
)

// actor does what a payment needs of the world, with the engine's calls and banks.
type actor struct{ e *Engine }

func (a actor) Dial(p *payment.Payment)                      { a.e.calls.Dial(p) }
func (a actor) Answered(no uint64) bool                      { return a.e.calls.Answered(no) }
func (a actor) Authorize(t *tx.Tx, p *payment.Payment) error { return a.e.banks.Authorize(t, p) }
func (a actor) Reverse(t *tx.Tx, p *payment.Payment) error   { return a.e.banks.Reverse(t, p) }
func (a actor) Release(t *tx.Tx, p *payment.Payment) error   { return a.e.banks.Release(t, p) }
func (a actor) Ended(p *payment.Payment) {
	a.e.calls.StopRinging(p.No)
	if p.Reason == payment.Paid {
		a.e.stats.Ended.Paid.Add(1)
		return
	}
	a.e.stats.Ended.Unpaid.Add(1)
}

// sweepEvery is how late a deadline may be seen.
const sweepEvery = 200 * time.Millisecond

// runDeadlines looks for missed deadlines until ctx ends, puts in doubt what no bank has
// undone in time, and notes changes of the clock.
func (e *Engine) runDeadlines(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			e.clock.Look()
			e.banks.Sweep(e.cfg.Now())
			e.process.Sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}
