package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/auth"
	"mpg/engine/books"
	"mpg/engine/lang"
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

// Refusals to close a shop.
var (
	ErrShopClosed  = refund.ErrShopClosed
	ErrBalanceLeft = errors.New("the shop's account holds") // followed by the amount
	ErrPaymentOpen = errors.New("a payment to the shop is open")
	ErrShopOwes    = errors.New("the shop owes the operator") // followed by the amount
	//lint:ignore ST1005 the amount follows
	ErrHeldBack = errors.New("money of the shop is held back:")
)

// lookTriesMax is how often a command that empties an account or draws on it, such as closing a
// shop, is attempted: a payment may end between the look at the account and the commit.
const lookTriesMax = 3

// Closing says how a shop is closed.
type Closing struct {
	Code   string
	Reason string // kept with the shop
	PayOut bool   // pay out in cash what the account holds
}

// CloseMerchant closes a shop for good: anyone who tries to pay it is told that it can no
// longer be paid, and its account takes nothing in. When that is committed, the posted
// balance of the account is zero and nothing is pending on it. With PayOut it takes two
// people, since money leaves the books. The error is ErrPaymentOpen while a payment to the
// shop is open, including one that a bank left in doubt, and ErrBalanceLeft while the
// account holds money and PayOut is not set. It is ErrShopOwes or ErrHeldBack while the shop
// and the operator owe each other something else: nobody could settle that afterwards.
func (s *Service) CloseMerchant(ctx context.Context, by Command, closing Closing) (json.RawMessage, error) {
	var err error
	if closing.Reason, err = checkReason(closing.Reason); err != nil {
		return nil, err
	}
	action := &Action{Name: closeCommand, Object: closing.Code, Reason: closing.Reason}
	body := fmt.Sprintf("close merchant %q %q %v", closing.Code, closing.Reason, closing.PayOut)
	var result json.RawMessage
	for range lookTriesMax {
		if result, err = Give(ctx, s.Approvals, by, action, body, closing); !overtaken(err) {
			return result, err
		}
	}
	return result, ErrPaymentOpen
}

// closeCommand is how closing a shop is typed.
const closeCommand = "merchant close"

// closings is the command that closes a shop.
type closings struct{ *Service }

// command returns it as an Approvable.
func (c closings) command() Approvable[Closing] {
	return Approvable[Closing]{Name: closeCommand, Maker: auth.ManagePeople, Checker: auth.ApproveMoney,
		Second: func(_ *tx.Tx, in Closing) (bool, error) { return in.PayOut, nil }, Prepare: c.look, Do: c.close,
		Stake: func(t *tx.Tx, in Closing) (map[string]string, error) { return stakes(c).shop(t, in.Code) }}
}

// look says what closing a shop will change. How much its account holds is not part of it:
// that changes with each payment until the shop is closed.
func (c closings) look(t *tx.Tx, in Closing) (Change, error) {
	shop, err := shopOf(t, in.Code)
	if err != nil {
		return Change{}, err
	}
	change := Change{
		Before:    map[string]string{"shop": shop.Code, "name": shop.Name.In(lang.EN), "state": map[bool]string{true: "closed", false: "open"}[shop.IsClosed()]},
		After:     map[string]string{"state": "closed"},
		Documents: []Document{{merchant.Table, shop.Code}},
	}
	if in.PayOut {
		change.After["paid out in cash"] = "all that its account then holds"
	}
	return change, nil
}

// close closes a shop.
func (c closings) close(t *tx.Tx, by Command, action *Action, in Closing) (any, error) {
	shop, err := shopOf(t, in.Code)
	if err != nil {
		return nil, err
	}
	if shop.IsClosed() {
		return nil, ErrShopClosed
	}
	if err := c.settled(t, shop); err != nil {
		return nil, err
	}
	paid, err := c.emptied(t, shop, in.PayOut, by, in.Reason)
	if err != nil {
		return nil, err
	}
	if paid != nil {
		action.Amount = paid.Charged
	}
	if err := shopBanks(c).drop(t, shop); err != nil {
		return nil, err
	}
	shop.Closed, shop.Why = t.Now.UTC(), in.Reason
	tx.Save(t, merchant.Table, shop.Code, shop)
	if err := tx.SaveAgent(t, shop, shop.Phone); err != nil {
		return nil, err
	}
	t.Limit(store.Limit{Account: shop.Account, Closed: true, IfEmpty: true})
	return closed(shop, paid), nil
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

// settled returns an error unless the operator holds nothing back of the shop's money, and
// the shop does not owe for refunds.
func (c closings) settled(t *tx.Tx, shop *merchant.Merchant) error {
	for _, open := range []struct {
		prefix string
		err    error
	}{{books.ReceivablePrefix, ErrShopOwes}, {books.HeldPrefix, ErrHeldBack}} {
		id, known, err := c.cfg.Books.Named(t.Context(), open.prefix+shop.Code)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		account, _, err := c.cfg.Store.Account(t.Context(), id)
		if err != nil {
			return err
		}
		if !account.Empty() {
			return fmt.Errorf("%w %s", open.err, c.cfg.Place.Currency.Format(account.Posted()))
		}
	}
	return nil
}

// emptied makes sure that the account of a shop is empty at the end of this step, and
// returns the payment by which it is emptied; nil: it is empty already.
func (c closings) emptied(t *tx.Tx, shop *merchant.Merchant, payOut bool, by Command, reason string) (*payment.Payment, error) {
	account, ok, err := c.cfg.Store.Account(t.Context(), shop.Account)
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
		return nil, fmt.Errorf("%w %s", ErrBalanceLeft, c.cfg.Place.Currency.Format(holds))
	case shop.Next != nil:
		return nil, ErrBankChanges
	}
	float, err := c.cfg.Books.Account(t, books.Float, store.Asset, "")
	if err != nil {
		return nil, err
	}
	p := c.cashEntry(t, c.cfg.Place.Language, PayOut, payment.Leg{From: shop.Account, To: float, Amount: holds, Code: payment.CodePayOut})
	p.Payer, p.By, p.Why = payment.Party{Code: shop.Code, Phone: shop.Phone, Name: shop.Name}, by.actor(), reason
	t.SavePayment(p)
	return p, nil
}
