package demo

import (
	"errors"
	"log/slog"
	"slices"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// teller is a simulated bank with the accounts of the demo's people.
type teller struct {
	name   string
	host   *host.Host
	addr   string
	people []Person // who have an account there
}

// openTeller starts the bank with that name on loopback.
func openTeller(name string, people People, currency money.Currency, log *slog.Logger) (*teller, error) {
	h, err := host.New(host.Config{Log: log})
	if err != nil {
		return nil, err
	}
	t := &teller{name: name, host: h}
	for _, p := range people.all() {
		if p.Bank == name {
			m, _ := magicOf(p.Magic)
			err = errors.Join(err, t.account(p, host.Account{No: p.BankAccount, Currency: currency, Refuse: m.refuse}, p.BankBalance))
		}
	}
	if err == nil {
		t.addr, err = h.Listen("127.0.0.1:0")
	}
	if err != nil {
		_ = h.Close()
		return nil, err
	}
	t.silent(false)
	return t, nil
}

// account opens an account of a person, with what is in it at first.
func (t *teller) account(person Person, opened host.Account, balance string) (err error) {
	if opened.Balance, err = opened.Currency.Parse(balance); err != nil {
		return err
	}
	t.people = append(t.people, person)
	return t.host.Open(opened)
}

// silent makes the bank book what it is asked and answer nothing, or heals it.
// The accounts of magic numbers stay as they are.
func (t *teller) silent(on bool) {
	t.host.ClearFaults()
	for _, p := range t.people {
		if m, _ := magicOf(p.Magic); m.fault != 0 {
			t.host.Fault(host.Fault{Kind: m.fault, On: host.Requests, Account: p.BankAccount, Delay: lateBy})
		}
	}
	if on {
		t.host.Fault(host.Fault{Kind: host.Silence, On: host.Requests})
	}
}

// refuses makes the bank answer 05, do not honour, to whatever it is asked, or heals it.
func (t *teller) refuses(on bool) {
	t.host.ClearFaults()
	if on {
		t.host.Fault(host.Fault{Kind: host.Decline, On: host.Requests, Code: "05"})
	}
}

// balance is what the bank has in an account.
func (t *teller) balance(account string) money.Amount {
	b, _ := t.host.Balance(account)
	return b
}

func (t *teller) close() error { return t.host.Close() }

// open returns those that are open.
func (t tellers) open() []*teller {
	return slices.DeleteFunc([]*teller{t.bank, t.other, t.cards}, func(one *teller) bool { return one == nil })
}

// has compares what a bank holds for a subscriber with an amount.
func (t tellers) has(number, amount string, currency money.Currency) (instead string, ok bool) {
	for _, at := range t.open() {
		for _, person := range at.people {
			if person.Number == number && at.name == person.Bank {
				has := currency.Format(at.balance(person.BankAccount))
				return "it has " + has, has == amount
			}
		}
	}
	return "it has no account there", false
}
