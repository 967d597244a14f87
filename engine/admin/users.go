package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"mpg/engine/auth"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/staff"
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
func (s *Service) AddUser(ctx context.Context, by Command, wanted NewUser) (json.RawMessage, error) {
	if err := checkUser(s, wanted); err != nil {
		return nil, badArgument{err}
	}
	if wanted.Bank != "" && !slices.Contains(s.cfg.Banks, wanted.Bank) {
		return nil, fmt.Errorf("bank %q %w", wanted.Bank, ErrNoBank)
	}
	var record pin.Record
	if wanted.PIN != nil {
		var err error
		if record, err = s.cfg.Hasher.Make(wanted.PIN); err != nil {
			return nil, err
		}
	}
	body := fmt.Sprintf("add user %q %q %q %q %q %q", wanted.Phone, wanted.Name.EN, wanted.Name.ZH, wanted.Lang, wanted.Bank, wanted.BankAccount)
	return s.Once(ctx, by, &Action{Name: "user add", Object: wanted.Phone}, body, func(t *tx.Tx) (any, error) {
		alias, err := t.Alias(wanted.Phone)
		if err != nil {
			return nil, err
		}
		if alias != nil {
			return nil, fmt.Errorf("%s %w", wanted.Phone, ErrExists)
		}
		no := s.cfg.Books.Users.Add(1)
		u := &user.User{No: no, Phone: wanted.Phone, Name: wanted.Name, Lang: wanted.Lang, State: user.Active,
			Purse: books.Purse(no), AtBank: user.AtBank{Bank: wanted.Bank}, Secret: user.Secret{PIN: record}, Created: t.Now.UTC()}
		u.BankAccount, u.BankMask = s.cfg.Books.SealAccount(t, wanted.BankAccount)
		tx.Save(t, user.Table, payment.Key(no), u)
		t.SaveAlias(u)
		t.Open(store.Open{ID: u.Purse, Kind: store.Liability, Currency: s.cfg.Place.Currency.Code})
		if s.cfg.Claims == nil {
			return viewUser(u), nil
		}
		return viewUser(u), s.cfg.Claims.Registered(t, u)
	})
}

// noReason is shown as the reason of a block for which the operator gave none.
const noReason = "by the operator"

// SetBlocked blocks a subscriber and stops their open order, or lifts a block and a lock.
// The reason, which may be empty, is kept with the command and shown with the subscriber
// for as long as the block lasts.
func (s *Service) SetBlocked(ctx context.Context, by Command, phone string, blocked bool, reason string) (json.RawMessage, error) {
	if reason != "" {
		var err error
		if reason, err = checkReason(reason); err != nil {
			return nil, err
		}
	}
	action := &Action{Name: "user unblock", Object: phone, Reason: reason}
	if blocked {
		action.Name = "user block"
	}
	return s.Once(ctx, by, action, fmt.Sprintf("block %s %v %q", phone, blocked, reason), func(t *tx.Tx) (any, error) {
		u, err := subscriber(t, phone)
		if err != nil {
			return nil, err
		}
		u.Tries = 0
		if blocked {
			err = s.cfg.Process.Suspend(t, u, user.Blocked, cmp.Or(reason, noReason), payment.Suspended)
			return viewUser(u), err
		}
		u.State, u.Why = user.Active, ""
		if u.Reset != nil {
			u.Reset.Locked = false // which the operator has lifted
		}
		t.SaveUser(u)
		return viewUser(u), nil
	})
}

// ResetPIN deletes a forgotten PIN and sets none. The subscriber is told at once, and can
// cancel the reset by NO; they choose a new PIN by call, on their own phone. The reset also
// ends a lock after wrong PINs, but not a block, and stops an open order. Where it takes two
// people, a new PIN can be chosen only after CommandRules.PINWait, so that NO comes in time
// even if somebody has the subscriber's SIM for an hour.
func (s *Service) ResetPIN(ctx context.Context, by Command, phone, reason string) (json.RawMessage, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return nil, err
	}
	a := &Action{Name: resetCommand, Object: phone, Reason: reason}
	return Give(ctx, s.Approvals, by, a, fmt.Sprintf("pin-reset %s %q", phone, reason), pinReset{phone})
}

// resetCommand is how the reset of a PIN is typed.
const resetCommand = "user pin-reset"

// pinReset says whose PIN to reset.
type pinReset struct{ Phone string }

// pinResets is the command that resets a PIN.
type pinResets struct{ *Service }

// command returns it as an Approvable.
func (r pinResets) command() Approvable[pinReset] {
	return Approvable[pinReset]{Name: resetCommand, Maker: auth.ManagePeople, Checker: auth.ApprovePeople, Prepare: r.look, Do: r.reset,
		Stake: func(t *tx.Tx, in pinReset) (map[string]string, error) { return stakes(r).purse(t, in.Phone) }}
}

// look says what the reset of a PIN will change. A subscriber who remembers the PIN, and
// changes it, no longer needs a reset.
func (r pinResets) look(t *tx.Tx, in pinReset) (Change, error) {
	u, err := subscriber(t, in.Phone)
	if err != nil {
		return Change{}, err
	}
	chosen := sha256.Sum256(u.PIN.Hash)
	return Change{
		Before: map[string]string{"number": u.Phone, "name": cmp.Or(u.Name.EN, u.Name.ZH), "state": string(u.State),
			"PIN": map[bool]string{true: "chosen", false: "none"}[u.PIN.Set()]},
		After:     map[string]string{"PIN": "none"},
		Seen:      hex.EncodeToString(chosen[:]),
		Documents: []Document{{user.AliasTable, r.cfg.Run.AliasKey(in.Phone)}},
	}, nil
}

// reset resets a PIN.
func (r pinResets) reset(t *tx.Tx, _ Command, _ *Action, in pinReset) (any, error) {
	u, err := subscriber(t, in.Phone)
	if err != nil {
		return nil, err
	}
	wait := time.Duration(0)
	two, err := staff.InForce(t)
	if err != nil {
		return nil, err
	}
	text := lang.PINReset
	if two {
		if wait = r.cfg.Rules().PINWait; wait > 0 {
			text = lang.PINResetLater
		}
	}
	u.ResetPIN(t.Now, wait)
	if err := r.cfg.Process.Suspend(t, u, u.State, u.Why, payment.PINCleared); err != nil {
		return nil, err
	}
	return viewUser(u), t.Notify(notice.Notice{Via: r.cfg.Bind, From: r.cfg.ShortCode, To: u.Phone, Lang: r.cfg.Place.LangOf(u, ""), Text: text,
		Args: lang.Args{At: r.cfg.Place.Time(u.Reset.From)}})
}
