package engine

import (
	"context"
	"time"

	"mpg/engine/payment"
	"mpg/engine/tx"
)

// work is one attempt at a step of the engine.
type work struct {
	*tx.Tx
	e *Engine
}

// step does fn as one commit; see tx.Runner.Do.
func (e *Engine) step(ctx context.Context, fn func(w *work) error) error {
	return e.run.Do(ctx, func(t *tx.Tx) error { return fn(&work{t, e}) })
}

// view returns a step to read with, which is never committed.
func (e *Engine) view() *work { return &work{e.run.View(), e} }

// fire is process.Machine's Fire for a step of the engine.
func (e *Engine) fire(ctx context.Context, no uint64, ev payment.Event, with func(w *work, p *payment.Payment) error) error {
	var add func(t *tx.Tx, p *payment.Payment) error
	if with != nil {
		add = func(t *tx.Tx, p *payment.Payment) error { return with(&work{t, e}, p) }
	}
	return e.process.Fire(ctx, no, ev, add)
}

// actor does what a payment needs of the world, with the engine's calls and banks.
type actor struct{ e *Engine }

func (a actor) Dial(p *payment.Payment)                      { a.e.calls.Dial(p) }
func (a actor) Answered(no uint64) bool                      { return a.e.calls.Answered(no) }
func (a actor) Authorize(t *tx.Tx, p *payment.Payment) error { return a.e.banks.Authorize(t, p) }
func (a actor) Reverse(t *tx.Tx, p *payment.Payment) error   { return a.e.banks.Reverse(t, p) }
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
