package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/auth"
	"mpg/engine/payment"
	"mpg/engine/refund"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/store/money"
)

// Refusals of a refund.
var (
	ErrNotRefundable = refund.ErrNotRefundable
	ErrRefunded      = refund.ErrRefunded
	ErrOverRefund    = refund.ErrOver
	ErrShopShort     = refund.ErrShort
	ErrBankDown      = refund.ErrBankDown
	ErrDisputed      = refund.ErrDisputed
	ErrTwoNeeded     = errors.New("takes two members of staff who may approve it")
)

// Refund says what to pay back of which payment.
type Refund struct {
	Ref    string       // of the payment
	Amount money.Amount // 0: all that is left
	Reason string       // kept with the refund
	// Receivable lets the shop owe what its accounts do not hold. That always takes two
	// people.
	Receivable bool
}

// Refund has the shop that was paid pay its customer back, by a payment of its own: into the
// purse or, if a bank had paid, into the bank account. What that bank does not accept goes
// into the purse. The refunds of a payment together never exceed what the customer paid; the
// fee is returned only if the row of the tariff says so. It takes two people if they exceed
// CommandRules.RefundAbove.
//
// The error is one of those above, ErrReason, ErrNoPayment, ErrShopClosed, or an error of
// the key or the store.
func (s *Service) Refund(ctx context.Context, by Command, given Refund) (json.RawMessage, error) {
	no, action, err := aboutPayment(s, "payment refund", given.Ref, given.Reason)
	if err != nil {
		return nil, err
	}
	body := fmt.Sprintf("refund %d %d %q", no, given.Amount, action.Reason)
	if given.Receivable {
		body += " receivable"
	}
	args := refunding{Payment: no, Amount: given.Amount, Reason: action.Reason, Receivable: given.Receivable}
	if args.Amount == 0 { // so that an approval is for what its maker saw
		if args.Amount, err = (refunds{s}).left(ctx, no); err != nil {
			return nil, err
		}
	}
	result, err := Give(ctx, s.Approvals, by, action, body, args)
	return result, s.desk.Explain(err)
}

// refunding is what is to be paid back of which payment.
type refunding struct {
	Payment    uint64
	Amount     money.Amount
	Reason     string
	Receivable bool
}

// refunds is the command that refunds.
type refunds struct{ *Service }

// command returns it as an Approvable.
func (r refunds) command() Approvable[refunding] {
	return Approvable[refunding]{Name: "payment refund", Maker: auth.RefundPayments, Checker: auth.ApproveMoney,
		Second: r.isLarge, Prepare: r.look, Do: r.refund,
		Stake: func(t *tx.Tx, in refunding) (map[string]string, error) { return r.stake(t, in.Payment) }}
}

// stake says what the account of the shop holds from which a payment is given back.
func (r refunds) stake(t *tx.Tx, no uint64) (map[string]string, error) {
	first, err := paymentOf(t, no)
	if err != nil {
		return nil, err
	}
	return stakes(r).shop(t, first.Payee.Code)
}

// isLarge reports whether a refund takes two people. What was refunded of the payment before
// counts as well: otherwise one person could pay back any amount in small parts.
func (r refunds) isLarge(t *tx.Tx, in refunding) (bool, error) {
	above := r.cfg.Rules().RefundAbove
	if in.Receivable || above == 0 || in.Amount > above {
		return in.Receivable || above != 0, nil
	}
	first, err := paymentOf(t, in.Payment)
	var left money.Amount
	if err == nil {
		left, err = r.desk.Left(t, first)
	}
	if errors.Is(err, ErrNoPayment) || errors.Is(err, ErrNotRefundable) || errors.Is(err, ErrRefunded) {
		return false, nil // the command will say so
	}
	if err != nil {
		return false, err
	}
	back, err := refund.Of(t, first.No)
	if err != nil {
		return false, err
	}
	return back.Sum+cmp.Or(in.Amount, left) > above, nil
}

// left returns how much of a payment may still be refunded; 0: nothing, and the command says
// why, unless it is a repeat.
func (r refunds) left(ctx context.Context, no uint64) (money.Amount, error) {
	t := r.view(ctx)
	first, err := paymentOf(t, no)
	if errors.Is(err, ErrNoPayment) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	left, err := r.desk.Left(t, first)
	if errors.Is(err, ErrNotRefundable) || errors.Is(err, ErrRefunded) {
		return 0, nil
	}
	return left, err
}

// look says what a refund will change. What the shop's account holds is not part of it: that
// changes, and the books refuse what is not there.
func (r refunds) look(t *tx.Tx, in refunding) (Change, error) {
	first, err := paymentOf(t, in.Payment)
	if err != nil {
		return Change{}, err
	}
	back, err := refund.Of(t, first.No)
	if err != nil {
		return Change{}, err
	}
	amount := in.Amount
	if amount == 0 { // nothing could be refunded when the command came in
		if amount, err = r.desk.Left(t, first); err != nil {
			return Change{}, err
		}
	}
	price := func(amount money.Amount) string { return r.cfg.Place.Currency.Format(amount) + " " + first.Currency }
	change := Change{
		Before: map[string]string{"payment": first.Ref, "amount": price(first.Charged), "payer": first.Payer.Side(first.Plan.Product), "payee": first.Payee.Side(first.Plan.Product),
			"refunded": price(back.Sum)},
		After:     map[string]string{"to refund": price(amount)},
		Documents: []Document{{payment.RefundsTable, payment.Key(first.No)}},
	}
	if in.Receivable {
		change.After["what its account lacks"] = "the shop will owe"
	}
	return change, nil
}

// refund makes the refund.
func (r refunds) refund(t *tx.Tx, by Command, action *Action, in refunding) (any, error) {
	first, err := paymentOf(t, in.Payment)
	if err != nil {
		return nil, err
	}
	if in.Receivable {
		if err := byTwo(t, "a refund that puts the shop in debt"); err != nil {
			return nil, err
		}
	}
	order := giveBack(r.Service, by, first, in.Amount, in.Reason)
	order.Receivable = in.Receivable
	p, err := r.desk.Make(t, order)
	if err != nil {
		return nil, err
	}
	action.Amount = p.Charged
	return r.viewPayment(p), nil
}

// giveBack returns what the command of by asks the desk to give back of first.
func giveBack(s *Service, by Command, first *payment.Payment, amount money.Amount, why string) refund.Order {
	return refund.Order{Of: first, Amount: amount,
		Route:  payment.Route{Lang: s.cfg.Place.Language, Via: s.cfg.Bind, Code: s.cfg.ShortCode},
		Origin: payment.Origin{Why: why, By: by.actor()}}
}

// byTwo refuses what only two members of staff may do while one person is enough for other
// commands. what begins the error.
func byTwo(t *tx.Tx, what string) error {
	two, err := staff.InForce(t)
	if err == nil && !two {
		err = fmt.Errorf("%s %w", what, ErrTwoNeeded)
	}
	return err
}

// UnclaimedView is money of a customer whose purse is closed.
type UnclaimedView struct {
	Ref      string `json:"ref"`    // of the payment that brought it
	Number   string `json:"number"` // whose it is
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Since    string `json:"since"`
	By       string `json:"by,omitempty"`    // reference of the payment that paid it out; none: it waits
	Ended    string `json:"ended,omitempty"` // when it was paid out
}

// Unclaimed shows money of customers whose purses are closed.
type Unclaimed struct{ *Reader }

// List returns a page of the money that has nowhere to go, in the order in which it came.
func (r Unclaimed) List(ctx context.Context, page Page) (List[UnclaimedView], error) {
	return listed(ctx, r.cfg.Store, payment.UnclaimedTable, page, func(ctx context.Context, of *payment.Unclaimed) (UnclaimedView, error) {
		owner, err := r.view(ctx).User(of.User)
		if err != nil {
			return UnclaimedView{}, err
		}
		v := UnclaimedView{Ref: r.cfg.Books.Refs.Ref(of.Payment), Number: owner.Phone, Amount: r.cfg.Place.Currency.Format(of.Amount),
			Currency: of.Currency, Since: rfc3339(of.Since)}
		if of.By != 0 {
			v.By, v.Ended = r.cfg.Books.Refs.Ref(of.By), rfc3339(of.Ended)
		}
		if masked(ctx) {
			v.Number = maskParty(v.Number)
		}
		return v, nil
	})
}
