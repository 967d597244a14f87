package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// The operator moves money in two ways: a top-up pays cash into a purse, and a
// correction takes a mistaken top-up back. Both are payments that are done at
// once, so that they have a reference and appear in the lists. Neither ever
// changes.

// Refusals of the operator's money commands.
var (
	ErrTopUpLimit   = errors.New("exceeds the limit of one top-up")
	ErrNoTopUp      = errors.New("is not a top-up")
	ErrCorrected    = errors.New("has already been corrected")
	ErrSpent        = errors.New("has been spent")
	ErrReason       = error(badArgument{fmt.Errorf("a reason of 1 to %d characters is needed", reasonRunesMax)})
	errNoCorrection = errors.New("engine: a top-up without its subscriber")
)

// reasonRunesMax is the longest reason that a command keeps.
const reasonRunesMax = 200

// checkReason returns the operator's reason without blanks around it.
func checkReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len([]rune(reason)) > reasonRunesMax || strings.ContainsFunc(reason, unicode.IsControl) {
		return "", ErrReason
	}
	return reason, nil
}

// TopUp moves cash from the operator's float to a purse, at most
// Rules.TopUpLimit at once.
func (e *Engine) TopUp(ctx context.Context, o Command, phone string, amount money.Amount) (json.RawMessage, error) {
	a := &action{Name: "purse topup", Object: phone, Amount: amount}
	return e.keyed(ctx, o, a, fmt.Sprintf("topup %s %d", phone, amount), func(w *work) (any, error) {
		if limit := e.Rules().TopUpLimit; limit != 0 && amount > limit {
			return nil, fmt.Errorf("%s %w: %s", e.cfg.Currency.Format(amount), ErrTopUpLimit, e.cfg.Currency.Format(limit))
		}
		u, err := w.UserOf(phone)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, ErrNoUser
		}
		float, err := e.books.Account(w.Tx, books.Float, store.Asset)
		if err != nil {
			return nil, err
		}
		p := w.cash(u, payment.TopUp, payment.Leg{From: float, To: u.Purse, Amount: amount, Code: payment.CodeTopUp})
		p.Payee, p.By = partyOf(u), o.actor()
		u.Enter(user.Entry{Ref: p.Ref, At: w.Now, Amount: amount, Currency: p.Currency})
		return e.viewPayment(p), w.cashDone(u, p, lang.TopUp, "")
	})
}

// Correction says which top-up to take back.
type Correction struct {
	Ref    string // of the top-up
	Reason string // kept with the entry, for auditors
	Part   bool   // take what the purse still holds if that is less
}

// Correct takes a mistaken top-up back by an entry of its own: the purse pays
// the float. Money that has been spent is not taken from later top-ups. Without
// Part such a correction is refused, and the error says how much is missing;
// with Part, what is left is taken and the rest may be corrected later. The
// corrections of a top-up together never exceed it.
func (e *Engine) Correct(ctx context.Context, o Command, c Correction) (json.RawMessage, error) {
	reason, err := checkReason(c.Reason)
	if err != nil {
		return nil, err
	}
	c.Reason = reason
	no, err := e.paymentNo(c.Ref)
	if err != nil {
		return nil, err
	}
	a := &action{Name: "purse correct", Object: e.books.Refs.Ref(no), Reason: c.Reason}
	body := fmt.Sprintf("correct %d %v %q", no, c.Part, c.Reason)
	return e.keyed(ctx, o, a, body, func(w *work) (any, error) {
		first, err := tx.Read[payment.Payment](w.Tx, payment.Table, payment.Key(no))
		if err != nil {
			return nil, err
		}
		if first == nil {
			return nil, ErrNoRecord
		}
		float, err := e.books.Account(w.Tx, books.Float, store.Asset)
		if err != nil {
			return nil, err
		}
		p, err := w.correct(first, float, c, o.actor())
		if err != nil {
			return nil, err
		}
		a.Amount = p.Charged
		return e.viewPayment(p), nil
	})
}

// correct makes one attempt to correct the top-up first.
func (w *work) correct(first *payment.Payment, float store.AccountID, c Correction, by *payment.Actor) (*payment.Payment, error) {
	if first.Plan.Product != payment.TopUp {
		return nil, fmt.Errorf("%s %w", first.Ref, ErrNoTopUp)
	}
	back, err := tx.Read[payment.Returned](w.Tx, payment.ReturnedTable, payment.Key(first.No))
	if err != nil {
		return nil, err
	}
	if back == nil {
		back = &payment.Returned{Of: first.No}
	}
	left := first.Charged - back.Sum
	if left <= 0 {
		return nil, fmt.Errorf("%s %w", first.Ref, ErrCorrected)
	}
	u, err := w.User(first.Payee.User)
	if err != nil {
		return nil, errors.Join(errNoCorrection, err)
	}
	amount, err := w.correctable(u, left, c.Part)
	if err != nil {
		return nil, err
	}
	p := w.cash(u, payment.Correction, payment.Leg{From: u.Purse, To: float, Amount: amount, Code: payment.CodeCorrection})
	p.Payer, p.Of, p.Why, p.By = partyOf(u), first.No, c.Reason, by
	back.Sum += amount
	back.By = append(back.By, p.No)
	tx.Save(w.Tx, payment.ReturnedTable, payment.Key(first.No), back)
	u.Enter(user.Entry{Ref: p.Ref, At: w.Now, Amount: -amount, Currency: p.Currency})
	return p, w.cashDone(u, p, lang.Corrected, first.Ref)
}

// correctable returns how much of left can be taken from the purse now. The
// store refuses the entry where the purse is emptied in between.
func (w *work) correctable(u *user.User, left money.Amount, part bool) (money.Amount, error) {
	purse, ok := w.e.cfg.Store.Account(u.Purse)
	if !ok {
		return 0, ErrNoRecord
	}
	c := w.e.cfg.Currency
	switch has := max(0, purse.Available()); {
	case has >= left:
		return left, nil
	case !part || has == 0:
		return 0, fmt.Errorf("%s of it %w; the purse has %s", c.Format(left-has), ErrSpent, c.Format(has))
	default:
		return has, nil
	}
}

// cash returns a payment that has one leg and is done at once.
func (w *work) cash(u *user.User, product payment.Product, l payment.Leg) *payment.Payment {
	no := w.e.books.Payments.Add(1)
	at := w.Now.UTC()
	w.Transfer(store.Transfer{Op: store.Post, Code: l.Code, Debit: l.From, Credit: l.To, Amount: l.Amount, Ref: no})
	return &payment.Payment{No: no, Ref: w.e.books.Refs.Ref(no), State: payment.Done, Reason: payment.Paid,
		Plan:    payment.Plan{Product: product, Legs: []payment.Leg{l}, Free: true},
		Ordered: l.Amount, Charged: l.Amount, Currency: w.e.cfg.Currency.Code, Lang: w.e.place.LangOf(u, ""),
		Via: w.e.cfg.Binds[0], Code: w.e.cfg.ShortCode, Date: w.e.place.Day(w.Now), Deadline: at,
		Steps: []payment.Step{{At: at, State: payment.Posted}, {At: at, State: payment.Done}}}
}

// cashDone keeps p and tells the subscriber by text; of is the reference that
// the text names besides its own.
func (w *work) cashDone(u *user.User, p *payment.Payment, text lang.Key, of string) error {
	w.SaveUser(u)
	w.SavePayment(p)
	args := lang.Args{Ref: p.Ref, Of: of, Amount: p.Charged, Currency: w.e.cfg.Currency, At: w.e.place.Time(w.Now)}
	return w.Notify(notice.Notice{Via: p.Via, From: p.Code, To: u.Phone, Lang: p.Lang, Text: text, Purse: u.Purse, Args: args})
}

// partyOf returns the subscriber as a side of a payment.
func partyOf(u *user.User) payment.Party {
	return payment.Party{User: u.No, Phone: u.Phone, Name: u.Name}
}
