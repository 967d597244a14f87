package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"mpg/store/money"
)

// DefaultListen is the address of the page if Options.Listen is empty and the port is
// free.
const DefaultListen = "127.0.0.1:8480"

// Options say how a World is made. The zero Options will do but for Dir.
type Options struct {
	Listen   string       // of the page, a loopback address; empty: DefaultListen, or any port if that is taken; port 0: any
	Program  string       // the command that the user typed, for the banner; empty: mpg
	Dir      string       // a folder of the demo's own, 0700; the caller removes it
	Meeting  string       // where mpg phone looks for the demo; empty: the user's runtime folder
	Log      *slog.Logger // nil: none
	Zone     string       // time zone of the daemon; empty: Asia/Shanghai
	Language string       // of a subscriber who has not chosen, zh or en; empty: zh
	Now      func() time.Time
	Operate  Operate // carries out what a script has the operator do; nil: nobody does
}

// World is everything around a daemon: SMSC, handsets, bank and page. It is
// safe for concurrent use.
type World struct {
	opt      Options
	currency money.Currency
	people   People
	hub      *hub
	phones   map[string]*handset // by number
	exchange *exchange
	lines    *lines
	tellers
	rtp ports // of the daemon

	page    *page
	listen  net.Listener
	meeting meeting
	places  []string // where the meeting was written
	first   bool     // whether mpg phone finds this demo without being told which

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	once   sync.Once // of Close
	closed error     // what Close returned

	attached
}

// tellers are the simulated banks.
type tellers struct {
	bank  *teller // bankName
	other *teller // otherBank
	cards *teller // the card issuer
}

// attached is what the daemon has given the demo once it runs, and what the demo has
// had it do.
type attached struct {
	mu       sync.Mutex
	ledger   Ledger   // nil until Attach
	register Register // nil: magic numbers are not registered
	before   baseline

	registering sync.Mutex
	registered  map[string]bool // magic numbers
}

// Register makes a person a subscriber of the daemon's, with purse and PIN.
type Register func(ctx context.Context, p Person) error

// Open starts the simulators on loopback and takes the page's port. The caller
// must Close the World.
func Open(opt Options) (*World, error) {
	w := &World{opt: withDefaults(opt), hub: newHub(), phones: map[string]*handset{}, attached: attached{registered: map[string]bool{}}}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	for _, step := range []func() error{w.openPeople, w.openExchange, w.openLines, w.openBank, w.openPage, w.meet} {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("demo: %w", err), w.Close())
		}
	}
	return w, nil
}

func withDefaults(options Options) Options {
	if options.Program == "" {
		options.Program = "mpg"
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Zone == "" {
		options.Zone = "Asia/Shanghai"
	}
	if options.Language == "" {
		options.Language = "zh"
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Operate == nil {
		options.Operate = func(context.Context, []string) (string, error) { return "", errNoOperator }
	}
	if options.Meeting == "" {
		options.Meeting = meetingPlace()
	}
	return options
}

func (w *World) openPeople() (err error) {
	var ok bool
	if w.currency, ok = money.Lookup("CNY"); !ok {
		return errors.New("no such currency: CNY")
	}
	if w.people, err = settle(); err != nil {
		return err
	}
	w.hub.set("street", w.streetView()) // first: by it the page knows a shop's phone
	for _, p := range w.people.all() {
		w.newPhone(screen{Number: p.Number, Name: p.Name, NameZH: p.NameZH, Rings: true, PIN: p.PIN, Magic: p.Magic})
	}
	for _, s := range w.people.Shops {
		if s.Phone != "" {
			w.newPhone(screen{Number: s.Phone, Name: s.Name, NameZH: s.NameZH, Rings: s.PIN != "", PIN: s.PIN})
		}
	}
	w.hub.set("ledger", books{Trial: true})
	w.rtp, err = freePorts()
	return err
}

func (w *World) newPhone(on screen) {
	w.phones[on.Number] = newHandset(w.hub, on, w.send, w.opt.Now)
}

// send hands a text to the SMSC. A magic number is registered before its first text.
func (w *World) send(ctx context.Context, from, to, body string) error {
	if err := w.enrol(ctx, from); err != nil {
		return err
	}
	return w.exchange.deliver(ctx, from, to, body)
}

func (w *World) openExchange() (err error) {
	w.exchange, err = openExchange(w.phones)
	return err
}

func (w *World) openLines() (err error) {
	w.lines, err = openLines(w.phones, w.people.Magic, w.opt.Log)
	return err
}

func (w *World) openBank() (err error) {
	if w.bank, err = openTeller(bankName, w.people, w.currency, w.opt.Log); err != nil {
		return err
	}
	if w.other, err = openTeller(otherBank, w.people, w.currency, w.opt.Log); err != nil {
		return err
	}
	w.cards, err = openIssuer(Issuer, w.people, w.currency, w.opt.Log)
	return err
}

// People returns the people to register, top up and give a PIN.
func (w *World) People() People { return w.people }

// URL is the page's address with the token: a secret for the user's eyes.
func (w *World) URL() string { return w.meeting.URL + "/?t=" + w.meeting.Token }

// Attach shows the daemon's ledger on the page from now on; register makes a
// magic number a subscriber when it sends its first text. Attach is called once.
func (w *World) Attach(ledger Ledger, register Register) {
	w.mu.Lock()
	w.ledger, w.register = ledger, register
	w.mu.Unlock()
	w.before.take(ledger.Accounts())
	w.tasks.Go(func() { follow(w.ctx, w.hub, ledger, &w.before) })
	if w.cards != nil {
		w.tasks.Go(func() { followIssuer(w.ctx, w.hub, w.cards, w.currency) })
	}
}

// enrol registers a magic number that texts for the first time.
func (w *World) enrol(ctx context.Context, number string) error {
	i := slices.IndexFunc(w.people.Magic, func(person Person) bool { return person.Number == number })
	if i < 0 {
		return nil
	}
	w.registering.Lock()
	defer w.registering.Unlock()
	w.mu.Lock()
	l, register := w.ledger, w.register
	w.mu.Unlock()
	if register == nil || w.registered[number] {
		return nil
	}
	if err := register(ctx, w.people.Magic[i]); err != nil {
		return err
	}
	w.registered[number] = true
	w.before.take(l.Accounts())
	return nil
}

// books reads the ledger as it is now.
func (w *World) books() (books, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ledger == nil {
		return books{}, errors.New("demo: no ledger is attached")
	}
	return read(w.ledger), nil
}

// Caption shows a sentence under the call of a number (E.164) when it begins to
// be spoken. It may be called from any goroutine; a number that is not in a call
// is ignored.
func (w *World) Caption(number, sentence string) {
	if p := w.phones[number]; p != nil {
		p.caption(sentence)
	}
}

// Serve answers the page until ctx ends.
func (w *World) Serve(ctx context.Context) error { return w.page.serve(ctx, w.listen) }

// Close ends the simulators and frees the ports. It may be called twice.
func (w *World) Close() error {
	w.once.Do(func() { w.closed = w.end() })
	return w.closed
}

func (w *World) end() error {
	w.cancel()
	var errs []error
	for _, place := range w.places {
		errs = append(errs, w.meeting.remove(place))
	}
	if w.listen != nil {
		if err := w.listen.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if w.rtp.owned != nil {
		errs = append(errs, w.rtp.owned.Close())
	}
	if w.exchange != nil {
		errs = append(errs, w.exchange.close())
	}
	if w.lines != nil {
		errs = append(errs, w.lines.close())
	}
	for _, t := range w.tellers.open() {
		errs = append(errs, t.close())
	}
	w.tasks.Wait()
	return ignoreGone(errors.Join(errs...))
}

// ignoreGone forgives that the caller has removed the folder already.
func ignoreGone(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
