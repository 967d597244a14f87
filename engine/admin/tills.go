package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/merchant"
	"mpg/engine/till"
	"mpg/engine/tx"
)

// Errors of commands about tills.
var (
	ErrTillName   = fmt.Errorf("a till's name is %s", till.NameWanted)
	ErrTillExists = errors.New("is a till of this shop already, or was one; names are never reused")
	ErrNoTill     = errors.New("is not a till of this shop")
	ErrTillOff    = errors.New("is blocked already")
)

// Tills are the commands about the tills of shops. They are a part of a Service.
type Tills struct {
	admin *Service
	keys  *till.Keys
}

// tillKey is the member of a result that holds the key of a till.
const tillKey = "till_key"

// TillView is a till.
type TillView struct {
	Repeated
	Shop      string `json:"shop"`
	Name      string `json:"name"`
	State     string `json:"state"` // "active" or "blocked"
	Created   string `json:"created"`
	AddedBy   string `json:"added_by,omitempty"`
	Blocked   string `json:"blocked,omitempty"` // when it was blocked
	BlockedBy string `json:"blocked_by,omitempty"`
	Key       string `json:"till_key,omitempty"` // only in the answer to the command that has made it
}

func viewTill(one *till.Till) TillView {
	view := TillView{Shop: one.Shop, Name: one.Name, State: "active", Created: rfc3339(one.Created), AddedBy: one.AddedBy, BlockedBy: one.BlockedBy}
	if one.IsBlocked() {
		view.State, view.Blocked = "blocked", rfc3339(one.Blocked)
	}
	return view
}

// Add gives a shop a till and returns it with its key. Of the key only a digest is kept, so
// that a repeat under the key of the command does not have it.
//
// The error is ErrTillName, ErrNoMerchant, ErrShopClosed, ErrTillExists, or an error of the key
// of the command or the store.
func (a *Tills) Add(ctx context.Context, by Command, shop, name string) (json.RawMessage, error) {
	if !till.ValidName(name) {
		return nil, badArgument{ErrTillName}
	}
	key, digest, err := a.keys.New(shop, name, a.admin.cfg.Rand)
	if err != nil {
		return nil, err
	}
	made := false
	result, err := a.admin.Once(ctx, by, &Action{Name: "till add", Object: till.ID(shop, name)}, fmt.Sprintf("add till %q %q", shop, name), func(t *tx.Tx) (any, error) {
		if err := openShop(t, shop); err != nil {
			return nil, err
		}
		old, err := tx.Read[till.Till](t, till.Table, till.ID(shop, name))
		if err != nil {
			return nil, err
		}
		if old != nil {
			return nil, fmt.Errorf("%s %w", name, ErrTillExists)
		}
		one := &till.Till{Shop: shop, Name: name, Digest: digest, Created: t.Now.UTC(), AddedBy: by.Person.Name}
		tx.Save(t, till.Table, one.ID(), one)
		t.AfterCommit(func() { made = true })
		return viewTill(one), nil
	})
	if err != nil || !made {
		return result, err
	}
	return withMember(result, tillKey, key)
}

// Block ends a till for good: its streams end with the commit, and its key is refused from
// then on. The error is ErrNoTill, ErrTillOff, or an error of the key of the command or the
// store.
func (a *Tills) Block(ctx context.Context, by Command, shop, name string) (json.RawMessage, error) {
	return a.admin.Once(ctx, by, &Action{Name: "till block", Object: till.ID(shop, name)}, fmt.Sprintf("block till %q %q", shop, name), func(t *tx.Tx) (any, error) {
		one, err := tx.Read[till.Till](t, till.Table, till.ID(shop, name))
		switch {
		case err != nil:
			return nil, err
		case one == nil:
			return nil, fmt.Errorf("%s %w", name, ErrNoTill)
		case one.IsBlocked():
			return nil, fmt.Errorf("%s %w", name, ErrTillOff)
		}
		one.Blocked, one.BlockedBy = t.Now.UTC(), by.Person.Name
		tx.Save(t, till.Table, one.ID(), one)
		return viewTill(one), nil
	})
}

// List returns the tills of a shop by name, also those that are blocked. The error is
// ErrNoMerchant or one of the store.
func (a *Tills) List(ctx context.Context, shop string) ([]TillView, error) {
	if _, err := shopOf(a.admin.view(ctx), shop); err != nil {
		return nil, err
	}
	all := []TillView{}
	for doc, err := range a.admin.cfg.Store.Docs(ctx, till.Table, till.ID(shop, ""), 0) {
		one, err := tx.Decoded[till.Till](doc, err)
		if err != nil {
			return nil, err
		}
		if one.Shop != shop {
			break
		}
		all = append(all, viewTill(one))
	}
	return all, nil
}

// Of returns the till whose key that is. The error is till.ErrKey, till.ErrBlocked or one of the
// store.
func (a *Tills) Of(ctx context.Context, key string) (*till.Till, error) {
	return a.keys.Of(a.admin.view(ctx), key)
}

// openShop returns why the shop with that code takes no payments.
func openShop(t *tx.Tx, code string) error {
	if !merchant.ValidCode(code) {
		return ErrNoMerchant
	}
	shop, err := shopOf(t, code)
	if err == nil && shop.IsClosed() {
		err = ErrShopClosed
	}
	return err
}
