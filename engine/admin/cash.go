package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"mpg/engine/auth"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/refund"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// The operator moves money in three ways: a top-up pays cash into a purse, a funding adds to
// the float of an agent, and a correction takes a mistaken one of these back. All are payments
// that are done at once, so that they have a reference and appear in the lists. None ever
// changes.

// Refusals of the operator's money commands.
var (
	ErrTopUpLimit   = errors.New("exceeds the limit of one top-up")
	ErrNoTopUp      = errors.New("is neither a top-up nor the funding of an agent")
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

// cash is the money commands of the operator that may need two people.
type cash struct{ *Service }

// register registers them.
func (c cash) register() {
	Register(c.Approvals, Approvable[topUp]{Name: "purse topup", Maker: auth.TakeCash, Checker: auth.ApproveMoney,
		Second: c.isLarge, Prepare: c.lookTopUp, Do: c.topUp,
		Stake: func(t *tx.Tx, in topUp) (map[string]string, error) { return stakes(c).purse(t, in.Phone) }})
	Register(c.Approvals, Approvable[Correction]{Name: "purse correct", Maker: auth.CorrectMoney, Checker: auth.ApproveMoney,
		Prepare: c.lookCorrection, Do: c.takeBack, Stake: c.correctionStake})
}

// correctionStake says what the account holds from which a payment would be taken back.
func (c cash) correctionStake(t *tx.Tx, in Correction) (map[string]string, error) {
	first, _, err := c.correctionOf(t, in)
	if err != nil {
		return nil, err
	}
	if first.Plan.Product == Funding {
		return stakes(c).shop(t, first.Payee.Code)
	}
	return stakes(c).purse(t, first.Payee.Phone)
}

// topUp says which purse to top up, and with how much.
type topUp struct {
	Phone  string
	Amount money.Amount
}

// TopUp moves cash from the operator's float to a purse, at most CommandRules.TopUpLimit at
// once, and no more than the purse may receive and hold. Above CommandRules.TopUpAbove for one
// purse in a local day it takes two people. The error is ErrTopUpLimit, ErrPurseFull, ErrNoUser,
// or one of the key or the store.
func (s *Service) TopUp(ctx context.Context, by Command, phone string, amount money.Amount) (json.RawMessage, error) {
	a := &Action{Name: "purse topup", Object: phone, Amount: amount}
	return Give(ctx, s.Approvals, by, a, fmt.Sprintf("topup %s %d", phone, amount), topUp{phone, amount})
}

// isLarge reports whether a top-up takes two people. What the purse was topped up with on the
// same day counts as well.
func (c cash) isLarge(t *tx.Tx, in topUp) (bool, error) {
	u, err := subscriber(t, in.Phone)
	if errors.Is(err, ErrNoUser) {
		return false, nil // the command will say so
	}
	if err != nil {
		return false, err
	}
	return paidIn(c).isLarge(t, userKey(u.No), in.Amount)
}

// lookTopUp says what a top-up will change.
func (c cash) lookTopUp(t *tx.Tx, in topUp) (Change, error) {
	u, err := subscriber(t, in.Phone)
	if err != nil {
		return Change{}, err
	}
	return Change{
		Before:    map[string]string{"number": u.Phone, "name": cmp.Or(u.Name.EN, u.Name.ZH), "state": string(u.State)},
		After:     map[string]string{"topped up with": c.price(in.Amount)},
		Documents: []Document{{user.AliasTable, c.cfg.Run.AliasKey(in.Phone)}},
	}, nil
}

// price returns an amount with its currency.
func (c cash) price(amount money.Amount) string {
	return c.cfg.Place.Currency.Format(amount) + " " + c.cfg.Place.Currency.Code
}

// topUp makes a top-up.
func (c cash) topUp(t *tx.Tx, by Command, _ *Action, in topUp) (any, error) {
	if limit := c.cfg.Rules().TopUpLimit; limit != 0 && in.Amount > limit {
		return nil, fmt.Errorf("%s %w: %s", c.cfg.Place.Currency.Format(in.Amount), ErrTopUpLimit, c.cfg.Place.Currency.Format(limit))
	}
	u, err := subscriber(t, in.Phone)
	if err != nil {
		return nil, err
	}
	counted, err := receipts(c).counted(t, u, in.Amount)
	if err != nil {
		return nil, err
	}
	if err := paidIn(c).add(t, userKey(u.No), in.Amount); err != nil {
		return nil, err
	}
	float, err := c.cfg.Books.Account(t, books.Float, store.Asset, "")
	if err != nil {
		return nil, err
	}
	p := c.cashEntry(t, c.cfg.Place.LangOf(u, ""), payment.TopUp, payment.Leg{From: float, To: u.Purse, Amount: in.Amount, Code: payment.CodeTopUp}, counted...)
	p.Payee, p.By = partyOf(u), by.actor()
	u.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: in.Amount, Currency: p.Currency})
	return c.viewPayment(p), c.cashDone(t, u, p, lang.TopUp, "")
}

// Correction says which top-up, or which funding of an agent, to take back.
type Correction struct {
	Ref    string
	Reason string // kept with the entry, for auditors
	Part   bool   // take what the account still holds if that is less
}

// Correct takes a mistaken top-up, or a mistaken funding of an agent, back by an entry of its
// own: the purse, or the agent, pays the operator's float. Money that has been spent is not
// taken from later ones. Without Part such a correction is refused, and the error says how
// much is missing; with Part, what is left is taken and the rest may be corrected later. The
// corrections of a payment together never exceed it.
func (s *Service) Correct(ctx context.Context, by Command, correction Correction) (json.RawMessage, error) {
	no, action, err := aboutPayment(s, "purse correct", correction.Ref, correction.Reason)
	if err != nil {
		return nil, err
	}
	correction.Reason = action.Reason
	body := fmt.Sprintf("correct %d %v %q", no, correction.Part, correction.Reason)
	return Give(ctx, s.Approvals, by, action, body, correction)
}

// lookCorrection says what a correction will change. How much the account still holds is not
// part of it: that changes, and the correction says what becomes of it.
func (c cash) lookCorrection(t *tx.Tx, in Correction) (Change, error) {
	first, back, err := c.correctionOf(t, in)
	if err != nil {
		return Change{}, err
	}
	change := Change{
		Before:    map[string]string{"number": first.Payee.Phone, "top-up": first.Ref, "amount": c.price(first.Charged), "taken back": c.price(back.Sum)},
		After:     map[string]string{"to take back": c.price(first.Charged - back.Sum)},
		Documents: []Document{{payment.RefundsTable, payment.Key(first.No)}},
	}
	if first.Plan.Product == Funding {
		change.Before = map[string]string{"agent": first.Payee.Code, "funding": first.Ref, "amount": c.price(first.Charged), "taken back": c.price(back.Sum)}
	}
	if in.Part {
		change.After["at most"] = "what is still there"
	}
	return change, nil
}

// correctionOf returns the payment that a correction is about, and what was taken back of it.
func (c cash) correctionOf(t *tx.Tx, in Correction) (first *payment.Payment, back *payment.Refunds, err error) {
	no, err := c.paymentNumber(in.Ref)
	if err != nil {
		return nil, nil, err
	}
	if first, err = paymentOf(t, no); err != nil {
		return nil, nil, err
	}
	if first.Plan.Product != payment.TopUp && first.Plan.Product != Funding {
		return nil, nil, fmt.Errorf("%s %w", first.Ref, ErrNoTopUp)
	}
	back, err = refund.Of(t, first.No)
	return first, back, err
}

// takeBack carries out a correction.
func (c cash) takeBack(t *tx.Tx, by Command, action *Action, in Correction) (any, error) {
	first, back, err := c.correctionOf(t, in)
	if err != nil {
		return nil, err
	}
	float, err := c.cfg.Books.Account(t, books.Float, store.Asset, "")
	if err != nil {
		return nil, err
	}
	p, err := c.correct(t, first, back, float, in, by.actor())
	if err != nil {
		return nil, err
	}
	action.Amount = p.Charged
	return c.viewPayment(p), nil
}

// correct takes back the payment first, of which back was taken before.
func (c cash) correct(t *tx.Tx, first *payment.Payment, back *payment.Refunds, float store.AccountID, correction Correction, by *payment.Actor) (*payment.Payment, error) {
	left := first.Charged - back.Sum
	if left <= 0 {
		return nil, fmt.Errorf("%s %w", first.Ref, ErrCorrected)
	}
	from, err := c.holderOf(t, first)
	if err != nil {
		return nil, err
	}
	amount, err := c.correctable(t.Context(), from, left, correction.Part)
	if err != nil {
		return nil, err
	}
	p := c.cashEntry(t, from.language, payment.Correction, payment.Leg{From: from.account, To: float, Amount: amount, Code: payment.CodeCorrection}, countedBack(first, amount)...)
	p.Payer, p.Of, p.Why, p.By = from.party, first.No, correction.Reason, by
	back.Sum += amount
	back.By = append(back.By, p.No)
	tx.Save(t, payment.RefundsTable, payment.Key(first.No), back)
	if from.person == nil {
		t.SavePayment(p)
		return p, c.tellAgent(t, p, from.account, lang.Unfunded, first.Ref)
	}
	from.person.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: -amount, Currency: p.Currency})
	return p, c.cashDone(t, from.person, p, lang.Corrected, first.Ref)
}

// holder is who got the money that a correction takes back.
type holder struct {
	account  store.AccountID
	party    payment.Party
	language lang.Lang
	person   *user.User // nil: an agent
	what     string     // in an error
}

// holderOf returns who got the money of a top-up or a funding.
func (c cash) holderOf(t *tx.Tx, first *payment.Payment) (holder, error) {
	if first.Plan.Product == Funding {
		agent, err := shopOf(t, first.Payee.Code)
		if err != nil {
			return holder{}, err
		}
		return holder{account: agent.Account, party: first.Payee, language: c.cfg.Place.Language, what: "the agent"}, nil
	}
	person, err := t.User(first.Payee.User)
	if err != nil {
		return holder{}, errors.Join(errNoCorrection, err)
	}
	return holder{person.Purse, partyOf(person), c.cfg.Place.LangOf(person, ""), person, "the purse"}, nil
}

// correctable returns how much of left can be taken back now. The store refuses the entry
// where the account is emptied in between.
func (c cash) correctable(ctx context.Context, from holder, left money.Amount, part bool) (money.Amount, error) {
	account, ok, err := c.cfg.Store.Account(ctx, from.account)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, ErrNoRecord
	}
	currency := c.cfg.Place.Currency
	switch has := max(0, account.Available()); {
	case has >= left:
		return left, nil
	case !part || has == 0:
		return 0, fmt.Errorf("%s of it %w; %s has %s", currency.Format(left-has), ErrSpent, from.what, currency.Format(has))
	default:
		return has, nil
	}
}

// cashEntry returns a payment that has one leg, and those that count it, and is done at once.
// Texts about it are in the given language.
func (s *Service) cashEntry(t *tx.Tx, language lang.Lang, product payment.Product, leg payment.Leg, counts ...payment.Leg) *payment.Payment {
	no := s.cfg.Books.Payments.Add(1)
	at := t.Now.UTC()
	legs := append([]payment.Leg{leg}, counts...)
	for i := range legs {
		one := &legs[i]
		one.PostedAt = payment.AtConfirm
		t.Transfer(store.Transfer{Op: store.Post, Code: one.Code, Debit: one.From, Credit: one.To, Amount: one.Amount, Ref: no, IgnoreLimits: payment.IgnoresLimits(one.Code)})
	}
	return &payment.Payment{No: no, Ref: s.cfg.Books.Refs.Ref(no), State: payment.Done, Reason: payment.Paid,
		Plan:    payment.Plan{Product: product, Legs: legs, PINExempt: true},
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
