package acquirer

import (
	"context"
	"sync"
	"time"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/reconcile"
	"mpg/engine/tx"
)

// openBreaks holds when the breaks that have not ended were found, by key, as of the last
// commit.
type openBreaks struct {
	mu    sync.Mutex
	found map[string]openBreak
}

// openBreak is a break that has not ended.
type openBreak struct {
	bank string
	at   time.Time
}

func (o *openBreaks) set(of *reconcile.Break) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.found == nil {
		o.found = make(map[string]openBreak)
	}
	o.found[of.Key()] = openBreak{of.Bank, of.At}
}

func (o *openBreaks) end(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.found, key)
}

// OpenBreaks returns how many breaks with each bank have not ended, and how old the oldest is.
func (c *Comparison) OpenBreaks() (count map[string]int, oldest map[string]time.Duration) {
	count, oldest = make(map[string]int), make(map[string]time.Duration)
	for name := range c.cfg.Banks {
		count[name] = 0
	}
	now := c.cfg.Now()
	c.open.mu.Lock()
	defer c.open.mu.Unlock()
	for _, one := range c.open.found {
		count[one.bank]++
		oldest[one.bank] = max(oldest[one.bank], now.Sub(one.at))
	}
	return count, oldest
}

// breaks records a break. One that exists already gets a new date.
func (c *Comparison) breaks(t *tx.Tx, found *reconcile.Break) error {
	known, err := tx.Read[reconcile.Break](t, reconcile.BreakTable, found.Key())
	if err != nil {
		return err
	}
	found.At, found.Last = t.Now.UTC(), t.Now.UTC()
	if known != nil {
		found.At = known.At
	}
	tx.Save(t, reconcile.BreakTable, found.Key(), found)
	t.AfterCommit(func() {
		c.open.set(found)
		c.counters.Breaks.Add(1)
		c.cfg.Log.Error("bank does not agree with us", "bank", found.Bank, "kind", found.Kind, "day", found.Day, "currency", found.Currency,
			"stan", found.STAN, "rrn", found.RRN, "code", found.Code, "amount", int64(found.Amount))
	})
	return nil
}

// agreed ends a break on which both sides agree now, if there is one.
func (c *Comparison) agreed(t *tx.Tx, was *reconcile.Break) error {
	known, err := tx.Read[reconcile.Break](t, reconcile.BreakTable, was.Key())
	if err != nil || known == nil || !known.Ended.IsZero() {
		return err
	}
	known.Ended = t.Now.UTC()
	tx.Save(t, reconcile.BreakTable, known.Key(), known)
	t.AfterCommit(func() { c.open.end(known.Key()) })
	return nil
}

// Breaks returns the breaks with a bank, or with all of them if bankName is empty, by bank and
// date. Those that have ended are left out unless all is set.
func (c *Comparison) Breaks(ctx context.Context, bankName string, all bool) ([]*reconcile.Break, error) {
	var list []*reconcile.Break
	for doc, err := range c.cfg.Run.Books().Docs(ctx, reconcile.BreakTable, "", 0) {
		found, err := tx.Decoded[reconcile.Break](doc, err)
		if err != nil {
			return nil, err
		}
		if (bankName == "" || found.Bank == bankName) && (all || found.Ended.IsZero()) {
			list = append(list, found)
		}
	}
	return list, nil
}

// resumeTotals reads which breaks have not ended, and which totals are to be sent.
func (c *Comparison) resumeTotals() error {
	ctx := c.cfg.Context
	breaks, err := c.Breaks(ctx, "", false)
	if err != nil {
		return err
	}
	for _, found := range breaks {
		c.open.set(found)
	}
	for doc, err := range c.cfg.Run.Books().Docs(ctx, reconcile.DayTable, "", 0) {
		about, err := tx.Decoded[reconcile.Day](doc, err)
		if err != nil {
			return err
		}
		if about.Due {
			c.due.add(about.Bank, about.Day)
		}
	}
	return nil
}

// HostAdvice takes in an advice of a bank: it is recorded when HostAdvice returns. What it says
// of a request of ours is evidence, like a late answer: an approval of what we hold for unpaid
// is reversed. One about a request that we do not know, or about another amount, is a break.
func (c *Comparison) HostAdvice(bankName string, advice bank.HostAdvice) error {
	ctx, late := c.cfg.Context, &advice.Late
	if err := ctx.Err(); err != nil {
		return err
	}
	no, err := c.requests.find(ctx, bankName, named{late.STAN, late.RRN, late.Transmitted, true})
	if err != nil {
		return err
	}
	if no == 0 {
		c.counters.StrayAnswers.Add(1)
		return c.commit(ctx, func(t *tx.Tx) error { return c.breaks(t, c.breakOf(bankName, reconcile.UnknownAdvice, &advice, t.Now)) })
	}
	return c.requests.change(ctx, no, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
		if why := notOf(req, late); why != "" {
			found := c.breakOf(bankName, reconcile.OtherAdvice, &advice, t.Now)
			found.Payment = req.Payment
			if err := c.breaks(t, found); err != nil {
				return err
			}
		}
		return c.evidence.hear(t, req, p, late)
	})
}

// breakOf returns the break that an advice makes.
func (c *Comparison) breakOf(bankName string, kind reconcile.Kind, advice *bank.HostAdvice, now time.Time) *reconcile.Break {
	at := now.In(c.cfg.Zone)
	day, ok := reconcile.DayOf(advice.Settlement, at)
	if !ok {
		day = at.Format(time.DateOnly)
	}
	return &reconcile.Break{Bank: bankName, Kind: kind, Day: day, Currency: codeOf(advice.Currency), RRN: advice.RRN, STAN: advice.STAN, Code: advice.Code,
		Amount: advice.Amount, Approved: advice.Approved}
}
