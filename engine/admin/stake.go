package admin

import (
	"errors"

	"mpg/engine/notice"
	"mpg/engine/tx"
	"mpg/store"
)

// stakes finds what is at stake in a command: what the person who approves it should know
// besides what it changes. That is not part of the approval, since it may change while the
// command waits.
type stakes struct{ *Service }

// purse says what the purse of a subscriber holds.
func (s stakes) purse(t *tx.Tx, phone string) (map[string]string, error) {
	owner, err := subscriber(t, phone)
	if errors.Is(err, ErrNoUser) {
		return nil, nil // the command will fail
	}
	if err != nil {
		return nil, err
	}
	return s.holds(t, "the purse holds", owner.Purse)
}

// shop says what the account of a shop holds.
func (s stakes) shop(t *tx.Tx, code string) (map[string]string, error) {
	shop, err := shopOf(t, code)
	if err != nil {
		return nil, err
	}
	return s.holds(t, "the shop's account holds", shop.Account)
}

// holds says what an account holds.
func (s stakes) holds(t *tx.Tx, name string, id store.AccountID) (map[string]string, error) {
	account, ok, err := s.cfg.Store.Account(t.Context(), id)
	if err != nil || !ok {
		return nil, err
	}
	return map[string]string{name: notice.Currency(account.Currency).Format(account.Posted()) + " " + account.Currency}, nil
}
