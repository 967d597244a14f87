package engine

import (
	"mpg/engine/lang"
	"mpg/engine/order"
)

// choosePIN calls the enrolled number: the old PIN if there is one, the new
// one, and the new one again. No text comes before the call.
func (w *work) choosePIN(in *inbound, o order.Order) error {
	u := in.sender
	if !u.MayPay() {
		return w.reply(in, o, stateText(u.State), lang.Args{})
	}
	if u.Open != 0 {
		no, err := w.openOrder(u)
		if err != nil {
			return err
		}
		return w.reply(in, o, no.text, no.args)
	}
	choosing, err := w.e.calls.ChoosingPIN(w.Tx, u)
	if err != nil {
		return err
	}
	if choosing {
		return w.reply(in, o, lang.TryLater, lang.Args{})
	}
	if no := w.callable(in, o); no != nil {
		return w.reply(in, o, no.text, no.args)
	}
	w.e.calls.ChoosePIN(w.Tx, u, w.e.place.LangOf(u, o.Written), in.Via, in.To)
	return nil
}
