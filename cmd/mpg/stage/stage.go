// Package stage puts a daemon into the world of the demo: it opens the daemon on what
// package demo simulates, registers the people who live there, and shows them the books.
// demo knows no engine and the daemon knows no demo; they meet here, by the operator's
// own commands. It may import both, and nothing imports it but the command.
package stage

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/demo"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr/voice"
)

// startWait bounds the start of a demo.
const startWait = 20 * time.Second

// Open opens a daemon on the demo's world. Where no voice can be had,
// tones stand for speech and the line returned says what to install.
func Open(ctx context.Context, w *demo.World, version string) (*daemon.Daemon, string, error) {
	if err := os.WriteFile(w.Path(), []byte(w.Config()), 0o600); err != nil {
		return nil, "", err
	}
	file, err := conf.Load(w.Path())
	if err != nil {
		return nil, "", err
	}
	c := daemon.Config{File: file, Level: new(slog.LevelVar), Log: slog.New(slog.DiscardHandler), Version: version, Caption: w.Caption}
	if c.Voices, err = daemon.Voices(ctx, file, c.Log); err != nil {
		return nil, "", err
	}
	speech := ""
	if !c.Voices.Speaks("zh") || !c.Voices.Speaks("en") {
		c.Voices.Voice = voice.First(c.Voices.Voice, voice.Tones{})
		speech = "  Speech     is tones and captions here: apt-get install espeak-ng"
	}
	d := daemon.New(c)
	if err := d.Open(ctx); err != nil {
		return nil, "", errors.Join(err, d.Close())
	}
	return d, speech, nil
}

// Populate registers who lives in the demo, by the operator's own commands, and shows the
// books to the page.
func Populate(ctx context.Context, d *daemon.Daemon, w *demo.World) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	if !d.AwaitBound(ctx) {
		return errors.New("the simulated SMSC was not bound in time")
	}
	for _, s := range w.People().Shops {
		_, err := d.Engine().AddMerchant(ctx, engine.Command{Key: "shop " + s.Code},
			engine.NewMerchant{Code: s.Code, Name: lang.Name{EN: s.Name, ZH: s.NameZH}, Phone: s.Phone})
		if err != nil {
			return err
		}
	}
	for _, p := range w.People().Subscribers {
		if err := register(ctx, d.Engine(), p); err != nil {
			return err
		}
	}
	w.Attach(&books{d.Engine(), make(chan struct{}, 1)}, func(ctx context.Context, p demo.Person) error {
		return register(ctx, d.Engine(), p)
	})
	return nil
}

func register(ctx context.Context, e *engine.Engine, p demo.Person) error {
	secret, ok := pin.Read([]byte(p.PIN))
	if !ok {
		return errors.New("a person of the demo has no PIN")
	}
	defer secret.Wipe()
	_, err := e.AddUser(ctx, engine.Command{Key: "user " + p.Number},
		engine.NewUser{Phone: p.Number, Name: lang.Name{EN: p.Name, ZH: p.NameZH}, PIN: &secret, Bank: p.Bank, BankAccount: p.BankAccount})
	if err != nil || p.TopUp == "" {
		return err
	}
	amount, err := e.ParseAmount(p.TopUp)
	if err != nil {
		return err
	}
	_, err = e.TopUp(ctx, engine.Command{Key: "topup " + p.Number}, p.Number, amount)
	return err
}

// books shows the daemon's books to the page.
type books struct {
	engine  *engine.Engine
	changed chan struct{}
}

// booksEvery is how often the page looks at the books, and paymentsMax how many
// payments it looks at.
const (
	booksEvery  = 200 * time.Millisecond
	paymentsMax = 200
)

// Accounts implements demo.Ledger.
func (b *books) Accounts() []demo.AccountRow {
	var rows []demo.AccountRow
	for _, name := range b.engine.AccountNames() {
		if a, err := b.engine.Account(name); err == nil {
			rows = append(rows, demo.AccountRow{Account: a.Account, Posted: a.Posted, Available: a.Available})
		}
	}
	return rows
}

// Payments implements demo.Ledger: the newest first.
func (b *books) Payments() []demo.PaymentRow {
	var rows []demo.PaymentRow
	for p, err := range b.engine.Payments() {
		if err != nil {
			return nil
		}
		if rows = append(rows, paymentRow(p)); len(rows) == 2*paymentsMax {
			rows = slices.Delete(rows, 0, paymentsMax)
		}
	}
	slices.Reverse(rows)
	return rows
}

func paymentRow(p engine.PaymentView) demo.PaymentRow {
	row := demo.PaymentRow{Ref: p.Ref, Product: p.Product, State: p.State, Outcome: p.Outcome,
		Payer: p.Payer, Payee: p.Payee, Amount: p.Amount, Reason: p.Reason}
	for _, step := range p.Steps {
		row.Steps = append(row.Steps, demo.StepRow{State: step.State, At: step.At})
	}
	if p.Request != nil {
		row.Code = p.Request.Code
	}
	return row
}

// Trial implements demo.Ledger.
func (b *books) Trial() bool {
	for _, t := range b.engine.Trial() {
		if !t.Balanced() {
			return false
		}
	}
	return true
}

// Changed implements demo.Ledger.
func (b *books) Changed() <-chan struct{} {
	time.AfterFunc(booksEvery, func() {
		select {
		case b.changed <- struct{}{}:
		default:
		}
	})
	return b.changed
}
