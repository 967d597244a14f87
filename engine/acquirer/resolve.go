package acquirer

import (
	"errors"
	"fmt"
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
// who have asked the bank, and returns the request as it stands then. A payment in doubt,
// or one that has been reversing for an hour, is posted or voided, and payer and shop are
// told. A payment that has ended does not change; its request, if the bank has
// contradicted it, is closed as it stands.
//
// The errors are ErrNotInDoubt, ErrStands, or those of the step.
func (b *Banks) Resolve(t *tx.Tx, p *payment.Payment, how payment.Resolution) (*payment.Request, error) {
	if p.Request() == 0 {
		return nil, ErrNotInDoubt
	}
	req, err := readRequest(t, p.Request())
	if err != nil {
		return nil, err
	}
	if !req.Listed() || req.State == payment.RequestReversing && t.Now.Sub(req.Since) < resolveFrom {
		return nil, ErrNotInDoubt
	}
	paid := how.As == ResolvedPaid
	event := payment.Event{Kind: payment.StandsPaid, At: t.Now}
	if !paid {
		event = payment.Event{Kind: payment.StandsVoid, Reason: payment.UndoneAtBank, At: t.Now}
	}
	err = b.cfg.Process.Advance(t, p, event)
	switch {
	case errors.Is(err, payment.ErrLate) && p.Passed(payment.Posted) != paid:
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
