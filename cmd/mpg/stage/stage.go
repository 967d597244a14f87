// Package stage puts a daemon into the world of the demo: it opens the daemon on what
// package demo simulates, registers the people who live there, and shows them the books.
// demo knows no engine and the daemon knows no demo; they meet here, by the operator's
// own commands. It may import both, and nothing imports it but the command.
package stage

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/demo"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/card"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/pin"
	"mpg/ivr/voice"
)

// startWait bounds the start of a demo.
const startWait = time.Minute

// Open opens a daemon on the demo's world. Where no voice can be had,
// tones stand for speech and the line returned says what to install.
func Open(ctx context.Context, world *demo.World, version string) (*daemon.Daemon, string, error) {
	if err := errors.Join(os.WriteFile(world.Path(), []byte(world.Config()), 0o600), os.WriteFile(world.TariffPath(), []byte(demo.Tariff), 0o600)); err != nil {
		return nil, "", err
	}
	file, err := conf.Load(world.Path())
	if err != nil {
		return nil, "", err
	}
	c := daemon.Config{File: file, Level: new(slog.LevelVar), Log: slog.New(slog.DiscardHandler), Version: version, Caption: world.Caption}
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
func Populate(demoCtx context.Context, mpg *daemon.Daemon, world *demo.World) error {
	ctx, cancel := context.WithTimeout(demoCtx, startWait)
	defer cancel()
	if !mpg.AwaitBound(ctx) {
		return errors.New("the simulated SMSC was not bound in time")
	}
	for _, s := range world.People().Shops {
		_, err := mpg.Engine().Admin().AddMerchant(ctx, admin.Command{Key: "shop " + s.Code},
			admin.NewMerchant{Code: s.Code, Name: lang.Name{EN: s.Name, ZH: s.NameZH}, Phone: s.Phone, Vertical: merchant.Vertical(s.Vertical)})
		if err == nil && s.Asks {
			accept := string(merchant.Accepts)
			_, err = mpg.Engine().Admin().Cards.SetShop(ctx, admin.Command{Key: "cards " + s.Code}, s.Code, admin.ShopCards{Ask: &s.Asks, Silence: &accept})
		}
		if err == nil && s.PIN != "" {
			err = register(ctx, mpg.Engine(), demo.Person{Number: s.Phone, Name: s.Name, NameZH: s.NameZH, PIN: s.PIN})
		}
		if err != nil {
			return err
		}
	}
	for _, p := range world.People().Subscribers {
		if err := register(ctx, mpg.Engine(), p); err != nil {
			return err
		}
	}
	world.Attach(&books{demoCtx, mpg.Engine(), make(chan struct{}, 1)}, func(ctx context.Context, person demo.Person) error {
		return register(ctx, mpg.Engine(), person)
	})
	return giveTills(ctx, mpg, world)
}

// giveTills gives each shop a till, which hears of its payments as a real one would.
func giveTills(ctx context.Context, mpg *daemon.Daemon, world *demo.World) error {
	var tills []demo.Till
	for _, s := range world.People().Shops {
		made, err := mpg.Engine().Admin().Tills.Add(ctx, admin.Command{Key: "till " + s.Code}, s.Code, "front")
		if err != nil {
			return err
		}
		var view admin.TillView
		if err := json.Unmarshal(made, &view); err != nil {
			return err
		}
		tills = append(tills, demo.Till{Shop: s.Code, URL: "http://" + mpg.TillAddr(), Key: view.Key})
	}
	world.AttachTills(tills...)
	return nil
}

func register(ctx context.Context, core *engine.Engine, person demo.Person) error {
	secret, ok := pin.Read([]byte(person.PIN))
	if !ok {
		return errors.New("a person of the demo has no PIN")
	}
	defer secret.Wipe()
	_, err := core.Admin().AddUser(ctx, admin.Command{Key: "user " + person.Number},
		admin.NewUser{Phone: person.Number, Name: lang.Name{EN: person.Name, ZH: person.NameZH}, PIN: &secret, Bank: person.Bank, BankAccount: person.BankAccount})
	if err == nil && person.Card != nil {
		err = addCard(ctx, core, person)
	}
	if err != nil || person.TopUp == "" {
		return err
	}
	amount, err := core.Admin().ParseAmount(person.TopUp)
	if err != nil {
		return err
	}
	_, err = core.Admin().TopUp(ctx, admin.Command{Key: "topup " + person.Number}, person.Number, amount)
	return err
}

// cardPace is how often the issuer is asked again, and cardTries how often in all: its
// connection is as young as the daemon.
const (
	cardPace  = 100 * time.Millisecond
	cardTries = 200
)

// addCard links the card of a person, once its issuer answers for it.
func addCard(ctx context.Context, core *engine.Engine, person demo.Person) (err error) {
	for range cardTries {
		_, err = core.Admin().Cards.Add(ctx, admin.Command{Key: "card " + person.Number}, admin.NewCard{Phone: person.Number, Issuer: demo.Issuer, Token: person.Card.Token,
			Last4: person.Card.Last4, Scheme: person.Card.Scheme, Nick: person.Card.Nick, Secret: card.Secret{Expires: person.Card.Expires, Holder: person.Card.Holder}})
		if !errors.Is(err, admin.ErrCardNotAsked) {
			return err
		}
		select {
		case <-time.After(cardPace):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// books shows the daemon's books to the page.
type books struct {
	ctx     context.Context // of the demo, since the page may ask at any time
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
	for _, name := range b.engine.Admin().AccountNames(b.ctx) {
		if a, err := b.engine.Admin().Account(b.ctx, name); err == nil {
			rows = append(rows, demo.AccountRow{Account: a.Account, Posted: a.Posted, Available: a.Available})
		}
	}
	return rows
}

// Payments implements demo.Ledger: the newest first.
func (b *books) Payments() []demo.PaymentRow {
	var rows []demo.PaymentRow
	for p, err := range b.engine.Admin().Payments(b.ctx) {
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

func paymentRow(payment admin.PaymentView) demo.PaymentRow {
	row := demo.PaymentRow{Ref: payment.Ref, Product: payment.Product, State: payment.State, Outcome: payment.Outcome,
		Payer: payment.Payer, Payee: payment.Payee, Amount: payment.Amount, Reason: payment.Reason}
	for _, step := range payment.Steps {
		row.Steps = append(row.Steps, demo.StepRow{State: step.State, At: step.At})
	}
	if payment.Request != nil {
		row.Code = payment.Request.Code
	}
	return row
}

// Trial implements demo.Ledger.
func (b *books) Trial() bool {
	trials, err := b.engine.Admin().Trial(b.ctx)
	for _, t := range trials {
		if !t.Balanced() {
			return false
		}
	}
	return err == nil
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
