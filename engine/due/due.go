package due

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync/atomic"
	"time"

	"mpg/engine/tx"
)

// Missed says what a Sweeper does with the occurrences of an item that passed while
// nothing ran. An occurrence is missed if the next one has come too, or if it is more
// than Kind.Late late.
type Missed uint8

// What is done with occurrences that were missed.
const (
	All  Missed = iota + 1 // each is done, in its order
	Last                   // the last one is done, those before it are not
	None                   // none is done
)

// String returns the word that stands for m in a configuration.
func (m Missed) String() string {
	switch m {
	case All:
		return "all"
	case Last:
		return "last"
	case None:
		return "none"
	}
	return "unknown"
}

// Kind is one sort of due work. All kinds stand in one list, which New takes.
type Kind struct {
	// Name is stored with each item and so never changes: lower-case letters, digits and
	// hyphens.
	Name   string
	Missed Missed

	// Next returns when an item that is due at item.At is due again; the zero time is
	// never. It must be later, and depend on nothing but the item. Nil: an item is done
	// once. A Schedule has a method that fits.
	Next func(item Item) time.Time

	// Do does the work as part of the step that removes the item. It may run again if
	// another step came in between, and depends only on what it reads from t. Its error
	// undoes all of the step, and the item is tried again after a pause.
	Do func(t *tx.Tx, item Item) error

	// Off reports whether all items of the kind wait. What comes due meanwhile is missed,
	// and Missed says what becomes of that. Nil: they never wait.
	Off func() bool

	// Late is how late the last occurrence may be and yet be done by a kind with Missed
	// None; 0: LateDefault.
	Late time.Duration
}

// LateDefault is the lateness that a kind with Missed None forgives: a restart takes
// less.
const LateDefault = 10 * time.Minute

// Item is one piece of due work.
type Item struct {
	Kind string // the name of a registered kind
	// ID tells items of a kind apart that are due in the same minute, such as a
	// merchant's code; at most 64 bytes, no slash.
	ID   string
	At   time.Time // when it is due, UTC; a whole minute
	What []byte    // what to do, in the kind's own words; at most 32 KB

	// Next is when it is due again, for Kind.Do: the row is in the same step, so that
	// Sweeper.Cancel can remove it. Zero: never.
	Next time.Time
}

// Config is what a Sweeper works with.
type Config struct {
	Run   *tx.Runner
	Kinds []Kind
	Now   func() time.Time
	Log   *slog.Logger  // nil discards
	Every time.Duration // between two walks of Run; 0: EveryDefault
}

// EveryDefault is how long after its minute an item may be noticed.
const EveryDefault = 5 * time.Second

// Stats counts items since the start.
type Stats struct {
	Done    atomic.Int64 // occurrences
	Skipped atomic.Int64 // occurrences that were missed and not done
	Failed  atomic.Int64 // tries that failed
}

// Sweeper does what is due. Add and Cancel may be called from any goroutine, Run and
// Sweep by one.
//
// A kind with Missed Last or None goes on with the first occurrence after now. If the
// clock ran ahead, to 2031 say, that is years away once the clock is right. So a row
// remembers which occurrences were passed over, and the walk after the clock was set
// back moves it to the first of those that has not passed. What was done stays done.
type Sweeper struct {
	Stats Stats

	cfg      Config
	kinds    map[string]*Kind
	seen     time.Time        // when the last walk was; the zero time before the first
	pauses   map[string]pause // of rows whose last try failed, by key
	unknowns map[string]bool  // kinds of rows that nobody registered, as logged
}

// pause is how long a row that failed is left alone.
type pause struct {
	until time.Time
	tries int
}

var kindName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// New returns a Sweeper of the kinds in cfg. The error names a kind that cannot be
// registered, and why.
func New(cfg Config) (*Sweeper, error) {
	if cfg.Run == nil || cfg.Now == nil {
		return nil, errors.New("due: a Runner and a clock are needed")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Every <= 0 {
		cfg.Every = EveryDefault
	}
	s := &Sweeper{cfg: cfg, kinds: make(map[string]*Kind), pauses: make(map[string]pause), unknowns: make(map[string]bool)}
	for _, kind := range cfg.Kinds {
		switch {
		case !kindName.MatchString(kind.Name):
			return nil, fmt.Errorf("due: %q cannot name a kind: lower-case letters, digits and hyphens, at most 32", kind.Name)
		case s.kinds[kind.Name] != nil:
			return nil, fmt.Errorf("due: two kinds are called %s", kind.Name)
		case kind.Missed < All || kind.Missed > None:
			return nil, fmt.Errorf("due: kind %s does not say what is done with missed occurrences", kind.Name)
		case kind.Do == nil:
			return nil, fmt.Errorf("due: kind %s does nothing", kind.Name)
		}
		if kind.Late == 0 {
			kind.Late = LateDefault
		}
		if kind.Off == nil {
			kind.Off = func() bool { return false }
		}
		s.kinds[kind.Name] = &kind
	}
	return s, nil
}

// Run does what is due until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	tick := time.NewTicker(s.cfg.Every)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("due work cannot be read", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
