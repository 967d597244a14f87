package engine

import (
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
)

// yes answers the last "again?" question, for its five minutes.
func (w *work) yes(in *inbound, o order.Order) error {
	q := in.sender.Question
	if !q.Waits(w.now) {
		return w.reply(in, o, lang.NothingOpen, lang.Args{})
	}
	meant, refusal := w.e.cfg.Grammar.Parse(q.Text)
	if refusal != nil { // the operator's grammar changed in between
		return w.reply(in, o, lang.NothingOpen, lang.Args{})
	}
	in.sure = true
	return w.pay(in, meant)
}

// no stops the open order while it waits or its call is on. Whichever of it and
// the right PIN is committed first wins, and the later is told.
func (w *work) no(in *inbound, o order.Order) error {
	u := in.sender
	if u.Open == 0 {
		if u.Question != nil {
			u.Question = nil
			w.saveUser(u)
		}
		return w.reply(in, o, lang.NothingOpen, lang.Args{})
	}
	p, err := w.payment(u.Open)
	if err != nil {
		return err
	}
	err = w.advance(p, payment.Event{Kind: payment.Stopped, Reason: payment.CalledOff, At: w.now})
	if err == payment.ErrLate {
		return w.reply(in, o, lang.TooLate, w.about(p))
	}
	return err
}

// again calls once more for the order that waits.
func (w *work) again(in *inbound, o order.Order) error {
	u := in.sender
	if u.Open == 0 {
		return w.reply(in, o, lang.NothingOpen, lang.Args{})
	}
	p, err := w.payment(u.Open)
	if err != nil {
		return err
	}
	if p.State != payment.Waiting {
		no, err := w.openOrder(u, w.e.langOf(u, o.Written))
		if err != nil {
			return err
		}
		return w.reply(in, o, no.text, no.args)
	}
	if p.Calls >= in.rules.CallsPerOrder {
		return w.reply(in, o, lang.CallsSpent, lang.Args{Minutes: minutes(p.Deadline.Sub(w.now))})
	}
	if no := w.callable(in, o); no != nil {
		return w.reply(in, o, no.text, no.args)
	}
	return w.advance(p, payment.Event{Kind: payment.Again, At: w.now})
}

// about are the arguments of a text that names p.
func (w *work) about(p *payment.Payment) lang.Args {
	a := lang.Args{Ref: p.Ref, Amount: p.Charged, Currency: notice.Currency(p.Currency)}
	if p.Payee.Code != "" {
		a.Party, a.Code = p.Payee.Called(p.Lang), p.Payee.Code
	} else {
		a.Number = p.Payee.Phone
	}
	return a
}

// balance tells the purse; the store stamps the figure in the commit.
func (w *work) balance(in *inbound, o order.Order) error {
	n := w.e.toSender(in, o.Written, lang.BalanceNow, lang.Args{At: w.now.In(w.e.cfg.Zone), Currency: w.e.cfg.Currency})
	n.Purse = in.sender.Purse
	return w.tell(n)
}

// last tells the last payments, as many as one text holds.
func (w *work) last(in *inbound, o order.Order) error {
	u := in.sender
	if len(u.Last) == 0 {
		return w.reply(in, o, lang.LastNone, lang.Args{})
	}
	l := w.e.langOf(u, o.Written)
	n := len(u.Last)
	if o.Count > 0 {
		n = min(n, o.Count)
	}
	items := make([]lang.Item, 0, n)
	for _, entry := range u.Last[:n] {
		item := lang.Item{Ref: entry.Ref, At: entry.At.In(w.e.cfg.Zone), Amount: entry.Amount, Party: entry.Party, Number: entry.Number}
		if l == lang.ZH && entry.PartyZH != "" {
			item.Party = entry.PartyZH
		}
		items = append(items, item)
	}
	return w.reply(in, o, lang.LastItems, lang.Args{Items: items, Currency: w.e.cfg.Currency})
}

func (w *work) language(in *inbound, o order.Order) error {
	in.sender.Lang = o.Language
	w.saveUser(in.sender)
	return w.reply(in, o, lang.LanguageSet, lang.Args{})
}
