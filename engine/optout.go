package engine

import (
	"encoding/hex"
	"errors"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// optOut records that the sender, registered or not, wants no offers. A sender
// who texts STOP while an order is open wants that stopped as well.
func (w *work) optOut(in *inbound, o order.Order) error {
	if err := w.consent(in, false); err != nil {
		return err
	}
	u := in.sender
	if u == nil {
		return w.reply(in, o, lang.OffersOff, lang.Args{})
	}
	if u.Question != nil {
		u.Question = nil
		w.SaveUser(u)
	}
	if u.Open == 0 {
		return w.optedOut(in, o)
	}
	p, err := w.Payment(u.Open)
	if err != nil {
		return err
	}
	err = w.e.process.Advance(w.Tx, p, payment.Event{Kind: payment.Stopped, Reason: payment.OptedOut, At: w.Now})
	if errors.Is(err, payment.ErrLate) {
		w.AsOf(p)
		return w.reply(in, o, lang.OffersOffTooLate, notice.About(p))
	}
	return err
}

// optIn records that the sender, registered or not, wants offers again.
func (w *work) optIn(in *inbound, o order.Order) error {
	if err := w.consent(in, true); err != nil {
		return err
	}
	return w.reply(in, o, lang.OffersOn, lang.Args{})
}

// optedOut answers an opt-out that stops no order. STOP and CANCEL may be meant
// for a payment, so one that was made just now, or is still at the bank, is
// named.
func (w *work) optedOut(in *inbound, o order.Order) error {
	late, err := w.tooLateFor(in.sender, w.fresh)
	switch {
	case err != nil:
		return err
	case late == nil:
		return w.reply(in, o, lang.OffersOff, lang.Args{})
	case late.text == lang.NothingOpenPaid:
		return w.reply(in, o, lang.OffersOffPaid, late.args)
	}
	return w.reply(in, o, lang.OffersOffTooLate, late.args)
}

// consent records what the sender said about offers, with the digest of the
// text that says it.
func (w *work) consent(in *inbound, on bool) error {
	key := user.ConsentKey(in.phone, user.Offers)
	c, err := tx.Read[user.Consent](w.Tx, user.ConsentTable, key)
	if err != nil {
		return err
	}
	if c == nil {
		c = &user.Consent{Phone: in.phone, Purpose: user.Offers}
	}
	c.On, c.Text, c.At, c.Source = on, user.ConsentText, w.Now.UTC(), hex.EncodeToString(in.body[:])
	tx.Save(w.Tx, user.ConsentTable, key, c)
	return nil
}
