package intent

import (
	"encoding/hex"
	"errors"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// optOut records that the sender, registered or not, wants no offers. A sender
// who texts STOP while an order is open wants that stopped as well.
func (s words) optOut(t *tx.Tx, req *Request) error {
	if err := consent(t, req, false); err != nil {
		return err
	}
	u := req.Sender
	if u == nil {
		return s.Reply(t, req, lang.OffersOff, lang.Args{})
	}
	if u.Question != nil {
		u.Question = nil
		t.SaveUser(u)
	}
	if u.Open == 0 {
		return s.optedOut(t, req)
	}
	p, err := t.Payment(u.Open)
	if err != nil {
		return err
	}
	err = s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Stopped, Reason: payment.OptedOut, At: t.Now})
	if errors.Is(err, payment.ErrLate) {
		t.AsOf(p)
		text := lang.OffersOffTooLate
		if lateText(p, text) != text {
			text = lang.OffersOffHeld
		}
		return s.Reply(t, req, text, notice.About(p))
	}
	return err
}

// optIn records that the sender, registered or not, wants offers again.
func (s words) optIn(t *tx.Tx, req *Request) error {
	if err := consent(t, req, true); err != nil {
		return err
	}
	return s.Reply(t, req, lang.OffersOn, lang.Args{})
}

// optedOut answers an opt-out that stops no order. STOP and CANCEL may be meant
// for a payment, so one that was made just now, or is still at the bank, is
// named.
func (s words) optedOut(t *tx.Tx, req *Request) error {
	late, err := s.tooLateFor(t, req.Sender, fresh(t.Now))
	switch {
	case err != nil:
		return err
	case late == nil:
		return s.Reply(t, req, lang.OffersOff, lang.Args{})
	case late.text == lang.NothingOpenPaid:
		return s.Reply(t, req, lang.OffersOffPaid, late.args)
	case late.text == lang.AtShop, late.text == lang.HeldFor:
		return s.Reply(t, req, lang.OffersOffHeld, late.args)
	}
	return s.Reply(t, req, lang.OffersOffTooLate, late.args)
}

// consent records what the sender said about offers, with the digest of the
// text that says it.
func consent(t *tx.Tx, req *Request, on bool) error {
	key := user.ConsentKey(req.Phone, user.Offers)
	c, err := tx.Read[user.Consent](t, user.ConsentTable, key)
	if err != nil {
		return err
	}
	if c == nil {
		c = &user.Consent{Phone: req.Phone, Purpose: user.Offers}
	}
	c.On, c.Text, c.At, c.Source = on, user.ConsentText, t.Now.UTC(), hex.EncodeToString(req.Digest[:])
	tx.Save(t, user.ConsentTable, key, c)
	return nil
}
