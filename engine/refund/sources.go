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

// way finds the way back to the purse that paid or, if a bank gets some of it, to the bank
// account; and to both if both paid.
func (d *Desk) way(t *tx.Tx, r *product.Refund, byBank bool) error {
	var err error
	if bank, ok := d.usesBank(r.Of); ok && byBank {
		if !d.cfg.BankUp(bank) {
			return fmt.Errorf("bank %s %w", bank, ErrBankDown)
		}
		owes := books.BankPrefix
		if r.Of.Plan.Asks[0].Card {
			owes = books.CardPrefix
		}
		if r.Bank, err = d.cfg.Books.Account(t, owes+bank, store.Asset, ""); err != nil {
			return err
		}
		r.Transit, err = d.cfg.Books.Account(t, books.TransitPrefix+bank, store.Liability, "")
		if err != nil || r.ToPurse == 0 {
			return err
		}
	}
	purse, _, err := d.cfg.Store.Account(t.Context(), r.Purse)
	if err != nil {
		return err
	}
	if r.Closed, r.Ceiling = purse.Closed, purse.Ceiling > 0; r.Closed || r.Ceiling {
		r.Unclaimed, err = d.cfg.Books.Account(t, books.Unclaimed, store.Liability, "")
	}
	return err
}

// cardLeft returns how much of what its bank or card issuer paid of first has not gone back
// there: all that its purse did not pay.
func cardLeft(first *payment.Payment, back *payment.Refunds) money.Amount {
	return first.Charged - first.Plan.FromPurse() - (back.Sum - back.Purse)
}

// sources returns the accounts that a refund draws on: the shop's own, then what is held
// back of its money, and, if receivable is set, what it will owe. What these accounts hold
// may change before the commit; the books then refuse the refund.
func (d *Desk) sources(t *tx.Tx, shop *merchant.Merchant, amount money.Amount, receivable bool) ([]product.Share, error) {
	own, _, err := d.cfg.Store.Account(t.Context(), shop.Account)
	if err != nil {
		return nil, err
	}
	var from []product.Share
	lacking := amount
	draw := func(account store.AccountID, has money.Amount) {
		if share := min(lacking, has); share > 0 {
			from = append(from, product.Share{Account: account, Amount: share})
			lacking -= share
		}
	}
	draw(shop.Account, own.Available())
	if lacking == 0 {
		return from, nil
	}
	held, ok, err := d.cfg.Books.Named(t.Context(), books.HeldPrefix+shop.Code)
	if err != nil {
		return nil, err
	}
	if ok {
		back, _, err := d.cfg.Store.Account(t.Context(), held)
		if err != nil {
			return nil, err
		}
		draw(held, back.Available())
	}
	if lacking > 0 && !receivable {
		return nil, d.lacks(ErrShort, lacking)
	}
	// A shop that is closed meanwhile must not come to owe what nobody has agreed to. The books
	// would refuse to draw on its own account; the others stay open, so the step takes the
	// shop's document.
	tx.Save(t, merchant.Table, shop.Code, shop)
	if lacking == 0 {
		return from, nil
	}
	owed, err := d.cfg.Books.Account(t, books.ReceivablePrefix+shop.Code, store.Asset, "")
	draw(owed, lacking)
	return from, err
}

// lacks returns the error of accounts that lack an amount. why says whose they are.
func (d *Desk) lacks(why error, amount money.Amount) error {
	return Lacking{amount, fmt.Sprintf("%v: it is %s %s short", why, d.cfg.Place.Currency.Format(amount), d.cfg.Place.Currency.Code)}
}

// Explain returns err as an ErrShort if the books refused a refund for lack of money: another
// payment was committed first.
func (d *Desk) Explain(err error) error {
	var refused tx.Refused
	if errors.As(err, &refused) && refused.Refusal == store.RefusedFunds {
		return d.lacks(ErrShort, refused.Short)
	}
	return err
}
