package admin

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"mpg/engine/auth"
	"mpg/engine/books"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Reader shows what the books hold, and changes nothing.
type Reader struct{ cfg Config }

// view returns a step to read with.
func (r *Reader) view(ctx context.Context) *tx.Tx { return r.cfg.Run.View(ctx) }

// Fixed returns the settings that the books fix. Their check values reveal nothing else
// about the keys.
func (r *Reader) Fixed(ctx context.Context) (*books.Fixed, error) { return r.cfg.Books.Fixed(ctx) }

// ReadNumber returns a number that an operator typed, in E.164. A number without + is
// read as people in the country write it. Anything else comes back unchanged, so that
// an error can show what was typed.
func (r *Reader) ReadNumber(written string) string {
	if number, ok := r.cfg.Numbers.Number(written); ok {
		return number
	}
	return written
}

// ParseAmount reads an amount in the operator's currency.
func (r *Reader) ParseAmount(written string) (money.Amount, error) {
	return r.cfg.Place.Currency.Parse(written)
}

// User returns the subscriber of a number in E.164, with what the purse holds. The error is
// ErrNoUser if nobody has it.
func (r *Reader) User(ctx context.Context, phone string) (UserView, error) {
	u, err := subscriber(r.view(ctx), phone)
	if err != nil {
		return UserView{}, err
	}
	if err := r.looked(ctx, "user show", u.No, ""); err != nil {
		return UserView{}, err
	}
	view := viewUser(u)
	purse, ok, err := r.cfg.Store.Account(ctx, u.Purse)
	if ok {
		view.Balance = notice.Currency(purse.Currency).Format(purse.Posted())
	}
	return shown(ctx, view), err
}

// looked records that the caller is about to read what the books hold about a
// subscriber, or the payment with a reference.
func (r *Reader) looked(ctx context.Context, what string, userNo uint64, ref string) error {
	return r.cfg.Staff.Looked(ctx, auth.CallerOf(ctx), what, userNo, ref)
}

// Users walks all subscribers in the order of their registration.
func (r *Reader) Users(ctx context.Context) iter.Seq2[UserView, error] {
	return walk(ctx, r.cfg.Store, user.Table, showUser)
}

func showUser(ctx context.Context, person *user.User) (UserView, error) {
	return shown(ctx, viewUser(person)), nil
}

// Merchant returns the shop with that code. The error is ErrNoMerchant if there is none.
func (r *Reader) Merchant(ctx context.Context, code string) (MerchantView, error) {
	shop, err := shopOf(r.view(ctx), code)
	if err != nil {
		return MerchantView{}, err
	}
	return shown(ctx, viewMerchant(shop)), nil
}

// Account returns an account by its name: purse:+8613800000001, merchant:8001, held:8001,
// bank:NAME, fees, float. The error is ErrNotOpened if nothing has needed the account yet.
func (r *Reader) Account(ctx context.Context, name string) (AccountView, error) {
	id, err := r.accountID(ctx, name)
	if err != nil {
		return AccountView{}, err
	}
	a, ok, err := r.cfg.Store.Account(ctx, id)
	if err != nil {
		return AccountView{}, err
	}
	if !ok {
		return AccountView{}, ErrNoRecord
	}
	if masked(ctx) {
		name = maskAccount(name)
	}
	currency := notice.Currency(a.Currency)
	return AccountView{Account: name, Currency: a.Currency, Posted: currency.Format(a.Posted()), Available: currency.Format(a.Available()), Closed: a.Closed}, nil
}

// accountID returns the number of the account with that name.
func (r *Reader) accountID(ctx context.Context, name string) (store.AccountID, error) {
	kind, of, _ := strings.Cut(name, ":")
	switch kind {
	case "purse":
		u, err := subscriber(r.view(ctx), r.ReadNumber(of))
		if err != nil {
			return 0, err
		}
		return u.Purse, r.looked(ctx, "account show", u.No, "")
	case "merchant":
		shop, err := shopOf(r.view(ctx), of)
		if err != nil {
			return 0, err
		}
		return shop.Account, nil
	}
	id, ok, err := r.cfg.Books.Named(ctx, name)
	if err != nil {
		return 0, err
	}
	if ok {
		return id, nil
	}
	if of != "" && (kind+":" == books.HeldPrefix || kind+":" == books.ReceivablePrefix) {
		if _, err := shopOf(r.view(ctx), of); err != nil {
			return 0, err
		}
	}
	if mayBeOpened(kind, of) {
		return 0, fmt.Errorf("account %s %w", name, ErrNotOpened)
	}
	return 0, badArgument{errors.New("an account is purse:NUMBER, merchant:CODE, held:CODE, receivable:CODE, bank:NAME, card:NAME, transit:NAME, suspense:NAME, fees, tax, losses, unclaimed or float")}
}

// mayBeOpened reports whether an account of the operator's own, of a kind and of somebody, is
// opened when it is needed first.
func mayBeOpened(kind, of string) bool {
	switch kind + ":" {
	case books.BankPrefix, books.TransitPrefix, books.CardPrefix, books.SuspensePrefix, books.HeldPrefix, books.ReceivablePrefix:
		return of != ""
	}
	switch kind {
	case books.Fees, books.Tax, books.Losses, books.Unclaimed:
		return of == ""
	}
	return false
}

// AccountNames returns the names of all accounts: the operator's own, the shops', the
// purses. What cannot be read is left out.
func (r *Reader) AccountNames(ctx context.Context) []string {
	var names []string
	for name, err := range r.cfg.Books.Names(ctx) {
		if err == nil {
			names = append(names, name)
		}
	}
	for doc, err := range r.cfg.Store.Docs(ctx, merchant.Table, "", 0) {
		if err == nil {
			names = append(names, "merchant:"+doc.Key)
		}
	}
	for u, err := range r.Users(ctx) {
		if err == nil {
			names = append(names, "purse:"+u.Number)
		}
	}
	return names
}

// Trial returns the trial balance of each currency.
func (r *Reader) Trial(ctx context.Context) ([]store.Trial, error) { return r.cfg.Store.Trial(ctx) }
