package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"mpg/engine/acquirer"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// Resolve ends what a bank left open, on the word of people who have asked the
// bank. A payment in doubt, or one that has been reversing for an hour, is
// posted or voided, and payer and shop are told. A payment that has ended does
// not change; its request, if the bank has contradicted it, is closed as it
// stands.
func (e *Engine) Resolve(ctx context.Context, o Command, ref, as, reason string) (json.RawMessage, error) {
	if as != acquirer.ResolvedPaid && as != acquirer.ResolvedReversed {
		return nil, badArgument{fmt.Errorf("%q: resolve a payment as %s or as %s", as, acquirer.ResolvedPaid, acquirer.ResolvedReversed)}
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
		a.Amount = p.Charged
		r, err := w.e.banks.Resolve(w.Tx, p, payment.Resolution{As: as, Reason: reason, UID: o.UID, At: w.Now.UTC()})
		if err != nil {
			return nil, err
		}
		v := w.e.viewPayment(p)
		v.Request = viewRequest(r)
		return v, nil
	})
}
