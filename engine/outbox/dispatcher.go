package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// Default bounds on the rows kept in memory.
const (
	rowsDefault      = 16384 // of one channel and urgency
	recipientDefault = 256   // of these, to one number
)

// Config is what a Dispatcher is made of.
type Config struct {
	// Rows walks the rows that are not done, as store.Reader's Outbox does.
	Rows func(ctx context.Context, after store.RowID, limit int) iter.Seq2[store.OutRow, error]
	// Done marks rows as done, durably.
	Done func(ctx context.Context, ids []store.RowID) error
	// Dropped marks rows as done that were not sent, durably, and records why; nil: Done
	// marks them too.
	Dropped func(ctx context.Context, why notice.Why, ids []store.RowID) error
	// Channels are the ways out. Rows of a channel that no longer exists go by the
	// first of the same medium. If there is none, they stay in the store.
	Channels []Channel
	// Attempts is needed if a channel is costly; see Retry.Tries.
	Attempts Attempts

	Sent func(Outcome)    // if set, called with each outcome
	Now  func() time.Time // nil is time.Now, whose monotonic reading ignores clock changes
	Log  *slog.Logger     // nil discards

	RowsMax      int // rows of one channel and urgency in memory; 0 is the default
	RecipientMax int // of these, rows to one number; 0 is the default
}

// address names a channel.
type address struct {
	medium notice.Medium
	name   string
}

// Dispatcher walks the outbox once and hands each row to its channel.
type Dispatcher struct {
	cfg   Config
	lanes []*lane
	by    map[address]*lane

	kick   chan struct{} // the outbox grew, or there is room again
	wakes  atomic.Uint64 // calls of Wake
	loaded atomic.Uint64 // of these, those whose rows are in memory or counted as left in the store
	behind atomic.Bool   // a walk is under way or has failed: the store may hold more

	heldBack  atomic.Bool            // see HoldBack
	strangers map[notice.Medium]bool // media without a channel that were logged; the walk's own

	marks marks
	count counters
}

type counters struct{ givenUp, replaced atomic.Int64 }

// New returns a Dispatcher, which does nothing until Run. It refuses channels that share
// a name and a medium, and a costly one without Attempts.
func New(cfg Config) (*Dispatcher, error) {
	if len(cfg.Channels) == 0 {
		return nil, errors.New("outbox: at least one channel is needed")
	}
	cfg.RowsMax = cmp.Or(cfg.RowsMax, rowsDefault)
	cfg.RecipientMax = min(cmp.Or(cfg.RecipientMax, recipientDefault), cfg.RowsMax)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Dropped == nil {
		cfg.Dropped = func(ctx context.Context, _ notice.Why, ids []store.RowID) error { return cfg.Done(ctx, ids) }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := &Dispatcher{cfg: cfg, by: make(map[address]*lane), strangers: make(map[notice.Medium]bool), kick: make(chan struct{}, 1)}
	d.marks.kick = make(chan struct{}, 1)
	for _, channel := range cfg.Channels {
		at := address{channel.Medium(), channel.Name()}
		if d.by[at] != nil {
			return nil, fmt.Errorf("outbox: two channels of medium %s are called %s", at.medium, at.name)
		}
		if channel.Retry().Tries > 0 && cfg.Attempts == nil {
			return nil, errNoAttempts
		}
		l := newLane(d, channel)
		d.lanes = append(d.lanes, l)
		d.by[at] = l
	}
	return d, nil
}

// Run sends until ctx ends. Before it returns, it marks what was taken.
func (d *Dispatcher) Run(ctx context.Context) {
	d.Wake() // what the last run left
	var all sync.WaitGroup
	all.Go(func() { d.runMarks(ctx) })
	all.Go(func() { d.runWalk(ctx) })
	for _, l := range d.lanes {
		all.Go(func() { l.run(ctx) })
	}
	all.Wait()
	d.markRest(ctx)
}

// Wake says that the outbox grew.
func (d *Dispatcher) Wake() {
	d.wakes.Add(1)
	d.poke()
}

func (d *Dispatcher) poke() { nudge(d.kick) }

// nudge wakes the goroutine that reads signal, if it is not about to look anyway.
func nudge(signal chan struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

// Again makes every text that waits for another try by a channel due at once: the
// channel has reconnected, or its settings have changed. Counted tries stay counted.
func (d *Dispatcher) Again(channel string) {
	for _, l := range d.lanes {
		if l.channel.Name() == channel {
			l.hasten(func(*row) bool { return true })
		}
	}
}

// HoldBack has reports and offers wait in the store until the next start, so that a
// campaign does not hold up a stop. What is on its way ends as usual.
func (d *Dispatcher) HoldBack() { d.heldBack.Store(true) }

// Idle reports whether every known row has been sent and marked.
func (d *Dispatcher) Idle() bool {
	if d.behind.Load() || d.loaded.Load() != d.wakes.Load() {
		return false
	}
	for _, l := range d.lanes {
		if !l.idle() {
			return false
		}
	}
	return d.marks.none()
}

// Stalled reports whether nothing more can be sent before until: every row has been sent
// and marked, or its channel cannot take a text now, or its next try is due later. The
// rows that are left are safe in the store.
func (d *Dispatcher) Stalled(up func(channel string) bool, until time.Time) bool {
	if d.behind.Load() || d.loaded.Load() != d.wakes.Load() {
		return false
	}
	for _, l := range d.lanes {
		if !l.stalled(up(l.channel.Name()), until) {
			return false
		}
	}
	return d.marks.none()
}

// State describes the backlog of a channel.
type State struct {
	Channel string
	Rows    int           // texts in memory that are not yet taken
	CanWait int           // of these, reports and offers
	More    bool          // there are more in the store
	Oldest  time.Duration // since the oldest of them was read from the store
}

// States returns the backlog of every channel.
func (d *Dispatcher) States() []State {
	all := make([]State, len(d.lanes))
	for i, l := range d.lanes {
		all[i] = l.state()
	}
	return all
}

// GivenUp returns how many texts were dropped because they were refused for as long
// as Retry.Lasts while others were taken, or tried Retry.Tries times.
func (d *Dispatcher) GivenUp() int64 { return d.count.givenUp.Load() }

// Replaced returns how many texts were not sent because a later one replaced them.
func (d *Dispatcher) Replaced() int64 { return d.count.replaced.Load() }
