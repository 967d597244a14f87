// Package call calls subscribers: to confirm a payment by PIN, to choose a PIN, or to ask
// what a module needs to know.
//
//	call.go       Dialer: calls that begin, wait and end
//	port.go       a call as the voice gateway gets it, and its report
//	place.go      waiting for a free line; ongoing.go the ongoing calls,
//	              numbers.go one call at a time for each number
//	confirm.go    what is said and asked about a payment; confirmend.go how it ends
//	changepin.go  the same to choose a PIN; resume.go after a stop
//	script.go     a call whose words are a module's
//	speech.go     the words of a call
//	tries.go      PIN tries, which count before they are compared
//	records.go    how each call ended; view.go shows it
//	counts.go     counters; meter.go durations
//
// Nothing is said before it is committed, and no detail of a payment before a key has been
// pressed: voicemail presses none. Digits are compared and wiped; they are stored, logged
// and counted nowhere. What a call does to a payment is an event that the package fires at
// engine/process; the rules of money are not here.
//
// The package imports store, the unit of work (engine/tx), engine/process, the hasher of
// PINs (engine/pin), the records that it writes (cdr, payment, user), the words (lang,
// notice), codec and meter.
package call

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/lang"
	"mpg/engine/meter"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/process"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// Config is what a Dialer works with.
type Config struct {
	Run     *tx.Runner
	Process *process.Machine
	Hasher  *pin.Hasher
	// Place places a call, runs its steps and returns when the line is free.
	Place    func(ctx context.Context, c Call) Report
	Texts    func() *lang.Texts   // the current texts, for new calls; nil: the built-in ones
	Max      int                  // calls at once, at least 1
	BankWait func() time.Duration // how long the subscriber waits on the line for the bank
	Observe  func(meter.Measure, time.Duration)
	Now      func() time.Time
	Log      *slog.Logger
}

// Dialer calls subscribers. It may be used by any number of goroutines.
type Dialer struct {
	Counts Counts

	cfg     Config
	ctx     context.Context // of all calls
	free    chan struct{}   // one token for each call that may begin
	numbers numberLocks
	ongoing ongoing
	records recordLog
	scripts atomic.Uint64 // calls with a Script so far
	running sync.WaitGroup
}

// New returns a Dialer whose calls end with ctx.
func New(ctx context.Context, cfg Config) *Dialer {
	if cfg.Texts == nil {
		cfg.Texts = lang.Builtin
	}
	d := &Dialer{
		cfg: cfg, ctx: ctx,
		free:    make(chan struct{}, max(1, cfg.Max)),
		numbers: numberLocks{by: make(map[string]*numberLock)},
		ongoing: ongoing{by: make(map[string]*ongoingCall)},
	}
	for range cap(d.free) {
		d.free <- struct{}{}
	}
	return d
}

// Answered reports whether the call of a payment was answered and is still on.
func (d *Dialer) Answered(no uint64) bool { return d.ongoing.answered(payment.Key(no)) }

// StopRinging ends the call of a payment unless it was answered; then the subscriber is
// told at the next key.
func (d *Dialer) StopRinging(no uint64) { d.ongoing.stopRinging(payment.Key(no)) }

// Waiting returns how many calls are waiting for a free line, and how long the oldest has
// waited.
func (d *Dialer) Waiting() (n int, oldest time.Duration) { return d.ongoing.waiting(d.cfg.Now()) }

// Idle reports whether no call is on and every record of a call is stored.
func (d *Dialer) Idle() bool { return d.ongoing.none() && d.records.idle() }

// Wait returns once every call has ended and what comes of it is committed. It is
// called when no call can begin any more.
func (d *Dialer) Wait() { d.running.Wait() }

// failed reports whether err has to be logged: one that comes of stopping has not.
func (d *Dialer) failed(err error) bool { return err != nil && d.ctx.Err() == nil }

// Records returns an empty record of each kind that the package stores, by table.
func Records() map[store.Table]any {
	return map[store.Table]any{user.CallTable: pinCall{}}
}
