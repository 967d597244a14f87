// Package follow passes the records of the journal, once committed, to followers: a read
// model, a loyalty scheme that counts payments, a feed to another system. No payment waits
// for a follower.
//
//	follow.go   Follower, Runner    mark.go   a position kept in the books
//
// Each follower keeps a position of its own: the number of the last record that it has
// finished with. It gets every record after that, in order and at least once: a record
// taken shortly before a crash comes again. So does a record that failed, after a pause,
// and all later ones wait for it.
//
// The package imports store and the unit of work (engine/tx).
package follow

import (
	"cmp"
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

// Follower reads the journal record by record. One goroutine calls its functions.
type Follower struct {
	Name string // never changes: lower-case letters, digits and hyphens

	// From returns the position: the number of the last record that the follower has
	// finished with, or 0 if there is none. It is called once after each start. A position
	// beyond the end of the journal belongs to other books, and the follower does not run.
	From func(ctx context.Context) (uint64, error)
	// Take does what the record calls for. It must tolerate a record that it has taken
	// before. A Take that writes to the books is called with the records of those writes
	// too, and must write nothing for them, or it would follow itself for ever. After an
	// error the record comes again.
	Take func(ctx context.Context, entry *store.Entry) error
	// Keep makes the position durable. It is called at most once every Config.Every, and at
	// the end.
	Keep func(ctx context.Context, seq uint64) error
	// Every, if not 0, is for a follower that works in batches: once in that time it is
	// given the records that have come, and then Keep is called. The first record after a
	// quiet time is given to it at once.
	Every time.Duration

	// Off reports whether the follower pauses at its position; nil: it never does.
	Off func() bool
}

// Config is what a Runner works with.
type Config struct {
	Feed      store.Feed
	Followers []Follower
	Log       *slog.Logger
	Every     time.Duration // between two calls of Keep; 0: EveryDefault
	Retry     time.Duration // before a failed record comes again; 0: RetryDefault
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

// path is a running follower.
type path struct {
	Follower
	at     atomic.Uint64 // the last record taken
	keepAt time.Time     // when Keep may be called again
	owes   bool          // a record that is not a Mark has been taken since
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// New returns a Runner. The error names a follower that cannot run, and says why.
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
			return nil, fmt.Errorf("follow: %q cannot name a follower; want lower-case letters, digits and hyphens", f.Name)
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
		at := p.at.Load() // before the end of the journal, which may grow meanwhile
		lag[p.Name] = r.cfg.Feed.Seq() - at
	}
	return lag
}

// Run runs all followers until ctx ends or the store is closed, and then has each keep its
// position.
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
				if end := r.cfg.Feed.Seq(); from > end { // the books were restored, without the records that it has followed
					r.cfg.Log.Error("follower is ahead of the journal and does not run: make it start again from 0", "follower", way.Name, "position", from, "end", end)
					return
				}
				way.at.Store(from)
				way.keepAt, started = time.Now().Add(r.every(way)), true
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

// every returns how long a follower waits between two calls of Keep.
func (r *Runner) every(way *path) time.Duration { return cmp.Or(way.Every, r.cfg.Every) }

// step takes the records there are, and waits for more. While the follower is off, or has a
// position to keep, it waits no longer than Config.Every.
func (r *Runner) step(ctx context.Context, way *path) error {
	if way.Off() {
		rest(ctx, r.cfg.Every)
		return nil
	}
	began, before := time.Now(), way.at.Load()
	if err := r.take(ctx, way); err != nil {
		return err
	}
	r.keepIfDue(ctx, way)
	if way.at.Load() != before { // an idle follower is woken by the next commit
		rest(ctx, way.Every-time.Since(began))
	}
	wait := r.cfg.Every
	if way.owes {
		wait = min(wait, time.Until(way.keepAt))
	}
	soon, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	_, err := r.cfg.Feed.Wait(soon, way.at.Load())
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return nil
	}
	return err
}

// take takes the records there are now. The position is kept once all have been taken, with
// one Keep for the whole batch, unless they are so many that this takes long.
func (r *Runner) take(ctx context.Context, way *path) error {
	began := time.Now()
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
		if time.Since(began) >= r.every(way) {
			r.keepIfDue(ctx, way)
		}
	}
	return nil
}

// keepIfDue has a follower keep its position if it has not done so for long enough.
func (r *Runner) keepIfDue(ctx context.Context, way *path) {
	if way.owes && !time.Now().Before(way.keepAt) {
		r.keep(ctx, way)
	}
}

// keep has a follower keep its position. If that fails, it is tried again after a pause.
func (r *Runner) keep(ctx context.Context, way *path) {
	if !way.owes {
		return
	}
	err := way.Keep(ctx, way.at.Load())
	if err == nil {
		way.owes, way.keepAt = false, time.Now().Add(r.every(way))
		return
	}
	way.keepAt = time.Now().Add(r.cfg.Retry)
	if ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
		r.cfg.Log.Error("position of a follower could not be kept", "follower", way.Name, "at", way.at.Load(), "err", err)
	}
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

// InBooks returns a follower whose position is a Mark: take only has to do the work.
func InBooks(run *tx.Runner, name string, take func(ctx context.Context, entry *store.Entry) error) Follower {
	mark := MarkOf(name)
	return Follower{Name: name, Take: take,
		From: func(ctx context.Context) (uint64, error) { return mark.Read(ctx, run.Books()) },
		Keep: func(ctx context.Context, seq uint64) error {
			return run.Do(ctx, func(t *tx.Tx) error { return mark.At(t, seq) })
		}}
}

// BySteps returns a follower whose work is in the books: do is given a step for each record
// that it wants, and the follower's Mark is set in the same step, so that each record is
// worked on exactly once, even after a crash. It must not want the records of its own
// steps.
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
