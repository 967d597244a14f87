// Package intake takes texts in: it finds out whose they are and whether they are copies,
// hands them to a Handler, and acknowledges them after the commit.
//
//	receive.go   Receiver, Text, the queues      worker.go   one text from its queue to its acknowledgement
//	copies.go    copies of a text                words.go    words that are said twice
//	proofs.go    that an acknowledgement came    parts.go    long texts in parts
//
// A text is acknowledged only after the commit that holds its dedup key. A copy of it,
// where the first may not have been acknowledged, pays, stops and calls nothing. What a
// text orders is not known here.
//
// The package imports store, the unit of work (engine/tx), engine/intent for what it hands on,
// order for what looks like a PIN, pan for card numbers, phone, user, clock, mac, meter and
// quota.
package intake

import (
	"cmp"
	"context"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/clock"
	"mpg/engine/intent"
	"mpg/engine/mac"
	"mpg/engine/meter"
	"mpg/engine/order"
	"mpg/engine/phone"
	"mpg/engine/tx"
	"mpg/store"
)

// Limits.
const (
	workersCount = 256 // texts being taken in at once, one for each commit in flight
	queueMax     = 64  // texts waiting for a worker; beyond it the SMSC is told to wait
)

// Text is a short message as it came in.
type Text struct {
	Via, From, To string            // bind that answers, sender as the SMSC wrote it, short code
	By            string            // bind it came in by; empty: Via
	FromType      phone.AddressType // of From
	Body          string
	Kind          Kind
	Part          string // of a Long text: the same for all its parts; empty if not known
	// Ack answers the SMSC, once: took says that the text is durably taken in
	// or never will be. The func it returns tells later whether the SMSC is
	// known to have received the answer.
	Ack func(took bool) (proved func() bool)
}

// by returns the bind that the text came in by.
func (t *Text) by() string { return cmp.Or(t.By, t.Via) }

// Kind says what a text is.
type Kind uint8

// The kinds of text.
const (
	Plain      Kind = iota + 1 // to be read as an order
	Long                       // part of a long message: answered "too long", once for all parts
	Unusable                   // a receipt: acknowledged and counted
	Unreadable                 // an unknown alphabet or binary: answered "cannot be read"
)

// Handler answers texts. It is *intent.Service in the engine.
type Handler interface {
	// Read reads the text, once, before any step.
	Read(r *intent.Request)
	// Handle answers it in the step t, which may be tried several times.
	Handle(t *tx.Tx, r *intent.Request) error
	// Instead returns what answers it after the store has refused that step, or nil.
	Instead(r *intent.Request, by tx.Refused) intent.Handler
	// Remind tells the sender of a word that is a copy or was said again what it would act
	// on, and returns a name for that, or "" if it told nothing.
	Remind(t *tx.Tx, r *intent.Request) (about string, err error)
}

// TextCounts are counters since the start.
type TextCounts struct {
	Texts        atomic.Int64                     // short messages that came in
	Unusable     atomic.Int64                     // receipts, unknown short codes, senders that are not subscribers
	Senders      meter.Tally[phone.SenderRefusal] // of the unusable, senders refused, by reason
	Receipts     atomic.Int64                     // of the unusable, receipts and acknowledgements
	ForeignCodes atomic.Int64                     // of the unusable, sent to a short code that the bind does not serve
	PartsPassed  atomic.Int64                     // parts of a long text after the one that was answered
	Redelivered  atomic.Int64                     // copies taken in silently
	Proved       atomic.Int64                     // words such as AGAIN whose acknowledgement is known to have arrived
	Full         atomic.Int64                     // refused because a queue was full
}

// Config is what a Receiver works with.
type Config struct {
	Run     *tx.Runner
	Handler Handler
	Digests *mac.Key // of the digests of texts
	Numbers *phone.Reader
	Code    func(via, shortCode string) bool // whether the bind serves it
	// Payee divides an address that is a short code followed by a number, or by a part of one,
	// and returns what the text orders that was sent there; nil: no bind serves such addresses.
	Payee     func(via, address, body string) (shortCode, order string, ok bool)
	Ambiguous func(via string) phone.AmbiguousSender // the bind's rule for such senders; nil: they are refused
	Rules     func() intent.Rules                    // of the moment
	Clock     *clock.Clock
	Now       func() time.Time
	Closed    func() bool // whether the engine is stopping, so that an error comes of that
	Log       *slog.Logger
	Counts    *TextCounts
	// LooksLikePIN reports whether a text may hold a PIN. It knows the words of orders,
	// including the operator's own; nil: only the built-in ones are known.
	LooksLikePIN func(text string) bool
}

// Receiver takes texts in. It may be used by any number of goroutines.
type Receiver struct {
	cfg     Config
	seed    maphash.Seed
	workers []*worker
	long    longTexts
	refused sync.Map // bind and reason of refused senders that have been logged
	proofs  proofs
}

// New returns a Receiver. Run sets it going.
func New(cfg Config) *Receiver {
	cfg.Counts.Senders = meter.NewTally(phone.SenderRefusals()...)
	if cfg.LooksLikePIN == nil {
		cfg.LooksLikePIN = order.Grammar{}.LooksLikePIN
	}
	in := &Receiver{cfg: cfg, seed: maphash.MakeSeed()}
	for range workersCount {
		in.workers = append(in.workers, &worker{in: in, queue: make(chan Text, queueMax), seen: make(map[store.Digest]delivery)})
	}
	return in
}

// senderDigits is how many of a sender's last digits choose the worker.
const senderDigits = 7

// Receive queues a text if there is room; it never blocks. After false the
// SMSC is to be told that the queue is full.
func (in *Receiver) Receive(text Text) bool {
	w := in.workers[maphash.String(in.seed, phone.LastDigits(text.From, senderDigits))%uint64(len(in.workers))]
	select {
	case w.queue <- text:
		return true
	default:
		in.cfg.Counts.Full.Add(1)
		return false
	}
}

// Run takes texts in until ctx ends. Those still queued then are not acknowledged, and
// come again.
func (in *Receiver) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, w := range in.workers {
		all.Go(func() { w.run(ctx) })
	}
	all.Go(func() { in.runProofs(ctx) })
	all.Wait()
}

// Idle reports whether no text waits or is being taken in.
func (in *Receiver) Idle() bool {
	for _, w := range in.workers {
		if len(w.queue) > 0 || w.busy.Load() {
			return false
		}
	}
	return true
}
