package admin

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
func (s *Service) Resolve(ctx context.Context, by Command, ref, as, reason string) (json.RawMessage, error) {
	if as != acquirer.ResolvedPaid && as != acquirer.ResolvedReversed {
		return nil, badArgument{fmt.Errorf("%q: resolve a payment as %s or as %s", as, acquirer.ResolvedPaid, acquirer.ResolvedReversed)}
	}
	reason, err := checkReason(reason)
	if err != nil {
		return nil, err
	}
	no, err := s.paymentNumber(ref)
	if err != nil {
		return nil, err
	}
	a := &Action{Name: "payment resolve", Object: s.cfg.Books.Refs.Ref(no), Reason: reason}
	return s.Once(ctx, by, a, fmt.Sprintf("resolve %d %s %q", no, as, reason), func(t *tx.Tx) (any, error) {
		p, err := paymentOf(t, no)
		if err != nil {
			return nil, err
		}
		a.Amount = p.Charged
		request, err := s.cfg.Acquirer.Resolve(t, p, payment.Resolution{As: as, Reason: reason, UID: by.UID, Person: by.Person.Name, At: t.Now.UTC()})
		if err != nil {
			return nil, err
		}
		view := s.viewPayment(p)
		view.Request = viewRequest(request)
		return view, nil
	})
}
