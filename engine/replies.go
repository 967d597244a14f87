package engine

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/user"
)

// yes answers the last "again?" question, for its five minutes.
func (w *work) yes(in *inbound, o order.Order) error {
	u := in.sender
	if !u.Question.Waits(w.Now) {
		waits, err := w.waiting(u)
		if err != nil {
			return err
		}
		return w.reply(in, o, waits.text, waits.args)
	}
	meant, refusal := w.e.cfg.Grammar.Parse(u.Question.Text)
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
		return w.nothingToStop(in, o)
	}
	p, err := w.Payment(u.Open)
	if err != nil {
		return err
	}
	err = w.e.process.Advance(w.Tx, p, payment.Event{Kind: payment.Stopped, Reason: payment.CalledOff, At: w.Now})
	if err == payment.ErrLate {
		w.AsOf(p)
		return w.reply(in, o, lang.TooLate, notice.About(p))
	}
	return err
}

// waiting tells the sender what waits for their word: a question, an order, or
// nothing.
func (w *work) waiting(u *user.User) (*answerWith, error) {
	switch {
	case u == nil:
		return &answerWith{text: lang.NotUnderstood}, nil
	case u.Question.Waits(w.Now):
		return &answerWith{text: lang.ReplyYes}, nil
	case u.Open != 0:
		return w.openOrder(u)
	}
	return &answerWith{text: lang.NothingOpen}, nil
}

// freshFor is how long after a payment a NO or an opt-out is taken to refer to
// it.
const freshFor = 10 * time.Minute

// nothingToStop answers a NO that finds no open order: it may answer "again?",
// or come too late for a payment, which must then be named.
func (w *work) nothingToStop(in *inbound, o order.Order) error {
	u := in.sender
	if u.Question.Waits(w.Now) {
		text := lang.NotAgain
		if u.Question.Unpaid {
			text = lang.NotNow
		}
		u.Question = nil
		w.SaveUser(u)
		return w.reply(in, o, text, lang.Args{})
	}
	today := w.e.place.Day(w.Now)
	late, err := w.tooLateFor(u, func(at time.Time) bool {
		return w.fresh(at) || at.In(w.e.cfg.Zone).Format(user.DateForm) == today
	})
	if err != nil {
		return err
	}
	if late == nil {
		late = &answerWith{text: lang.NothingOpen}
	}
	return w.reply(in, o, late.text, late.args)
}

// fresh reports whether at is less than freshFor away.
func (w *work) fresh(at time.Time) bool { return w.Now.Sub(at).Abs() < freshFor }

// tooLateFor returns the answer that names a payment of u which can no longer
// be stopped: one that the bank has not decided, or a fresh one that is paid.
// It returns nil if there is none.
func (w *work) tooLateFor(u *user.User, fresh func(at time.Time) bool) (*answerWith, error) {
	if u.Latest != 0 {
		p, err := w.Payment(u.Latest)
		if err != nil {
			return nil, err
		}
		w.AsOf(p)
		switch {
		case p.State == payment.Doubt:
			return &answerWith{lang.Doubt, notice.About(p)}, nil
		case p.State != payment.Done:
			return &answerWith{lang.Checking, notice.About(p)}, nil
		case p.Reason == payment.Paid && fresh(p.Updated()):
			return &answerWith{lang.NothingOpenPaid, notice.About(p)}, nil
		}
	}
	for _, entry := range u.Last { // an order that came to nothing does not hide the payment before it
		if entry.Amount < 0 && entry.Party != (lang.Party{}) && fresh(entry.At) {
			return &answerWith{lang.NothingOpenPaid, lang.Args{Ref: entry.Ref, Amount: -entry.Amount,
				Currency: notice.Currency(entry.Currency), Party: entry.Party}}, nil
		}
	}
	return nil, nil
}

// again calls once more for the order that waits.
func (w *work) again(in *inbound, o order.Order) error {
	u := in.sender
	if u.Open == 0 {
		return w.reply(in, o, lang.NothingOpen, lang.Args{})
	}
	p, err := w.Payment(u.Open)
	if err != nil {
		return err
	}
	if p.State != payment.Waiting {
		no, err := w.openOrder(u)
		if err != nil {
			return err
		}
		return w.reply(in, o, no.text, no.args)
	}
	if !w.bankUp(p.Plan) {
		return w.reply(in, o, lang.BankClosed, lang.Args{})
	}
	if p.Calls >= in.rules.CallsPerOrder {
		return w.reply(in, o, lang.CallsSpent, lang.Args{Minutes: minutes(p.Deadline.Sub(w.Now))})
	}
	if no := w.callable(in, o); no != nil {
		return w.reply(in, o, no.text, no.args)
	}
	return w.e.process.Advance(w.Tx, p, payment.Event{Kind: payment.Again, At: w.Now})
}

// balance tells the purse; the store stamps the figure in the commit.
func (w *work) balance(in *inbound, o order.Order) error {
	n := w.e.toSender(in, o.Written, lang.BalanceNow, lang.Args{At: w.e.place.Time(w.Now), Currency: w.e.cfg.Currency})
	n.Purse = in.sender.Purse
	return w.Notify(n)
}

// last tells the last payments, as many as one text holds.
func (w *work) last(in *inbound, o order.Order) error {
	u := in.sender
	if len(u.Last) == 0 {
		return w.reply(in, o, lang.LastNone, lang.Args{})
	}
	n := len(u.Last)
	if o.Count > 0 {
		n = min(n, o.Count)
	}
	items := make([]lang.Item, 0, n)
	for _, entry := range u.Last[:n] {
		items = append(items, lang.Item{Ref: entry.Ref, At: entry.At.In(w.e.cfg.Zone), Amount: entry.Amount, Party: entry.Party})
	}
	return w.reply(in, o, lang.LastItems, lang.Args{Items: items, Currency: w.e.cfg.Currency})
}

func (w *work) language(in *inbound, o order.Order) error {
	in.sender.Lang = o.Language
	w.SaveUser(in.sender)
	return w.reply(in, o, lang.LanguageSet, lang.Args{})
}
