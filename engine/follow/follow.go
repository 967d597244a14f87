// Package follow hands the journal to whoever works behind the commits: a read side, a
// scheme that counts, a feed to another system. Nobody who pays waits for a follower.
//
//	follow.go   Follower, Runner    mark.go   a position that is kept in the books
//
// Each follower has a position of its own, which it keeps itself: the number of the last
// record that it is done with. It gets every record after that, in order, at least once: a
// record that was taken shortly before a crash comes again, and so does one that failed,
// after a pause, while all later ones wait.
//
// The package imports store and the unit of work (engine/tx).
package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/tx"
	"mpg/store"
)

// Follower takes the journal in, record by record. Its functions are called by one
// goroutine.
type Follower struct {
	Name string // stays the same: lower-case letters, digits and hyphens

	// From returns the position: the number of the last record that is done with; 0: none
	// was. It is asked once after each start. One beyond the end of the journal is that of
	// other books, and the follower does not run.
	From func(ctx context.Context) (uint64, error)
	// Take does what the record calls for. It must stand a record that it has taken before.
	// A Take that writes to the books is called with its own records too, and writes
	// nothing for them: it would follow itself for ever. After an error the record comes
	// again.
	Take func(ctx context.Context, entry *store.Entry) error
	// Keep makes the position durable. It is called at most once in Config.Every, and at
	// the end.
	Keep func(ctx context.Context, seq uint64) error

	// Off says that the follower rests, where it stands, for as long as it reports true;
	// nil: it never does.
	Off func() bool
}

// Config is what a Runner works with.
type Config struct {
	Feed      store.Feed
	Followers []Follower
	Log       *slog.Logger
	Every     time.Duration // between two calls of Keep; 0: EveryDefault
	Retry     time.Duration // before a record that failed comes again; 0: RetryDefault
}

// The defaults of Config.
const (
	EveryDefault = time.Second
	RetryDefault = 5 * time.Second
)

// Runner runs followers, each at its own speed.
type Runner struct {
	cfg   Config
	paths []*path
}

// path is a follower on its way.
type path struct {
	Follower
	at     atomic.Uint64 // the last record that was taken
	keptAt time.Time     // when Keep was last called
	owes   bool          // a record that is not a Mark was taken since then
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// New returns a Runner. The error names a follower that cannot be run, and why.
func New(cfg Config) (*Runner, error) {
	if cfg.Every <= 0 {
		cfg.Every = EveryDefault
	}
	if cfg.Retry <= 0 {
		cfg.Retry = RetryDefault
	}
	r := &Runner{cfg: cfg}
	for i, f := range cfg.Followers {
		switch {
		case !nameForm.MatchString(f.Name):
			return nil, fmt.Errorf("follow: %q cannot name a follower: lower-case letters, digits and hyphens", f.Name)
		case slices.ContainsFunc(cfg.Followers[:i], func(other Follower) bool { return other.Name == f.Name }):
			return nil, fmt.Errorf("follow: two followers are called %s", f.Name)
		case f.From == nil || f.Take == nil || f.Keep == nil:
			return nil, fmt.Errorf("follow: follower %s needs From, Take and Keep", f.Name)
		case cfg.Feed == nil:
			return nil, fmt.Errorf("follow: follower %s has nothing to follow: this store keeps no journal", f.Name)
		}
		if f.Off == nil {
			f.Off = func() bool { return false }
		}
		r.paths = append(r.paths, &path{Follower: f})
	}
	return r, nil
}

// Lag returns how many records each follower is behind, by name.
func (r *Runner) Lag() map[string]uint64 {
	lag := make(map[string]uint64, len(r.paths))
	for _, p := range r.paths {
		at := p.at.Load() // first: the journal may grow in between
		lag[p.Name] = r.cfg.Feed.Seq() - at
	}
	return lag
}

// Run runs all followers until ctx ends or the store is closed, and then has each keep
// where it stands.
func (r *Runner) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, p := range r.paths {
		all.Go(func() { r.run(ctx, p) })
	}
	all.Wait()
}

// run runs one follower.
func (r *Runner) run(ctx context.Context, way *path) {
	for started := false; ctx.Err() == nil; {
		var err error
		if started {
			err = r.step(ctx, way)
		} else {
			var from uint64
			if from, err = way.From(ctx); err == nil {
				if end := r.cfg.Feed.Seq(); from > end { // the books were restored, and what it has followed was not
					r.cfg.Log.Error("follower is ahead of the journal and does not run: have it begin anew", "follower", way.Name, "position", from, "end", end)
					return
				}
				way.at.Store(from)
				way.keptAt, started = time.Now(), true
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrBroken):
			return
		case ctx.Err() == nil:
			r.cfg.Log.Error("follower failed; the record comes again", "follower", way.Name, "after", way.at.Load(), "err", err)
			rest(ctx, r.cfg.Retry)
		}
	}
	r.keep(context.WithoutCancel(ctx), way)
}

// step takes what there is, and waits for more. While the follower is off, or owes its
// position, it waits no longer than Config.Every.
func (r *Runner) step(ctx context.Context, way *path) error {
	if way.Off() {
		rest(ctx, r.cfg.Every)
		return nil
	}
	if err := r.take(ctx, way); err != nil {
		return err
	}
	if way.owes && time.Since(way.keptAt) >= r.cfg.Every {
		r.keep(ctx, way)
	}
	soon, cancel := context.WithTimeout(ctx, r.cfg.Every)
	defer cancel()
	_, err := r.cfg.Feed.Wait(soon, way.at.Load())
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return nil
	}
	return err
}

// take takes the records that there are now.
func (r *Runner) take(ctx context.Context, way *path) error {
	for entry, err := range r.cfg.Feed.Records(ctx, way.at.Load()+1) {
		if err != nil {
			return err
		}
		if way.Off() {
			return nil
		}
		if err := way.Take(ctx, &entry); err != nil {
			return err
		}
		way.at.Store(entry.Seq)
		way.owes = way.owes || !onlyMarks(&entry)
		if way.owes && time.Since(way.keptAt) >= r.cfg.Every {
			r.keep(ctx, way)
		}
	}
	return nil
}

// keep has a follower keep where it stands. If that fails, it is tried again with a later
// record.
func (r *Runner) keep(ctx context.Context, way *path) {
	if !way.owes {
		return
	}
	way.keptAt = time.Now()
	if err := way.Keep(ctx, way.at.Load()); err != nil {
		if ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
			r.cfg.Log.Error("position of a follower is not kept", "follower", way.Name, "at", way.at.Load(), "err", err)
		}
		return
	}
	way.owes = false
}

// rest waits for a while, or until ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// InBooks returns a follower whose position is a Mark: take needs only do the work.
func InBooks(run *tx.Runner, name string, take func(ctx context.Context, entry *store.Entry) error) Follower {
	mark := MarkOf(name)
	return Follower{Name: name, Take: take,
		From: func(ctx context.Context) (uint64, error) { return mark.Read(ctx, run.Books()) },
		Keep: func(ctx context.Context, seq uint64) error {
			return run.Do(ctx, func(t *tx.Tx) error { return mark.At(t, seq) })
		}}
}

// BySteps returns a follower whose work is in the books: do is given a step for each record
// that it wants, and its Mark is set in the same one, so that each is done once, whatever
// crashes. It must not want the records of its own steps.
func BySteps(run *tx.Runner, name string, wants func(entry *store.Entry) bool, do func(t *tx.Tx, entry *store.Entry) error) Follower {
	mark := MarkOf(name)
	return InBooks(run, name, func(ctx context.Context, entry *store.Entry) error {
		if !wants(entry) {
			return nil
		}
		return run.Do(ctx, func(t *tx.Tx) error {
			if done, err := mark.Done(t, entry.Seq); err != nil || done {
				return err
			}
			if err := do(t, entry); err != nil {
				return err
			}
			return mark.At(t, entry.Seq)
		})
	})
}
