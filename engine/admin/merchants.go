package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/tx"
	"mpg/store"
)

// NewMerchant is a shop to register.
type NewMerchant struct {
	Code              string
	Name              lang.Name
	Phone             string // E.164; empty: no receipts
	Bank, BankAccount string
	Vertical          merchant.Vertical // empty: merchant.Sale
	Agent             bool              // gives and takes cash
	Class             string            // on which fees and limits may depend; empty: none
}

// body tells one shop from another in the fingerprint of a command.
func (n NewMerchant) body() string {
	text := fmt.Sprintf("add merchant %q", struct {
		Code                     string
		Name                     lang.Name
		Phone, Bank, BankAccount string
	}{n.Code, n.Name, n.Phone, n.Bank, n.BankAccount})
	if n.Agent || n.Class != "" { // an older build knew neither
		text += AgentChange{&n.Agent, &n.Class}.body()
	}
	return text
}

// AddMerchant registers a shop and opens its account.
func (s *Service) AddMerchant(ctx context.Context, by Command, wanted NewMerchant) (json.RawMessage, error) {
	if err := s.checkMerchant(wanted); err != nil {
		return nil, badArgument{err}
	}
	return s.Once(ctx, by, &Action{Name: "merchant add", Object: wanted.Code}, wanted.body(), func(t *tx.Tx) (any, error) {
		old, err := t.Merchant(wanted.Code)
		if err != nil {
			return nil, err
		}
		if old != nil {
			return nil, fmt.Errorf("%s %w", wanted.Code, ErrExists)
		}
		m := &merchant.Merchant{Code: wanted.Code, Name: wanted.Name, Phone: wanted.Phone,
			Account: books.Merchant(wanted.Code), Bank: wanted.Bank, Created: t.Now.UTC(), Agent: wanted.Agent, Class: wanted.Class, Vertical: wanted.Vertical}
		m.BankAccount, m.BankMask = s.cfg.Books.SealAccount(t, wanted.BankAccount)
		tx.Save(t, merchant.Table, m.Code, m)
		t.Open(store.Open{ID: m.Account, Kind: store.Liability, Currency: s.cfg.Place.Currency.Code})
		return viewMerchant(m), saveAgent(t, m, "")
	})
}

// MerchantChange says what to change about a shop; nil: it stays as it is.
type MerchantChange struct {
	Name   *string // in Latin letters; empty: none
	NameZH *string // in Chinese characters; empty: none
	Phone  *string // E.164; empty: no receipts
	// Vertical decides how orders from now on are paid.
	Vertical *merchant.Vertical
	AgentChange
}

// ErrNoChange says that a change has nothing in it.
var ErrNoChange = error(badArgument{errors.New("nothing to change is given")})

// ChangeMerchant changes the names of a shop, the number that gets its receipts or its kind of
// business. Its code and its account stay, and an order that is open keeps the name that its
// payer was told and the number that it was made with. The error is ErrNoMerchant,
// ErrShopClosed, ErrNoChange, ErrAgentPhone, ErrArgument for what cannot be registered, or an
// error of the key or the store.
func (s *Service) ChangeMerchant(ctx context.Context, by Command, code string, change MerchantChange) (json.RawMessage, error) {
	if change == (MerchantChange{}) {
		return nil, ErrNoChange
	}
	if change.Phone != nil && *change.Phone != "" {
		if err := s.checkNumber(*change.Phone); err != nil {
			return nil, badArgument{err}
		}
	}
	body := fmt.Sprintf("set merchant %q %s %s %s", code, given(change.Name), given(change.NameZH), given(change.Phone))
	if change.Vertical != nil {
		if err := checkVertical(*change.Vertical); err != nil {
			return nil, badArgument{err}
		}
		body += " " + string(*change.Vertical)
	}
	if change.Class != nil {
		if err := checkClass(*change.Class); err != nil {
			return nil, err
		}
	}
	body += change.body()
	return s.Once(ctx, by, &Action{Name: "merchant set", Object: code}, body, func(t *tx.Tx) (any, error) {
		shop, err := shopOf(t, code)
		if err != nil {
			return nil, err
		}
		if shop.IsClosed() {
			return nil, ErrShopClosed
		}
		before := shop.Phone
		change.apply(shop)
		set(&shop.Name.EN, change.Name)
		set(&shop.Name.ZH, change.NameZH)
		if change.Phone != nil {
			shop.SetPhone(*change.Phone, t.Now)
		}
		if change.Vertical != nil {
			shop.Vertical = *change.Vertical
		}
		if err := checkNames(shop.Name); err != nil {
			return nil, badArgument{err}
		}
		tx.Save(t, merchant.Table, shop.Code, shop)
		return viewMerchant(shop), saveAgent(t, shop, before)
	})
}

// given quotes a value, or marks that there is none.
func given(value *string) string {
	if value == nil {
		return "-"
	}
	return strconv.Quote(*value)
}

// set puts value into field, unless value is nil.
func set(field, value *string) {
	if value != nil {
		*field = *value
	}
}

// shopOf returns the shop with that code; if there is none, the error is ErrNoMerchant.
func shopOf(t *tx.Tx, code string) (*merchant.Merchant, error) {
	shop, err := t.Merchant(code)
	if err == nil && shop == nil {
		err = ErrNoMerchant
	}
	return shop, err
}
