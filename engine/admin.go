package engine

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Errors of the operator's commands. Others are refusals whose text is for the
// operator.
var (
	ErrKeyBody  = errors.New("this key was used for another command")
	ErrNoUser   = errors.New("no subscriber has this number")
	ErrNoShop   = errors.New("no merchant has this code")
	ErrNoRecord = errors.New("there is no such record")
	ErrExists   = errors.New("is registered already")
	ErrNoBank   = errors.New("is not configured")
)

// ErrArgument is matched by all errors about an argument whose form is wrong, whatever
// the books hold.
var ErrArgument = errors.New("not a usable argument")

// badArgument is an error of that kind.
type badArgument struct{ error }

// Is reports whether target is ErrArgument.
func (badArgument) Is(target error) bool { return target == ErrArgument }

// Unwrap returns the error itself.
func (b badArgument) Unwrap() error { return b.error }

// paymentNo returns the number of the payment with a reference as people write it.
func (e *Engine) paymentNo(written string) (uint64, error) {
	no, err := e.books.Refs.Number(written)
	if err != nil {
		return 0, badArgument{err}
	}
	return no, nil
}

// Command says who gives a command, and its key: the same key never works twice.
type Command struct {
	Key string // chosen by the caller before the work
	UID uint32 // of the caller
}

func (o Command) actor() *payment.Actor { return &payment.Actor{UID: o.UID, Key: o.Key} }

// action describes what a command does, as the log and its record name it.
type action struct {
	Name   string       // as it is typed: "purse topup"
	Object string       // the number, code or reference that it acts on
	Amount money.Amount // 0: no money moves
	Reason string       // the operator's own words; may be empty
}

// keyTable holds the first results of the operator's commands, by key.
const keyTable store.Table = 9

// done is what a key led to.
type done struct {
	Body   string          `cbor:"1,keyasint"`
	Result json.RawMessage `cbor:"2,keyasint"`
	UID    uint32          `cbor:"3,keyasint"`
	At     string          `cbor:"4,keyasint"`
	Name   string          `cbor:"5,keyasint"`
	Object string          `cbor:"6,keyasint"`
	Amount money.Amount    `cbor:"7,keyasint,omitempty"`
	Reason string          `cbor:"8,keyasint,omitempty"`
}

// repeated returns the first result as a repeat shows it: the same object,
// marked as a repeat and dated. Without the mark a repeat looks like a new
// command, and a clerk cannot tell whether anything was done.
func (d *done) repeated() json.RawMessage {
	head := fmt.Sprintf(`{"repeat":true,"first":%q`, d.At)
	if rest := d.Result[1:]; len(rest) > 1 {
		return json.RawMessage(head + "," + string(rest))
	}
	return json.RawMessage(head + "}")
}

// Repeated is the part of a command's result that tells a repeat under a used
// key from the first run.
type Repeated struct {
	Repeat bool   `json:"repeat,omitempty"` // nothing was done now
	First  string `json:"first,omitempty"`  // when it was done, RFC 3339
}

// keyed runs a command once: a repeat with the same body gets the first result,
// one with another body is refused. Of body only a keyed digest is kept. fn may set
// the amount of a, where it depends on what it finds.
func (e *Engine) keyed(ctx context.Context, o Command, a *action, body string, fn func(w *work) (any, error)) (json.RawMessage, error) {
	if o.Key == "" || len(o.Key) > store.KeyBytesMax {
		return nil, badArgument{errors.New("a key of 1 to 128 characters is needed")}
	}
	var result json.RawMessage
	var repeat bool
	err := e.step(ctx, func(w *work) error {
		asked := w.Fingerprint(body)
		digest := hex.EncodeToString(asked[:])
		first, err := tx.Read[done](w.Tx, keyTable, o.Key)
		if err != nil {
			return err
		}
		if first != nil {
			if first.Body != digest {
				return ErrKeyBody
			}
			result, repeat, a.Amount = first.repeated(), true, first.Amount
			return nil
		}
		value, err := fn(w)
		if err != nil {
			return err
		}
		if result, err = json.Marshal(value); err != nil {
			return err
		}
		tx.Save(w.Tx, keyTable, o.Key, &done{Body: digest, Result: result, UID: o.UID, At: rfc3339(w.Now),
			Name: a.Name, Object: a.Object, Amount: a.Amount, Reason: a.Reason})
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.logCommand(o, *a, repeat)
	return result, nil
}

// logCommand logs who did what to whom. A key may hold a phone number, so it is
// left out; the record under the key holds everything.
func (e *Engine) logCommand(o Command, a action, repeat bool) {
	object := a.Object
	if strings.HasPrefix(object, "+") {
		object = lang.Mask(object)
	}
	attrs := []any{"command", a.Name, "object", object, "uid", o.UID, "repeat", repeat}
	if a.Amount != 0 {
		attrs = append(attrs, "amount", e.cfg.Currency.Format(a.Amount), "currency", e.cfg.Currency.Code)
	}
	e.cfg.Log.Info("command", attrs...)
}

// NewUser is a subscriber to register.
type NewUser struct {
	Phone             string // E.164
	Name              lang.Name
	Lang              lang.Lang // empty: not chosen
	PIN               *pin.PIN  // for trials; nil: chosen by call
	Bank, BankAccount string
}

// AddUser registers a subscriber and opens the purse.
func (e *Engine) AddUser(ctx context.Context, o Command, n NewUser) (json.RawMessage, error) {
	if err := e.checkUser(n); err != nil {
		return nil, badArgument{err}
	}
	if n.Bank != "" && e.cfg.Ports.Banks[n.Bank] == nil {
		return nil, fmt.Errorf("bank %q %w", n.Bank, ErrNoBank)
	}
	var record pin.Record
	if n.PIN != nil {
		var err error
		if record, err = e.hasher.Make(n.PIN); err != nil {
			return nil, err
		}
	}
	body := fmt.Sprintf("add user %q %q %q %q %q %q", n.Phone, n.Name.EN, n.Name.ZH, n.Lang, n.Bank, n.BankAccount)
	return e.keyed(ctx, o, &action{Name: "user add", Object: n.Phone}, body, func(w *work) (any, error) {
		alias, err := w.Alias(n.Phone)
		if err != nil {
			return nil, err
		}
		if alias != nil {
			return nil, fmt.Errorf("%s %w", n.Phone, ErrExists)
		}
		no := e.books.Users.Add(1)
		u := &user.User{No: no, Phone: n.Phone, Name: n.Name, Lang: n.Lang, State: user.Active,
			Purse: books.Purse(no), Bank: n.Bank, PIN: record, Created: w.Now.UTC()}
		u.BankAccount, u.BankMask = w.e.books.SealAccount(w.Tx, n.BankAccount)
		tx.Save(w.Tx, user.Table, payment.Key(no), u)
		w.SaveAlias(u)
		w.Open(store.Open{ID: u.Purse, Kind: store.Owed, Currency: e.cfg.Currency.Code})
		return viewUser(u), nil
	})
}

// SetBlocked blocks a subscriber, whose open order is stopped, or lifts a block
// and a lock.
func (e *Engine) SetBlocked(ctx context.Context, o Command, phone string, blocked bool) (json.RawMessage, error) {
	name := "user unblock"
	if blocked {
		name = "user block"
	}
	return e.keyed(ctx, o, &action{Name: name, Object: phone}, fmt.Sprintf("block %s %v", phone, blocked), func(w *work) (any, error) {
		u, err := w.UserOf(phone)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, ErrNoUser
		}
		u.Tries = 0
		if blocked {
			err = w.e.process.Suspend(w.Tx, u, user.Blocked, "by the operator", payment.Suspended)
			return viewUser(u), err
		}
		u.State, u.Why = user.Active, ""
		w.SaveUser(u)
		return viewUser(u), nil
	})
}

// ResetPIN deletes a forgotten PIN and sets none: the subscriber is told at
// once and chooses a new one by call, on their own phone. It also ends a lock
// after wrong PINs, but not a block, and stops an open order.
func (e *Engine) ResetPIN(ctx context.Context, o Command, phone, reason string) (json.RawMessage, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return nil, err
	}
	a := &action{Name: "user pin-reset", Object: phone, Reason: reason}
	return e.keyed(ctx, o, a, fmt.Sprintf("pin-reset %s %q", phone, reason), func(w *work) (any, error) {
		u, err := w.UserOf(phone)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, ErrNoUser
		}
		state, why := u.State, u.Why
		if state == user.Locked {
			state, why = user.Active, ""
		}
		if err := w.e.process.Suspend(w.Tx, u, state, why, payment.PINCleared); err != nil {
			return nil, err
		}
		u.PIN, u.Tries = pin.Record{}, 0
		return viewUser(u), w.Notify(notice.Notice{Via: e.cfg.Binds[0], From: e.cfg.ShortCode, To: u.Phone, Lang: e.place.LangOf(u, ""), Text: lang.PINReset})
	})
}

// NewMerchant is a shop to register.
type NewMerchant struct {
	Code              string
	Name              lang.Name
	Phone             string // E.164; empty: no receipts
	Bank, BankAccount string
}

// AddMerchant registers a shop and opens its account.
func (e *Engine) AddMerchant(ctx context.Context, o Command, n NewMerchant) (json.RawMessage, error) {
	if err := e.checkMerchant(n); err != nil {
		return nil, badArgument{err}
	}
	return e.keyed(ctx, o, &action{Name: "merchant add", Object: n.Code}, fmt.Sprintf("add merchant %q", n), func(w *work) (any, error) {
		old, err := w.Merchant(n.Code)
		if err != nil {
			return nil, err
		}
		if old != nil {
			return nil, fmt.Errorf("%s %w", n.Code, ErrExists)
		}
		m := &merchant.Merchant{Code: n.Code, Name: n.Name, Phone: n.Phone,
			Account: books.Merchant(n.Code), Bank: n.Bank, Created: w.Now.UTC()}
		m.BankAccount, m.BankMask = w.e.books.SealAccount(w.Tx, n.BankAccount)
		tx.Save(w.Tx, merchant.Table, m.Code, m)
		w.Open(store.Open{ID: m.Account, Kind: store.Owed, Currency: e.cfg.Currency.Code})
		return viewMerchant(m), nil
	})
}
