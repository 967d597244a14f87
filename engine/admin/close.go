package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/books"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/refund"
	"mpg/engine/tx"
	"mpg/store"
)

// PayOut is the product of a payment in which the operator pays a shop in cash what its
// account holds.
const PayOut payment.Product = "payout"

// codePayOut is the code of the transfer of a PayOut.
const codePayOut uint16 = 30

// Refusals to close a shop.
var (
	ErrShopClosed  = refund.ErrShopClosed
	ErrBalanceLeft = errors.New("the shop's account holds") // followed by the amount
	ErrPaymentOpen = errors.New("a payment to the shop is open")
)

// closeTriesMax is how often closing a shop is attempted: a payment may end between the
// look at the account and the commit.
const closeTriesMax = 3

// Closing says how a shop is closed.
type Closing struct {
	Code   string
	Reason string // kept with the shop
	PayOut bool   // pay out in cash what the account holds
}

// CloseMerchant closes a shop for good: anyone who tries to pay it is told that it can no
// longer be paid, and its account takes nothing in. When that is committed, the posted
// balance of the account is zero and nothing is pending on it. The error is ErrPaymentOpen
// while a payment to the shop is open, including one that a bank left in doubt, and
// ErrBalanceLeft while the account holds money and PayOut is not set.
func (s *Service) CloseMerchant(ctx context.Context, by Command, closing Closing) (json.RawMessage, error) {
	reason, err := checkReason(closing.Reason)
	if err != nil {
		return nil, err
	}
	action := &Action{Name: "merchant close", Object: closing.Code, Reason: reason}
	body := fmt.Sprintf("close merchant %q %q %v", closing.Code, reason, closing.PayOut)
	var result json.RawMessage
	for range closeTriesMax {
		result, err = s.Once(ctx, by, action, body, func(t *tx.Tx) (any, error) {
			shop, err := shopOf(t, closing.Code)
			if err != nil {
				return nil, err
			}
			if shop.IsClosed() {
				return nil, ErrShopClosed
			}
			paid, err := s.emptied(t, shop, closing.PayOut, by, reason)
			if err != nil {
				return nil, err
			}
			if paid != nil {
				action.Amount = paid.Charged
			}
			if err := (shopBanks{s}).drop(t, shop); err != nil {
				return nil, err
			}
			shop.Closed, shop.Why = t.Now.UTC(), reason
			tx.Save(t, merchant.Table, shop.Code, shop)
			t.Limit(store.Limit{Account: shop.Account, Closed: true, IfEmpty: true})
			return closed(shop, paid), nil
		})
		if tx.RefusalOf(err) != store.RefusedNotEmpty && tx.RefusalOf(err) != store.RefusedFunds {
			return result, err
		}
	}
	return result, ErrPaymentOpen
}

// ClosedView is a shop that was closed, and what was paid out to it then.
type ClosedView struct {
	MerchantView
	PaidOut *PaidOutView `json:"paid_out,omitempty"`
}

// PaidOutView is a payment in cash to a shop.
type PaidOutView struct {
	Ref      string `json:"ref"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func closed(shop *merchant.Merchant, paid *payment.Payment) ClosedView {
	v := ClosedView{MerchantView: viewMerchant(shop)}
	if paid != nil {
		v.PaidOut = &PaidOutView{paid.Ref, notice.Currency(paid.Currency).Format(paid.Charged), paid.Currency}
	}
	return v
}

// emptied makes sure that the account of a shop is empty at the end of this step, and
// returns the payment by which it is emptied; nil: it is empty already.
func (s *Service) emptied(t *tx.Tx, shop *merchant.Merchant, payOut bool, by Command, reason string) (*payment.Payment, error) {
	account, ok, err := s.cfg.Store.Account(t.Context(), shop.Account)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoRecord
	}
	holds := account.Posted()
	switch {
	case account.DebitsPending+account.CreditsPending > 0:
		return nil, ErrPaymentOpen
	case holds == 0:
		return nil, nil
	case !payOut:
		return nil, fmt.Errorf("%w %s", ErrBalanceLeft, s.cfg.Place.Currency.Format(holds))
	case shop.Next != nil:
		return nil, ErrBankChanges
	}
	float, err := s.cfg.Books.Account(t, books.Float, store.Asset, "")
	if err != nil {
		return nil, err
	}
	p := s.cashEntry(t, s.cfg.Place.Language, PayOut, payment.Leg{From: shop.Account, To: float, Amount: holds, Code: codePayOut})
	p.Payer, p.By, p.Why = payment.Party{Code: shop.Code, Phone: shop.Phone, Name: shop.Name}, by.actor(), reason
	t.SavePayment(p)
	return p, nil
}
