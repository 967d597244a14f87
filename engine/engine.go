package engine

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/claim"
	"mpg/engine/clock"
	"mpg/engine/due"
	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/local"
	"mpg/engine/mac"
	"mpg/engine/meter"
	"mpg/engine/module"
	"mpg/engine/offer"
	"mpg/engine/order"
	"mpg/engine/outbox"
	"mpg/engine/payment"
	"mpg/engine/phone"
	"mpg/engine/pin"
	"mpg/engine/process"
	"mpg/engine/resume"
	"mpg/engine/seal"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/store"
)

// Rules are the operator's settings that may change while the engine runs.
type Rules struct {
	intent.Rules
	BankWait    time.Duration                // how long a caller waits for the bank
	NoticeRetry time.Duration                // before the second try of a text that was not answered or that the bind's settings do not fit; doubles
	Operator    lang.Operator                // what texts say about the operator
	Reversals   map[string]acquirer.Reversal // by bank
	admin.CommandRules
	Session time.Duration // how long a login of staff lasts
}

// Config is what an Engine is made of.
type Config struct {
	Store     store.Store
	Ports     Ports
	Rules     Rules
	Modules   []module.Module // what is added to the core
	Grammar   order.Grammar   // without Words, which are the built-in ones and those of Modules; see module.Words
	Place     local.Place
	PIN       pin.Config                             // its Argon is also what the passwords of staff cost
	SealKey   seal.Key                               // seals account numbers at rest
	CallsMax  int                                    // calls at once
	Binds     []string                               // names of the SMSC binds
	Code      func(via, shortCode string) bool       // whether the bind serves it
	ShortCode string                                 // sender of texts that answer no text
	Ambiguous func(via string) phone.AmbiguousSender // the bind's rule for such senders; nil: they are refused
	Now       func() time.Time
	Uptime    func() time.Duration // by a clock that nobody sets; nil: the process's own
	Rand      io.Reader
	Log       *slog.Logger
	// Broken is called once when the store can no longer be trusted; the
	// process has to end.
	Broken func(error)
	// Observe is told each duration; nil: nobody. It must not block.
	Observe func(meter.Measure, time.Duration)
}

// Engine is the pipeline from a text to a payment and its receipts.
type Engine struct {
	cfg   Config
	rules atomic.Pointer[Rules]
	run   *tx.Runner
	books *books.Books

	numbers *phone.Reader
	clock   *clock.Clock
	intake  *intake.Receiver
	intents *intent.Service

	calls   *call.Dialer
	process *process.Machine
	banks   *acquirer.Banks
	offers  *offer.Desk
	outbox  *outbox.Dispatcher
	claims  *claim.Desk
	modules *module.Joined
	stats   Stats
	times   *meter.Durations
	admin   *admin.Service

	lifetime
}

// New makes an Engine over an open store. Start sets it going.
func New(cfg Config) (*Engine, error) {
	if !cfg.SealKey.Given() {
		return nil, errors.New("engine: a key to seal account numbers is needed")
	}
	if cfg.Uptime == nil {
		start := time.Now()
		cfg.Uptime = func() time.Duration { return time.Since(start) }
	}
	cfg.PIN.Argon = cmp.Or(cfg.PIN.Argon, pin.DefaultArgon())
	e := &Engine{
		cfg:     cfg,
		numbers: phone.NewReader(cfg.Grammar.Country),
		clock:   clock.New(cfg.Now, cfg.Uptime),
		times:   meter.NewDurations(cfg.Observe),
	}
	e.cfg.Grammar.Ranges, e.cfg.Grammar.Known = e.numbers.Ranges(), func(number string) bool { return e.run.IsSubscriber(context.WithoutCancel(e.ctx), number) }
	e.begin()
	e.stats.Sent = meter.NewTally(Accepted, Busy, Uncertain, Unfit, Never)
	var err error
	if cfg.Grammar.Words == nil {
		if e.cfg.Grammar.Words, err = module.Words(cfg.Modules, nil); err != nil {
			return nil, err
		}
	}
	e.SetRules(cfg.Rules)
	if err := e.openBooks(); err != nil {
		return nil, err
	}
	if err := e.makeOutbox(); err != nil {
		return nil, err
	}
	acts := &actor{ended: &e.stats.Ended}
	e.process = process.New(process.Config{Run: e.run, Place: e.cfg.Place, Now: cfg.Now, Expires: func() time.Duration { return e.Rules().Expires },
		Ref: e.books.Refs.Ref, Log: cfg.Log, Actor: acts,
		Unclaimed: func(t *tx.Tx) (store.AccountID, error) {
			return e.books.Account(t, books.Unclaimed, store.Liability, "")
		},
		Debt: func(t *tx.Tx, shop string) (store.AccountID, bool, error) {
			return e.books.Known(t, books.ReceivablePrefix+shop)
		},
		Waits:   func(t *tx.Tx, p *payment.Payment, waits bool) error { return e.claims.Waits(t, p, waits) },
		Claimed: func(t *tx.Tx, p *payment.Payment) error { return e.claims.Begin(t, p) }})
	e.claims = claim.New(claim.Config{Books: e.books, Store: cfg.Store, Process: e.process, Place: e.cfg.Place, Due: func() *due.Sweeper { return e.modules.Due() },
		Limits: func() *limit.Set { return e.Rules().Products.Limits }})
	e.stats.Open, e.stats.EndedBy = e.process.Open, e.process.Ended
	e.banks = acquirer.New(acquirer.Config{Context: e.ctx, Run: e.run, Books: e.books, Process: e.process, Banks: cfg.Ports.Banks, Breakers: cfg.Ports.Breakers, Billers: module.Billers(cfg.Modules),
		Reversals: func() map[string]acquirer.Reversal { return e.Rules().Reversals }, SealKey: cfg.SealKey, Zone: cfg.Place.Zone, Currency: cfg.Place.Currency.Code, Now: cfg.Now, Log: cfg.Log})
	e.stats.Counters = e.banks.Counters
	hasher := pin.NewHasher(cfg.PIN, cfg.Rand)
	e.calls = call.New(e.ctx, call.Config{Run: e.run, Process: e.process, Hasher: hasher, Place: cfg.Ports.Call, Max: cfg.CallsMax,
		Texts:    func() *lang.Texts { return e.Rules().Operator.Texts },
		BankWait: func() time.Duration { return e.Rules().BankWait }, Observe: e.times.Observe, Now: cfg.Now, Log: cfg.Log})
	e.offers = offer.New(offer.Config{Run: e.run, Books: e.books, Process: e.process})
	acts.calls, acts.banks, acts.shops = e.calls, e.banks, e.offers
	e.stats.Counts = &e.calls.Counts
	e.makeIntake()
	e.openAdmin(hasher)
	return e, e.join()
}

// openAdmin makes the operator's commands and views.
func (e *Engine) openAdmin(hasher *pin.Hasher) {
	cfg := &e.cfg
	people := staff.New(staff.Config{Run: e.run, Secret: cfg.SealKey.Derive("staff"), Session: func() time.Duration { return e.Rules().Session },
		Hashes: 2, Argon: cfg.PIN.Argon, Now: cfg.Now, Rand: cfg.Rand, Log: cfg.Log})
	e.admin = admin.New(admin.Config{Staff: people, Store: cfg.Store, Run: e.run, Books: e.books, Process: e.process, Acquirer: acquirer.Desk{Banks: e.banks}, Place: e.cfg.Place,
		Hasher: hasher, Banks: slices.Sorted(maps.Keys(cfg.Ports.Banks)), Bind: cfg.Binds[0], ShortCode: cfg.ShortCode,
		Numbers: e.numbers, Rules: e.commandRules,
		Modules: func() []admin.Module {
			return module.Offered(cfg.Modules, e.Rules().Products.Off, len(cfg.Ports.Banks) > 0)
		},
		Checks:   func() []audit.Check { return e.modules.Checks() },
		Later:    admin.Later{Due: func() *due.Sweeper { return e.modules.Due() }, Claims: e.claims},
		Verified: func(at time.Time) { e.stats.Verified.Store(at.Unix()) }, Now: cfg.Now, Rand: cfg.Rand, Log: cfg.Log})
}

// commandRules returns the rules of this moment for commands.
func (e *Engine) commandRules() admin.CommandRules {
	rules := e.Rules()
	rules.CommandRules.Payments, rules.CommandRules.Waits = rules.Products, rules.Claim.Expires
	return rules.CommandRules
}

// join registers what the modules add.
func (e *Engine) join() error {
	parts := &module.Parts{Run: e.run, Books: e.books, Place: e.cfg.Place, Process: e.process, Orders: e.intents, Calls: e.calls, Admin: e.admin, Log: e.cfg.Log,
		Off: func(name string) bool { return slices.Contains(e.Rules().Products.Off, payment.Product(name)) }}
	feed, _ := e.cfg.Store.(store.Feed)
	var err error
	e.modules, err = module.Join(parts, e.cfg.Modules, module.Core{Tables: coreRecords(), Due: append(e.admin.Kinds(), e.claims.Kind()), Feed: feed, Now: e.cfg.Now, Log: e.cfg.Log})
	return err
}

// openBooks makes the unit of work and opens the books.
func (e *Engine) openBooks() error {
	cfg := &e.cfg
	e.run = tx.NewRunner(tx.Config{Store: cfg.Store, Now: cfg.Now, Rand: cfg.Rand,
		Bodies: mac.New(cfg.SealKey.Derive("command")), Numbers: mac.New(cfg.SealKey.Derive("alias")),
		Broken: once(cfg.Broken), Closed: e.over, Grew: func() { e.outbox.Wake() }})
	var err error
	e.books, err = books.Open(e.ctx, books.Config{Run: e.run, Rand: cfg.Rand, Seal: cfg.SealKey, Keys: keyChecks(cfg),
		Currency: cfg.Place.Currency.Code, Banks: slices.Sorted(maps.Keys(cfg.Ports.Banks)), Modules: module.Names(cfg.Modules)})
	if err != nil {
		return err
	}
	rules := e.Rules()
	rules.Products.Banks = make(map[string]store.AccountID)
	for name := range cfg.Ports.Banks {
		if rules.Products.Banks[name], _, err = e.books.Named(e.ctx, books.BankPrefix+name); err != nil {
			return err
		}
	}
	e.rules.Store(&rules)
	return e.books.CapBanks(e.ctx, cfg.Ports.Owes)
}

// keyChecks returns the check values of the keys in use.
func keyChecks(cfg *Config) map[books.KeyName]string {
	return map[books.KeyName]string{books.PINKey: cfg.PIN.Key.CheckValue(), books.SealKey: cfg.SealKey.CheckValue()}
}

// Admin returns the operator's commands and views.
func (e *Engine) Admin() *admin.Service { return e.admin }

// Runner returns the unit of work, for what is beside the engine.
func (e *Engine) Runner() *tx.Runner { return e.run }

// Books returns the books.
func (e *Engine) Books() *books.Books { return e.books }

// Outbox returns the queues of notices, one for each bind.
func (e *Engine) Outbox() *outbox.Dispatcher { return e.outbox }

// Calls returns the calls that wait or are under way.
func (e *Engine) Calls() *call.Dialer { return e.calls }

// Orders returns what is done with texts that order something.
func (e *Engine) Orders() *intent.Service { return e.intents }

// Modules returns what is added to the core.
func (e *Engine) Modules() *module.Joined { return e.modules }

// Offers returns what asks shops whether they accept what a card issuer has approved.
func (e *Engine) Offers() *offer.Desk { return e.offers }

// Banks returns what asks the banks.
func (e *Engine) Banks() *acquirer.Banks { return e.banks }

// Rules are the rules of this moment.
func (e *Engine) Rules() Rules { return *e.rules.Load() }

// SetRules changes the rules for what is taken in from now on. The banks'
// accounts are the engine's own and stay.
func (e *Engine) SetRules(rules Rules) {
	if old := e.rules.Load(); old != nil {
		rules.Products.Banks = old.Products.Banks
	}
	if rules.Operator.Texts == nil {
		rules.Operator.Texts = lang.Builtin()
	}
	if forms := e.cfg.Grammar.Words.ModuleForms(); len(forms) > 0 {
		rules.Operator.Texts = rules.Operator.Texts.WithOrders(forms)
	}
	e.rules.Store(&rules)
}

// Stats are the counters.
func (e *Engine) Stats() *Stats { return &e.stats }

// Start resumes what was under way and begins to work. Texts may be handed to
// Receive from then on.
func (e *Engine) Start() error {
	parts := resume.Parts{Run: e.run, Books: e.books, Clock: e.clock, Process: e.process, Banks: e.banks,
		Then: []func() error{e.calls.Resume, func() error { return e.admin.Approvals.Resume(e.ctx) }, e.modules.Resume}}
	if err := parts.All(e.ctx); err != nil {
		return err
	}
	e.work(e.intake.Run, e.banks.Run, e.outbox.Run, sweeper{e.clock, e.banks, e.process, e.cfg.Now}.run, e.calls.Run, e.modules.Run)
	return nil
}

// drainPoll is how often Drain looks whether all is quiet.
const drainPoll = 20 * time.Millisecond

// Drain takes no more texts in, and waits until the queues are empty, the calls
// have ended, the banks have answered and the outbox is sent except for
// reports and offers, or until ctx ends. What is left is kept. It does not wait
// for texts that cannot go before ctx ends, because a bind is down or their next
// try is later.
func (e *Engine) Drain(ctx context.Context) {
	e.draining.Store(true)
	e.outbox.HoldBack()
	tick := time.NewTicker(drainPoll)
	defer tick.Stop()
	until, bounded := ctx.Deadline()
	if !bounded {
		until = time.Now().Add(outbox.SMSLasts)
	}
	for !e.quiet(until) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// quiet reports whether nothing in memory is under way that can end before until.
func (e *Engine) quiet(until time.Time) bool {
	return e.intake.Idle() && e.calls.Idle() && e.banks.Idle() && e.outbox.Stalled(e.cfg.Ports.smsUp, until)
}

// Close ends all work. The store stays open; it is its owner's.
func (e *Engine) Close() {
	e.end() // first: a text being taken in may still begin a call, and a call may still ask a bank
	// Those of texts that were acknowledged just now are among them.
	e.intake.KeepProofs(context.WithoutCancel(e.ctx))
	e.calls.Wait()
	e.banks.Wait()
	e.calls.StoreRecords(context.WithoutCancel(e.ctx))
}
