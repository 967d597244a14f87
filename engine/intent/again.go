package intent

import (
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// again calls once more for the order that waits.
func (s payments) again(t *tx.Tx, req *Request) error {
	u := req.Sender
	if u.Open == 0 {
		return s.Reply(t, req, lang.NothingOpen, lang.Args{})
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
		return s.Reply(t, req, is.text, is.args)
	}
	if !s.banksUp(p.Plan) {
		return s.Reply(t, req, lang.BankClosed, lang.Args{})
	}
	if p.Calls >= req.Rules.CallsPerOrder {
		return s.Reply(t, req, lang.CallsSpent, lang.Args{Minutes: minutes(p.Deadline.Sub(t.Now))})
	}
	if declined := s.callable(t, req); declined != nil {
		return s.Reply(t, req, declined.text, declined.args)
	}
	return s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Again, At: t.Now})
}
