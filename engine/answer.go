package engine

import (
	"context"
	"errors"
	"time"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/tx"
	"mpg/store"
)

// answer reads the text and does what it orders; every way out is a commit that
// holds the intake, so that a copy of the text is known.
func (e *Engine) answer(ctx context.Context, in *inbound) error {
	switch in.Kind {
	case Long:
		return e.decline(ctx, in, lang.TooLong, lang.Args{})
	case Unreadable:
		e.stats.Unreadable.Add(1)
		return e.decline(ctx, in, lang.CannotRead, lang.Args{})
	case Plain, Unusable: // a plain text; readable has dropped the other
	}
	if in.pin {
		e.stats.PINTexts.Add(1)
		return e.decline(ctx, in, lang.PINWarning, lang.Args{})
	}
	o, refusal := e.cfg.Grammar.Parse(in.Body)
	if refusal != nil {
		e.stats.Unread.Add(1)
		return e.declineUnread(ctx, in, refusal)
	}
	e.stats.Orders.Add(1)
	return e.obey(ctx, in, o)
}

// obey does the order. A refusal for want of money is answered in a commit of
// its own, since nothing of the first is kept.
func (e *Engine) obey(ctx context.Context, in *inbound, o order.Order) error {
	try := func(answer func(w *work) error) error {
		return e.step(ctx, func(w *work) error {
			w.TakeIn(in.intake)
			var err error
			if in.sender, err = w.UserOf(in.phone); err != nil {
				return err
			}
			w.hear(in, o)
			return answer(w)
		})
	}
	err := try(func(w *work) error { return w.obey(in, o) })
	var r tx.Refused
	if !errors.As(err, &r) {
		return err
	}
	switch {
	case r.Refusal == store.RefusedFunds && in.sender != nil && r.Account == in.sender.Purse: // of any other account it would be untrue
		return try(func(w *work) error {
			return w.reply(in, o, lang.Funds, lang.Args{Short: r.Short, Currency: e.cfg.Currency})
		})
	case r.Refusal == store.RefusedRedelivery && acts(o.Intent):
		return e.orCopy(ctx, in, o, err)
	}
	return err
}

// obey is one try of the order. It names every intent.
func (w *work) obey(in *inbound, o order.Order) error {
	if o.Cancel && (in.sender == nil || in.sender.Open == 0 && !in.sender.Question.Waits(w.Now)) {
		o.Intent = order.Stop // CANCEL with nothing to cancel is an opt-out
	}
	switch o.Intent {
	case order.Help:
		return w.reply(in, o, lang.HelpText, lang.Args{})
	case order.Stop:
		return w.optOut(in, o)
	case order.Start:
		return w.optIn(in, o)
	}
	if in.sender == nil {
		return w.replyStranger(in, o)
	}
	switch o.Intent {
	case order.Pay, order.Send:
		return w.pay(in, o)
	case order.Yes:
		return w.yes(in, o)
	case order.No:
		return w.no(in, o)
	case order.Again:
		return w.again(in, o)
	case order.Balance:
		return w.balance(in, o)
	case order.Last:
		return w.last(in, o)
	case order.Lang:
		return w.language(in, o)
	case order.PIN:
		return w.choosePIN(in, o)
	}
	return errors.New("engine: an intent without an answer: " + string(o.Intent))
}

// replyStranger tells a number that is not registered how to become so, as
// seldom as unread texts are answered.
func (w *work) replyStranger(in *inbound, o order.Order) error {
	if !w.e.mayAnswer(in, w.Now) {
		w.refuseUnheard(in, o, lang.NotRegistered, "")
		return nil
	}
	return w.reply(in, o, lang.NotRegistered, lang.Args{})
}

// reply answers the sender in their language, or else in the language of the text. An
// answer that refuses the order is recorded as a refusal.
func (w *work) reply(in *inbound, o order.Order, text lang.Key, a lang.Args) error {
	w.refuse(in, o, text, a, a.Reason)
	return w.Notify(w.e.toSender(in, o.Written, text, a))
}

func (e *Engine) toSender(in *inbound, written lang.Lang, text lang.Key, a lang.Args) notice.Notice {
	return notice.Notice{Via: in.Via, From: in.To, To: in.phone, Lang: e.place.LangOf(in.sender, written), Text: text, Args: a}
}

// decline answers a text that is no order, a few times an hour and no more, and
// a long one once.
func (e *Engine) decline(ctx context.Context, in *inbound, text lang.Key, a lang.Args, written ...lang.Lang) error {
	now := e.cfg.Now()
	further := in.Kind == Long && in.Part == "" && !e.unread.beginsLong(in.phone, now)
	spoken := !further && e.mayAnswer(in, now)
	read := order.Order{Intent: order.Intent(a.Meant), To: a.Code, Amount: a.Amount, Currency: a.Currency, Source: order.Source(a.Source)}
	return e.step(ctx, func(w *work) error {
		w.TakeIn(in.intake)
		var err error
		if in.sender, err = w.UserOf(in.phone); err != nil {
			return err
		}
		if !spoken {
			if !further {
				w.refuseUnheard(in, read, text, a.Reason)
			}
			return nil
		}
		w.refuse(in, read, text, a, a.Reason)
		var own lang.Lang
		if len(written) > 0 {
			own = written[0]
		}
		return w.Notify(e.toSender(in, own, text, a))
	})
}

// declineUnread tells the sender why a text is no order. A sender who agrees in
// words other than YES while a question waits is told how to answer it instead.
func (e *Engine) declineUnread(ctx context.Context, in *inbound, refusal *order.Refusal) error {
	if refusal.Reason != order.Confirms {
		text, a := Misread(refusal)
		return e.decline(ctx, in, text, a, refusal.Written)
	}
	spoken := e.mayAnswer(in, e.cfg.Now())
	return e.step(ctx, func(w *work) error {
		w.TakeIn(in.intake)
		var err error
		if in.sender, err = w.UserOf(in.phone); err != nil {
			return err
		}
		if !spoken {
			w.refuseUnheard(in, order.Order{}, lang.NotUnderstood, string(order.Confirms))
			return nil
		}
		waits, err := w.waiting(in.sender)
		if err != nil {
			return err
		}
		w.refuse(in, order.Order{}, waits.text, waits.args, string(order.Confirms))
		return w.Notify(e.toSender(in, refusal.Written, waits.text, waits.args))
	})
}

// Misread returns the text for a refusal, but for one for order.Confirms. It repeats only what was read for
// certain and, where a whole order was typed, asks whether that was meant.
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

// mayAnswer counts the answers to texts that are no orders: at most
// UnreadPerHour for each sender, so that two machines do not talk for ever.
func (e *Engine) mayAnswer(in *inbound, now time.Time) bool {
	if e.unread.allow(in.phone, now, in.rules.UnreadPerHour) {
		return true
	}
	e.stats.Unanswered.Add(1)
	return false
}
