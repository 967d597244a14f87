package acquirer

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/books"
	"mpg/engine/process"
	"mpg/engine/seal"
	"mpg/engine/tx"
)

// Config is what Banks work with.
type Config struct {
	Context   context.Context // of all work; ends when the engine stops
	Run       *tx.Runner
	Books     *books.Books
	Process   *process.Machine
	Banks     map[string]Bank            // the connectors by name
	Billers   map[string]Biller          // by name
	Reversals func() map[string]Reversal // the rules of this moment, by bank
	Breakers  map[string]Breaker         // by bank; the zero Breaker for those that are missing
	SealKey   seal.Key                   // seals the stored messages
	Zone      *time.Location             // in which the dates of banks are
	Currency  string                     // code of the one in which most payments are
	Now       func() time.Time
	Log       *slog.Logger
}

// matters reports whether an error that has nowhere else to go is to be logged. One that comes
// from stopping is not.
func (c *Config) matters(err error) bool { return err != nil && c.Context.Err() == nil }

// Counters are counts since the start; all may be read at any time.
type Counters struct {
	BankAsked     atomic.Int64 // requests that left
	LateApprovals atomic.Int64 // that came when nobody was waiting
	Disputes      atomic.Int64 // a bank went back on a payment that stands paid
	HostReversals atomic.Int64 // initiated by the host
	StrayAnswers  atomic.Int64 // to nothing that had been asked
	BankBreaks    atomic.Int64 // times that a bank failed so often that orders for it were refused
	Breaks        atomic.Int64 // that were found, or found again
	BankFull      atomic.Int64 // orders refused because a bank would have owed more than it may
}

// Banks ask the banks. Their methods may be called from any goroutine.
type Banks struct {
	Counters *Counters
	*Comparison

	cfg       Config
	began     time.Time
	requests  *requests
	reversals *reversals
	evidence  *evidence
	breakers  map[string]*breaker
	asks      sync.WaitGroup
	asking    atomic.Int64 // requests without an answer, but to banks that take their time
}

// New returns Banks. Resume is called before anything else, and Run sets them going.
func New(cfg Config) *Banks {
	b := &Banks{Counters: new(Counters), cfg: cfg, began: cfg.Now()}
	b.requests = &requests{cfg: &b.cfg, open: make(map[uint64]openRequest)}
	b.reversals = newReversals(&b.cfg, b.Counters, b.requests)
	b.evidence = &evidence{cfg: &b.cfg, counters: b.Counters, requests: b.requests, reversals: b.reversals, ready: make(chan struct{}, 1)}
	b.Comparison = &Comparison{cfg: &b.cfg, counters: b.Counters, requests: b.requests, evidence: b.evidence, asks: &b.asks}
	b.reversals.suspense = &suspense{cfg: &b.cfg, breaks: b.Comparison}
	b.breakers = make(map[string]*breaker, len(cfg.Banks))
	for name, one := range cfg.Banks {
		b.breakers[name] = newBreaker(cfg.Breakers[name], one, cfg.Log.With("bank", name), &b.Counters.BankBreaks)
	}
	return b
}

// Up reports whether orders for the bank of that name can be taken: it is configured and
// signed on, and has not failed too often.
func (b *Banks) Up(bankName string) bool {
	link := b.cfg.Banks[bankName]
	return link != nil && link.Up() && !b.breakers[bankName].isOpen()
}

// Run sends reversals and takes in what banks say, until ctx ends and what they had said
// by that time is committed.
func (b *Banks) Run(ctx context.Context) {
	var runs sync.WaitGroup
	for _, queue := range b.reversals.queues {
		runs.Go(func() { queue.Run(ctx) })
	}
	for _, one := range b.breakers {
		runs.Go(func() { one.run(ctx) })
	}
	runs.Go(func() { b.evidence.run(ctx) })
	runs.Wait()
}

// Wait returns once no request is being sent. It is called when nobody authorizes any
// more.
func (b *Banks) Wait() { b.asks.Wait() }

// Idle reports whether every request has its answer, but those to banks that take their time,
// and every answer is committed.
func (b *Banks) Idle() bool { return b.asking.Load() == 0 && b.evidence.idle() }
