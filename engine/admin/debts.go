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
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// A shop owes the operator what a refund or a chargeback has taken from it and its accounts did
// not hold. It pays that to the float, or from its account once there is money again, or the
// operator writes it off. Each of these is a payment that the operator enters, and is done at once.
// No payment to the shop clears any of its debt by itself: each would then have to look at the debt.

// Refusals of clearing what a shop owes.
var (
	ErrOwesNothing = errors.New("owes nothing")
	//lint:ignore ST1005 the amount follows
	ErrOverOwed = errors.New("exceeds what the shop owes:")
	//lint:ignore ST1005 the same
	ErrOverAccount = errors.New("exceeds what the shop's account holds:")
	errOffAccount  = error(badArgument{errors.New("a write-off takes nothing from the shop's account")})
)

// Clearing says how much of what a shop owes it owes no longer, and why.
type Clearing struct {
	Code   string
	Amount money.Amount
	Reason string
	// FromAccount says that Debts.Paid takes the amount from the shop's account.
	FromAccount bool `json:",omitempty"`
}

// Debts are the commands about what shops owe.
type Debts struct{ *Service }

// debtPaidCommand and debtOffCommand are how the commands are typed.
const (
	debtPaidCommand = "merchant receivable paid"
	debtOffCommand  = "merchant receivable write-off"
)

// Paid records that a shop has paid an amount of what it owes to the operator's float, or takes
// the amount from the shop's account, and tells the shop. It takes two people, since one could
// otherwise let a friend's debt go. The error is ErrOwesNothing, ErrOverOwed, ErrOverAccount,
// ErrNoMerchant, ErrReason, or one of the key or the store.
func (d Debts) Paid(ctx context.Context, by Command, in Clearing) (json.RawMessage, error) {
	return d.give(ctx, debtPaidCommand, by, in)
}

// WriteOff writes an amount of what a shop owes off, as a loss of the operator's. It takes two
// people, and the shop is not told. Its errors are those of Paid.
func (d Debts) WriteOff(ctx context.Context, by Command, in Clearing) (json.RawMessage, error) {
	if in.FromAccount {
		return nil, errOffAccount
	}
	return d.give(ctx, debtOffCommand, by, in)
}

func (d Debts) give(ctx context.Context, name string, by Command, in Clearing) (json.RawMessage, error) {
	var err error
	if in.Reason, err = checkReason(in.Reason); err != nil {
		return nil, err
	}
	action := &Action{Name: name, Object: in.Code, Amount: in.Amount, Reason: in.Reason}
	body := fmt.Sprintf("%s %q %d %q", name, in.Code, in.Amount, in.Reason)
	if in.FromAccount {
		body += " from account"
	}
	var result json.RawMessage
	for range lookTriesMax {
		if result, err = Give(ctx, d.Approvals, by, action, body, in); !overtaken(err) {
			break
		}
	}
	return result, err
}

// register registers the commands.
func (d Debts) register() {
	Register(d.Approvals, Approvable[Clearing]{Name: debtPaidCommand, Maker: auth.TakeCash, Checker: auth.ApproveMoney,
		Prepare: d.lookPaid, Stake: d.stake, Do: d.paid})
	Register(d.Approvals, Approvable[Clearing]{Name: debtOffCommand, Maker: auth.CorrectMoney, Checker: auth.ApproveMoney,
		Prepare: func(t *tx.Tx, in Clearing) (Change, error) { return d.look(t, in, "written off") }, Do: d.writeOff})
}

// lookPaid says what changes when a shop pays. What its account holds is not part of that, since
// it keeps changing; the command is refused if it is too little.
func (d Debts) lookPaid(t *tx.Tx, in Clearing) (Change, error) {
	if in.FromAccount {
		return d.look(t, in, "taken from its account")
	}
	return d.look(t, in, "paid to the float")
}

// stake says what the shop's account holds, if it is to pay.
func (d Debts) stake(t *tx.Tx, in Clearing) (map[string]string, error) {
	if !in.FromAccount {
		return nil, nil
	}
	return stakes(d).shop(t, in.Code)
}

// paid has a shop owe less because it has paid, and tells it.
func (d Debts) paid(t *tx.Tx, by Command, _ *Action, in Clearing) (any, error) {
	from, side, text := d.float, books.Float, lang.DebtPaid
	if in.FromAccount {
		from, side, text = d.account, books.ReceivablePrefix+in.Code, lang.DebtTaken
	}
	p, left, err := d.clear(t, by, in, debt{from, side, payment.DebtPaid, payment.CodeDebtPaid})
	if err != nil {
		return nil, err
	}
	return d.viewPayment(p), d.tell(t, p, text, left)
}

// writeOff has a shop owe less because the operator bears the loss.
func (d Debts) writeOff(t *tx.Tx, by Command, _ *Action, in Clearing) (any, error) {
	p, _, err := d.clear(t, by, in, debt{d.losses, books.Losses, payment.DebtOff, payment.CodeWriteOff})
	if err != nil {
		return nil, err
	}
	return d.viewPayment(p), nil
}

// tell tells a shop, if its number is known, that it owes less, and how much is left to pay.
func (d Debts) tell(t *tx.Tx, p *payment.Payment, text lang.Key, left money.Amount) error {
	if p.Payer.Phone == "" {
		return nil
	}
	return t.Notify(notice.Notice{Via: p.Via, From: p.Code, To: p.Payer.Phone, Lang: p.Lang, Text: text,
		Args: lang.Args{Ref: p.Ref, Amount: p.Charged, Currency: d.cfg.Place.Currency, At: d.cfg.Place.Time(t.Now), Figures: lang.Figures{Left: left}}})
}

// debt says how a debt is cleared.
type debt struct {
	from    func(*tx.Tx, *merchant.Merchant, money.Amount) (store.AccountID, error) // account that bears it
	side    string                                                                  // name of the account that people see as the other side
	product payment.Product
	code    uint16
}

// float returns the account of the operator's cash.
func (d Debts) float(t *tx.Tx, _ *merchant.Merchant, _ money.Amount) (store.AccountID, error) {
	return d.cfg.Books.Account(t, books.Float, store.Asset, "")
}

// losses returns the account of the operator's losses.
func (d Debts) losses(t *tx.Tx, _ *merchant.Merchant, _ money.Amount) (store.AccountID, error) {
	return d.cfg.Books.Account(t, books.Losses, store.Asset, "")
}

// account returns the shop's own account if amount of it is available. The store refuses the
// entry if the account is emptied in between.
func (d Debts) account(t *tx.Tx, shop *merchant.Merchant, amount money.Amount) (store.AccountID, error) {
	account, ok, err := d.cfg.Store.Account(t.Context(), shop.Account)
	switch {
	case err != nil:
		return 0, err
	case !ok:
		return 0, ErrNoRecord
	}
	if has := max(0, account.Available()); amount > has {
		format := d.cfg.Place.Currency.Format
		return 0, fmt.Errorf("%s %w %s", format(amount), ErrOverAccount, format(has))
	}
	return shop.Account, nil
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

// clear clears an amount of what a shop owes. left is what it still owes.
func (d Debts) clear(t *tx.Tx, by Command, in Clearing, how debt) (p *payment.Payment, left money.Amount, err error) {
	shop, account, owes, err := d.owes(t, in.Code)
	switch {
	case err != nil:
		return nil, 0, err
	case in.Amount > owes:
		return nil, 0, fmt.Errorf("%s %w %s", d.cfg.Place.Currency.Format(in.Amount), ErrOverOwed, d.cfg.Place.Currency.Format(owes))
	}
	from, err := how.from(t, shop, in.Amount)
	if err != nil {
		return nil, 0, err
	}
	cleared, err := tx.Read[payment.Owed](t, payment.OwedTable, shop.Code)
	if err != nil {
		return nil, 0, err
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
	p = d.cashEntry(t, d.cfg.Place.Language, how.product, payment.Leg{From: from, To: account, Amount: in.Amount, Code: how.code})
	p.Payer, p.By, p.Why = payment.Party{Code: shop.Code, Phone: shop.Phone, Name: shop.Name}, by.actor(), in.Reason
	p.Payee = payment.Party{Account: how.side}
	t.SavePayment(p)
	return p, owes - in.Amount, nil
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
