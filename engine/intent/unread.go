package intent

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/tx"
)

// decline has r answered by text, a few times an hour and no more. written is the
// language of what was understood, or "".
func (s *Service) decline(r *Request, text lang.Key, a lang.Args, written lang.Lang) {
	r.read = order.Order{Intent: order.Intent(a.Meant), To: a.Code, Amount: a.Amount, Currency: a.Currency,
		Source: order.Source(a.Source), Written: written}
	if s.mayAnswer(r, s.cfg.Now()) {
		r.answer = func(t *tx.Tx, r *Request) error { return s.Reply(t, r, text, a) }
		return
	}
	r.answer = s.silence(text, a.Reason)
}

// silence returns what records the refusal of a text that gets no answer.
func (s *Service) silence(text lang.Key, reason string) Handler {
	return func(t *tx.Tx, r *Request) error {
		s.refuseUnheard(t, r, text, reason)
		return nil
	}
}

// declineUnread tells the sender why a text is no order. A sender who agrees in
// words other than YES while a question waits is told how to answer it instead.
func (s *Service) declineUnread(r *Request, refusal *order.Refusal) {
	if refusal.Reason != order.Confirms {
		text, a := Misread(refusal)
		s.decline(r, text, a, refusal.Written)
		return
	}
	r.read = order.Order{Written: refusal.Written}
	if s.mayAnswer(r, s.cfg.Now()) {
		r.answer = s.tellWaiting
		return
	}
	r.answer = s.silence(lang.NotUnderstood, string(order.Confirms))
}

// tellWaiting tells the sender of a word that agrees to something how to say so.
func (s *Service) tellWaiting(t *tx.Tx, r *Request) error {
	waits, err := s.waiting(t, r.Sender)
	if err != nil {
		return err
	}
	s.refuse(t, r, waits.text, waits.args, string(order.Confirms))
	return t.Notify(r.Notice(waits.text, waits.args))
}

// Misread returns the text for a refusal, but for one for order.Confirms. It repeats only
// what was read for certain and, where a whole order was typed, asks whether that was
// meant.
func Misread(r *order.Refusal) (lang.Key, lang.Args) {
	if r.Reason == order.PINInText {
		return lang.PINWarning, lang.Args{}
	}
	a := lang.Args{Reason: string(r.Reason), Meant: string(r.Meant), Code: r.To, Amount: r.Amount, Currency: r.Currency, Source: string(r.Source)}
	switch r.Meant {
	case order.Pay, order.Send, order.Lang, "":
		if r.Exact {
			a.Hint = r.Hint
		}
	default: // one word, which names no amount and no payee
		a.Hint = r.Hint
	}
	return lang.NotUnderstood, a
}
