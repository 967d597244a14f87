package books

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strconv"

	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Names of the operator's own accounts; a bank's are the prefixes and its name.
const (
	Float         = "float" // cash that the operator holds for the purses
	Fees          = "fees"
	Tax           = "tax"      // contained in fees, and owed to the state
	BankPrefix    = "bank:"    // what that bank owes us
	CardPrefix    = "card:"    // what that card issuer owes us for what was paid with cards
	TransitPrefix = "transit:" // what that bank has paid, and another has not received yet
	// SuspensePrefix and a bank's name name the account of what that bank has paid out after the
	// payer had the money back, until it takes that back or people write it off.
	SuspensePrefix = "suspense:"
	Losses         = "losses" // written off
	// Unclaimed names the account of money of customers whose purses are closed; see
	// payment.Unclaimed.
	Unclaimed = "unclaimed"
	// HeldPrefix and a shop's code name the account of what the operator holds back of the
	// shop's money.
	HeldPrefix = "held:"
	// ReceivablePrefix and a shop's code name the account of what the shop owes the operator.
	ReceivablePrefix = "receivable:"
)

// NamesTable holds the account of each name; see AccountOf.
const NamesTable store.Table = 40

// named says which account a name means.
type named struct {
	Account store.AccountID `cbor:"1,keyasint"`
}

// AccountOf returns the account in a document of NamesTable.
func AccountOf(data []byte) (store.AccountID, error) {
	n, err := tx.Decode[named](store.Doc{Data: data})
	if err != nil {
		return 0, err
	}
	return n.Account, nil
}

// Ranges of account IDs. An account whose owner has a number gets its ID by arithmetic;
// those below the ranges are counted and have names.
const (
	pursesFrom   store.AccountID = 1 << 32
	merchantFrom store.AccountID = 2 << 32
)

// Purse returns the account of a subscriber's purse.
func Purse(user uint64) store.AccountID { return pursesFrom + store.AccountID(user) }

// Merchant returns the account of a shop, whose code must be valid: codes of different
// lengths differ, whatever zeros they begin with.
func Merchant(code string) store.AccountID {
	n, err := strconv.Atoi(code)
	if err != nil {
		panic(fmt.Sprintf("engine: merchant code %q was not checked", code))
	}
	return merchantFrom + store.AccountID(len(code)<<24+n)
}

// Account returns the account with that name, and opens it in this step if there is none:
// in the operator's currency, or another if currency is not empty, such as the points of
// a scheme.
func (b *Books) Account(t *tx.Tx, name string, kind store.Kind, currency string) (store.AccountID, error) {
	n, err := tx.Read[named](t, NamesTable, name)
	if err != nil {
		return 0, err
	}
	if n != nil {
		return n.Account, nil
	}
	s, err := readSettings(t)
	if err != nil {
		return 0, err
	}
	if s == nil {
		return 0, errNoBooks
	}
	s.Accounts++
	tx.Save(t, settingsTable, settingsKey, s)
	n = &named{store.AccountID(s.Accounts)}
	tx.Save(t, NamesTable, name, n)
	t.Open(store.Open{ID: n.Account, Kind: kind, Currency: cmp.Or(currency, b.cfg.Currency), Ceiling: b.most[name]})
	return n.Account, nil
}

// Known returns the account with that name as this step knows it, or false: it may have opened
// the account itself.
func (b *Books) Known(t *tx.Tx, name string) (store.AccountID, bool, error) {
	n, err := tx.Read[named](t, NamesTable, name)
	if n == nil || err != nil {
		return 0, false, err
	}
	return n.Account, true, nil
}

// SetCeiling has an account hold at most so much from now on; 0: any amount. It is a step of
// its own, since the rules of an account hold only for the steps after the one that makes
// them. Only the purses have ceilings, and no command closes a purse.
func (b *Books) SetCeiling(ctx context.Context, id store.AccountID, ceiling money.Amount) error {
	account, ok, err := b.cfg.Run.Books().Account(ctx, id)
	if err != nil || !ok || account.Ceiling == ceiling {
		return err
	}
	return b.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		t.Limit(store.Limit{Account: id, Ceiling: ceiling, Closed: account.Closed})
		return nil
	})
}

// Named returns the account with that name, or false.
func (b *Books) Named(ctx context.Context, name string) (store.AccountID, bool, error) {
	return b.Known(b.cfg.Run.View(ctx), name)
}

// Names walks the names of the accounts that have one.
func (b *Books) Names(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for doc, err := range b.cfg.Run.Books().Docs(ctx, NamesTable, "", 0) {
			if !yield(doc.Key, err) {
				return
			}
		}
	}
}

// accountIn returns the account with that name in books; the zero Account if there is
// none.
func accountIn(ctx context.Context, books store.Reader, name string) (store.Account, error) {
	doc, ok, err := books.Doc(ctx, NamesTable, name)
	if err != nil || !ok {
		return store.Account{}, err
	}
	n, err := tx.Decode[named](doc)
	if err != nil {
		return store.Account{}, err
	}
	a, _, err := books.Account(ctx, n.Account)
	return a, err
}
