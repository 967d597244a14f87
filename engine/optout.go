package engine

import (
	"encoding/hex"
	"errors"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/user"
)

// optOut keeps that the sender wants no offers, registered or not. Whoever texts
// STOP with an order open wants that stopped as well.
func (w *work) optOut(in *inbound, o order.Order) error {
	if err := w.consent(in, false); err != nil {
		return err
	}
	u := in.sender
	if u == nil || u.Open == 0 {
		return w.offersOff(in, o)
	}
	if u.Question != nil {
		u.Question = nil
		w.saveUser(u)
	}
	p, err := w.payment(u.Open)
	if err != nil {
		return err
	}
	err = w.advance(p, payment.Event{Kind: payment.Stopped, Reason: payment.OptedOut, At: w.now})
	if errors.Is(err, payment.ErrLate) {
		return w.reply(in, o, lang.OffersOffTooLate, notice.About(p))
	}
	return err
}

// consent keeps what the sender said of offers, with the digest of the text
// that says it.
func (w *work) consent(in *inbound, on bool) error {
	key := user.ConsentKey(in.phone, user.Offers)
	c, err := read[user.Consent](w, user.ConsentTable, key)
	if err != nil {
		return err
	}
	if c == nil {
		c = &user.Consent{Phone: in.phone, Purpose: user.Offers}
	}
	c.On, c.Text, c.At, c.Source = on, user.ConsentText, w.now.UTC(), hex.EncodeToString(in.body[:])
	save(w, user.ConsentTable, key, c)
	return nil
}
