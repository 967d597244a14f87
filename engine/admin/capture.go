package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store/money"
)

// Refusals of a capture or a release.
var (
	ErrNotSetAside = errors.New("has no authorised amount")
	ErrOverCapture = errors.New("is more than was authorised")
	ErrCaptureFee  = errors.New("does not cover the fee that the shop pays on it")
	ErrCaptureLate = errors.New("has expired: its authorised amount was released")
)

// Capture takes amount of what is held for a payment, and the fees on it; the rest is
// released. It is done once: a payment is captured or released, or expires, and whichever is
// committed first counts.
//
// The error is one of those above, ErrNoPayment, or an error of the key or the store.
func (s *Service) Capture(ctx context.Context, by Command, ref string, amount money.Amount) (json.RawMessage, error) {
	return setAsides{s}.end(ctx, by, "capture", ref, amount, func(_ *tx.Tx, p *payment.Payment) (payment.Event, error) {
		amounts, err := p.CaptureOf(amount)
		return payment.Event{Kind: payment.Capture, Amounts: amounts}, err
	})
}

// Release gives back all that is held for a payment. Its errors are those of Capture.
func (s *Service) Release(ctx context.Context, by Command, ref string) (json.RawMessage, error) {
	return setAsides{s}.end(ctx, by, "release", ref, 0, func(*tx.Tx, *payment.Payment) (payment.Event, error) {
		return payment.Event{Kind: payment.Release, Reason: payment.NotCaptured}, nil
	})
}

// setAsides are the commands about held amounts.
type setAsides struct{ *Service }

// end applies an event to a payment whose money is held, once. Errors of event
// that are not of the payment are for the operator.
func (s setAsides) end(ctx context.Context, by Command, verb, ref string, amount money.Amount, event func(t *tx.Tx, p *payment.Payment) (payment.Event, error)) (json.RawMessage, error) {
	no, err := s.paymentNumber(ref)
	if err != nil {
		return nil, err
	}
	action := &Action{Name: "payment " + verb, Object: s.cfg.Books.Refs.Ref(no), Amount: amount}
	return s.Once(ctx, by, action, fmt.Sprintf("%s %d %d", verb, no, amount), func(t *tx.Tx) (any, error) {
		p, err := paymentOf(t, no)
		if err != nil {
			return nil, err
		}
		if p.State != payment.Authorized {
			return nil, fmt.Errorf("%s %w: it is %s", p.Ref, ErrNotSetAside, resultOf(p))
		}
		ev, err := event(t, p)
		if err == nil {
			ev.At = t.Now
			err = s.cfg.Process.Advance(t, p, ev)
		}
		switch {
		case errors.Is(err, payment.ErrCapture):
			return nil, fmt.Errorf("%s of %s %w", s.cfg.Place.Currency.Format(amount), p.Ref, ErrOverCapture)
		case errors.Is(err, payment.ErrCaptureFee):
			return nil, fmt.Errorf("%s of %s %w", s.cfg.Place.Currency.Format(amount), p.Ref, ErrCaptureFee)
		case errors.Is(err, payment.ErrIncreasing):
			return nil, fmt.Errorf("%s %w", p.Ref, ErrIncreasing)
		case errors.Is(err, payment.ErrLate):
			return nil, fmt.Errorf("%s %w", p.Ref, ErrCaptureLate)
		case err != nil:
			return nil, err
		}
		return s.viewPayment(p), nil
	})
}

// resultOf returns in a few words how a payment has ended, and why it was not paid, or else its
// state.
func resultOf(p *payment.Payment) string {
	switch ended := outcome(p); {
	case p.State != payment.Done:
		return string(p.State)
	case p.Reason == payment.NotCaptured:
		return string(p.Reason)
	case p.Reason != payment.Paid && p.Reason != "":
		return ended + ": " + string(p.Reason)
	default:
		return ended
	}
}
