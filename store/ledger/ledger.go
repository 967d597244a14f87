// Package ledger decides: given what is known and a Cmd, is it done or
// refused, and what is the case afterwards? It is double entry in the narrow
// sense (each transfer debits one account and credits another of the same
// currency by the same amount), with holds, versions of documents, ids and
// texts around it.
//
// Decide is one pure function for all engines: it asks a State, reads no clock
// (the time is the Cmd's), does no I/O and keeps nothing. An engine applies the
// Effects and records the Cmd in the same commit. Read decide.go for the order
// of the refusals, form.go for the limits, transfer.go for the rules of
// money, assert.go for what must hold whatever was decided.
//
// The package imports store and store/money only. A rule of products, PINs,
// limits or fees does not belong here.
package ledger

import (
	"time"

	"mpg/store"
	"mpg/store/money"
)

// State is what Decide may ask. Its answers take in all Cmds decided before,
// also those of the same batch.
type State interface {
	// Account returns an account, or false.
	Account(store.AccountID) (store.Account, bool)
	// Hold returns a hold, open or ended, or false if the id was never used.
	Hold(store.HoldID) (Hold, bool)
	// Version is the version of a document, 0 if there is none, and whether it was
	// archived.
	Version(table store.Table, key string) (version uint64, archived bool)
	// SeenID returns the Cmd that was done under an id, or false.
	SeenID(store.ID) (Past, bool)
	// SeenMessage returns the last Cmd that was done with a DedupKey of the digest,
	// or false. How old it is, is judged here.
	SeenMessage(store.Digest) (Past, bool)
	// NextRow is the number of the next outbox row. Every number below it has been
	// assigned.
	NextRow() store.RowID
}

// Past is a Cmd that was done.
type Past struct {
	ID          store.ID
	Fingerprint store.Digest
	Seq         uint64
	At          time.Time
}

// Hold is money set aside, and stays known after it has ended.
type Hold struct {
	ID            store.HoldID
	Debit, Credit store.AccountID
	Amount        money.Amount // what is left of it
	First         money.Amount // what it was made for
	Code          uint16       // of the transfer that made it
	Open          bool         // something is left
}

// Whole reports whether nothing of the hold has been posted or voided yet.
func (h *Hold) Whole() bool { return h.Open && h.Amount == h.First }

// Effects are what is the case after a Cmd. An engine keeps one and hands it to
// Decide again and again, so that its memory is reused.
type Effects struct {
	Accounts  []store.Account  // touched or opened, as they are after the Cmd
	Transfers []store.Transfer // of the Cmd; PostHold and VoidHold with the accounts of their hold
	Holds     []Hold           // as each transfer has left them, in the order of the transfers
	Posted    []money.Amount   // for each row of the Cmd: Posted of its Stamp, or 0
	Stamps    []store.Account  // for each account of the Stamp of each write, in order: what it is after the Cmd

	before []counters // of Accounts, before the Cmd
}

// counters are the four of an account.
type counters struct {
	debitsPending, debitsPosted, creditsPending, creditsPosted money.Amount
}

func countersOf(account *store.Account) counters {
	return counters{account.DebitsPending, account.DebitsPosted, account.CreditsPending, account.CreditsPosted}
}

func (fx *Effects) reset() {
	fx.Accounts, fx.Transfers = fx.Accounts[:0], fx.Transfers[:0]
	fx.Holds, fx.Posted, fx.Stamps, fx.before = fx.Holds[:0], fx.Posted[:0], fx.Stamps[:0], fx.before[:0]
}
