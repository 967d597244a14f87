package admin

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
	errNoCorrection = errors.New("admin: a top-up without its subscriber")
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

// TopUp moves cash from the operator's float to a purse, at most Config.TopUpLimit at
// once. The error is ErrTopUpLimit, ErrNoUser, or one of the key or the store.
func (s *Service) TopUp(ctx context.Context, by Command, phone string, amount money.Amount) (json.RawMessage, error) {
	a := &Action{Name: "purse topup", Object: phone, Amount: amount}
	return s.Once(ctx, by, a, fmt.Sprintf("topup %s %d", phone, amount), func(t *tx.Tx) (any, error) {
		if limit := s.cfg.TopUpLimit(); limit != 0 && amount > limit {
			return nil, fmt.Errorf("%s %w: %s", s.cfg.Place.Currency.Format(amount), ErrTopUpLimit, s.cfg.Place.Currency.Format(limit))
		}
		u, err := subscriber(t, phone)
		if err != nil {
			return nil, err
		}
		float, err := s.cfg.Books.Account(t, books.Float, store.Asset, "")
		if err != nil {
			return nil, err
		}
		p := s.cash(t, s.cfg.Place.LangOf(u, ""), payment.TopUp, payment.Leg{From: float, To: u.Purse, Amount: amount, Code: payment.CodeTopUp})
		p.Payee, p.By = partyOf(u), by.actor()
		u.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: amount, Currency: p.Currency})
		return s.viewPayment(p), s.cashDone(t, u, p, lang.TopUp, "")
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
func (s *Service) Correct(ctx context.Context, by Command, correction Correction) (json.RawMessage, error) {
	reason, err := checkReason(correction.Reason)
	if err != nil {
		return nil, err
	}
	correction.Reason = reason
	no, err := s.paymentNumber(correction.Ref)
	if err != nil {
		return nil, err
	}
	a := &Action{Name: "purse correct", Object: s.cfg.Books.Refs.Ref(no), Reason: correction.Reason}
	body := fmt.Sprintf("correct %d %v %q", no, correction.Part, correction.Reason)
	return s.Once(ctx, by, a, body, func(t *tx.Tx) (any, error) {
		first, err := paymentOf(t, no)
		if err != nil {
			return nil, err
		}
		float, err := s.cfg.Books.Account(t, books.Float, store.Asset, "")
		if err != nil {
			return nil, err
		}
		p, err := s.correct(t, first, float, correction, by.actor())
		if err != nil {
			return nil, err
		}
		a.Amount = p.Charged
		return s.viewPayment(p), nil
	})
}

// correct makes one attempt to correct the top-up first.
func (s *Service) correct(t *tx.Tx, first *payment.Payment, float store.AccountID, correction Correction, by *payment.Actor) (*payment.Payment, error) {
	if first.Plan.Product != payment.TopUp {
		return nil, fmt.Errorf("%s %w", first.Ref, ErrNoTopUp)
	}
	back, err := s.returned(t, first)
	if err != nil {
		return nil, err
	}
	left := first.Charged - back.Sum
	if left <= 0 {
		return nil, fmt.Errorf("%s %w", first.Ref, ErrCorrected)
	}
	u, err := t.User(first.Payee.User)
	if err != nil {
		return nil, errors.Join(errNoCorrection, err)
	}
	amount, err := s.correctable(t.Context(), u, left, correction.Part)
	if err != nil {
		return nil, err
	}
	p := s.cash(t, s.cfg.Place.LangOf(u, ""), payment.Correction, payment.Leg{From: u.Purse, To: float, Amount: amount, Code: payment.CodeCorrection})
	p.Payer, p.Of, p.Why, p.By = partyOf(u), first.No, correction.Reason, by
	back.Sum += amount
	back.By = append(back.By, p.No)
	tx.Save(t, payment.RefundsTable, payment.Key(first.No), back)
	u.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: -amount, Currency: p.Currency})
	return p, s.cashDone(t, u, p, lang.Corrected, first.Ref)
}

// correctable returns how much of left can be taken from the purse now. The
// store refuses the entry where the purse is emptied in between.
func (s *Service) correctable(ctx context.Context, person *user.User, left money.Amount, part bool) (money.Amount, error) {
	purse, ok, err := s.cfg.Store.Account(ctx, person.Purse)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, ErrNoRecord
	}
	currency := s.cfg.Place.Currency
	switch has := max(0, purse.Available()); {
	case has >= left:
		return left, nil
	case !part || has == 0:
		return 0, fmt.Errorf("%s of it %w; the purse has %s", currency.Format(left-has), ErrSpent, currency.Format(has))
	default:
		return has, nil
	}
}

// cash returns a payment that has one leg and is done at once. Texts about it are in the
// given language.
func (s *Service) cash(t *tx.Tx, language lang.Lang, product payment.Product, leg payment.Leg) *payment.Payment {
	no := s.cfg.Books.Payments.Add(1)
	at := t.Now.UTC()
	t.Transfer(store.Transfer{Op: store.Post, Code: leg.Code, Debit: leg.From, Credit: leg.To, Amount: leg.Amount, Ref: no})
	leg.PostedAt = payment.AtConfirm
	return &payment.Payment{No: no, Ref: s.cfg.Books.Refs.Ref(no), State: payment.Done, Reason: payment.Paid,
		Plan:    payment.Plan{Product: product, Legs: []payment.Leg{leg}, PINExempt: true},
		Amounts: payment.Amounts{Ordered: leg.Amount, Charged: leg.Amount, Received: leg.Amount, Currency: s.cfg.Place.Currency.Code},
		Route:   payment.Route{Lang: language, Via: s.cfg.Bind, Code: s.cfg.ShortCode},
		Date:    s.cfg.Place.Day(t.Now), Deadline: at,
		Steps: []payment.Step{{At: at, State: payment.Posted}, {At: at, State: payment.Done}}}
}

// cashDone keeps entry and tells the subscriber by text; of is the reference that
// the text names besides its own.
func (s *Service) cashDone(t *tx.Tx, person *user.User, entry *payment.Payment, text lang.Key, of string) error {
	t.SaveUser(person)
	t.SavePayment(entry)
	args := lang.Args{Ref: entry.Ref, Of: of, Amount: entry.Charged, Currency: s.cfg.Place.Currency, At: s.cfg.Place.Time(t.Now)}
	return t.Notify(notice.Notice{Via: entry.Via, From: entry.Code, To: person.Phone, Lang: entry.Lang, Text: text, Purse: person.Purse, Args: args})
}

// partyOf returns the subscriber as a side of a payment.
func partyOf(person *user.User) payment.Party {
	return payment.Party{User: person.No, Phone: person.Phone, Name: person.Name}
}
