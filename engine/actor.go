package engine

import (
	"context"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/call"
	"mpg/engine/clock"
	"mpg/engine/offer"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/tx"
)

// actor does what a payment needs of the world. Calls and banks need the payments
// themselves, so New makes them later and sets them here before anything moves.
type actor struct {
	calls *call.Dialer
	banks *acquirer.Banks
	shops *offer.Desk
	ended *ReasonCounts
}

func (a *actor) Dial(p *payment.Payment)                      { a.calls.Dial(p) }
func (a *actor) Answered(no uint64) bool                      { return a.calls.Answered(no) }
func (a *actor) Authorize(t *tx.Tx, p *payment.Payment) error { return a.banks.Authorize(t, p) }
func (a *actor) Reverse(t *tx.Tx, p *payment.Payment) error   { return a.banks.Reverse(t, p) }
func (a *actor) Release(t *tx.Tx, p *payment.Payment) error   { return a.banks.Release(t, p) }
func (a *actor) Offered(p *payment.Payment)                   { a.shops.Offered(p) }
func (a *actor) Decided(p *payment.Payment)                   { a.shops.Decided(p) }
func (a *actor) Ended(p *payment.Payment) {
	a.calls.StopRinging(p.No)
	if p.Reason == payment.Paid {
		a.ended.Paid.Add(1)
		return
	}
	a.ended.Unpaid.Add(1)
}

// sweepEvery is how late a deadline may be seen.
const sweepEvery = 200 * time.Millisecond

// sweeper watches the clock for everything that waits for a time.
type sweeper struct {
	clock   *clock.Clock
	banks   *acquirer.Banks
	process *process.Machine
	now     func() time.Time
}

// run looks for missed deadlines until ctx ends, puts in doubt what no bank has undone in
// time, and notes changes of the clock.
func (s sweeper) run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.clock.Look()
			s.banks.Sweep(s.now())
			s.process.Sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}
