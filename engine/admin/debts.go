package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mpg/engine/auth"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// A shop owes the operator what a refund or a chargeback has taken from it and its accounts did
// not hold. It pays that, or the operator writes it off: by a payment of the operator's, which
// is done at once.

// Refusals of clearing what a shop owes.
var (
	ErrOwesNothing = errors.New("owes nothing")
	//lint:ignore ST1005 the amount follows
	ErrOverOwed = errors.New("exceeds what the shop owes:")
)

// Clearing says how much of what a shop owes it owes no longer, and why.
type Clearing struct {
	Code   string
	Amount money.Amount
	Reason string
}

// Debts are the commands about what shops owe.
type Debts struct{ *Service }

// debtPaidCommand and debtOffCommand are how the commands are typed.
const (
	debtPaidCommand = "merchant receivable paid"
	debtOffCommand  = "merchant receivable write-off"
)

// Paid records that a shop has paid an amount of what it owes to the operator's float. It takes
// two people, since one could otherwise let a friend's debt go. The error is ErrOwesNothing,
// ErrOverOwed, ErrNoMerchant, ErrReason, or one of the key or the store.
func (d Debts) Paid(ctx context.Context, by Command, in Clearing) (json.RawMessage, error) {
	return d.give(ctx, debtPaidCommand, by, in)
}

// WriteOff writes an amount of what a shop owes off, as a loss of the operator's. It takes two
// people. Its errors are those of Paid.
func (d Debts) WriteOff(ctx context.Context, by Command, in Clearing) (json.RawMessage, error) {
	return d.give(ctx, debtOffCommand, by, in)
}

func (d Debts) give(ctx context.Context, name string, by Command, in Clearing) (json.RawMessage, error) {
	var err error
	if in.Reason, err = checkReason(in.Reason); err != nil {
		return nil, err
	}
	action := &Action{Name: name, Object: in.Code, Amount: in.Amount, Reason: in.Reason}
	return Give(ctx, d.Approvals, by, action, fmt.Sprintf("%s %q %d %q", name, in.Code, in.Amount, in.Reason), in)
}

// register registers the commands.
func (d Debts) register() {
	Register(d.Approvals, Approvable[Clearing]{Name: debtPaidCommand, Maker: auth.TakeCash, Checker: auth.ApproveMoney,
		Prepare: func(t *tx.Tx, in Clearing) (Change, error) { return d.look(t, in, "paid to the float") },
		Do: func(t *tx.Tx, by Command, _ *Action, in Clearing) (any, error) {
			return d.clear(t, by, in, debt{books.Float, payment.DebtPaid, payment.CodeDebtPaid})
		}})
	Register(d.Approvals, Approvable[Clearing]{Name: debtOffCommand, Maker: auth.CorrectMoney, Checker: auth.ApproveMoney,
		Prepare: func(t *tx.Tx, in Clearing) (Change, error) { return d.look(t, in, "written off") },
		Do: func(t *tx.Tx, by Command, _ *Action, in Clearing) (any, error) {
			return d.clear(t, by, in, debt{books.Losses, payment.DebtOff, payment.CodeWriteOff})
		}})
}

// debt says how a debt is cleared.
type debt struct {
	from    string // account of the operator's that is paid, or bears it
	product payment.Product
	code    uint16
}

// owes returns the shop with that code, what it owes and the account of that, in this step. It
// reads what was cleared before it looks at the account: another step that clears something in
// between then makes this one begin anew.
func (d Debts) owes(t *tx.Tx, code string) (*merchant.Merchant, store.AccountID, money.Amount, error) {
	shop, err := shopOf(t, code)
	if err != nil {
		return nil, 0, 0, err
	}
	if _, err := tx.Read[payment.Owed](t, payment.OwedTable, shop.Code); err != nil {
		return nil, 0, 0, err
	}
	id, known, err := d.cfg.Books.Named(t.Context(), books.ReceivablePrefix+code)
	if err != nil {
		return nil, 0, 0, err
	}
	var account store.Account
	if known {
		account, _, err = d.cfg.Store.Account(t.Context(), id)
	}
	if err == nil && account.Posted() <= 0 {
		err = fmt.Errorf("%s %w", code, ErrOwesNothing)
	}
	return shop, id, account.Posted(), err
}

// look says what clearing a debt will change.
func (d Debts) look(t *tx.Tx, in Clearing, how string) (Change, error) {
	shop, _, owes, err := d.owes(t, in.Code)
	if err != nil {
		return Change{}, err
	}
	price := cash(d).price
	return Change{
		Before:    map[string]string{"shop": shop.Code, "name": shop.Name.In(lang.EN), "owes": price(owes)},
		After:     map[string]string{how: price(in.Amount), "owes": price(owes - in.Amount)},
		Documents: []Document{{payment.OwedTable, shop.Code}},
	}, nil
}

// clear clears an amount of what a shop owes.
func (d Debts) clear(t *tx.Tx, by Command, in Clearing, how debt) (any, error) {
	shop, account, owes, err := d.owes(t, in.Code)
	switch {
	case err != nil:
		return nil, err
	case in.Amount > owes:
		return nil, fmt.Errorf("%s %w %s", d.cfg.Place.Currency.Format(in.Amount), ErrOverOwed, d.cfg.Place.Currency.Format(owes))
	}
	from, err := d.cfg.Books.Account(t, how.from, store.Asset, "")
	if err != nil {
		return nil, err
	}
	cleared, err := tx.Read[payment.Owed](t, payment.OwedTable, shop.Code)
	if err != nil {
		return nil, err
	}
	if cleared == nil {
		cleared = &payment.Owed{Code: shop.Code}
	}
	if how.product == payment.DebtPaid {
		cleared.Paid += in.Amount
	} else {
		cleared.WrittenOff += in.Amount
	}
	tx.Save(t, payment.OwedTable, shop.Code, cleared)
	p := d.cashEntry(t, d.cfg.Place.Language, how.product, payment.Leg{From: from, To: account, Amount: in.Amount, Code: how.code})
	p.Payer, p.By, p.Why = payment.Party{Code: shop.Code, Phone: shop.Phone, Name: shop.Name}, by.actor(), in.Reason
	p.Payee = payment.Party{Account: how.from}
	t.SavePayment(p)
	return d.viewPayment(p), nil
}

// DebtView is what a shop owes, and what it owes no longer.
type DebtView struct {
	Code       string `json:"code"`
	Name       string `json:"name"`
	Owes       string `json:"owes"`
	Paid       string `json:"paid"`
	WrittenOff string `json:"written_off"`
	Currency   string `json:"currency"`
	Closed     string `json:"closed,omitempty"` // since when the shop is closed
}

// List returns the shops that owe something or have owed it, by their codes.
func (d Debts) List(ctx context.Context) ([]DebtView, error) {
	all := []DebtView{}
	for name, err := range d.cfg.Books.Names(ctx) {
		if err != nil {
			return nil, err
		}
		code, owed := strings.CutPrefix(name, books.ReceivablePrefix)
		if !owed {
			continue
		}
		one, err := d.shown(ctx, name, code)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b DebtView) int { return cmp.Compare(a.Code, b.Code) })
	return all, nil
}

// shown returns what the shop with that code owes, by the account of that name.
func (d Debts) shown(ctx context.Context, name, code string) (DebtView, error) {
	account, err := d.Account(ctx, name)
	if err != nil {
		return DebtView{}, err
	}
	t := d.view(ctx)
	shop, err := shopOf(t, code)
	if err != nil {
		return DebtView{}, err
	}
	cleared, err := tx.Read[payment.Owed](t, payment.OwedTable, code)
	if cleared == nil {
		cleared = new(payment.Owed)
	}
	format := d.cfg.Place.Currency.Format
	v := DebtView{Code: code, Name: cmp.Or(shop.Name.EN, shop.Name.ZH), Owes: account.Posted, Paid: format(cleared.Paid), WrittenOff: format(cleared.WrittenOff),
		Currency: account.Currency}
	if shop.IsClosed() {
		v.Closed = rfc3339(shop.Closed)
	}
	return v, err
}
