// Package banktest holds the contract of every connector to a bank as tests, whatever the
// connector speaks. A connector that passes can stand behind acquirer.Bank.
//
//	banktest.go  Bank and Conform     cases.go  the cases     pipes.go  a network without one
//
// The contract, in short: money moves at the bank exactly if the caller is told so, or is told
// that it is not known, in which case the reversal undoes it; nothing that was not sent is
// called unknown; a reversal, and an advice, may be repeated for ever and count once; that the
// bank does not know a request proves nothing; and what is packed is enough to reverse after a
// restart. The bank is engine/bank/host in all cases, so that one book judges all connectors.
//
// The package imports mpg/engine/bank, mpg/engine/bank/host and mpg/store/money and nothing
// else of ours, and is used by tests only.
package banktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/store/money"
)

// Connector is what a connector does for payments.
type Connector interface {
	Up() bool
	Prepare(request bank.Request) (bank.Packed, error)
	Authorize(ctx context.Context, packed bank.Packed) (bank.Reply, error)
	Advise(ctx context.Context, packed bank.Packed, repeat bool) (bank.Reply, error)
	Reverse(ctx context.Context, packed bank.Packed, repeat bool) (bank.Undo, error)
	Window() int
	Run(ctx context.Context) error
	Close() error
}

// Open returns a connector to the bank, whose network is pipes. Its time-out is Timeout, and
// what it hears that nobody waits for goes to late.
type Open func(t *testing.T, network *Pipes, late func(bank.Late)) Connector

// Serve has the bank listen on the network, and returns what ends that.
type Serve func(t *testing.T, bank *host.Host, network *Pipes) (stop func())

// Timeout is that of the connectors under test.
const Timeout = 15 * time.Second

// Conform runs the contract against connectors made by open to banks that are served by serve.
func Conform(t *testing.T, open Open, serve Serve) {
	t.Helper()
	ConformIn(t, "", open, serve)
}

// ConformIn is Conform against a bank that speaks that dialect of ISO 8583.
func ConformIn(t *testing.T, dialect string, open Open, serve Serve) {
	t.Helper()
	conform(t, dialect, nil, open, serve)
}

// ConformBut is Conform without the cases that cannot apply to a connector; without says why
// not, by the name of the case.
func ConformBut(t *testing.T, without map[string]string, open Open, serve Serve) {
	t.Helper()
	for name := range without {
		if !slices.ContainsFunc(cases(), func(c contractCase) bool { return c.name == name }) {
			t.Errorf("there is no case %q", name)
		}
	}
	conform(t, "", without, open, serve)
}

func conform(t *testing.T, dialect string, without map[string]string, open Open, serve Serve) {
	t.Helper()
	for _, c := range cases() {
		if without[c.name] != "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, dialect, open, serve)
				defer w.close()
				c.run(w)
			})
		})
	}
}

// Accounts of the bank.
const (
	rich    = "6222000000000001"
	poor    = "6222000000000002" // 1.00
	limited = "6222000000000003" // at most 50.00 at a time
	away    = "6222000000000005" // refused with 91
	nobody  = "6222000000009999"

	opening = money.Amount(100_000)
	price   = money.Amount(12_850)
)

// world is a bank and a connector to it.
type world struct {
	*testing.T
	bank      *host.Host
	network   *Pipes
	open      Open
	stopBank  func()
	connector Connector
	stop      func()
	serial    uint32

	mu   sync.Mutex
	late []bank.Late
}

// hear keeps an answer that nobody was waiting for.
func (w *world) hear(late bank.Late) { w.mu.Lock(); defer w.mu.Unlock(); w.late = append(w.late, late) }

// approvedLate reports whether the connector has heard an approval that nobody waited for.
func (w *world) approvedLate() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.late, func(l bank.Late) bool { return l.Approved })
}

func newWorld(t *testing.T, dialect string, open Open, serve Serve) *world {
	w := &world{T: t, network: NewPipes(), open: open}
	var err error
	if w.bank, err = host.New(host.Config{Dialect: dialect}); err != nil {
		t.Fatal(err)
	}
	for _, a := range []host.Account{
		{No: rich, Balance: opening}, {No: poor, Balance: 100}, {No: limited, Balance: opening, Limit: 5000}, {No: away, Balance: opening, Refuse: "91"},
	} {
		a.Currency = cny(t)
		if err := w.bank.Open(a); err != nil {
			t.Fatal(err)
		}
	}
	w.stopBank = serve(t, w.bank, w.network)
	w.start()
	return w
}

func cny(t testing.TB) money.Currency {
	t.Helper()
	c, ok := money.Lookup("CNY")
	if !ok {
		t.Fatal("no CNY")
	}
	return c
}

// start makes a connector and waits until it is up.
func (w *world) start() {
	w.connector = w.open(w.T, w.network, w.hear)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- w.connector.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := errors.Join(<-ran, w.connector.Close()); err != nil {
			w.Error(err)
		}
	}
	synctest.Wait()
	if !w.connector.Up() {
		w.Fatal("the connector does not come up")
	}
}

// restart replaces the connector, as a stop and a start of mpg do.
func (w *world) restart() {
	w.stop()
	w.start()
}

func (w *world) close() {
	w.stop()
	w.bank.ClearFaults()
	w.stopBank()
	if err := w.bank.Close(); err != nil {
		w.Error(err)
	}
	synctest.Wait()
}

// packed prepares a request for price from the rich account, or as change says.
func (w *world) packed(change func(*bank.Request)) bank.Packed {
	w.Helper()
	w.serial++
	now := time.Now()
	r := bank.Request{STAN: w.serial, RRN: bank.RRN(now.UTC(), uint64(w.serial)), At: now, Account: rich, Amount: price, Currency: cny(w.T), Merchant: "8001", Ref: "K7QH2M9X"}
	if change != nil {
		change(&r)
	}
	p, err := w.connector.Prepare(r)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// has checks the balance of an account, and what is held in it.
func (w *world) has(account string, balance, held money.Amount) {
	w.Helper()
	got, _ := w.bank.Balance(account)
	if aside := w.bank.Held()[account]; got != balance || aside != held {
		w.Errorf("account %s has %d, %d of it set aside; want %d and %d", account[len(account)-1:], got, aside, balance, held)
	}
}

// authorize asks, and wants the answer that want describes; see outcome.
func (w *world) authorize(packed bank.Packed, want string) bank.Reply {
	w.Helper()
	reply, err := w.connector.Authorize(w.Context(), packed)
	if got := outcome(reply, err); got != want {
		w.Errorf("authorize: %s (%+v, %v), want %s", got, reply, err, want)
	}
	return reply
}

// outcome says in a word or two what a caller was told.
func outcome(reply bank.Reply, err error) string {
	switch {
	case errors.Is(err, bank.ErrInvalid):
		return "invalid"
	case errors.Is(err, bank.ErrDown):
		return "down"
	case errors.Is(err, bank.ErrUnknown):
		return "unknown"
	case err != nil:
		return "another error"
	case reply.Granted > 0:
		return fmt.Sprintf("granted %d", reply.Granted)
	case reply.Approved != (reply.Reason == bank.Approved):
		return "approved and declined"
	}
	return string(reply.Reason)
}

// reverse undoes, and wants that outcome.
func (w *world) reverse(packed bank.Packed, repeat bool, want bank.UndoOutcome) {
	w.Helper()
	if undo, err := w.connector.Reverse(w.Context(), packed, repeat); undo.Outcome != want {
		w.Errorf("reverse: %s (%+v, %v), want %s", undo.Outcome, undo, err, want)
	}
}
