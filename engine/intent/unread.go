package intent

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/tx"
)

// decline has req answered by text, a few times an hour and no more. written is the
// language of what was understood, or "".
func (s *Service) decline(req *Request, text lang.Key, args lang.Args, written lang.Lang) {
	req.read = order.Order{Intent: order.Intent(args.Meant), To: args.Code, Amount: args.Amount, Currency: args.Currency, Written: written}
	if args.Source != lang.AnySource {
		req.read.Source = order.Source(args.Source)
	}
	if s.mayAnswer(req, s.cfg.Now()) {
		req.answer = func(t *tx.Tx, req *Request) error { return s.Reply(t, req, text, args) }
		return
	}
	req.answer = s.silence(text, args.Reason)
}

// silence returns what records the refusal of a text that gets no answer.
func (s *Service) silence(text lang.Key, reason string) Handler {
	return func(t *tx.Tx, req *Request) error {
		s.refuseUnheard(t, req, text, reason)
		return nil
	}
}

// declineUnread tells the sender why a text is no order. A sender who agrees in
// words other than YES while a question waits is told how to answer it instead.
func (s *Service) declineUnread(req *Request, refusal *order.Refusal) {
	if refusal.Reason != order.Confirms {
		text, args := Misread(refusal)
		s.decline(req, text, args, refusal.Written)
		return
	}
	req.read = order.Order{Written: refusal.Written}
	if s.mayAnswer(req, s.cfg.Now()) {
		req.answer = s.tellWaiting
		return
	}
	req.answer = s.silence(lang.NotUnderstood, string(order.Confirms))
}

// tellWaiting tells the sender of a word that agrees to something how to say so.
func (s *Service) tellWaiting(t *tx.Tx, req *Request) error {
	waits, err := waiting(t, req.Sender)
	if err != nil {
		return err
	}
	s.refuse(t, req, waits.text, waits.args, string(order.Confirms))
	return t.Notify(req.Notice(waits.text, waits.args))
}

// Misread returns the text for any refusal except order.Confirms. It repeats only
// what was read for certain and, where a whole order was typed, asks whether that was
// meant.
func Misread(refused *order.Refusal) (lang.Key, lang.Args) {
	switch refused.Reason {
	case order.PINInText:
		return lang.PINWarning, lang.Args{}
	case order.CardInText:
		return lang.CardWarning, lang.Args{}
	}
	args := lang.Args{Reason: string(refused.Reason), Meant: string(refused.Meant), Code: refused.To, Amount: refused.Amount, Currency: refused.Currency, Source: string(refused.Source)}
	if refused.Unsure {
		args.Source = lang.AnySource
	}
	switch refused.Meant {
	case order.Balance, order.Last, order.Help, order.Again, order.Names, order.Start, order.Stop, order.PIN: // one word
		args.Hint = refused.Hint
	default:
		if refused.Exact {
			args.Hint = refused.Hint
		}
	}
	return lang.NotUnderstood, args
}
