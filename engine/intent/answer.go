package intent

import (
	"errors"
	"time"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/tx"
)

// answer is a text instead of what was ordered.
type answer struct {
	text lang.Key
	args lang.Args
}

// Read reads the text of req, once, before any step: what it orders, and which handler
// answers it. It uses up the sender's quota of answers if the text is no order.
func (s *Service) Read(req *Request) {
	switch req.Flaw {
	case TooLong:
		s.decline(req, lang.TooLong, lang.Args{}, "")
		return
	case FurtherPart:
		req.answer = func(*tx.Tx, *Request) error { return nil }
		return
	case Unreadable:
		s.cfg.Counts.Unreadable.Add(1)
		s.decline(req, lang.CannotRead, lang.Args{}, "")
		return
	case HoldsPIN:
		s.cfg.Counts.PINTexts.Add(1)
		s.decline(req, lang.PINWarning, lang.Args{}, "")
		return
	case HoldsCard:
		s.cfg.Counts.CardTexts.Add(1)
		s.decline(req, lang.CardWarning, lang.Args{}, "")
		return
	}
	o, refusal := s.cfg.Grammar.Parse(req.Body)
	if refusal != nil && refusal.MayName() {
		req.read, req.answer, req.Class = order.Order{Intent: refusal.Meant, Written: refusal.Written}, named{s}.byName(refusal), Pays
		return
	}
	if refusal != nil {
		s.cfg.Counts.Unread.Add(1)
		s.declineUnread(req, refusal)
		return
	}
	s.cfg.Counts.Orders.Add(1)
	req.read, req.answer = o, s.obey
	req.Class = s.table[o.Intent].Class
}

// Handle answers req, which was read, in the step t. Every way out but an error is to be
// committed together with the text's dedup key, so that a copy of the text is known.
func (s *Service) Handle(t *tx.Tx, req *Request) error {
	req.begin(s.cfg.Place)
	return req.answer(t, req)
}

// obey does the order.
func (s *Service) obey(t *tx.Tx, req *Request) error {
	if req.Order.Cancel && (req.Sender == nil || req.Sender.Open == 0 && !req.Sender.Question.Waits(t.Now)) {
		req.Order.Intent = order.Stop // CANCEL with nothing to cancel is an opt-out
	}
	entry, ok := s.table[req.Order.Intent]
	if req.Sender == nil && !entry.Strangers {
		return s.replyStranger(t, req)
	}
	if !ok {
		return errors.New("intent: an intent without an answer: " + string(req.Order.Intent))
	}
	return entry.Do(t, req)
}

// replyStranger tells a number that is not registered how to register, as
// seldom as unread texts are answered.
func (s *Service) replyStranger(t *tx.Tx, req *Request) error {
	if !s.mayAnswer(req, t.Now) {
		s.refuseUnheard(t, req, lang.NotRegistered, "")
		return nil
	}
	return s.Reply(t, req, lang.NotRegistered, lang.Args{})
}

// helpTexts has the texts of HELP by topic. It is never modified.
var helpTexts = map[order.Topic]lang.Key{
	"":               lang.HelpText,
	order.AboutMore:  lang.HelpMore,
	order.AboutPay:   lang.HelpPay,
	order.AboutSend:  lang.HelpSend,
	order.AboutPurse: lang.HelpPurse,
	order.AboutShop:  lang.HelpShop,
	order.AboutBank:  lang.HelpBank,
	order.AboutCard:  lang.HelpCard,
	order.AboutAsk:   lang.HelpAsk,
	order.AboutName:  lang.HelpName,
	order.AboutTake:  lang.HelpReceive,
	order.AboutPIN:   lang.HelpPIN,
	order.AboutStop:  lang.HelpStop,
}

// help tells what can be texted, in short or about one topic.
func (s *Service) help(t *tx.Tx, req *Request) error {
	return s.Reply(t, req, helpTexts[req.Order.Topic], lang.Args{})
}

// Reply answers the sender in the language of req. An answer that refuses the order is
// recorded as a refusal.
func (s *Service) Reply(t *tx.Tx, req *Request, text lang.Key, args lang.Args) error {
	s.refuse(t, req, text, args, args.Reason)
	return t.Notify(req.Notice(text, args))
}

// mayAnswer counts the answers to texts that are no orders: at most
// UnreadPerHour for each sender, so that two machines do not talk for ever.
func (s *Service) mayAnswer(req *Request, now time.Time) bool {
	if s.unread.Allow(req.Phone, now, req.Rules.UnreadPerHour) {
		return true
	}
	s.cfg.Counts.Unanswered.Add(1)
	return false
}
