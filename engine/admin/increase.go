package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store/money"
)

// Refusals of an increase. ErrIncreasing refuses a capture, too.
var (
	ErrIncreasing   = errors.New("is being increased, and its bank has not answered yet")
	ErrNoIncrease   = errors.New("cannot be increased: a bank or a card issuer must have authorised all that was ordered, and at most ten increases are possible")
	ErrOverIncrease = errors.New("is more than it may be increased by")
	ErrPayerLimit   = errors.New("exceeds a limit of its payer")
	ErrPayerBarred  = errors.New("cannot be increased: its payer is blocked")
	ErrPayeeClosed  = errors.New("cannot be increased: the shop is closed")
)

// Increase asks the bank that holds an amount for a payment to hold amount more,
// with the fees on it, by a request of its own. It returns once that is stored; what the bank
// says shows in the payment, and both sides are told by text. The payer, who is not called, has
// confirmed less than that: all increases together are bounded by Verticals.Increase and by the
// payer's limits, those of a day as of the day of the order.
//
// The error is one of those above, ErrNotSetAside, ErrCaptureLate, ErrNoPayment, or an error of
// the key or the store.
func (s *Service) Increase(ctx context.Context, by Command, ref string, amount money.Amount) (json.RawMessage, error) {
	return setAsides{s}.end(ctx, by, "increase", ref, amount, func(t *tx.Tx, p *payment.Payment) (payment.Event, error) {
		more, err := p.IncreaseOf(amount)
		switch {
		case errors.Is(err, payment.ErrIncrease):
			return payment.Event{}, fmt.Errorf("%s %w", p.Ref, ErrNoIncrease)
		case err != nil:
			return payment.Event{}, err
		}
		return payment.Event{Kind: payment.RaiseAmount, More: more}, setAsides{s}.mayIncrease(t, p, &more)
	})
}

// mayIncrease returns why a payment may not be increased.
func (s setAsides) mayIncrease(t *tx.Tx, p *payment.Payment, more *payment.Increase) error {
	rules, before := s.cfg.Rules().Payments, money.Amount(0)
	for i := range p.Increases {
		if p.Increases[i].State == payment.IncreaseApproved {
			before += p.Increases[i].Ordered
		}
	}
	const percent = 100
	if most := (p.Ordered-before).Part(money.Amount(rules.Verticals.Increase), percent) - before; more.Ordered > most {
		return fmt.Errorf("%s %w: %s may be increased by %s", s.cfg.Place.Currency.Format(more.Ordered), ErrOverIncrease, p.Ref, s.cfg.Place.Currency.Format(max(0, most)))
	}
	sides := product.Sides{Date: p.Date}
	var err error
	if sides.Payer, err = t.User(p.Payer.User); err != nil {
		return err
	}
	if !sides.Payer.MayPay() {
		return fmt.Errorf("%s %w", p.Ref, ErrPayerBarred)
	}
	if sides.Shop, err = t.Merchant(p.Payee.Code); err != nil {
		return err
	}
	if sides.Shop == nil || sides.Shop.IsClosed() {
		return fmt.Errorf("%s %w", p.Ref, ErrPayeeClosed)
	}
	if sides.Used, err = tx.Read[limit.Usage](t, limit.Table, payment.Key(p.Payer.User)); err != nil {
		return err
	}
	return s.payerLimits(p, more, sides, rules)
}

// payerLimits compares the whole payment with the limits of one, and what is added with those
// of a period: it is no further payment, and may be as small as it likes.
func (s setAsides) payerLimits(p *payment.Payment, more *payment.Increase, sides product.Sides, rules product.Settings) error {
	whole := product.OverLimit(p.Plan.Product, p.Charged+more.Charged, sides, rules)
	if whole != nil && whole.Text != lang.OverPayment {
		whole = nil
	}
	added := product.OverLimit(p.Plan.Product, more.Charged, sides, rules)
	if added != nil && (added.Text == lang.UnderPayment || added.Text == lang.OverPayment || added.Count > 0) {
		added = nil
	}
	if whole == nil && added == nil {
		return nil
	}
	return fmt.Errorf("%s more for %s %w", s.cfg.Place.Currency.Format(more.Ordered), p.Ref, ErrPayerLimit)
}
