package engine

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
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
)

// Command is who commands and under which key: the same key never works twice.
type Command struct {
	Key string // chosen by the caller before the work
	UID uint32 // of the caller
}

// done is what a key led to.
type done struct {
	Body   string          `json:"body"`
	Result json.RawMessage `json:"result"`
	UID    uint32          `json:"uid"`
	At     string          `json:"at"`
}

// keyed runs a command once: a repeat with the same body gets the first result,
// one with another body is refused. body must hold no secret in clear.
func (e *Engine) keyed(ctx context.Context, o Command, body string, fn func(w *work) (any, error)) (json.RawMessage, error) {
	if o.Key == "" || len(o.Key) > store.KeyBytesMax {
		return nil, errors.New("a key of 1 to 128 characters is needed")
	}
	var result json.RawMessage
	err := e.step(ctx, e.newID(), nil, func(w *work) error {
		w.body(body)
		digest := hex.EncodeToString(w.cmd.Body[:])
		first, err := read[done](w, keyTable, o.Key)
		if err != nil {
			return err
		}
		if first != nil {
			if first.Body != digest {
				return ErrKeyBody
			}
			result = first.Result
			return nil
		}
		value, err := fn(w)
		if err != nil {
			return err
		}
		if result, err = json.Marshal(value); err != nil {
			return err
		}
		save(w, keyTable, o.Key, &done{digest, result, o.UID, rfc3339(w.now)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.cfg.Log.Info("command", "key", o.Key, "uid", o.UID)
	return result, nil
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
		return nil, err
	}
	var record pin.Record
	if n.PIN != nil {
		var err error
		if record, err = e.hasher.Make(n.PIN); err != nil {
			return nil, err
		}
	}
	body := fmt.Sprintf("add user %q %q %q %q %q %q", n.Phone, n.Name.EN, n.Name.ZH, n.Lang, n.Bank, n.BankAccount)
	return e.keyed(ctx, o, body, func(w *work) (any, error) {
		alias, err := read[user.Alias](w, user.AliasTable, n.Phone)
		if err != nil {
			return nil, err
		}
		if alias != nil {
			return nil, fmt.Errorf("%s %w", n.Phone, ErrExists)
		}
		no := e.nextUser.Add(1)
		u := &user.User{No: no, Phone: n.Phone, Name: n.Name, Lang: n.Lang, State: user.Active,
			Purse: purseID(no), Bank: n.Bank, BankAccount: n.BankAccount, PIN: record, Created: w.now.UTC()}
		save(w, user.Table, payment.Key(no), u)
		aliasDoc(w, u)
		w.cmd.Opens = append(w.cmd.Opens, store.Open{ID: u.Purse, Kind: store.Owed, Currency: e.cfg.Currency.Code})
		return viewUser(u), nil
	})
}

// SetBlocked blocks a subscriber, whose open order is stopped, or lifts a block
// and a lock.
func (e *Engine) SetBlocked(ctx context.Context, o Command, phone string, blocked bool) (json.RawMessage, error) {
	return e.keyed(ctx, o, fmt.Sprintf("block %s %v", phone, blocked), func(w *work) (any, error) {
		u, err := w.userOf(phone)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, ErrNoUser
		}
		u.Tries = 0
		if blocked {
			err = w.bar(u, user.Blocked, "by the operator")
			return viewUser(u), err
		}
		u.State, u.Why = user.Active, ""
		w.saveUser(u)
		return viewUser(u), nil
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
		return nil, err
	}
	return e.keyed(ctx, o, fmt.Sprintf("add merchant %q", n), func(w *work) (any, error) {
		old, err := w.merchant(n.Code)
		if err != nil {
			return nil, err
		}
		if old != nil {
			return nil, fmt.Errorf("%s %w", n.Code, ErrExists)
		}
		m := &merchant.Merchant{Code: n.Code, Name: n.Name, Phone: n.Phone,
			Account: merchantID(n.Code), Bank: n.Bank, BankAccount: n.BankAccount, Created: w.now.UTC()}
		save(w, merchant.Table, m.Code, m)
		w.cmd.Opens = append(w.cmd.Opens, store.Open{ID: m.Account, Kind: store.Owed, Currency: e.cfg.Currency.Code})
		return viewMerchant(m), nil
	})
}

// TopUp moves cash from the operator's float to a purse.
func (e *Engine) TopUp(ctx context.Context, o Command, phone string, amount money.Amount) (json.RawMessage, error) {
	s, err := e.settings()
	if err != nil {
		return nil, err
	}
	return e.keyed(ctx, o, fmt.Sprintf("topup %s %d", phone, amount), func(w *work) (any, error) {
		u, err := w.userOf(phone)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, ErrNoUser
		}
		p := w.cashIn(u, s.Accounts[AccountFloat], amount)
		u.Enter(user.Entry{Ref: p.Ref, At: w.now, Amount: amount, Currency: p.Currency})
		w.saveUser(u)
		w.savePayment(p)
		return viewPayment(p), w.tell(notice.Notice{Via: p.Via, From: p.Code, To: u.Phone, Lang: p.Lang, Text: lang.TopUp, Purse: u.Purse,
			Args: lang.Args{Ref: p.Ref, Amount: amount, Currency: e.cfg.Currency, At: w.now.In(e.cfg.Zone)}})
	})
}

// cashIn is a top-up as a payment that is done at once, so that it has a
// reference and stands in the lists.
func (w *work) cashIn(u *user.User, float store.AccountID, amount money.Amount) *payment.Payment {
	no := w.e.nextPayment.Add(1)
	at := w.now.UTC()
	l := payment.Leg{From: float, To: u.Purse, Amount: amount, Code: payment.CodeTopUp}
	w.cmd.Transfers = append(w.cmd.Transfers, store.Transfer{Op: store.Post, Code: l.Code, Debit: l.From, Credit: l.To, Amount: amount})
	return &payment.Payment{No: no, Ref: w.e.refs.ref(no), State: payment.Done, Reason: payment.Paid,
		Plan:    payment.Plan{Product: payment.TopUp, Legs: []payment.Leg{l}, Free: true},
		Payee:   payment.Party{User: u.No, Phone: u.Phone, Name: u.Name},
		Ordered: amount, Charged: amount, Currency: w.e.cfg.Currency.Code, Lang: w.e.langOf(u, ""),
		Via: w.e.cfg.Binds[0], Code: w.e.cfg.ShortCode, Date: w.now.In(w.e.cfg.Zone).Format(user.DateForm), Deadline: at,
		Steps: []payment.Step{{At: at, State: payment.Posted}, {At: at, State: payment.Done}}}
}
