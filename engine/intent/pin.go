package intent

import (
	"mpg/engine/lang"
	"mpg/engine/tx"
)

// choosePIN calls the enrolled number: the old PIN if there is one, the new
// one, and the new one again. No text comes before the call.
func (s payments) choosePIN(t *tx.Tx, req *Request) error {
	u := req.Sender
	if !u.MayPay() {
		return s.Reply(t, req, stateText(u.State), lang.Args{})
	}
	if u.Open != 0 {
		is, err := openOrder(t, u)
		if err != nil {
			return err
		}
		return s.Reply(t, req, is.text, is.args)
	}
	if from := u.PINWait(t.Now); !from.IsZero() {
		return s.Reply(t, req, lang.PINWait, lang.Args{At: s.cfg.Place.Time(from)})
	}
	choosing, err := s.cfg.PINCalls.ChoosingPIN(t, u)
	if err != nil {
		return err
	}
	if choosing {
		return s.Reply(t, req, lang.TryLater, lang.Args{})
	}
	if declined := s.callable(t, req); declined != nil {
		return s.Reply(t, req, declined.text, declined.args)
	}
	s.cfg.PINCalls.ChoosePIN(t, u, req.Lang, req.Via, req.Code)
	return nil
}
