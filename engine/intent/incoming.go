package intent

import (
	"slices"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// receivers holds the limits of what purses receive.
type receivers struct{ *Service }

// receiver returns the subscriber whose purse gets the money of an order, or nil.
func receiver(sides *product.Sides) *user.User {
	if sides.Own == lang.OwnPurse {
		return sides.Payer
	}
	return sides.Payee
}

// openPurse gives the purse that gets the money of an order the ceilings of the moment, in
// steps before that of the order.
func (s receivers) openPurse(t *tx.Tx, req *Request, sides *product.Sides) error {
	who := receiver(sides)
	if who == nil {
		return nil
	}
	limits := req.Rules.Products.Limits
	if err := s.cfg.Books.SetCeiling(t.Context(), who.Purse, limits.Ceiling(who.Tier)); err != nil {
		return err
	}
	for _, most := range limits.Incoming(who.Tier, s.cfg.Place.Day(t.Now)) {
		id, err := books.Counter(who.No, string(most.Kind), most.Since)
		if err == nil {
			err = s.cfg.Books.OpenCounter(t.Context(), id, most.Limit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// counted returns the legs of a plan with those that count what its receiver gets.
func (s receivers) counted(t *tx.Tx, req *Request, sides *product.Sides, plan payment.Plan, amounts payment.Amounts) ([]payment.Leg, error) {
	who, legs := receiver(sides), plan.Legs
	if who == nil || !slices.ContainsFunc(legs, func(leg payment.Leg) bool { return leg.To == who.Purse }) {
		return legs, nil // nobody receives it, or a bank account does
	}
	for _, most := range req.Rules.Products.Limits.Incoming(who.Tier, s.cfg.Place.Day(t.Now)) {
		leg, err := s.cfg.Books.Counting(t, who.No, string(most.Kind), most.Since, amounts.Received)
		if err != nil {
			return nil, err
		}
		leg.Held, leg.PostedAt = true, plan.Last()
		legs = append(legs, leg)
	}
	return legs, nil
}
