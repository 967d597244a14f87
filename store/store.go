// Package store is the contract of the money store: what a Cmd is, what is
// promised when Apply returns, and what can be read.
//
// Read cmd.go first: a Cmd is one atomic step of the whole system. It names
// all that it touches (accounts, documents, outbox rows, the text that caused
// it) and is done whole or refused whole, with a Refusal of a closed list
// (refusal.go) that names the item and the account at fault.
// What is decided is in store/ledger, a pure function shared by all engines;
// how it is kept is in store/bolt. store/storetest is the suite that each
// engine has to pass. Documents are bytes to the store: their meaning belongs
// to the engine folder.
//
// Nothing here performs I/O. The package imports store/money only.
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"mpg/store/money"
)

// Store keeps accounts, documents and the outbox. Its methods may be called
// from any goroutine.
type Store interface {
	Reader

	// Apply does cmds in their order, each whole or not at all, and returns
	// one Result for each. All is durable when it returns. A refused Cmd does
	// not stop those behind it. Calls that wait together share one sync of the
	// disk.
	//
	// epoch is the caller's, from Epoch: ErrFenced says that a later owner has
	// taken the store over. ctx bounds only the wait for a place in the queue:
	// with its error, as with ErrFenced and ErrClosed, nothing was done. After
	// any other error nothing can be said of cmds and the store refuses all
	// work: the process must end and recover.
	Apply(ctx context.Context, epoch uint64, cmds []Cmd) ([]Result, error)

	// Epoch is the number of this ownership of the store; it grows each time
	// the store is opened.
	Epoch() uint64

	// Verify reads the whole journal, re-adds every transfer and checks every
	// sum and hash against what is kept. It holds up no Apply.
	Verify(ctx context.Context) (Report, error)

	// Close ends the work that has begun and closes the files.
	Close() error
}

// Reader reads what is durable; each call sees one moment. A call whose ctx is done
// fails with the error of ctx, as does one whose ctx ends while it waits.
//
// A walk has a cursor and a limit, like a page of a list: it yields what comes after the
// cursor, in order, and stops after limit items, or at the end if limit is 0. The zero
// cursor is before the first item, and the key or id of the last item is the cursor of the
// next page. A walk that yields an error yields nothing after it.
type Reader interface {
	// Doc returns the document at key, or false.
	Doc(ctx context.Context, table Table, key string) (Doc, bool, error)

	// Docs walks the documents of a table with after < key in the order of their
	// keys, as they are when the walk begins. It holds up no Apply, and Apply
	// may be called between two documents.
	Docs(ctx context.Context, table Table, after string, limit int) iter.Seq2[Doc, error]

	// LastDoc returns the document of a table with the greatest key, or false.
	LastDoc(ctx context.Context, table Table) (Doc, bool, error)

	// Account returns an account with its counters, or false.
	Account(ctx context.Context, id AccountID) (Account, bool, error)

	// Accounts walks the accounts with after < ID in the order of their ids, as they
	// are when the walk begins.
	Accounts(ctx context.Context, after AccountID, limit int) iter.Seq2[Account, error]

	// Outbox walks the rows not yet done with after < ID, in the order of
	// their ids. Rows added after the walk began are left out; one marked done
	// after it began may be. Apply may be called between two rows.
	Outbox(ctx context.Context, after RowID, limit int) iter.Seq2[OutRow, error]

	// Trial sums up all accounts, one row for each currency, in the order of
	// the codes.
	Trial(ctx context.Context) ([]Trial, error)
}

// Errors of Apply and Open.
var (
	// ErrFenced says that the epoch is not the store's: another owner has it.
	ErrFenced = errors.New("store: fenced: a later owner has the store")
	// ErrBroken says that a commit failed, so that memory and disk may differ.
	ErrBroken = errors.New("store: broken: a commit failed; restart to recover")
	// ErrClosed says that Close was called.
	ErrClosed = errors.New("store: closed")
	// ErrCorrupt says that what was read back is not what was written.
	ErrCorrupt = errors.New("store: corrupt")
	// ErrLocked says that another process has the data directory open.
	ErrLocked = errors.New("store: in use by another process")
)

// Journal is what a Store tells an auditor.
type Journal interface {
	// Records walks the Cmds that were done, in the order of their Seq, from
	// the first with from <= Seq to the last when the walk began. It ends with
	// ctx. It holds up no Apply.
	Records(ctx context.Context, from uint64) iter.Seq2[Entry, error]
}

// Feed is a Journal that can be followed as it grows.
type Feed interface {
	Journal

	// Seq is the number of the last Cmd that was done; 0: none yet.
	Seq() uint64

	// Wait returns the number of the last Cmd once it is greater than after: a
	// follower of Records calls it when it has read up to after. The error is that
	// of ctx, ErrClosed, or ErrBroken.
	Wait(ctx context.Context, after uint64) (uint64, error)
}

// Copier is a Store that can be copied while it works.
type Copier interface {
	// Backup writes a copy of the store to out, as it is after one commit. Each Cmd
	// that was acknowledged before the call is in it. After an error, out holds an
	// incomplete copy, which cannot be opened.
	Backup(ctx context.Context, out io.Writer) (Backup, error)
}

// Backup says what a copy of the store holds.
type Backup struct {
	Seq   uint64   // of the last Cmd
	Head  [32]byte // hash of the journal's chain at Seq
	Bytes int64
}

// Entry is a Cmd as the journal keeps it.
type Entry struct {
	Seq         uint64
	At          time.Time // UTC
	ID          ID
	Fingerprint Digest
	Dedup       *DedupKey // nil: no text caused it; KnownAcked is not kept
	Opens       []Open
	// Transfers are as requested, except that PostHold and VoidHold carry the accounts of
	// their hold and the amount that they moved, and whether a rest is left of it.
	Transfers []Transfer
	Limits    []Limit
	Writes    []Write // Put, Archive and Delete; Data with what was frozen into it, without Stamp
	Rows      []OutRow
	Done      []RowID
}

// Trial is the trial balance of one currency. Debits and credits are equal
// unless the store is broken.
type Trial struct {
	Currency        string
	Debits, Credits money.Amount // posted
	HeldDebits      money.Amount // pending
	HeldCredits     money.Amount
	Holds           int // holds neither posted nor voided
}

// Balanced reports whether both sides are equal, posted and pending.
func (t Trial) Balanced() bool {
	return t.Debits == t.Credits && t.HeldDebits == t.HeldCredits
}

// Report is what Verify found. It is sound if Faults is empty.
type Report struct {
	Cmds, Transfers, Accounts, Docs, Holds, Rows int
	LastSeq                                      uint64
	Head                                         [32]byte // hash of the journal's last chunk
	Trial                                        []Trial
	Faults                                       []string // one sentence each, at most 100
}
