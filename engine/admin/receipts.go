package admin

import (
	"errors"
	"fmt"

	"mpg/engine/books"
	"mpg/engine/limit"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// ErrPurseFull says that the limits of what a purse may receive or hold refuse a top-up.
var ErrPurseFull = errors.New("is more than this purse may receive or hold")

// receipts counts cash in what subscribers receive, as payments from others are.
type receipts struct{ *Service }

// counted returns the legs that count amount, which owner receives now. The counters, like the
// ceiling of the purse, are given today's limits in steps before this one. The error is
// ErrPurseFull if a limit refuses amount. The store applies the limits to whatever comes in
// between, too.
func (r receipts) counted(t *tx.Tx, owner *user.User, amount money.Amount) ([]payment.Leg, error) {
	limits := r.cfg.Rules().Payments.Limits
	ceiling := limits.Ceiling(owner.Tier)
	if err := r.cfg.Books.SetCeiling(t.Context(), owner.Purse, ceiling); err != nil {
		return nil, err
	}
	if ceiling > 0 {
		if err := r.fits(t, owner.Purse, amount, limit.Incoming{Row: limits.CeilingRow(owner.Tier), Kind: limit.Balance, Limit: ceiling}); err != nil {
			return nil, err
		}
	}
	var legs []payment.Leg
	for _, most := range limits.Incoming(owner.Tier, r.cfg.Place.Day(t.Now)) {
		leg, err := r.cfg.Books.Counting(t, owner.No, string(most.Kind), most.Since, amount)
		if err == nil {
			err = r.cfg.Books.OpenCounter(t.Context(), leg.To, most.Limit)
		}
		if err == nil {
			err = r.fits(t, leg.To, amount, most)
		}
		if err != nil {
			return nil, err
		}
		legs = append(legs, leg)
	}
	return legs, nil
}

// fits returns ErrPurseFull if an account may not take amount.
func (r receipts) fits(t *tx.Tx, id store.AccountID, amount money.Amount, most limit.Incoming) error {
	account, _, err := r.cfg.Store.Account(t.Context(), id)
	if left := most.Limit - account.Reach(); err == nil && amount > left {
		format := r.cfg.Place.Currency.Format
		err = fmt.Errorf("%s %w: %s is left of %s, %s of [%s]", format(amount), ErrPurseFull, format(max(0, left)), format(most.Limit), most.Kind, most.Row.ID)
	}
	return err
}

// countedBack returns the legs that take amount, a part of what first paid, out of what its payee
// counts as having received.
func countedBack(first *payment.Payment, amount money.Amount) []payment.Leg {
	var legs []payment.Leg
	for _, leg := range first.Plan.Legs {
		if books.IsCounter(leg.To) {
			leg.From, leg.To, leg.Amount = leg.To, leg.From, amount
			legs = append(legs, leg)
		}
	}
	return legs
}
