package engine

import (
	"fmt"
	"strconv"

	"mpg/engine/books"
	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/user"
)

// resume brings what was under way at the last stop to where it can continue: an
// order whose call was cut off waits, a request that a bank was asked becomes
// unknown, and reversals continue. It runs before any text is taken in.
func (e *Engine) resume() error {
	e.process.Look()
	if err := e.books.Resume(); err != nil {
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
	for doc, err := range e.cfg.Store.Docs(payment.OpenTable, "") {
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
	return e.resumePINCalls()
}

// resumeClock notes how long mpg may have been away: from the last order to now.
func (e *Engine) resumeClock() error {
	e.jumps.look(e.cfg.Now, e.cfg.Uptime)
	last, err := books.LastNumber(e.cfg.Store, payment.Table) // no number that a restore left out
	if err != nil || last == 0 {
		return err
	}
	p, err := e.view().Payment(last)
	if err != nil {
		return err
	}
	e.jumps.stopped(p.Created(), e.cfg.Now(), e.cfg.Uptime())
	return nil
}

func (e *Engine) resumePayment(no uint64) error {
	p, err := e.view().Payment(no)
	if err != nil {
		return err
	}
	e.process.Resume(p)
	switch p.State {
	case payment.Calling:
		cut := cutOff(p)
		err = e.fire(e.ctx, no, payment.Event{Kind: payment.CallFailed, Reason: payment.CutOff},
			func(w *work, p *payment.Payment) error { return w.keepCall(&cut) })
	case payment.Sent:
		err = e.banks.ResumeSent(p)
	}
	return err
}

// resumePINCalls tells those who were choosing a PIN that nothing changed.
func (e *Engine) resumePINCalls() error {
	for doc, err := range e.cfg.Store.Docs(user.CallTable, "") {
		if err != nil {
			return err
		}
		var c pinCall
		if err := codec.Decode(doc.Data, &c); err != nil {
			return err
		}
		if err := e.endPINCall(e.ctx, &c, lang.PINUnchanged, nothingChanges); err != nil {
			return err
		}
	}
	return nil
}
