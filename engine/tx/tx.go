// Package tx is the unit of work: what a step of the system reads and writes, as one
// commit of the store.
//
// A module gets a Runner and calls Do with a function that reads records (Read, User,
// Payment), changes them (Save, Drop), moves money (Transfer), opens accounts, tells
// people (Notify) and says what begins after the commit (AfterCommit). All of it is
// committed, or nothing. If another step wrote meanwhile what was read, the function
// runs again: it must depend only on what it reads, and change nothing outside the Tx.
//
//	tx.go       Runner, Tx, the retry          docs.go     records as documents
//	records.go  the records that most steps read            merchants.go  a cache of shops
//
// The package imports store, engine/codec, engine/mac and the packages of the records that
// records.go names: merchant, notice, payment and user.
package tx

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"mpg/engine/mac"
	"mpg/engine/notice"
	"mpg/store"
)

// attemptsMax is how often a step is tried again because another one wrote what it
// had read. Each retry means that another step was committed, so only a storm on one
// document comes near it.
const attemptsMax = 100

// ErrContended says that a step lost the race attemptsMax times.
var ErrContended = errors.New("engine: a document changed too often")

// Refused is a refusal by the store that the caller of Do has to answer.
type Refused struct{ store.Result }

// Error names the refusal.
func (r Refused) Error() string { return "engine: refused: " + r.Refusal.String() }

// RefusalOf returns the store's refusal that err wraps, or store.None.
func RefusalOf(err error) store.Refusal {
	var r Refused
	if errors.As(err, &r) {
		return r.Refusal
	}
	return store.None
}

// Kinds of the IDs of steps. They are stored for as long as a step may be repeated.
const (
	IDRandom      store.IDKind = iota + 1 // a step that nobody repeats
	IDPaymentStep                         // a payment's number, and how far it has come
	IDRestore                             // the number of the restore
)

// Config is what a Runner works with.
type Config struct {
	Store   store.Store
	Now     func() time.Time
	Rand    io.Reader   // must not fail
	Bodies  *mac.Key    // of the fingerprints of what is asked
	Numbers *mac.Key    // of the keys of aliases
	Broken  func(error) // called when the store can no longer be trusted
	Closed  func() bool // whether the engine is stopping, so that a closed store is no fault
	Grew    func()      // called after a commit that added to the outbox
}

// Runner runs steps. It may be used by any number of goroutines.
type Runner struct {
	cfg       Config
	epoch     uint64
	merchants merchants
}

// NewRunner returns a Runner on an open store.
func NewRunner(cfg Config) *Runner { return &Runner{cfg: cfg, epoch: cfg.Store.Epoch()} }

// Tx is one attempt at a step: what was read, what is to be written, and what begins
// after it. It belongs to one goroutine.
type Tx struct {
	Now time.Time // of the attempt, and of the commit

	ctx   context.Context // of the call that makes the step, which a Tx does not outlive
	run   *Runner
	cmd   store.Cmd
	docs  []*doc
	after []func()
}

// Do builds a Cmd by fn from what is durable and applies it, again and again while
// another step's commit came in between. A step without an ID of its own has id zero and
// sets it by SetID, or gets a random one.
//
// The error is fn's, Refused, ErrContended, or the store's.
func (r *Runner) Do(ctx context.Context, fn func(t *Tx) error) error {
	id := r.NewID()
	for range attemptsMax {
		t := &Tx{Now: r.cfg.Now(), ctx: ctx, run: r, cmd: store.Cmd{ID: id}}
		t.cmd.At = t.Now
		if err := fn(t); err != nil {
			return err
		}
		res, err := t.apply()
		if err != nil {
			return err
		}
		switch res.Refusal {
		case store.None:
			if !res.Repeat { // else whoever was first has begun what follows
				t.committed()
			}
			return nil
		case store.RefusedStale:
			continue
		default:
			return Refused{res}
		}
	}
	return ErrContended
}

// View returns a Tx to read with. It is never applied, and has no Now.
func (r *Runner) View(ctx context.Context) *Tx { return &Tx{ctx: ctx, run: r} }

// Trial returns a Tx on which the function of a step can be tried: it has the time of t,
// reads what is durable, and is never applied.
func (t *Tx) Trial() *Tx { return &Tx{Now: t.Now, ctx: t.ctx, run: t.run} }

// NewID returns a random ID, for a step that nobody repeats.
func (r *Runner) NewID() store.ID {
	id := store.IDOf(IDRandom, 0, 0)
	if _, err := io.ReadFull(r.cfg.Rand, id[1:]); err != nil {
		panic("engine: no randomness: " + err.Error())
	}
	return id
}

// Books returns the store, to read and to walk.
func (r *Runner) Books() store.Reader { return r.cfg.Store }

// apply sends the Cmd. A step that changes nothing and was caused by no text needs no
// commit.
func (t *Tx) apply() (store.Result, error) {
	if err := t.write(); err != nil {
		return store.Result{}, err
	}
	c := &t.cmd
	if c.Dedup == nil && len(c.Transfers)+len(c.Writes)+len(c.Outbox)+len(c.Done)+len(c.Opens)+len(c.Limits) == 0 {
		return store.Result{}, nil
	}
	cfg := &t.run.cfg
	results, err := cfg.Store.Apply(t.ctx, t.run.epoch, []store.Cmd{*c})
	switch {
	case err == nil:
		return results[0], nil
	case cfg.Closed() && errors.Is(err, store.ErrClosed): // nobody works any more
	case t.ctx.Err() == nil || !errors.Is(err, t.ctx.Err()): // otherwise the caller left before its turn came, and nothing was done
		cfg.Broken(err)
	}
	return store.Result{}, err
}

// committed wakes the outbox and begins what had to wait for the commit.
func (t *Tx) committed() {
	if len(t.cmd.Outbox) > 0 {
		t.run.cfg.Grew()
	}
	for _, begin := range t.after {
		begin()
	}
}

// Context returns the context of the step. What runs after the commit must not fail because
// the caller has left meanwhile: use context.WithoutCancel for that.
func (t *Tx) Context() context.Context { return t.ctx }

// AfterCommit has fn called once the step is durable. A repeat of a step that was
// committed before does not call it.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// SetID names the step, so that the same step has the same ID however often it is tried.
func (t *Tx) SetID(id store.ID) { t.cmd.ID = id }

// TakeIn records the text that caused the step, so that a copy of it is known.
func (t *Tx) TakeIn(in *store.DedupKey) { t.cmd.Dedup = in }

// Fingerprint sets and returns the digest of what is asked, for a step that its caller
// may repeat. It is keyed, because what is asked may hold an account number or a short
// text, which anybody could recover from a plain hash by trying them all.
func (t *Tx) Fingerprint(parts ...string) store.Digest {
	t.cmd.Fingerprint = t.run.cfg.Bodies.Of(parts...)
	return t.cmd.Fingerprint
}

// Transfer moves or holds money, after the transfers before it.
func (t *Tx) Transfer(transfers ...store.Transfer) {
	t.cmd.Transfers = append(t.cmd.Transfers, transfers...)
}

// Open opens an account.
func (t *Tx) Open(account store.Open) { t.cmd.Opens = append(t.cmd.Opens, account) }

// Limit replaces the rules for an account, with effect after the transfers.
func (t *Tx) Limit(rules store.Limit) { t.cmd.Limits = append(t.cmd.Limits, rules) }

// Notify adds a notice to the outbox: a text message, unless it names another medium.
func (t *Tx) Notify(told notice.Notice) error {
	told.Medium = cmp.Or(told.Medium, notice.SMS)
	row, err := told.Row()
	if err != nil {
		return err
	}
	t.cmd.Outbox = append(t.cmd.Outbox, row)
	return nil
}

// Sent marks outbox rows as done.
func (t *Tx) Sent(rows []store.RowID) { t.cmd.Done = append(t.cmd.Done, rows...) }
