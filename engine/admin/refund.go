package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"mpg/engine/books"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Refusals of a refund.
var (
	ErrNotRefundable = errors.New("cannot be refunded: a refund pays back what a shop was paid")
	ErrRefunded      = errors.New("has already been refunded")
	ErrOverRefund    = errors.New("exceeds what is left to refund")
	ErrShopShort     = errors.New("the shop's account does not hold enough")
	ErrBankDown      = errors.New("cannot be reached right now")
)

// Refund says what to pay back of which payment.
type Refund struct {
	Ref    string       // of the payment
	Amount money.Amount // 0: all that is left
	Reason string       // kept with the refund
}

// Refund has the shop that was paid pay its customer back, by a payment of its own: into
// the purse or, if a bank had paid, into the bank account. What that bank does not accept
// goes into the purse. The refunds of a payment together never exceed what the shop
// received; fees are not refunded.
//
// The error is one of those above, ErrReason, ErrNoPayment, or an error of the key or the
// store.
func (s *Service) Refund(ctx context.Context, by Command, r Refund) (json.RawMessage, error) {
	reason, err := checkReason(r.Reason)
	if err != nil {
		return nil, err
	}
	r.Reason = reason
	no, err := s.paymentNumber(r.Ref)
	if err != nil {
		return nil, err
	}
	a := &Action{Name: "payment refund", Object: s.cfg.Books.Refs.Ref(no), Reason: r.Reason}
	result, err := s.Once(ctx, by, a, fmt.Sprintf("refund %d %d %q", no, r.Amount, r.Reason), func(t *tx.Tx) (any, error) {
		first, err := paymentOf(t, no)
		if err != nil {
			return nil, err
		}
		p, err := s.refund(t, first, r, by.actor())
		if err != nil {
			return nil, err
		}
		a.Amount = p.Charged
		return s.viewPayment(p), nil
	})
	if tx.RefusalOf(err) == store.RefusedFunds {
		err = errors.Join(ErrShopShort, err)
	}
	return result, err
}

// refund makes one attempt to refund first.
func (s *Service) refund(t *tx.Tx, first *payment.Payment, r Refund, by *payment.Actor) (*payment.Payment, error) {
	if !product.Refundable(first) {
		return nil, fmt.Errorf("%s %w", first.Ref, ErrNotRefundable)
	}
	back, err := s.returned(t, first)
	if err != nil {
		return nil, err
	}
	left := first.Received - back.Sum
	if left <= 0 {
		return nil, fmt.Errorf("%s %w", first.Ref, ErrRefunded)
	}
	if r.Amount == 0 {
		r.Amount = left
	}
	if r.Amount > left {
		return nil, fmt.Errorf("%s %w: %s of %s", s.cfg.Place.Currency.Format(r.Amount), ErrOverRefund, s.cfg.Place.Currency.Format(left), first.Ref)
	}
	plan, err := s.planRefund(t, first, r.Amount)
	if err != nil {
		return nil, err
	}
	number := s.cfg.Books.Payments.Add(1)
	p := &payment.Payment{No: number, Ref: s.cfg.Books.Refs.Ref(number), Plan: plan, Payer: first.Payee, Payee: first.Payer,
		Amounts: payment.Amounts{Ordered: r.Amount, Charged: r.Amount, Received: r.Amount, Currency: first.Currency},
		Route:   payment.Route{Lang: s.cfg.Place.Language, Via: s.cfg.Bind, Code: s.cfg.ShortCode},
		Origin:  payment.Origin{Of: first.No, Why: r.Reason, By: by},
		Date:    s.cfg.Place.Day(t.Now), Deadline: t.Now}
	back.Sum += r.Amount
	back.By = append(back.By, p.No)
	tx.Save(t, payment.RefundsTable, payment.Key(first.No), back)
	return p, s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
}

// planRefund returns the plan of a refund of amount of first.
func (s *Service) planRefund(t *tx.Tx, first *payment.Payment, amount money.Amount) (payment.Plan, error) {
	shop, err := t.Merchant(first.Payee.Code)
	if err == nil && shop == nil {
		err = ErrNoMerchant
	}
	if err != nil {
		return payment.Plan{}, err
	}
	if shop.IsClosed() {
		return payment.Plan{}, ErrShopClosed
	}
	customer, err := t.User(first.Payer.User)
	if err != nil {
		return payment.Plan{}, err
	}
	r := product.Refund{Of: first, Shop: shop.Account, Payer: customer, Amount: amount}
	bank := product.PaidByBank(first)
	if bank == "" || !slices.Contains(s.cfg.Banks, bank) {
		return product.PlanRefund(r), nil
	}
	if !s.cfg.Acquirer.Up(bank) {
		return payment.Plan{}, fmt.Errorf("bank %s %w", bank, ErrBankDown)
	}
	if r.Bank, err = s.cfg.Books.Account(t, books.BankPrefix+bank, store.Asset, ""); err != nil {
		return payment.Plan{}, err
	}
	r.Transit, err = s.cfg.Books.Account(t, books.TransitPrefix+bank, store.Liability, "")
	return product.PlanRefund(r), err
}

// returned returns what later payments have refunded of first.
func (s *Service) returned(t *tx.Tx, first *payment.Payment) (*payment.Refunds, error) {
	back, err := tx.Read[payment.Refunds](t, payment.RefundsTable, payment.Key(first.No))
	if err == nil && back == nil {
		back = &payment.Refunds{Of: first.No}
	}
	return back, err
}
