package acquirer

import (
	"context"
	"sync"
	"time"

	"mpg/engine/reconcile"
	"mpg/engine/tx"
	"mpg/store/money"
)

// dueDays holds the business dates of which our totals are to be sent, and when that is tried.
type dueDays struct {
	mu   sync.Mutex
	next map[dueDay]time.Time
	busy bool // one is being sent
}

// dueDay names a business date of a bank.
type dueDay struct{ bank, day string }

// totalsRetry is how long totals that could not be sent wait before they are sent again.
const totalsRetry = time.Minute

func (d *dueDays) add(bankName, day string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.next == nil {
		d.next = make(map[dueDay]time.Time)
	}
	d.next[dueDay{bankName, day}] = time.Time{}
}

func (d *dueDays) forget(bankName, day string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.next, dueDay{bankName, day})
}

// take returns a date whose time has come, and puts it off. It returns one only once the last
// one is done.
func (d *dueDays) take(now time.Time, ready func(bankName string) bool) (dueDay, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy {
		return dueDay{}, false
	}
	for one, at := range d.next {
		if !now.Before(at) && ready(one.bank) {
			d.next[one], d.busy = now.Add(totalsRetry), true
			return one, true
		}
	}
	return dueDay{}, false
}

func (d *dueDays) done() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = false
}

// CutOver takes in that a bank has closed a business date, MMDD, or, if date is empty, that of
// today. send says that our totals of it are to be sent. Answers that are on their way count
// under the date that they carry, whenever they come.
func (c *Comparison) CutOver(bankName, date string, send bool) error {
	ctx := c.cfg.Context
	if err := ctx.Err(); err != nil {
		return err
	}
	day, ok := reconcile.DayOf(date, c.cfg.Now().In(c.cfg.Zone))
	if !ok {
		c.cfg.Log.Warn("bank closed a date that does not exist", "bank", bankName, "date", date)
		return nil
	}
	_, reconciles := c.cfg.Banks[bankName].(Reconciler)
	send = send && reconciles
	err := c.commit(ctx, func(t *tx.Tx) error {
		about, err := c.day(t, bankName, day)
		if err != nil || !about.Closed.IsZero() {
			return err // the bank repeats itself
		}
		about.Closed, about.Due = t.Now.UTC(), send
		tx.Save(t, reconcile.DayTable, reconcile.DayKey(bankName, day), about)
		if send {
			t.AfterCommit(func() { c.due.add(bankName, day) })
		}
		return nil
	})
	if err == nil {
		c.cfg.Log.Info("bank closed a business date", "bank", bankName, "day", day, "totals", send)
	}
	return err
}

// sendDue sends the totals of a date whose time has come, in the background.
func (c *Comparison) sendDue(now time.Time) {
	one, found := c.due.take(now, func(bankName string) bool { return c.cfg.Banks[bankName] != nil && c.cfg.Banks[bankName].Up() })
	if !found {
		return
	}
	c.asks.Go(func() {
		defer c.due.done()
		ctx, stop := context.WithTimeout(c.cfg.Context, totalsRetry)
		defer stop()
		if _, err := c.SendTotals(ctx, one.bank, one.day); c.cfg.matters(err) {
			c.cfg.Log.Warn("totals of a business date could not be sent; they are sent again", "bank", one.bank, "day", one.day, "err", err)
		}
	})
}

// codeOf returns the code of a currency by its number in ISO 4217, or "".
func codeOf(number string) string {
	in, _ := money.ByNumber(number)
	return in.Code
}
