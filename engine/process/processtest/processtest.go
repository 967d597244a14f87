// Package processtest opens books and a machine of payments over a real store, for tests
// of the rooms that change payments without a whole engine: claims, refunds, banks and the
// operator's commands. Only tests import it.
//
// It imports the books, the unit of work (engine/tx) and engine/process, with what these
// are made of, and store/bolt.
package processtest

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"time"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/mac"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/process"
	"mpg/engine/seal"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// T is what tests and random tests have in common.
type T interface {
	Helper()
	Error(args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Config says how books are opened.
type Config struct {
	Dir     string // of the store
	Options bolt.Options
	Through func(store.Store) store.Store // what the books see of the store; nil: the store
	Now     func() time.Time
	Banks   []string
	Broken  func(error)  // is told that the store can no longer be trusted; nil: the test fails
	Closed  func() bool  // whether no step may begin; nil: never
	Log     *slog.Logger // nil: none
}

// Books are open books with CNY as their currency.
type Books struct {
	*books.Books
	Disk    *bolt.Store
	Store   store.Store // Disk, or what Config.Through made of it
	Run     *tx.Runner
	PINKey  pin.Key
	SealKey seal.Key
	Place   local.Place

	cfg Config
}

// Open opens the books in a directory, which are new if it is empty. Whoever opens them
// closes Disk.
func Open(t T, cfg Config) *Books {
	t.Helper()
	disk, err := bolt.Open(cfg.Dir, cfg.Options)
	if err != nil {
		t.Fatal(err)
	}
	key, err1 := pin.ParseKey(strings.Repeat("7", 64))
	sealing, err2 := seal.ParseKey(strings.Repeat("5", 64), rand.Reader)
	cny, ok := money.Lookup("CNY")
	if err1 != nil || err2 != nil || !ok {
		t.Fatal(err1, err2, ok)
	}
	if cfg.Broken == nil {
		cfg.Broken = func(err error) { t.Error(err) }
	}
	if cfg.Closed == nil {
		cfg.Closed = func() bool { return false }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	b := &Books{Disk: disk, Store: disk, PINKey: key, SealKey: sealing, Place: local.Place{Language: lang.EN, Zone: time.UTC, Currency: cny}, cfg: cfg}
	if cfg.Through != nil {
		b.Store = cfg.Through(disk)
	}
	b.Run = tx.NewRunner(tx.Config{Store: b.Store, Now: cfg.Now, Rand: rand.Reader, Bodies: mac.New(key.Derive("command")), Numbers: mac.New(key.Derive("alias")),
		Broken: cfg.Broken, Closed: cfg.Closed, Grew: func() {}})
	b.Books, err = books.Open(context.Background(), books.Config{Run: b.Run, Rand: rand.Reader, Seal: sealing, Currency: cny.Code, Banks: cfg.Banks,
		Keys: map[books.KeyName]string{books.PINKey: key.CheckValue(), books.SealKey: sealing.CheckValue()}})
	if err == nil {
		err = b.Resume(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Do commits fn, which must not fail.
func (b *Books) Do(t T, fn func(t *tx.Tx) error) {
	t.Helper()
	if err := b.Run.Do(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// Machine returns a machine of payments over the books, which expire after a minute, with
// what change changes of its Config; nil: nothing.
func (b *Books) Machine(actor process.Actor, change func(*process.Config)) *process.Machine {
	cfg := process.Config{Run: b.Run, Place: b.Place, Now: b.cfg.Now, Expires: func() time.Duration { return time.Minute }, Ref: b.Refs.Ref,
		Log: b.cfg.Log, Actor: actor,
		Unclaimed: func(t *tx.Tx) (store.AccountID, error) { return b.Account(t, books.Unclaimed, store.Liability, "") },
		Debt: func(t *tx.Tx, shop string) (store.AccountID, bool, error) {
			return b.Known(t, books.ReceivablePrefix+shop)
		}}
	if change != nil {
		change(&cfg)
	}
	return process.New(cfg)
}

var errAsked = errors.New("processtest: a bank was asked")

// Idle is an actor for payments that need nobody: it calls nobody, and a bank that is to be
// asked is an error. Others embed it.
type Idle struct{}

// Dial implements process.Actor.
func (Idle) Dial(*payment.Payment) {}

// Answered implements process.Actor.
func (Idle) Answered(uint64) bool { return false }

// Authorize implements process.Actor.
func (Idle) Authorize(*tx.Tx, *payment.Payment) error { return errAsked }

// Reverse implements process.Actor.
func (Idle) Reverse(*tx.Tx, *payment.Payment) error { return errAsked }

// Release implements process.Actor.
func (Idle) Release(*tx.Tx, *payment.Payment) error { return nil }

// Offered implements process.Actor.
func (Idle) Offered(*payment.Payment) {}

// Decided implements process.Actor.
func (Idle) Decided(*payment.Payment) {}

// Ended implements process.Actor.
func (Idle) Ended(*payment.Payment) {}
