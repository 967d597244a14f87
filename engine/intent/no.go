package intent

import (
	"errors"
	"time"

	"mpg/engine/claim"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// words are the handlers of what neither pays nor calls.
type words struct{ *Service }

// no stops the open order while it waits or its call is on. Whichever of it and
// the right PIN is committed first wins, and the later is told so.
func (s words) no(t *tx.Tx, req *Request) error {
	u := req.Sender
	waits, err := openOf(t, u)
	if err != nil {
		return err
	}
	item, question := waits.meant(req.Order)
	switch {
	case req.Order.HasItem && item == nil && !question:
		return s.noRequest(t, req, waits)
	case item != nil && !req.Order.Refund && (req.Order.HasItem || u.Open == 0 && !u.CanCancelReset(t.Now)):
		return s.declineAsk(t, req, waits.box, *item)
	case u.Open == 0, req.Order.HasItem:
		return s.nothingToStop(t, req, waits)
	}
	p, err := t.Payment(u.Open)
	if err != nil {
		return err
	}
	if req.Order.Refund && p.Plan.Product == payment.PaidBack {
		return s.replyNoReference(t, req) // the shop's next refund, and not the end of this one
	}
	err = s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Stopped, Reason: payment.CalledOff, At: t.Now})
	if errors.Is(err, payment.ErrLate) {
		t.AsOf(p)
		return s.Reply(t, req, lateText(p, lang.TooLate), notice.About(p))
	}
	return err
}

// replyNoReference answers a REFUND that names no payment.
func (s *Service) replyNoReference(t *tx.Tx, req *Request) error {
	return s.Reply(t, req, lang.NotUnderstood, lang.Args{Reason: string(order.BadReference), Meant: string(order.Refund)})
}

// lateText returns what tells a payer that p cannot be stopped any more: text, unless its
// payee, and no bank, has still to say something.
func lateText(p *payment.Payment, text lang.Key) lang.Key {
	switch p.State {
	case payment.Offered:
		return lang.AtShop
	case payment.Authorized:
		return lang.HeldFor
	}
	return text
}

// freshFor is how long after a payment a NO or an opt-out is taken to refer to
// it.
const freshFor = 10 * time.Minute

// fresh returns a func that reports whether a time is less than freshFor away from now.
func fresh(now time.Time) func(at time.Time) bool {
	return func(at time.Time) bool { return now.Sub(at).Abs() < freshFor }
}

// nothingToStop answers a NO that finds no open order: it may cancel the reset of a PIN,
// answer "again?", or come too late for a payment, which must then be named. The reset of a
// PIN comes first whatever waits: nobody can keep a subscriber from cancelling it by asking
// for money.
func (s words) nothingToStop(t *tx.Tx, req *Request, waits open) error {
	u := req.Sender
	_, question := waits.meant(req.Order)
	switch {
	case req.Order.Refund: // neither a PIN nor another's request has to do with it
		question = waits.question
	case u.CanCancelReset(t.Now) && !req.Order.HasItem:
		u.CancelReset()
		t.SaveUser(u)
		return s.Reply(t, req, lang.PINResetCanceled, lang.Args{})
	case waits.count() > 0 && !question:
		return s.replyOpen(t, req, lang.AskWaiting, waits)
	}
	if question {
		return s.noToQuestion(t, req)
	}
	today, justNow := s.cfg.Place.Day(t.Now), fresh(t.Now)
	late, err := s.tooLateFor(t, u, func(at time.Time) bool { return justNow(at) || s.cfg.Place.Day(at) == today })
	if err != nil {
		return err
	}
	switch {
	case late == nil && req.Order.Refund:
		return s.replyNoReference(t, req)
	case late == nil:
		late = &answer{text: lang.NothingOpen}
	}
	return s.Reply(t, req, late.text, late.args)
}

// noToQuestion answers a NO to the question that waits. If that is whether to refund once more, the
// word REFUND alone is neither a NO nor clear enough for a YES.
func (s words) noToQuestion(t *tx.Tx, req *Request) error {
	asked, text := req.Sender.Question, lang.NotAgain
	switch refunds := s.aboutRefund(asked); {
	case refunds && req.Order.Refund:
		return s.Reply(t, req, lang.ReplyYes, lang.Args{})
	case refunds:
		text = lang.NotRefunded
	case asked.Unpaid:
		text = lang.NotNow
	}
	req.Sender.Question = nil
	t.SaveUser(req.Sender)
	return s.Reply(t, req, text, lang.Args{})
}

// aboutRefund reports whether a question is about a refund.
func (s *Service) aboutRefund(asked *user.Question) bool {
	meant, refusal := s.cfg.Grammar.Parse(asked.Text)
	return refusal == nil && meant.Intent == order.Refund
}

// tooLateFor returns the answer that names a payment of person which can no longer
// be stopped: one that the bank has not decided, or a fresh one that is paid.
// It returns nil if there is none.
func (s words) tooLateFor(t *tx.Tx, person *user.User, fresh func(at time.Time) bool) (*answer, error) {
	if person.Latest != 0 {
		p, err := t.Payment(person.Latest)
		if err != nil {
			return nil, err
		}
		t.AsOf(p)
		switch {
		case p.State == payment.Doubt:
			return &answer{lang.Doubt, notice.About(p)}, nil
		case p.State != payment.Done:
			return &answer{lateText(p, lang.Checking), notice.About(p)}, nil
		case p.Reason == payment.Paid && fresh(p.Updated()):
			if has, err := payeeHas(t, p); err != nil || has {
				return &answer{lang.NothingOpenPaid, notice.About(p)}, err
			}
		}
	}
	for _, entry := range person.Last { // an order that came to nothing must not hide the payment before it
		if entry.Amount >= 0 || entry.Party == (lang.Party{}) || !fresh(entry.At) {
			continue
		}
		no, err := s.cfg.Books.Refs.Number(entry.Ref)
		if err != nil {
			return nil, err
		}
		p, err := t.Payment(no)
		if err != nil {
			return nil, err
		}
		if has, err := payeeHas(t, p); err != nil || has {
			return &answer{lang.NothingOpenPaid, lang.Args{Ref: entry.Ref, Amount: -entry.Amount,
				Currency: notice.Currency(entry.Currency), Party: entry.Party}}, err
		}
	}
	return nil, nil
}

// payeeHas reports whether the payee of p, which is paid, has the money. What was sent to a number
// that was not registered may still wait for its owner, or has come back.
func payeeHas(t *tx.Tx, p *payment.Payment) (bool, error) {
	if p.Plan.Claim == 0 {
		return true, nil
	}
	waits, err := claim.Of(t, p.No)
	return waits != nil && waits.State == payment.ClaimPaidOut, err
}
