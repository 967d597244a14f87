package intent

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/tx"
)

// yes answers the last "again?" question, for its five minutes.
func (s payments) yes(t *tx.Tx, req *Request) error {
	u := req.Sender
	if !u.Question.Waits(t.Now) {
		waits, err := waiting(t, u)
		if err != nil {
			return err
		}
		return s.Reply(t, req, waits.text, waits.args)
	}
	meant, refusal := s.cfg.Grammar.Parse(u.Question.Text)
	if refusal != nil { // the operator's grammar changed in between
		return s.Reply(t, req, lang.NothingOpen, lang.Args{})
	}
	req.mean(meant, s.cfg.Place)
	req.sure = true
	if meant.Intent == order.Refund {
		return s.refund(t, req)
	}
	return s.pay(t, req)
}
