package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// NewUser is a subscriber to register.
type NewUser struct {
	Phone             string // E.164
	Name              lang.Name
	Lang              lang.Lang // empty: not chosen
	PIN               *pin.PIN  // for trials; nil: chosen by call
	Bank, BankAccount string
}

// subscriber returns the owner of a number in E.164; if nobody has it, the error is
// ErrNoUser.
func subscriber(t *tx.Tx, phone string) (*user.User, error) {
	owner, err := t.UserOf(phone)
	if err == nil && owner == nil {
		err = ErrNoUser
	}
	return owner, err
}

// AddUser registers a subscriber and opens the purse.
func (s *Service) AddUser(ctx context.Context, by Command, n NewUser) (json.RawMessage, error) {
	if err := s.checkUser(n); err != nil {
		return nil, badArgument{err}
	}
	if n.Bank != "" && !slices.Contains(s.cfg.Banks, n.Bank) {
		return nil, fmt.Errorf("bank %q %w", n.Bank, ErrNoBank)
	}
	var record pin.Record
	if n.PIN != nil {
		var err error
		if record, err = s.cfg.Hasher.Make(n.PIN); err != nil {
			return nil, err
		}
	}
	body := fmt.Sprintf("add user %q %q %q %q %q %q", n.Phone, n.Name.EN, n.Name.ZH, n.Lang, n.Bank, n.BankAccount)
	return s.Once(ctx, by, &Action{Name: "user add", Object: n.Phone}, body, func(t *tx.Tx) (any, error) {
		alias, err := t.Alias(n.Phone)
		if err != nil {
			return nil, err
		}
		if alias != nil {
			return nil, fmt.Errorf("%s %w", n.Phone, ErrExists)
		}
		no := s.cfg.Books.Users.Add(1)
		u := &user.User{No: no, Phone: n.Phone, Name: n.Name, Lang: n.Lang, State: user.Active,
			Purse: books.Purse(no), AtBank: user.AtBank{Bank: n.Bank}, PIN: record, Created: t.Now.UTC()}
		u.BankAccount, u.BankMask = s.cfg.Books.SealAccount(t, n.BankAccount)
		tx.Save(t, user.Table, payment.Key(no), u)
		t.SaveAlias(u)
		t.Open(store.Open{ID: u.Purse, Kind: store.Liability, Currency: s.cfg.Place.Currency.Code})
		return viewUser(u), nil
	})
}

// SetBlocked blocks a subscriber, whose open order is stopped, or lifts a block
// and a lock.
func (s *Service) SetBlocked(ctx context.Context, by Command, phone string, blocked bool) (json.RawMessage, error) {
	name := "user unblock"
	if blocked {
		name = "user block"
	}
	return s.Once(ctx, by, &Action{Name: name, Object: phone}, fmt.Sprintf("block %s %v", phone, blocked), func(t *tx.Tx) (any, error) {
		u, err := subscriber(t, phone)
		if err != nil {
			return nil, err
		}
		u.Tries = 0
		if blocked {
			err = s.cfg.Process.Suspend(t, u, user.Blocked, "by the operator", payment.Suspended)
			return viewUser(u), err
		}
		u.State, u.Why = user.Active, ""
		t.SaveUser(u)
		return viewUser(u), nil
	})
}

// ResetPIN deletes a forgotten PIN and sets none: the subscriber is told at
// once and chooses a new one by call, on their own phone. It also ends a lock
// after wrong PINs, but not a block, and stops an open order.
func (s *Service) ResetPIN(ctx context.Context, by Command, phone, reason string) (json.RawMessage, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return nil, err
	}
	a := &Action{Name: "user pin-reset", Object: phone, Reason: reason}
	return s.Once(ctx, by, a, fmt.Sprintf("pin-reset %s %q", phone, reason), func(t *tx.Tx) (any, error) {
		u, err := subscriber(t, phone)
		if err != nil {
			return nil, err
		}
		state, why := u.State, u.Why
		if state == user.Locked {
			state, why = user.Active, ""
		}
		if err := s.cfg.Process.Suspend(t, u, state, why, payment.PINCleared); err != nil {
			return nil, err
		}
		u.PIN, u.Tries = pin.Record{}, 0
		return viewUser(u), t.Notify(notice.Notice{Via: s.cfg.Bind, From: s.cfg.ShortCode, To: u.Phone, Lang: s.cfg.Place.LangOf(u, ""), Text: lang.PINReset})
	})
}
