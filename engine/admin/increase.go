package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
// payer's limits, which each uses up from this step on unless the bank does not approve it. It
// counts on the day of the order, or on that of a later order of the payer.
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
		if err := (setAsides{s}).mayIncrease(t, p, &more); err != nil {
			return payment.Event{}, err
		}
		return payment.Event{Kind: payment.RaiseAmount, More: more}, nil
	})
}

// mayIncrease returns why a payment may not be increased, or sets the day on which that counts.
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
	if !product.IncreaseFits(p.Plan.Product, p.Charged+more.Charged, more.Charged, sides, rules) {
		return fmt.Errorf("%s more for %s %w", s.cfg.Place.Currency.Format(more.Ordered), p.Ref, ErrPayerLimit)
	}
	more.Date = sides.Payer.Today(p.Date).Date // on which it has been compared
	return nil
}
