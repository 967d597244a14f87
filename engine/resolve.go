package engine

import (
	"errors"
	"fmt"
	"time"

	"mpg/engine/payment"
	"mpg/engine/tx"
)

// resolveFrom is how long a reversal must have been going on before people may
// end it. A payment in doubt they may end at once.
const resolveFrom = time.Hour

// banks is the engine's side of admin.Acquirer.
type banks struct{ e *Engine }

// ReversalsSent implements admin.Acquirer.
func (b banks) ReversalsSent(r *payment.Request) int { return b.e.sentCount(r) }

// Resolve implements admin.Acquirer.
func (b banks) Resolve(t *tx.Tx, p *payment.Payment, how payment.Resolution) (*payment.Request, error) {
	return (&work{t, b.e}).resolve(p, how)
}

// resolve makes one attempt to resolve p.
func (w *work) resolve(p *payment.Payment, how payment.Resolution) (*payment.Request, error) {
	if p.Request() == 0 {
		return nil, payment.ErrNotInDoubt
	}
	r, err := w.request(p.Request())
	if err != nil {
		return nil, err
	}
	if !r.Listed() || r.State == payment.RequestReversing && w.Now.Sub(r.Since) < resolveFrom {
		return nil, payment.ErrNotInDoubt
	}
	paid := how.As == payment.ResolvedPaid
	ev := payment.Event{Kind: payment.StandsPaid, At: w.Now}
	if !paid {
		ev = payment.Event{Kind: payment.StandsVoid, Reason: payment.UndoneAtBank, At: w.Now}
	}
	err = w.e.process.Advance(w.Tx, p, ev)
	switch {
	case errors.Is(err, payment.ErrLate) && p.Passed(payment.Posted) != paid:
		only := map[bool]string{true: payment.ResolvedReversed, false: payment.ResolvedPaid}[paid]
		return nil, fmt.Errorf("%w: it can be resolved as %s only", payment.ErrStands, only)
	case err != nil && !errors.Is(err, payment.ErrLate):
		return nil, err
	}
	r.State, r.Approved, r.Resolved = payment.RequestResolved, paid, &how
	if err := w.saveRequest(r); err != nil {
		return nil, err
	}
	w.AfterCommit(func() {
		w.e.wake(r)
		w.e.cfg.Log.Warn("payment resolved", "ref", p.Ref, "as", how.As, "uid", how.UID)
	})
	return r, nil
}
