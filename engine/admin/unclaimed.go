package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/auth"
	"mpg/engine/books"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
)

// Refusals of paying out unclaimed money.
var (
	ErrNotUnclaimed = errors.New("has brought no unclaimed money")
	ErrPaidOut      = errors.New("has been paid out already")
)

// UnclaimedPaid is the product of a payment that pays unclaimed money out to its owner.
const UnclaimedPaid payment.Product = "unclaimed"

// Pay pays the unclaimed money that payment ref brought out to its owner: into the
// purse, whatever that may hold, if it is open again, otherwise in cash, which the owner has
// been given. It takes two people. The error is ErrNotUnclaimed, ErrPaidOut, ErrReason,
// ErrNoPayment, or one of the key or the store.
func (r Unclaimed) Pay(ctx context.Context, s *Service, by Command, ref, reason string) (json.RawMessage, error) {
	no, action, err := aboutPayment(s, unclaimedCommand, ref, reason)
	if err != nil {
		return nil, err
	}
	return Give(ctx, s.Approvals, by, action, fmt.Sprintf("pay unclaimed %d %q", no, action.Reason), payingUnclaimed{no, action.Reason})
}

// unclaimedCommand is how paying out unclaimed money is typed.
const unclaimedCommand = "purse unclaimed pay"

// payingUnclaimed says which unclaimed money is paid out, and why.
type payingUnclaimed struct {
	Payment uint64
	Reason  string
}

// unclaimedPayments is the command that pays out unclaimed money.
type unclaimedPayments struct{ *Service }

// command returns it as an Approvable.
func (u unclaimedPayments) command() Approvable[payingUnclaimed] {
	return Approvable[payingUnclaimed]{Name: unclaimedCommand, Maker: auth.CorrectMoney, Checker: auth.ApproveMoney, Prepare: u.look, Do: u.pay}
}

// waiting returns what payment no has brought, if it still waits.
func (u unclaimedPayments) waiting(t *tx.Tx, no uint64) (*payment.Unclaimed, error) {
	of, err := tx.Read[payment.Unclaimed](t, payment.UnclaimedTable, payment.Key(no))
	ref := u.cfg.Books.Refs.Ref(no)
	switch {
	case err != nil:
		return nil, err
	case of == nil:
		return nil, fmt.Errorf("%s %w", ref, ErrNotUnclaimed)
	case of.By != 0:
		return nil, fmt.Errorf("what %s brought %w", ref, ErrPaidOut)
	}
	return of, nil
}

// place returns the account that the money of an owner goes to, and what that is in words.
func (u unclaimedPayments) place(t *tx.Tx, purse store.AccountID) (store.AccountID, string, error) {
	account, ok, err := u.cfg.Store.Account(t.Context(), purse)
	if err != nil {
		return 0, "", err
	}
	if ok && !account.Closed {
		return purse, "into the purse", nil
	}
	float, err := u.cfg.Books.Account(t, books.Float, store.Asset, "")
	return float, "in cash", err
}

// look says what paying it out will change.
func (u unclaimedPayments) look(t *tx.Tx, in payingUnclaimed) (Change, error) {
	of, err := u.waiting(t, in.Payment)
	if err != nil {
		return Change{}, err
	}
	owner, err := t.User(of.User)
	if err != nil {
		return Change{}, err
	}
	_, where, err := u.place(t, owner.Purse)
	return Change{
		Before:    map[string]string{"brought by": u.cfg.Books.Refs.Ref(in.Payment), "amount": u.cfg.Place.Currency.Format(of.Amount) + " " + of.Currency, "owner": owner.Phone},
		After:     map[string]string{"paid out": where},
		Documents: []Document{{payment.UnclaimedTable, payment.Key(in.Payment)}},
	}, err
}

// pay pays it out.
func (u unclaimedPayments) pay(t *tx.Tx, by Command, action *Action, in payingUnclaimed) (any, error) {
	of, err := u.waiting(t, in.Payment)
	if err != nil {
		return nil, err
	}
	owner, err := t.User(of.User)
	if err != nil {
		return nil, err
	}
	from, err := u.cfg.Books.Account(t, books.Unclaimed, store.Liability, "")
	if err != nil {
		return nil, err
	}
	to, _, err := u.place(t, owner.Purse)
	if err != nil {
		return nil, err
	}
	p := u.cashEntry(t, u.cfg.Place.LangOf(owner, ""), UnclaimedPaid, payment.Leg{From: from, To: to, Amount: of.Amount, Code: payment.CodeBack})
	p.Payer, p.Payee = payment.Party{Account: books.Unclaimed}, partyOf(owner)
	p.By, p.Why, p.Currency = by.actor(), in.Reason, of.Currency
	t.SavePayment(p)
	of.By, of.Ended = p.No, t.Now.UTC()
	tx.Save(t, payment.UnclaimedTable, payment.Key(in.Payment), of)
	action.Amount = of.Amount
	return u.viewPayment(p), nil
}
