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

// resolveFrom is how long a reversal, or an advice, must have been going on before people may
// end it. A payment in doubt they may end at once.
const resolveFrom = time.Hour

// Errors of Resolve.
var (
	ErrNotInDoubt = errors.New("this payment is not in doubt; there is nothing to resolve")
	ErrStands     = errors.New("this payment has ended or moved on, and cannot change")
)

// Resolve ends, as part of the step, what a bank left open about p, on the word of people who
// have asked the bank, and returns the request as it stands then. If there are several
// requests, it resolves the first open one, or that of bankName if it is not empty: the
// payment waits only for the last, so money never moves on a resolution that was meant for
// another bank. A payment in doubt, or one that has been reversing for an hour, then goes on
// or is undone, and payer and payee are told. A payment that has ended does not change, nor
// does one that no longer waits for the request; if the bank has contradicted the request, it
// is closed as it is. What a bank has paid out after the payer had the money back, and does
// not take back, is written off: the caller sees to it that two people have decided that.
//
// The errors are ErrNotInDoubt, ErrStands, or those of the step.
func (b *Banks) Resolve(t *tx.Tx, p *payment.Payment, bankName string, how payment.Resolution) (*payment.Request, error) {
	req, err := b.unresolved(t, p, bankName)
	if err != nil {
		return nil, err
	}
	paid, stood := how.As == ResolvedPaid, p.RestsOn(req.No)
	either := req.Suspended+req.WrittenOff > 0 // no payment rests on it: the bank takes it back, or not
	if req.Kind == payment.Notify && p.State == payment.Done {
		stood = paid // the payment does not depend on its biller
	}
	event := payment.Event{Kind: payment.StandsPaid, Request: req.No, At: t.Now}
	if !paid {
		event = payment.Event{Kind: payment.StandsVoid, Reason: payment.UndoneAtBank, Request: req.No, At: t.Now}
	}
	err = b.cfg.Process.Advance(t, p, event)
	switch {
	case errors.Is(err, payment.ErrLate) && stood != paid && !either:
		return nil, fmt.Errorf("%w: what bank %s left open can only be resolved as %s", ErrStands, req.Bank,
			map[bool]string{true: ResolvedReversed, false: ResolvedPaid}[paid])
	case err != nil && !errors.Is(err, payment.ErrLate):
		return nil, err
	}
	if err := b.reversals.suspense.resolve(t, req, paid); err != nil {
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

// unresolved returns the first request of p that people may resolve, to bankName if that is not
// empty. Those of its increases come last, since nothing else waits for them.
func (b *Banks) unresolved(t *tx.Tx, p *payment.Payment, bankName string) (*payment.Request, error) {
	for _, no := range payment.OwnFirst(p) {
		req, err := readRequest(t, no)
		if err != nil {
			return nil, err
		}
		waits := req.State == payment.RequestReversing || req.State == payment.RequestAdvising
		if (bankName == "" || req.Bank == bankName) && req.Listed() && (!waits || t.Now.Sub(req.Since) >= resolveFrom) {
			return req, nil
		}
	}
	return nil, ErrNotInDoubt
}
