package intent

import (
	"mpg/engine/lang"
	"mpg/engine/tx"
)

// choosePIN calls the enrolled number: the old PIN if there is one, the new
// one, and the new one again. No text comes before the call.
func (s *Service) choosePIN(t *tx.Tx, r *Request) error {
	u := r.Sender
	if !u.MayPay() {
		return s.Reply(t, r, stateText(u.State), lang.Args{})
	}
	if u.Open != 0 {
		is, err := openOrder(t, u)
		if err != nil {
			return err
		}
		return s.Reply(t, r, is.text, is.args)
	}
	runs, err := s.cfg.PINCalls.Runs(t, u)
	if err != nil {
		return err
	}
	if runs {
		return s.Reply(t, r, lang.TryLater, lang.Args{})
	}
	if declined := s.callable(t, r); declined != nil {
		return s.Reply(t, r, declined.text, declined.args)
	}
	s.cfg.PINCalls.Place(t, u, r.Lang, r.Via, r.Code)
	return nil
}
