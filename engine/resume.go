package engine

import (
	"fmt"
	"strconv"

	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/payment"
)

// resume brings what was under way at the last stop to where it can continue: an
// order whose call was cut off waits, a request that a bank was asked becomes
// unknown, and reversals continue. It runs before any text is taken in.
func (e *Engine) resume() error {
	e.process.Look()
	if err := e.books.Resume(e.ctx); err != nil {
		return err
	}
	if err := e.resumeClock(); err != nil {
		return err
	}
	// Reversals from before the stop come first, since they may have been sent;
	// requests found sent below have certainly not been reversed yet.
	if err := e.banks.Resume(); err != nil {
		return err
	}
	for doc, err := range e.cfg.Store.Docs(e.ctx, payment.OpenTable, "", 0) {
		if err != nil {
			return err
		}
		no, err := strconv.ParseUint(doc.Key, 16, 64)
		if err != nil {
			return fmt.Errorf("engine: open payment %q: %w", doc.Key, err)
		}
		if err := e.resumePayment(no); err != nil {
			return fmt.Errorf("engine: payment %d: %w", no, err)
		}
	}
	if err := e.calls.Resume(); err != nil {
		return err
	}
	if err := e.admin.Approvals.Resume(e.ctx); err != nil {
		return err
	}
	return e.modules.Resume()
}

// resumeClock notes how long mpg may have been away: from the last order to now.
func (e *Engine) resumeClock() error {
	e.clock.Look()
	last, err := books.LastNumber(e.ctx, e.cfg.Store, payment.Table) // no number that a restore left out
	if err != nil || last == 0 {
		return err
	}
	p, err := e.run.View(e.ctx).Payment(last)
	if err != nil {
		return err
	}
	e.clock.Stopped(p.Created())
	return nil
}

func (e *Engine) resumePayment(no uint64) error {
	p, err := e.run.View(e.ctx).Payment(no)
	if err != nil {
		return err
	}
	e.process.Resume(p)
	switch p.State {
	case payment.Calling:
		err = e.process.Fire(e.ctx, no, payment.Event{Kind: payment.CallFailed, Reason: payment.CutOff}, call.KeepCutOff)
	case payment.Sent:
		err = e.banks.ResumeSent(p)
	}
	return err
}
