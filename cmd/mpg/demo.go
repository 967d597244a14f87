package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/demo"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr/voice"
)

// startWait bounds the start of a demo.
const startWait = 20 * time.Second

func demoCommand() *cobra.Command {
	var script, listen string
	var exit bool
	c := &cobra.Command{
		Use:     "demo",
		Short:   "the daemon with a simulated SMSC, handsets and bank, and a page to use them",
		Example: "  mpg demo\n  mpg demo --script florist --exit",
		Args:    misuse(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if exit && script == "" {
				return misused{errors.New("--exit needs a --script")}
			}
			return runDemo(c, demo.Options{Listen: listen}, script, exit)
		}}
	f := c.Flags()
	f.StringVar(&script, "script", "", "play a script: florist")
	f.BoolVar(&exit, "exit", false, "end when the script has ended; exit 0 only if all was right")
	f.StringVar(&listen, "listen", demo.DefaultListen, "address of the page")
	return c
}

func runDemo(c *cobra.Command, o demo.Options, script string, exit bool) error {
	dir, err := os.MkdirTemp("", "mpg-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	o.Dir, o.Log = dir, slog.New(slog.DiscardHandler)
	w, err := demo.Open(o)
	if err != nil {
		return err
	}
	d, hint, err := demoDaemon(c.Context(), w)
	if err == nil {
		err = playDemo(c, w, d, hint, script, exit)
	}
	return errors.Join(err, w.Close())
}

// playDemo runs the daemon until the user, or the script, has had enough.
func playDemo(c *cobra.Command, w *demo.World, d *daemon, hint, script string, exit bool) error {
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	ended := make(chan error, 2)
	go func() { ended <- d.run(ctx, nil) }()
	go func() { ended <- w.Serve(ctx) }()
	err := demoPeople(ctx, d, w)
	if err == nil {
		w.Attach(&demoLedger{d.engine, make(chan struct{}, 1), ctx})
		if !exit {
			banner(c.OutOrStdout(), w, hint)
		}
		if script != "" {
			err = w.Play(ctx, script, c.OutOrStdout(), "call.wav")
		}
		if !exit && err == nil {
			<-ctx.Done()
		}
	}
	stop()
	return errors.Join(err, <-ended, <-ended)
}

func banner(out io.Writer, w *demo.World, hint string) {
	for _, line := range w.Banner() {
		_, _ = fmt.Fprintln(out, line)
	}
	if hint != "" {
		_, _ = fmt.Fprintln(out, hint)
	}
}

// demoDaemon opens the daemon on the demo's world. Where no voice can be had,
// tones stand for speech and the hint says what to install.
func demoDaemon(ctx context.Context, w *demo.World) (*daemon, string, error) {
	if err := os.WriteFile(w.Path(), []byte(w.Config()), 0o600); err != nil {
		return nil, "", err
	}
	file, err := conf.Load(w.Path())
	if err != nil {
		return nil, "", err
	}
	if err := noCore(); err != nil {
		return nil, "", err
	}
	d := &daemon{conf: file, level: new(slog.LevelVar), log: slog.New(slog.DiscardHandler), caption: w.Caption}
	if d.voices, err = voicesOf(ctx, file, d.log); err != nil {
		return nil, "", err
	}
	hint := ""
	if !d.voices.Speaks("zh") || !d.voices.Speaks("en") {
		d.voices.Voice = voice.First(d.voices.Voice, voice.Tones{})
		hint = "  Speech     is tones and captions here: apt-get install espeak-ng"
	}
	if err := d.open(ctx); err != nil {
		return nil, "", errors.Join(err, d.close())
	}
	return d, hint, nil
}

// demoPeople registers who lives in the demo, by the operator's own commands.
func demoPeople(ctx context.Context, d *daemon, w *demo.World) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	if !d.awaitBound(ctx) {
		return errors.New("the simulated SMSC was not bound in time")
	}
	for _, s := range w.People().Shops {
		_, err := d.engine.AddMerchant(ctx, engine.Command{Key: "shop " + s.Code},
			engine.NewMerchant{Code: s.Code, Name: lang.Name{EN: s.Name, ZH: s.NameZH}, Phone: s.Phone})
		if err != nil {
			return err
		}
	}
	for _, p := range w.People().Subscribers {
		if err := demoPerson(ctx, d.engine, p); err != nil {
			return err
		}
	}
	return nil
}

func demoPerson(ctx context.Context, e *engine.Engine, p demo.Person) error {
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

// demoLedger shows the daemon's books to the page.
type demoLedger struct {
	e       *engine.Engine
	changed chan struct{}
	ctx     context.Context
}

// ledgerEvery is how often the page looks at the books.
const ledgerEvery = 200 * time.Millisecond

// Accounts implements demo.Ledger.
func (l *demoLedger) Accounts() []demo.AccountRow {
	var rows []demo.AccountRow
	for _, name := range l.e.AccountNames() {
		if a, err := l.e.Account(name); err == nil {
			rows = append(rows, demo.AccountRow{Account: a.Account, Posted: a.Posted, Available: a.Available})
		}
	}
	return rows
}

// Payments implements demo.Ledger: the newest first.
func (l *demoLedger) Payments() []demo.PaymentRow {
	var rows []demo.PaymentRow
	for p, err := range l.e.Payments() {
		if err != nil {
			return nil
		}
		rows = append([]demo.PaymentRow{{Ref: p.Ref, Product: p.Product, State: p.State, Outcome: p.Outcome,
			Payer: p.Payer, Payee: p.Payee, Amount: p.Amount}}, rows...)
	}
	return rows
}

// Trial implements demo.Ledger.
func (l *demoLedger) Trial() bool {
	for _, t := range l.e.Trial() {
		if !t.Balanced() {
			return false
		}
	}
	return true
}

// Changed implements demo.Ledger.
func (l *demoLedger) Changed() <-chan struct{} {
	time.AfterFunc(ledgerEvery, func() {
		select {
		case l.changed <- struct{}{}:
		default:
		}
	})
	return l.changed
}

func phoneCommand() *cobra.Command {
	var wav string
	c := &cobra.Command{
		Use:     "phone MSISDN",
		Short:   "a handset of a running demo in the terminal",
		Long:    "A line is a text to the short code; !582193# presses keys; !help lists the rest.",
		Example: "  mpg phone +8613800000001",
		Args:    misuse(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return demo.Terminal(c.Context(), args[0], wav, c.InOrStdin(), c.OutOrStdout())
		}}
	c.Flags().StringVar(&wav, "wav", "", "write the sound of the calls to this file")
	return c
}
