package intent

import (
	"errors"
	"time"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/tx"
	"mpg/store"
)

// answer is a text instead of what was ordered.
type answer struct {
	text lang.Key
	args lang.Args
}

// Read reads the text of r, once, before any step: what it orders, and which handler
// answers it. It uses up the sender's quota of answers if the text is no order.
func (s *Service) Read(r *Request) {
	switch r.Flaw {
	case TooLong:
		s.decline(r, lang.TooLong, lang.Args{}, "")
		return
	case FurtherPart:
		r.answer = func(*tx.Tx, *Request) error { return nil }
		return
	case Unreadable:
		s.cfg.Counts.Unreadable.Add(1)
		s.decline(r, lang.CannotRead, lang.Args{}, "")
		return
	case HoldsPIN:
		s.cfg.Counts.PINTexts.Add(1)
		s.decline(r, lang.PINWarning, lang.Args{}, "")
		return
	}
	o, refusal := s.cfg.Grammar.Parse(r.Body)
	if refusal != nil {
		s.cfg.Counts.Unread.Add(1)
		s.declineUnread(r, refusal)
		return
	}
	s.cfg.Counts.Orders.Add(1)
	r.read, r.answer = o, s.obey
	r.Class = s.table[o.Intent].Class
}

// Handle answers r, which was read, in the step t. Every way out but an error is to be
// committed together with the text's dedup key, so that a copy of the text is known.
func (s *Service) Handle(t *tx.Tx, r *Request) error {
	r.begin(s.cfg.Place)
	return r.answer(t, r)
}

// obey does the order.
func (s *Service) obey(t *tx.Tx, r *Request) error {
	if r.Order.Cancel && (r.Sender == nil || r.Sender.Open == 0 && !r.Sender.Question.Waits(t.Now)) {
		r.Order.Intent = order.Stop // CANCEL with nothing to cancel is an opt-out
	}
	entry, ok := s.table[r.Order.Intent]
	if r.Sender == nil && !entry.Strangers {
		return s.replyStranger(t, r)
	}
	if !ok {
		return errors.New("intent: an intent without an answer: " + string(r.Order.Intent))
	}
	return entry.Do(t, r)
}

// Instead returns what answers r after the store has refused its step, in a step of its
// own, since nothing of the first is kept. It returns nil for a refusal that its sender
// cannot be told.
func (s *Service) Instead(r *Request, by tx.Refused) Handler {
	if by.Refusal != store.RefusedFunds || r.Sender == nil || by.Account != r.Sender.Purse { // of any other account it would be untrue
		return nil
	}
	short := by.Short
	return func(t *tx.Tx, r *Request) error {
		r.begin(s.cfg.Place)
		return s.Reply(t, r, lang.Funds, lang.Args{Short: short, Currency: s.cfg.Place.Currency})
	}
}

// replyStranger tells a number that is not registered how to become so, as
// seldom as unread texts are answered.
func (s *Service) replyStranger(t *tx.Tx, r *Request) error {
	if !s.mayAnswer(r, t.Now) {
		s.refuseUnheard(t, r, lang.NotRegistered, "")
		return nil
	}
	return s.Reply(t, r, lang.NotRegistered, lang.Args{})
}

// help tells what can be texted.
func (s *Service) help(t *tx.Tx, r *Request) error {
	return s.Reply(t, r, lang.HelpText, lang.Args{})
}

// Reply answers the sender in the language of r. An answer that refuses the order is
// recorded as a refusal.
func (s *Service) Reply(t *tx.Tx, r *Request, text lang.Key, a lang.Args) error {
	s.refuse(t, r, text, a, a.Reason)
	return t.Notify(r.Notice(text, a))
}

// mayAnswer counts the answers to texts that are no orders: at most
// UnreadPerHour for each sender, so that two machines do not talk for ever.
func (s *Service) mayAnswer(r *Request, now time.Time) bool {
	if s.unread.Allow(r.Phone, now, r.Rules.UnreadPerHour) {
		return true
	}
	s.cfg.Counts.Unanswered.Add(1)
	return false
}
