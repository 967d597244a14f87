package intent

import (
	"mpg/engine/lang"
	"mpg/engine/notice"
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
	if s.downBank(p.Plan) != nil {
		return s.Reply(t, req, lang.BankAway, stillWaits(t, p))
	}
	if p.Calls >= req.Rules.CallsPerOrder {
		return s.Reply(t, req, lang.CallsSpent, lang.Args{Minutes: minutes(p.Deadline.Sub(t.Now))})
	}
	if !s.cfg.Speaks(req.Lang) {
		return s.Reply(t, req, lang.NotPlaced, stillWaits(t, p))
	}
	if declined := s.callable(t, req); declined != nil {
		return s.Reply(t, req, declined.text, declined.args)
	}
	return s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Again, At: t.Now})
}

// stillWaits returns the arguments of a text that says for how long AGAIN may be texted
// once more: the order is open, and another would be refused.
func stillWaits(t *tx.Tx, p *payment.Payment) lang.Args {
	args := notice.About(p)
	args.Minutes = minutes(p.Deadline.Sub(t.Now))
	return args
}
