package engine

import (
	"context"
	"errors"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// Reversal says how the requests to a bank are reversed.
type Reversal struct {
	Retry time.Duration // the shortest interval between two tries
	For   time.Duration // after which a request that the bank has not confirmed as undone is in doubt
}

// Defaults of a bank that is not, or no longer, in the configuration.
const (
	reversalRetry = 30 * time.Second
	reversalFor   = 24 * time.Hour
)

// reversal returns the rules for a bank.
func (r Rules) reversal(bank string) Reversal {
	if one, ok := r.Reversals[bank]; ok {
		return one
	}
	return Reversal{Retry: reversalRetry, For: reversalFor}
}

// newQueue returns the reversal queue of a bank.
func (e *Engine) newQueue(name string, link Bank) *acquirer.Queue {
	return acquirer.New(acquirer.Config{
		Window: link.Window, Ready: link.Up,
		Retry: func() time.Duration { return e.Rules().reversal(name).Retry },
		Try:   e.tryReversal,
	})
}

// reverse puts r into its bank's queue. If the bank is not configured, r stays
// in the store, and the sweeper puts it in doubt.
func (e *Engine) reverse(r *payment.Request, repeat bool) {
	if q := e.queues[r.Bank]; q != nil {
		q.Add(r.No, r.Tries, repeat)
		return
	}
	e.cfg.Log.Error("reversal for a bank that is not configured", "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN)
}

// undo marks the request for reversal in the commit that makes the payment
// unknown.
func (w *work) undo(p *payment.Payment) error {
	r, err := w.request(p.Request())
	if err != nil {
		return err
	}
	r.Unknown("", w.Now)
	w.AfterCommit(func() { w.e.reverse(r, r.Tries > 0) })
	return w.saveRequest(r)
}

// onRequest changes request no, and its payment with it, in one commit. It
// retries for as long as other steps come in between.
func (e *Engine) onRequest(ctx context.Context, no uint64, fn func(w *work, r *payment.Request, p *payment.Payment) error) error {
	for {
		err := e.step(ctx, func(w *work) error {
			r, err := w.request(no)
			if err != nil {
				return err
			}
			p, err := w.Payment(r.Payment)
			if err != nil {
				return err
			}
			return fn(w, r, p)
		})
		if !errors.Is(err, tx.ErrContended) {
			return err
		}
	}
}

// tryReversal sends one reversal, built from the request as it was stored, and
// records the outcome.
func (e *Engine) tryReversal(ctx context.Context, no uint64, repeat bool) acquirer.Verdict {
	r, err := e.view().request(no)
	if err != nil {
		e.logErr("reversal", "", err)
		return acquirer.Slowly
	}
	if !r.Reversing() {
		return acquirer.Done
	}
	packed, err := e.openPacked(r)
	if err != nil {
		e.cfg.Log.Error("stored bank request cannot be opened", "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN, "err", err)
		return e.undecided(ctx, r, bank.Undo{Outcome: bank.UndoOperator}, causeUnreadable)
	}
	undo, err := e.cfg.Ports.Banks[r.Bank].Reverse(ctx, packed, repeat)
	switch {
	case err == nil && undo.Outcome == bank.UndoDone:
		return e.undone(ctx, r, undo.Code)
	case ctx.Err() != nil:
		return acquirer.Soon // the next start finds it in the store
	case errors.Is(err, bank.ErrDown) && !errors.Is(err, bank.ErrInvalid):
		return acquirer.Unsent
	}
	e.cfg.Log.Warn("reversal not done", "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN, "code", undo.Code, "cause", bank.Cause(err), "err", err)
	verdict := e.undecided(ctx, r, undo, "")
	if err != nil && verdict == acquirer.Slowly && undo.Outcome == bank.UndoAgain && r.State == payment.RequestReversing {
		return acquirer.Soon // silence
	}
	return verdict
}

// undone records the bank's confirmation that it has undone the request. That
// ends the reversal, unless an approval came in after the reversal had been
// sent: the approval may be the later of the two.
func (e *Engine) undone(ctx context.Context, sent *payment.Request, code string) acquirer.Verdict {
	verdict := acquirer.Done
	err := e.onRequest(ctx, sent.No, func(w *work, r *payment.Request, p *payment.Payment) error {
		verdict = acquirer.Done
		switch {
		case !r.Reversing():
			return w.heard(r, p, payment.SaysReversed, code)
		case r.Approvals != sent.Approvals:
			verdict = acquirer.Soon
			return nil
		}
		r.State, r.Reversal, r.Tries = payment.RequestReversed, code, w.e.sentCount(r)+1
		if err := w.e.process.AdvanceIf(w.Tx, p, payment.Event{Kind: payment.Reversed, Reason: payment.UndoneAtBank}); err != nil {
			return err
		}
		w.AfterCommit(func() {
			e.cfg.Log.Info("reversal done", "ref", p.Ref, "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN, "code", code)
		})
		return w.saveRequest(r)
	})
	if err != nil {
		e.logErr("reversal", "", err)
		return acquirer.Soon
	}
	return verdict
}

// sentCount returns how often the reversal of r was sent.
func (e *Engine) sentCount(r *payment.Request) int {
	if q := e.queues[r.Bank]; q != nil {
		return max(r.Tries, q.Sent(r.No))
	}
	return r.Tries
}

// undecided records a try that ended nothing. A code that the table leaves to
// the operator puts the request in doubt at once, and the reversal is repeated
// all the same. A try that only repeats the last result is written the second,
// fourth, eighth … time: a bank that is silent for a day must not fill the
// journal.
func (e *Engine) undecided(ctx context.Context, sent *payment.Request, undo bank.Undo, cause string) acquirer.Verdict {
	verdict := acquirer.Slowly
	err := e.onRequest(ctx, sent.No, func(w *work, r *payment.Request, p *payment.Payment) error {
		if !r.Reversing() {
			verdict = acquirer.Done
			return nil
		}
		tries := w.e.sentCount(r) + 1
		doubt := undo.Outcome == bank.UndoOperator && r.State == payment.RequestReversing
		if undo.Code == r.Reversal && !doubt && tries&(tries-1) != 0 {
			return nil
		}
		r.Tries = tries
		if undo.Code != "" {
			r.Reversal = undo.Code
		}
		if doubt {
			return w.doubt(r, p, cause)
		}
		return w.saveRequest(r)
	})
	e.logErr("reversal", "", err)
	return verdict
}

// doubt puts a request that is being reversed in doubt, and its payment too if
// that still waits for it.
func (w *work) doubt(r *payment.Request, p *payment.Payment, cause string) error {
	r.State = payment.RequestDoubt
	if cause != "" {
		r.Cause = cause
	}
	if err := w.e.process.AdvanceIf(w.Tx, p, payment.Event{Kind: payment.Overdue, Reason: payment.InDoubt}); err != nil {
		return err
	}
	w.AfterCommit(func() {
		w.e.cfg.Log.Error("bank request in doubt", "ref", p.Ref, "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN,
			"code", r.Code, "reversal_code", r.Reversal, "cause", r.Cause, "since", r.Since)
	})
	return w.saveRequest(r)
}

// doubtRetry is when a doubt that could not be written is tried again.
const doubtRetry = 10 * time.Second

// sweepRequests puts in doubt what has been reversing for too long, and what no
// configured bank can be asked about. Wall-clock time counts, so a restart does
// not start the period again.
func (e *Engine) sweepRequests(now time.Time) {
	rules := e.Rules()
	due := e.requests.all(func(one listed) bool {
		late := now.Sub(one.since) >= rules.reversal(one.bank).For
		return one.state == payment.RequestReversing && !now.Before(one.again) && (late || e.queues[one.bank] == nil)
	})
	for _, one := range due {
		cause := ""
		if e.queues[one.bank] == nil {
			cause = causeNoBank
		}
		err := e.onRequest(e.ctx, one.no, func(w *work, r *payment.Request, p *payment.Payment) error {
			if r.State != payment.RequestReversing {
				return nil
			}
			return w.doubt(r, p, cause)
		})
		if err != nil {
			e.logErr("doubt", "", err)
			e.requests.putOff(one.no, now.Add(doubtRetry))
		}
	}
}
