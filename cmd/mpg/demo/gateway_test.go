package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/lang"
	"mpg/store/money"
)

// gateway stands for the daemon in tests of the script: it takes the texts,
// calls, speaks, checks keys, moves money in a ledger of its own and sends
// receipts. spoil makes it wrong in one way.
type gateway struct {
	world *World
	spoil string

	mu       sync.Mutex
	balances map[string]money.Amount
	payments []PaymentRow
	changed  chan struct{}
	keys     chan string
	bank     *bank.Link
}

// openGateway makes a World around itself, without SMSC, trunk or page.
func openGateway(t *testing.T, spoil string) *gateway {
	t.Helper()
	g := &gateway{spoil: spoil, changed: make(chan struct{}, 1), keys: make(chan string, 8), balances: map[string]money.Amount{
		accountWang: 50000, accountLi: 0, accountShop: 0, accountBank: 0, accountFloat: 50000}}
	people, err := settle()
	if err != nil {
		t.Fatal(err)
	}
	cny, _ := money.Lookup("CNY")
	w := &World{opt: withDefaults(Options{Operate: operated}), hub: newHub(), phones: map[string]*handset{}, people: people, currency: cny}
	w.ctx, w.cancel = context.WithCancel(t.Context())
	for name, at := range map[string]**teller{bankName: &w.bank, otherBank: &w.other} {
		if *at, err = openTeller(name, people, cny, w.opt.Log); err != nil {
			t.Fatal(err)
		}
	}
	pins := map[string]string{wangFang: people.Subscribers[0].PIN, liLei: people.Subscribers[1].PIN}
	for _, number := range []string{wangFang, liLei, florist} {
		w.phones[number] = newHandset(w.hub, screen{Number: number, Name: number, Rings: number != florist, PIN: pins[number]}, g.take, time.Now)
	}
	g.world = w
	if g.bank, err = bank.Open(bank.Config{Name: bankName, Addr: w.bank.addr}); err != nil {
		t.Fatal(err)
	}
	w.tasks.Go(func() { _ = g.bank.Run(w.ctx) }) // its error is that of the context
	w.Attach(g, nil)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// operated is an operator whose commands print what was typed.
func operated(_ context.Context, args []string) (string, error) {
	if args[0] == "fail" {
		return "", errors.New("not today")
	}
	return strings.Join(args, "|"), nil
}

// take is the SMSC of the gateway.
func (g *gateway) take(_ context.Context, _, _, body string) error {
	to, amount, fromBank := accountShop, money.Amount(12850), false
	switch {
	case strings.HasSuffix(body, "BANK"):
		amount, fromBank = 4500, true
	case strings.HasPrefix(body, "SEND"):
		to, amount = accountLi, 2000
	}
	g.world.tasks.Go(func() { g.call(to, amount, fromBank) })
	return nil
}

// gatewayLine is the gateway's end of the call.
type gatewayLine struct {
	fakeLine
	keys chan string
}

func (l *gatewayLine) press(keys string) error {
	l.keys <- keys
	return nil
}

func (g *gateway) call(to string, amount money.Amount, fromBank bool) {
	h := g.world.phones[wangFang]
	l := &gatewayLine{fakeLine: fakeLine{phone: h}, keys: g.keys}
	l.heard = h.rings(ShortCode, l)
	if g.world.hub.wait(g.world.ctx, func() bool { return h.view().Call.State != callRinging }) != nil {
		return
	}
	g.say(l.heard, "Press 1.")
	if !g.keyed("1") {
		return
	}
	if g.spoil != "mumbles" {
		g.world.Caption(wangFang, "BLUEBIRD FLORIST, "+lang.Amount(lang.EN, g.world.currency, amount)+".")
	}
	g.say(l.heard, "Key your PIN.")
	if g.keyed(g.world.people.Subscribers[0].PIN) && (!fromBank || g.debit(amount)) {
		g.move(to, amount, fromBank)
	}
	h.ended(l.heard, "the caller hung up")
}

// say lets the handset hear three seconds of speech and two of silence.
func (g *gateway) say(heard *recording, sentence string) {
	g.world.Caption(wangFang, sentence)
	heard.add(tone(new([]byte), 3*sampleRate))
	heard.add(make([]int16, 2*sampleRate))
}

func (g *gateway) keyed(want string) bool {
	select {
	case got := <-g.keys:
		return got == want
	case <-g.world.ctx.Done():
		return false
	}
}

// debit asks the simulated bank, over the wire.
func (g *gateway) debit(amount money.Amount) bool {
	if g.spoil == "no debit" {
		return true
	}
	packed, err := g.bank.Prepare(bank.Request{STAN: 1, RRN: bank.RRN(time.Now(), 1), At: time.Now(),
		Account: g.world.people.Subscribers[0].BankAccount, Amount: amount, Currency: g.world.currency, Merchant: "8001", Ref: "7K4QXYZ3"})
	if err != nil {
		return false
	}
	reply, err := g.bank.Authorize(g.world.ctx, packed)
	return err == nil && reply.Approved
}

func (g *gateway) move(to string, amount money.Amount, fromBank bool) {
	g.mu.Lock()
	from, signed := accountWang, -amount
	if fromBank {
		from, signed = accountBank, amount
	}
	g.balances[from] += signed
	g.balances[to] += amount
	if g.spoil == "books" {
		g.balances[to]++
	}
	c, ref := g.world.currency, fmt.Sprintf("7K4QXYZ%d", 2+len(g.payments))
	g.payments = append(g.payments, PaymentRow{Ref: ref, State: "done", Outcome: "paid", Amount: c.Format(amount)})
	payer := fmt.Sprintf("%s Paid CNY %s to %s 138%s", ref, c.Format(amount), floristName, masked(liLei))
	payee := fmt.Sprintf("%s Received CNY %s from 138%s", ref, c.Format(amount), masked(wangFang))
	if !fromBank && g.spoil != "no balance" {
		payer += ". Balance " + c.Format(g.balances[accountWang])
	}
	if to == accountLi {
		payee += ". Balance " + c.Format(g.balances[accountLi])
	}
	g.mu.Unlock()
	select {
	case g.changed <- struct{}{}:
	default:
	}
	if g.spoil == "whole number" {
		payee += " " + wangFang
	}
	g.world.phones[wangFang].receive(ShortCode, payer)
	payeePhone := florist
	if to == accountLi {
		payeePhone = liLei
	}
	g.world.phones[payeePhone].receive(ShortCode, payee)
}

// Accounts implements Ledger.
func (g *gateway) Accounts() []AccountRow {
	g.mu.Lock()
	defer g.mu.Unlock()
	var rows []AccountRow
	for name, amount := range g.balances {
		text := g.world.currency.Format(amount)
		rows = append(rows, AccountRow{name, text, text})
	}
	return rows
}

// Payments implements Ledger.
func (g *gateway) Payments() []PaymentRow {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]PaymentRow(nil), g.payments...)
}

// Trial implements Ledger.
func (g *gateway) Trial() bool { return g.spoil != "trial" }

// Changed implements Ledger.
func (g *gateway) Changed() <-chan struct{} { return g.changed }
