package engine

import (
	"context"
	"slices"
	"time"

	"mpg/engine/admin"
	"mpg/engine/module"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
)

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

// offered lists the products and the modules.
func offered(off []payment.Product, modules []module.Module) []admin.Module {
	var list []admin.Module
	for _, p := range product.All() {
		list = append(list, admin.Module{Name: string(p.Name), What: p.What, On: !slices.Contains(off, p.Name)})
	}
	for _, m := range modules {
		list = append(list, admin.Module{Name: m.Name, What: m.What, On: true})
	}
	return list
}
