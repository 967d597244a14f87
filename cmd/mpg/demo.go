package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"mpg/cmd/mpg/demo"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr/voice"
)

// startWait bounds the start of a demo.
const startWait = time.Minute

func demoCommand() *cobra.Command {
	var script, listen string
	var exit bool
	c := &cobra.Command{
		Use:     "demo",
		Short:   "the daemon with a simulated SMSC, handsets and bank, and a page to use them",
		Long:    fmt.Sprintf(demoLong, demo.MagicHelp()),
		Example: "  mpg demo\n  mpg demo --script florist --exit\n  mpg demo --script my-tests.txt --exit",
		Args:    misuse(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if exit && script == "" {
				return misused{errors.New("--exit needs a --script")}
			}
			if script != "" {
				if err := demo.CheckScript(script, callFile); errors.Is(err, demo.ErrScript) {
					return misused{err}
				} else if err != nil {
					return hinted{err, "run it in a folder that you can write to"}
				}
			}
			return runDemo(c, demo.Options{Listen: listen, Program: os.Args[0], Language: localeLanguage()}, script, exit)
		}}
	f := c.Flags()
	f.StringVar(&script, "script", "", "play a script: florist, magic, or a file")
	f.BoolVar(&exit, "exit", false, "end when the script has ended; exit 0 only if all was right")
	f.StringVar(&listen, "listen", "", "address of the page (default "+demo.DefaultListen+", or any free port if that is taken)")
	return c
}

// localeLanguage returns the user's language, for those who have not chosen one: the
// shop.
func localeLanguage() string {
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
	if strings.HasPrefix(locale, "zh") {
		return string(lang.ZH)
	}
	return string(lang.EN)
}

// callFile is where a script writes its first call.
const callFile = "call.wav"

// demoLong is the long help; the magic numbers go into it.
const demoLong = `Runs the daemon with a simulated SMSC, handsets and bank, and a page to use them.
Nothing leaves this machine, and the data is removed at the end.

A script plays by itself. "florist" makes three payments and checks every balance
and receipt; "magic" has every magic number place an order; in a file, each line is
an action or something to wait for:

  0486 texts PAY 8001 12.50
  0486 is told busy
  0001 texts PAY 8001 128.50
  0001 rings
  0001 answers
  0001 presses 1
  0001 presses pin
  0001 is told you paid CNY 128.50
  8001 is told 128.50
  bank 0051 has 1000.00
  account merchant:8001 is 128.50
  balanced

WHO is a number or its last digits; other lines: "WHO hears WORDS", "WHO hangs
up", "WHO is off the phone", "switch bank-silent on". Each wait lasts up to two
minutes, or as long as "within 5s" at the end of the line says. With --exit the
exit code is 0 only if everything happened as the script says.

Magic numbers: the last four digits of a subscriber's number decide what goes
wrong. In the demo they are +86 138 0000 and the four digits. They are registered
when they send their first text, have CNY 500.00 in the purse and CNY 1000.00 at
the bank, answer by themselves, press 1 and key in their PIN.

%s`

// untilGone returns a context that also ends when the terminal, or the reader of our
// output, is closed: the demo's folder must not be left behind. A signal that nohup
// ignores stays ignored.
func untilGone(ctx context.Context) (context.Context, context.CancelFunc) {
	signals := []os.Signal{syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer signal.Stop(came)
		for {
			select {
			case s := <-came:
				if s == syscall.SIGHUP || unread(os.Stdout, os.Stderr) {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, cancel
}

// unread reports whether nobody reads one of the files any more. A write to a page or
// a phone that has gone raises SIGPIPE as well, and is no reason to end.
func unread(files ...*os.File) bool {
	var polled []unix.PollFd
	for _, f := range files {
		polled = append(polled, unix.PollFd{Fd: int32(f.Fd())})
	}
	if _, err := unix.Poll(polled, 0); err != nil {
		return true
	}
	return slices.ContainsFunc(polled, func(p unix.PollFd) bool { return p.Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 })
}

func runDemo(c *cobra.Command, o demo.Options, script string, exit bool) error {
	ctx, stop := untilGone(c.Context())
	defer stop()
	c.SetContext(ctx)
	dir, err := os.MkdirTemp("", "mpg-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	o.Dir, o.Log = dir, slog.New(slog.DiscardHandler)
	w, err := demo.Open(o)
	switch {
	case errors.Is(err, demo.ErrTaken):
		return hinted{err, "use --listen 127.0.0.1:0 for any free port"}
	case errors.Is(err, demo.ErrAddress):
		return misused{hinted{err, "want such as --listen " + demo.DefaultListen}}
	}
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
		w.Attach(&demoLedger{d.engine, make(chan struct{}, 1)}, func(ctx context.Context, p demo.Person) error {
			return demoPerson(ctx, d.engine, p)
		})
		err = showDemo(ctx, c, w, hint, script, exit)
	}
	stop()
	return errors.Join(err, <-ended, <-ended)
}

// demoPage is what demo --json prints once it runs.
type demoPage struct {
	Page   string `json:"page"` // with the token: whoever has it holds the handsets
	Config string `json:"config"`
}

// demoPlayed is what demo --exit --json prints of a script that came true.
type demoPlayed struct {
	Script string `json:"script"`
	Right  bool   `json:"right"`
}

// showDemo says where the demo is and plays the script. With --json what people read
// goes to stderr, so that stdout holds one JSON value.
func showDemo(ctx context.Context, c *cobra.Command, w *demo.World, hint, script string, exit bool) error {
	asJSON, _ := c.Flags().GetBool("json")
	talk := c.OutOrStdout()
	if asJSON {
		talk = c.ErrOrStderr()
	}
	if !exit {
		banner(talk, w, hint)
	}
	if asJSON && !exit {
		if err := show(c, demoPage{w.URL(), w.Path()}, nil); err != nil {
			return err
		}
	}
	if script != "" {
		err := w.Play(ctx, script, talk, callFile)
		switch {
		case err != nil && asJSON && !exit:
			return shown{err}
		case err != nil:
			return err
		case asJSON && exit:
			return show(c, demoPlayed{script, true}, nil)
		}
	}
	if !exit {
		<-ctx.Done()
	}
	return nil
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
}

// ledgerEvery is how often the page looks at the books, and ledgerPayments how many
// payments it looks at.
const (
	ledgerEvery    = 200 * time.Millisecond
	ledgerPayments = 200
)

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
		if rows = append(rows, demoPayment(p)); len(rows) == 2*ledgerPayments {
			rows = slices.Delete(rows, 0, ledgerPayments)
		}
	}
	slices.Reverse(rows)
	return rows
}

func demoPayment(p engine.PaymentView) demo.PaymentRow {
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
