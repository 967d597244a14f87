package host

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Config is what a Host is made of; the zero Config will do.
type Config struct {
	Journal string           // file of the journal; empty: in memory only
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: none
	// Remembers keeps a reversal that came before its request, and then refuses the
	// request with 94. Most hosts forget it, and book the request when it comes.
	Remembers bool
	// NoOverdraft declines with 51 the reversal of a credit that the account no longer
	// covers. Most banks book such a reversal, and the account goes negative.
	NoOverdraft bool
	// NamedReturns declines with 12 a return that does not name what it gives back. Most
	// hosts book such a return, as it may be of a payment that another bank has taken in.
	NamedReturns bool
	// HoldFor ends what an authorization holds after so long by Now; 0: never.
	HoldFor time.Duration
	MAC     *MAC   // of messages; nil: none
	Dialect string // empty: iso8583.ISO87
}

// Host is a simulated bank. Its methods may be called from any goroutine.
type Host struct {
	now     func() time.Time
	log     *slog.Logger
	dialect *iso8583.Dialect
	holdFor time.Duration
	closed  chan struct{}
	tasks   sync.WaitGroup // lines, acceptors and delayed answers
	delayed atomic.Int64   // messages not yet processed or answered

	mu        sync.Mutex
	book      *book
	macs      *macs // nil: none
	journal   *journal
	faults    []*Fault
	lines     map[*line]struct{}
	listeners []net.Listener
	opened    int // lines ever
	traces    uint32
	cutOvers  int // business dates that were closed before their time
	ended     bool
}

// New makes a Host, from its journal where that has entries. It does not listen.
func New(config Config) (*Host, error) {
	dialect, err := iso8583.Named(cmp.Or(config.Dialect, iso8583.ISO87))
	if err != nil {
		return nil, err
	}
	macs, err := newMACs(config.MAC, dialect)
	if err != nil {
		return nil, err
	}
	h := &Host{
		now: config.Now, log: config.Log, dialect: dialect, holdFor: config.HoldFor, closed: make(chan struct{}),
		book: newBook(), macs: macs, lines: make(map[*line]struct{}),
	}
	h.book.remembers, h.book.noOverdraft, h.book.namedReturns = config.Remembers, config.NoOverdraft, config.NamedReturns
	if h.now == nil {
		h.now = time.Now
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.journal, err = openJournal(config.Journal, h.book.replay); err != nil {
		return nil, err
	}
	return h, nil
}

// Listen opens addr, such as 127.0.0.1:0, and serves it until Close. It returns
// the address with its port. Other machines are not served.
func (h *Host) Listen(addr string) (string, error) {
	name, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(name); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("host: %s is not a loopback address", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	if err := h.Serve(ln); err != nil {
		return "", errors.Join(err, ln.Close())
	}
	return ln.Addr().String(), nil
}

// Serve accepts lines from ln in the background until Close, which closes ln.
func (h *Host) Serve(ln net.Listener) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return net.ErrClosed
	}
	h.listeners = append(h.listeners, ln)
	h.tasks.Go(func() { h.accept(ln) })
	return nil
}

func (h *Host) accept(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		if h.ended {
			h.mu.Unlock()
			h.check(conn.Close(), "closing a line")
			return
		}
		h.opened++
		l := &line{host: h, conn: conn, no: h.opened}
		h.lines[l] = struct{}{}
		h.tasks.Go(l.serve)
		h.mu.Unlock()
	}
}

// check logs an error that nobody can do anything about.
func (h *Host) check(err error, doing string) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		h.log.Warn("host: "+doing, "err", err)
	}
}

// Close stops listening, closes all lines, waits for what is under way and closes
// the journal.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.ended {
		h.mu.Unlock()
		return nil
	}
	h.ended = true
	close(h.closed)
	for _, ln := range h.listeners {
		h.check(ln.Close(), "closing a listener")
	}
	h.mu.Unlock()
	h.Drop()
	h.tasks.Wait()
	return h.journal.close()
}

// Drop closes all lines, as a network fails. New ones are accepted.
func (h *Host) Drop() {
	for _, l := range h.snapshot() {
		l.drop()
	}
}

func (h *Host) snapshot() []*line {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.lines))
}

// Say sends a network request of the host's own, such as iso8583.Echo, to every
// line that is signed on and returns how many that were. The answers are in the
// journal.
func (h *Host) Say(code string) int {
	h.mu.Lock()
	h.traces++
	m := iso8583.Network(code, h.traces, h.now(), "")
	h.mu.Unlock()
	return h.Send(m)
}

// Send sends a message that the host initiates to every line that is signed on,
// and returns how many there were. The answers are in the journal.
func (h *Host) Send(message *iso8583.Message) int {
	said := 0
	for _, l := range h.snapshot() {
		if l.signedOn.Load() {
			l.send(message, Sent)
			said++
		}
	}
	return said
}

// Withdraw undoes, by the bank's own decision, the request with these numbers: it restores
// what a debit took, removes what a credit gave, or releases what an authorization held.
// It returns the 0420 that says so, to be sent with Send, or nil if there is nothing to undo.
func (h *Host) Withdraw(stan, rrn string) *iso8583.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	holds{h}.expire()
	undone, outcome := h.book.withdraw(stan, rrn)
	if undone == nil {
		return nil
	}
	err := h.journal.add(&Entry{
		At: h.now(), Processing: undone.processing, STAN: stan, RRN: rrn, Date: undone.request.Key().Date,
		Account: undone.account, Amount: undone.amount, Currency: undone.request.Get(iso8583.DECurrency), Of: undone.mti,
		Outcome: outcome, Balance: h.book.balance(undone.account), Held: h.book.held(undone.account), Settling: Settling{Day: business(h)},
	})
	if err != nil {
		h.log.Error("host: journal cannot be written", "err", err)
		return nil
	}
	h.traces++
	m := iso8583.Reversal(undone.request, h.now(), false, iso8583.TooLate)
	m.Set(iso8583.DESTAN, fmt.Sprintf("%06d", h.traces))
	return m
}

// Remember changes Config.Remembers from now on. What the host already
// remembers stays.
func (h *Host) Remember(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.book.remembers = on
}

// AllowOverdraft replaces Config.NoOverdraft: it sets whether the reversal of a credit may
// take an account below zero.
func (h *Host) AllowOverdraft(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.book.noOverdraft = !on
}

// Delayed returns how many messages a fault keeps the host from processing or
// answering. At 0, with all faults removed, only what it receives from then on
// changes its book.
func (h *Host) Delayed() int { return int(h.delayed.Load()) }

// Open opens an account. One that the bank has already, from its journal, keeps
// its balance and currency and takes the limit and the refusals of asked.
func (h *Host) Open(asked Account) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.book.accounts[asked.No]
	if known != nil {
		known.configure(asked)
		return nil
	}
	opened := &account{balance: asked.Balance, currency: asked.Currency.Number}
	opened.configure(asked)
	h.book.accounts[asked.No] = opened
	return h.journal.add(&Entry{
		At: h.now(), Account: asked.No, Currency: asked.Currency.Number, Outcome: Opened, Balance: asked.Balance,
	})
}

// configure takes the limit and the refusals of asked.
func (a *account) configure(asked Account) {
	a.limit, a.refuse, a.refuseCredit, a.money = asked.Limit, asked.Refuse, asked.RefuseCredit, asked.Currency
	a.refuseCompletion, a.parts, a.most = asked.RefuseCompletion, asked.Parts, asked.Most
}

// Balance returns the balance of account no, or of that on which a card draws. It is false if
// there is neither.
func (h *Host) Balance(no string) (money.Amount, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.book.account(no)
	if a == nil {
		return 0, false
	}
	return a.balance, true
}

// Balances are those of all accounts, by number.
func (h *Host) Balances() map[string]money.Amount {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]money.Amount, len(h.book.accounts))
	for no, a := range h.book.accounts {
		all[no] = a.balance
	}
	return all
}

// Journal is a copy of the journal, oldest first: the last 100,000 entries at
// least; the file holds all.
func (h *Host) Journal() []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.journal.entries)
}
