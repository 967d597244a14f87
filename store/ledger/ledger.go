// Package ledger is double entry as one pure function: Decide takes a Cmd and
// the state that it touches, and returns either a refusal or all that changes.
//
// Every engine decides with it: store/bolt over memory, another over rows that
// it has loaded and locked. There is no clock here (time is Cmd.At), no I/O and
// no error but what the State returns. The package imports store for its words.
package ledger

import (
	"time"

	"mpg/store"
	"mpg/store/money"
)

// State is what Decide looks at. It shows all that earlier Cmds have changed.
type State interface {
	Seen(id store.ID) (Seen, bool)
	Taken(d store.Digest) (Taken, bool)
	Version(t store.Table, key string) (uint64, error)
	Account(id store.AccountID) (store.Account, bool)
	Held(id store.HoldID) (Held, bool)
}

// Seen is a Cmd that was done.
type Seen struct {
	Body store.Digest
	Seq  uint64
}

// Taken is the last Cmd that took a text in.
type Taken struct {
	ID     store.ID
	At     time.Time
	Window time.Duration
}

// Held is a hold that has neither been settled nor voided.
type Held struct {
	Debit, Credit store.AccountID
	Amount        money.Amount
}

// Outcome is all that a Cmd changes besides its own documents and rows. Its
// slices are used again by the next Decide with the same Outcome.
type Outcome struct {
	Accounts []store.Account // as they are after the Cmd
	Holds    []HoldChange
	Moves    []store.Transfer // the Cmd's, with accounts and amount where a hold ends
}

// HoldChange is a hold that began or ended.
type HoldChange struct {
	ID    store.HoldID
	Held  Held
	Ended bool
}

// Decide says what becomes of cmd. Refusals stand in the order in which they
// are looked for.
func Decide(s State, cmd *store.Cmd, out *Outcome) (store.Result, error) {
	out.Accounts, out.Holds, out.Moves = out.Accounts[:0], out.Holds[:0], out.Moves[:0]
	if !wellFormed(cmd) {
		return store.Result{Refusal: store.RefusedForm}, nil
	}
	if seen, ok := s.Seen(cmd.ID); ok {
		if seen.Body != cmd.Body {
			return store.Result{Refusal: store.RefusedBody}, nil
		}
		return store.Result{Repeat: true, Seq: seen.Seq}, nil
	}
	if in := cmd.Intake; in != nil && !in.Again {
		if first, ok := s.Taken(in.Digest); ok && cmd.At.Sub(first.At) <= first.Window {
			return store.Result{Refusal: store.RefusedRedelivery, First: first.ID, FirstAt: first.At}, nil
		}
	}
	for i := range cmd.Writes {
		w := &cmd.Writes[i]
		v, err := s.Version(w.Table, w.Key)
		if err != nil {
			return store.Result{}, err
		}
		if v != w.Expect {
			return store.Result{Refusal: store.RefusedStale}, nil
		}
	}
	return transfer(s, cmd, out), nil
}

// transfer opens accounts and moves money; later transfers see earlier ones.
func transfer(s State, cmd *store.Cmd, out *Outcome) store.Result {
	b := book{s, out}
	for _, o := range cmd.Opens {
		if r := b.open(o); r != store.None {
			return store.Result{Refusal: r}
		}
	}
	for i := range cmd.Transfers {
		if r, short := b.move(&cmd.Transfers[i]); r != store.None {
			return store.Result{Refusal: r, Short: short}
		}
	}
	for _, row := range cmd.Outbox {
		if row.Stamp != 0 && b.account(row.Stamp) == nil {
			return store.Result{Refusal: store.RefusedAccount}
		}
	}
	return store.Result{}
}

// wellFormed holds a Cmd against the limits of package store.
func wellFormed(c *store.Cmd) bool {
	if c.ID == (store.ID{}) || c.At.IsZero() || len(c.Transfers) > store.TransfersMax || len(c.Opens) > store.TransfersMax ||
		len(c.Writes) > store.WritesMax || len(c.Outbox) > store.RowsMax || len(c.Done) > store.DoneMax {
		return false
	}
	for i := range c.Writes {
		w := &c.Writes[i]
		if w.Key == "" || len(w.Key) > store.KeyBytesMax || len(w.Data) > store.DataBytesMax || w.Mode > store.Check || written(c.Writes[:i], w) {
			return false
		}
	}
	for i := range c.Outbox {
		if n := len(c.Outbox[i].Data); n == 0 || n > store.DataBytesMax {
			return false
		}
	}
	for _, o := range c.Opens {
		if o.ID == 0 || (o.Kind != store.Owed && o.Kind != store.Asset) || o.Currency == "" || len(o.Currency) > store.CurrencyMax {
			return false
		}
	}
	return true
}

// written reports whether a Cmd writes the same document twice.
func written(before []store.Write, w *store.Write) bool {
	for i := range before {
		if before[i].Table == w.Table && before[i].Key == w.Key {
			return true
		}
	}
	return false
}
