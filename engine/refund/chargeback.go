package refund

import (
	"errors"
	"fmt"

	"mpg/engine/books"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Refusals of a chargeback.
var (
	ErrNoCardPaid  = errors.New("was not paid with a card, so no issuer can charge it back")
	ErrNotPaid     = errors.New("has not been paid, so there is nothing to charge back")
	ErrOverCharged = errors.New("exceeds what is left of the payment")
)

// ChargeBack records in this step that a card issuer has taken back an amount of order.Of; 0
// is all that is left of it. The shop pays it: from its account, then from what is held back
// of its money, and owes the rest, since the issuer has the money already. Together with what
// was refunded it never exceeds what was captured, or what the card paid of it.
func (d *Desk) ChargeBack(t *tx.Tx, order Order) (*payment.Payment, error) {
	first := order.Of
	left, back, err := d.LeftToCharge(t, first)
	if err != nil {
		return nil, err
	}
	amount, err := d.within(left, order, ErrOverCharged)
	if err != nil {
		return nil, err
	}
	shop, err := shopOf(t, first, true)
	if err != nil {
		return nil, err
	}
	from, err := d.owing(t, shop, amount)
	if err != nil {
		return nil, err
	}
	name := books.CardPrefix + first.Plan.Bank()
	issuer, err := d.cfg.Books.Account(t, name, store.Asset, "")
	if err != nil {
		return nil, err
	}
	return d.begin(t, order, amount, back, payment.Payment{Plan: product.PlanChargeback(from, issuer), Payer: partyOf(shop), Payee: payment.Party{Account: name}})
}

// LeftToCharge returns how much of first its card issuer may still charge back, and what has
// been given back of it. The error is ErrNotPaid, ErrNoCardPaid or ErrRefunded if that
// is nothing.
func (d *Desk) LeftToCharge(t *tx.Tx, first *payment.Payment) (money.Amount, *payment.Refunds, error) {
	switch {
	case first.Plan.Product != payment.MCredit:
		return 0, nil, fmt.Errorf("%s %w", first.Ref, ErrNoCardPaid)
	case !product.Refundable(first):
		return 0, nil, fmt.Errorf("%s %w", first.Ref, ErrNotPaid)
	}
	back, err := Of(t, first.No)
	if err != nil {
		return 0, nil, err
	}
	left := min(first.Charged-back.Sum, cardLeft(first, back))
	if left <= 0 {
		return 0, nil, fmt.Errorf("%s %w", first.Ref, ErrRefunded)
	}
	return left, back, nil
}

// owing returns the accounts that a chargeback, or a refund that a shop may owe, draws on. A
// shop that is closed owes all of it.
func (d *Desk) owing(t *tx.Tx, shop *merchant.Merchant, amount money.Amount) ([]product.Share, error) {
	if !shop.IsClosed() {
		return d.sources(t, shop, amount, true)
	}
	owed, err := d.cfg.Books.Account(t, books.ReceivablePrefix+shop.Code, store.Asset, "")
	return []product.Share{{Account: owed, Amount: amount}}, err
}
