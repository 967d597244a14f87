package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"mpg/engine/auth"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// An agent is a merchant that gives cash for money in purses, and takes it. Its float is its
// own account: what it is paid for cash adds to it, and what it pays into purses comes out of
// it. The operator funds it.

// Refusals of what is done to agents.
var (
	ErrNoAgent    = errors.New("is not an agent")
	ErrAgentPhone = errors.New("is the number of another agent")
	ErrClass      = error(badArgument{errors.New(`want a class of up to 16 lower-case letters and digits, other than "person", or an empty one`)})
)

// Funding is the product of a payment by which the operator funds an agent.
const Funding payment.Product = "funding"

// AgentChange is the part of a MerchantChange that says what the shop is; nil: it stays.
type AgentChange struct {
	Agent *bool   // gives and takes cash
	Class *string // on which fees and limits may depend; empty: none
}

// checkClass refuses a class that rows of fees and limits could not name.
func checkClass(class string) error {
	if class != "" && (!limit.ClassForm.MatchString(class) || class == limit.Person) {
		return ErrClass
	}
	return nil
}

// body tells one change from another in the fingerprint of a command. It is empty for a
// change that an older build could have been given.
func (c AgentChange) body() string {
	text := ""
	if c.Agent != nil {
		text += " agent " + strconv.FormatBool(*c.Agent)
	}
	if c.Class != nil {
		text += " class " + strconv.Quote(*c.Class)
	}
	return text
}

// apply makes the change.
func (c AgentChange) apply(shop *merchant.Merchant) {
	if c.Agent != nil {
		shop.Agent = *c.Agent
	}
	set(&shop.Class, c.Class)
}

// saveAgent keeps the number of a shop, which it had not before, as that of an agent if it is
// one: by it an agent is known when it texts. before is the number that it had.
func saveAgent(t *tx.Tx, shop *merchant.Merchant, before string) error {
	if shop.IsAgent(shop.Phone) {
		other, err := tx.AgentOf(t, shop.Phone)
		if err != nil {
			return err
		}
		if other != nil && other.Code != shop.Code {
			return fmt.Errorf("%s %w", shop.Phone, ErrAgentPhone)
		}
	}
	return tx.SaveAgent(t, shop, before)
}

// funds is the command that funds an agent.
type funds struct{ *Service }

// funding says which agent to fund, and with how much.
type funding struct {
	Code   string
	Amount money.Amount
}

// Agents are the commands about agents.
type Agents struct{ *Service }

// Fund moves money from the operator's float to that of an agent. Above
// CommandRules.TopUpAbove for one agent in a local day it takes two people. The error is
// ErrNoMerchant, ErrNoAgent, ErrShopClosed, or one of the key or the store.
func (s Agents) Fund(ctx context.Context, by Command, code string, amount money.Amount) (json.RawMessage, error) {
	a := &Action{Name: "merchant fund", Object: code, Amount: amount}
	return Give(ctx, s.Approvals, by, a, fmt.Sprintf("fund %q %d", code, amount), funding{code, amount})
}

// command returns it as an Approvable.
func (f funds) command() Approvable[funding] {
	return Approvable[funding]{Name: "merchant fund", Maker: auth.TakeCash, Checker: auth.ApproveMoney, Second: f.isLarge, Prepare: f.look, Do: f.fund,
		Stake: func(t *tx.Tx, in funding) (map[string]string, error) { return stakes(f).shop(t, in.Code) }}
}

// isLarge reports whether funding takes two people.
func (f funds) isLarge(t *tx.Tx, in funding) (bool, error) {
	return paidIn(f).isLarge(t, merchantKey(in.Code), in.Amount)
}

// look says what funding will change.
func (f funds) look(t *tx.Tx, in funding) (Change, error) {
	agent, err := agentOf(t, in.Code)
	if err != nil {
		return Change{}, err
	}
	return Change{
		Before:    map[string]string{"agent": agent.Code, "name": agent.Name.In(lang.EN)},
		After:     map[string]string{"funded with": cash(f).price(in.Amount)},
		Documents: []Document{{merchant.Table, agent.Code}},
	}, nil
}

// agentOf returns the agent with that code.
func agentOf(t *tx.Tx, code string) (*merchant.Merchant, error) {
	shop, err := shopOf(t, code)
	switch {
	case err != nil:
		return nil, err
	case shop.IsClosed():
		return nil, ErrShopClosed
	case !shop.Agent:
		return nil, fmt.Errorf("%s %w", code, ErrNoAgent)
	}
	return shop, nil
}

// fund funds an agent.
func (f funds) fund(t *tx.Tx, by Command, _ *Action, in funding) (any, error) {
	agent, err := agentOf(t, in.Code)
	if err != nil {
		return nil, err
	}
	if err := paidIn(f).add(t, merchantKey(in.Code), in.Amount); err != nil {
		return nil, err
	}
	float, err := f.cfg.Books.Account(t, books.Float, store.Asset, "")
	if err != nil {
		return nil, err
	}
	p := f.cashEntry(t, f.cfg.Place.Language, Funding, payment.Leg{From: float, To: agent.Account, Amount: in.Amount, Code: payment.CodeFund})
	p.Payee, p.By = payment.Party{Code: agent.Code, Phone: agent.Phone, Name: agent.Name, Class: agent.Class}, by.actor()
	t.SavePayment(p)
	return f.viewPayment(p), f.tellAgent(t, p, agent.Account, lang.Funded, "")
}

// tellAgent tells the agent of a payment about it, if its number is known. of is the reference
// that the text names besides its own.
func (s *Service) tellAgent(t *tx.Tx, p *payment.Payment, account store.AccountID, text lang.Key, of string) error {
	agent, err := shopOf(t, cmp.Or(p.Payee.Code, p.Payer.Code))
	if err != nil || agent.Phone == "" {
		return err
	}
	return t.Notify(notice.Notice{Via: p.Via, From: p.Code, To: agent.Phone, Lang: p.Lang, Text: text, Purse: account,
		Args: lang.Args{Ref: p.Ref, Of: of, Amount: p.Charged, Currency: s.cfg.Place.Currency, At: s.cfg.Place.Time(t.Now)}})
}
