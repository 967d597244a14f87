package acquirer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mpg/engine/payment"
	"mpg/engine/tx"
)

// How people may end what a bank left open.
const (
	ResolvedPaid     = "paid"     // the bank has the payer's money: the payment stands
	ResolvedReversed = "reversed" // the payer has the money: nothing is paid
)

// resolveFrom is how long a reversal must have been going on before people may
// end it. A payment in doubt they may end at once.
const resolveFrom = time.Hour

// Errors of Resolve.
var (
	ErrNotInDoubt = errors.New("this payment is not in doubt; there is nothing to resolve")
	ErrStands     = errors.New("this payment has ended and cannot change")
)

// Resolve ends, as part of the step, what a bank left open about p, on the word of people
// who have asked the bank, and returns the request as it stands then. If there are several
// requests, it resolves the last open one. A payment in doubt, or one that has been
// reversing for an hour, then goes on or is undone, and payer and payee are told. A payment
// that has ended does not change, nor does one that no longer waits for the request; if the
// bank has contradicted the request, it is closed as it is.
//
// The errors are ErrNotInDoubt, ErrStands, or those of the step.
func (b *Banks) Resolve(t *tx.Tx, p *payment.Payment, how payment.Resolution) (*payment.Request, error) {
	req, err := b.unresolved(t, p)
	if err != nil {
		return nil, err
	}
	paid, stood := how.As == ResolvedPaid, p.Approved(req.No)
	event := payment.Event{Kind: payment.StandsPaid, Request: req.No, At: t.Now}
	if !paid {
		event = payment.Event{Kind: payment.StandsVoid, Reason: payment.UndoneAtBank, Request: req.No, At: t.Now}
	}
	err = b.cfg.Process.Advance(t, p, event)
	switch {
	case errors.Is(err, payment.ErrLate) && stood != paid:
		return nil, fmt.Errorf("%w: it can be resolved as %s only", ErrStands, map[bool]string{true: ResolvedReversed, false: ResolvedPaid}[paid])
	case err != nil && !errors.Is(err, payment.ErrLate):
		return nil, err
	}
	req.State, req.Approved, req.Resolved = payment.RequestResolved, paid, &how
	if err := b.requests.save(t, req); err != nil {
		return nil, err
	}
	t.AfterCommit(func() {
		b.reversals.wake(req)
		b.cfg.Log.Warn("payment resolved", "ref", p.Ref, "as", how.As, "uid", how.UID)
	})
	return req, nil
}

// unresolved returns the last request of p that people may resolve.
func (b *Banks) unresolved(t *tx.Tx, p *payment.Payment) (*payment.Request, error) {
	for _, no := range slices.Backward(p.Requests) {
		req, err := readRequest(t, no)
		if err != nil {
			return nil, err
		}
		if req.Listed() && (req.State != payment.RequestReversing || t.Now.Sub(req.Since) >= resolveFrom) {
			return req, nil
		}
	}
	return nil, ErrNotInDoubt
}
