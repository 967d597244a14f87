package engine

import (
	"context"
	"encoding/json"
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

// Resolve ends what a bank left open, on the word of people who have asked the
// bank. A payment in doubt, or one that has been reversing for an hour, is
// posted or voided, and payer and shop are told. A payment that has ended does
// not change; its request, if the bank has contradicted it, is closed as it
// stands.
func (e *Engine) Resolve(ctx context.Context, o Command, ref, as, reason string) (json.RawMessage, error) {
	if as != ResolvedPaid && as != ResolvedReversed {
		return nil, badArgument{fmt.Errorf("%q: resolve a payment as %s or as %s", as, ResolvedPaid, ResolvedReversed)}
	}
	reason, err := checkReason(reason)
	if err != nil {
		return nil, err
	}
	no, err := e.paymentNo(ref)
	if err != nil {
		return nil, err
	}
	a := &action{Name: "payment resolve", Object: e.books.Refs.Ref(no), Reason: reason}
	return e.keyed(ctx, o, a, fmt.Sprintf("resolve %d %s %q", no, as, reason), func(w *work) (any, error) {
		p, err := tx.Read[payment.Payment](w.Tx, payment.Table, payment.Key(no))
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, ErrNoRecord
		}
		if p.Request() == 0 {
			return nil, ErrNotInDoubt
		}
		r, err := w.request(p.Request())
		if err != nil {
			return nil, err
		}
		a.Amount = p.Charged
		return w.resolve(p, r, payment.Resolution{As: as, Reason: reason, UID: o.UID, At: w.Now.UTC()})
	})
}

// resolve makes one attempt to resolve p.
func (w *work) resolve(p *payment.Payment, r *payment.Request, how payment.Resolution) (any, error) {
	if !r.Listed() || r.State == payment.RequestReversing && w.Now.Sub(r.Since) < resolveFrom {
		return nil, ErrNotInDoubt
	}
	paid := how.As == ResolvedPaid
	ev := payment.Event{Kind: payment.StandsPaid, At: w.Now}
	if !paid {
		ev = payment.Event{Kind: payment.StandsVoid, Reason: payment.UndoneAtBank, At: w.Now}
	}
	err := w.e.process.Advance(w.Tx, p, ev)
	switch {
	case errors.Is(err, payment.ErrLate) && p.Passed(payment.Posted) != paid:
		return nil, fmt.Errorf("%w: it can be resolved as %s only", ErrStands, map[bool]string{true: ResolvedReversed, false: ResolvedPaid}[paid])
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
	v := w.e.viewPayment(p)
	v.Request = viewRequest(r)
	return v, nil
}
