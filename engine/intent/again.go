package intent

import (
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// again calls once more for the order that waits.
func (s *Service) again(t *tx.Tx, r *Request) error {
	u := r.Sender
	if u.Open == 0 {
		return s.Reply(t, r, lang.NothingOpen, lang.Args{})
	}
	p, err := t.Payment(u.Open)
	if err != nil {
		return err
	}
	if p.State != payment.Waiting {
		is, err := openOrder(t, u)
		if err != nil {
			return err
		}
		return s.Reply(t, r, is.text, is.args)
	}
	if !s.bankUp(p.Plan) {
		return s.Reply(t, r, lang.BankClosed, lang.Args{})
	}
	if p.Calls >= r.Rules.CallsPerOrder {
		return s.Reply(t, r, lang.CallsSpent, lang.Args{Minutes: minutes(p.Deadline.Sub(t.Now))})
	}
	if declined := s.callable(t, r); declined != nil {
		return s.Reply(t, r, declined.text, declined.args)
	}
	return s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Again, At: t.Now})
}
