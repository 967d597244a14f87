package tx

import (
	"context"
	"fmt"
	"hash"
	"io"

	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/user"
)

// User returns the subscriber with that number, who must exist.
func (t *Tx) User(no uint64) (*user.User, error) {
	u, err := Read[user.User](t, user.Table, payment.Key(no))
	if err == nil && u == nil {
		err = fmt.Errorf("engine: user %d is gone", no)
	}
	return u, err
}

// SaveUser marks person for writing.
func (t *Tx) SaveUser(person *user.User) { Save(t, user.Table, payment.Key(person.No), person) }

// UserOf returns the owner of a phone number in E.164, or nil.
func (t *Tx) UserOf(phone string) (*user.User, error) {
	alias, err := t.Alias(phone)
	if err != nil || alias == nil {
		return nil, err
	}
	return t.User(alias.User)
}

// Alias returns who owns a phone number in E.164, or nil.
func (t *Tx) Alias(phone string) (*user.Alias, error) {
	return Read[user.Alias](t, user.AliasTable, t.run.AliasKey(phone))
}

// SaveAlias points the phone number of person to person.
func (t *Tx) SaveAlias(person *user.User) {
	Save(t, user.AliasTable, t.run.AliasKey(person.Phone), &user.Alias{User: person.No, Since: t.Now.UTC()})
}

// AliasKey returns what Runner.AliasKey returns.
func AliasKey(t *Tx, phone string) string { return t.run.AliasKey(phone) }

// AliasKey returns the document key of the alias of a phone number. It is keyed, so that
// the index of all numbers, which every copy of the books holds, is no list of them.
func (r *Runner) AliasKey(phone string) string {
	code := r.cfg.Numbers.Digest(func(hasher hash.Hash) { io.WriteString(hasher, phone) })
	return string(code[:])
}

// IsSubscriber reports whether a number in E.164 is registered. If that cannot be read, it
// reports false.
func (r *Runner) IsSubscriber(ctx context.Context, number string) bool {
	_, ok, err := r.cfg.Store.Doc(ctx, user.AliasTable, r.AliasKey(number))
	return ok && err == nil
}

// Merchant returns the shop with that code, or nil.
func (t *Tx) Merchant(code string) (*merchant.Merchant, error) {
	return ReadBy(t, merchant.Table, code, t.run.merchants.decode)
}

// AgentOf returns the agent to which a phone number in E.164 belongs, or nil.
func AgentOf(t *Tx, phone string) (*merchant.Merchant, error) {
	known, err := Read[merchant.AgentPhone](t, merchant.AgentTable, t.run.AliasKey(phone))
	if err != nil || known == nil {
		return nil, err
	}
	agent, err := t.Merchant(known.Code)
	if err != nil || agent == nil || !agent.IsAgent(phone) {
		return nil, err
	}
	return agent, nil
}

// SaveAgent points the phone number of an agent to it, and drops a number that it had before,
// if that is not empty.
func SaveAgent(t *Tx, agent *merchant.Merchant, before string) error {
	if before != "" {
		key := t.run.AliasKey(before)
		known, err := Read[merchant.AgentPhone](t, merchant.AgentTable, key)
		if err != nil {
			return err
		}
		if known != nil && known.Code == agent.Code {
			Drop(t, merchant.AgentTable, key)
		}
	}
	if agent.IsAgent(agent.Phone) {
		if _, err := Read[merchant.AgentPhone](t, merchant.AgentTable, t.run.AliasKey(agent.Phone)); err != nil {
			return err
		}
		Save(t, merchant.AgentTable, t.run.AliasKey(agent.Phone), &merchant.AgentPhone{Code: agent.Code})
	}
	return nil
}

// Payment returns the payment with that number, which must exist.
func (t *Tx) Payment(no uint64) (*payment.Payment, error) {
	p, err := Read[payment.Payment](t, payment.Table, payment.Key(no))
	if err == nil && p == nil {
		err = fmt.Errorf("engine: payment %d is gone", no)
	}
	return p, err
}

// SavePayment marks order for writing. One that is done never changes again.
func (t *Tx) SavePayment(order *payment.Payment) {
	if order.State == payment.Done {
		Archive(t, payment.Table, payment.Key(order.No), order)
		return
	}
	Save(t, payment.Table, payment.Key(order.No), order)
}

// AsOf has the step run again if order changes before the commit: a text about a payment
// must not come after the one about its end, and so be the last word. A payment that is
// done needs no such guard.
func (t *Tx) AsOf(order *payment.Payment) {
	if order.State != payment.Done {
		t.SavePayment(order)
	}
}
