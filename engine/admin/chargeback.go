package admin

import (
	"context"
	"encoding/json"
	"fmt"

	"mpg/engine/auth"
	"mpg/engine/payment"
	"mpg/engine/refund"
	"mpg/engine/tx"
	"mpg/store/money"
)

// Refusals of a chargeback, besides those of a refund.
var (
	ErrNoCardPaid  = refund.ErrNoCardPaid
	ErrNotPaid     = refund.ErrNotPaid
	ErrOverCharged = refund.ErrOverCharged
)

// Chargeback says what a card issuer has taken back of which payment.
type Chargeback struct {
	Ref    string
	Amount money.Amount // 0: all that is left
	Reason string
}

// ChargeBack records that a card issuer has taken an amount of a payment back, by a payment
// of its own, from the shop to what the issuer owes us. What the shop's accounts do not hold
// it owes from then on. It always takes two people. The error is ErrNotPaid,
// ErrRefunded, one of those above, ErrTwoNeeded, ErrReason, ErrNoPayment, or an error of the
// key or the store.
func (s *Service) ChargeBack(ctx context.Context, by Command, given Chargeback) (json.RawMessage, error) {
	no, action, err := aboutPayment(s, chargebackCommand, given.Ref, given.Reason)
	if err != nil {
		return nil, err
	}
	body := fmt.Sprintf("chargeback %d %d %q", no, given.Amount, action.Reason)
	result, err := Give(ctx, s.Approvals, by, action, body, chargingBack{no, given.Amount, action.Reason})
	return result, s.desk.Explain(err)
}

// chargebackCommand is how a chargeback is typed.
const chargebackCommand = "payment chargeback"

// chargingBack is what an issuer has taken back of which payment.
type chargingBack struct {
	Payment uint64
	Amount  money.Amount
	Reason  string
}

// chargebacks is the command that records one.
type chargebacks struct{ *Service }

// command returns it as an Approvable.
func (c chargebacks) command() Approvable[chargingBack] {
	return Approvable[chargingBack]{Name: chargebackCommand, Maker: auth.RefundPayments, Checker: auth.ApproveMoney, Prepare: c.look, Do: c.do,
		Stake: func(t *tx.Tx, in chargingBack) (map[string]string, error) { return refunds(c).stake(t, in.Payment) }}
}

// look says what a chargeback will change.
func (c chargebacks) look(t *tx.Tx, in chargingBack) (Change, error) {
	first, err := paymentOf(t, in.Payment)
	if err != nil {
		return Change{}, err
	}
	left, back, err := c.desk.LeftToCharge(t, first)
	if err != nil {
		return Change{}, err
	}
	amount := in.Amount
	if amount == 0 {
		amount = left
	}
	price := func(amount money.Amount) string { return c.cfg.Place.Currency.Format(amount) + " " + first.Currency }
	return Change{
		Before: map[string]string{"payment": first.Ref, "amount": price(first.Charged), "payer": first.Payer.Side(first.Plan.Product), "payee": first.Payee.Side(first.Plan.Product),
			"given back": price(back.Sum)},
		After:     map[string]string{"charged back": price(amount), "by": first.Plan.Bank(), "what its account lacks": "the shop will owe"},
		Documents: []Document{{payment.RefundsTable, payment.Key(first.No)}},
	}, nil
}

// do records it.
func (c chargebacks) do(t *tx.Tx, by Command, action *Action, in chargingBack) (any, error) {
	if err := byTwo(t, "a chargeback"); err != nil {
		return nil, err
	}
	first, err := paymentOf(t, in.Payment)
	if err != nil {
		return nil, err
	}
	p, err := c.desk.ChargeBack(t, giveBack(c.Service, by, first, in.Amount, in.Reason))
	if err != nil {
		return nil, err
	}
	action.Amount = p.Charged
	return c.viewPayment(p), nil
}
