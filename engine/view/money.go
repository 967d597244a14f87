package view

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"mpg/store"
)

// account is a row of the table account.
type account struct {
	name, currency, kind, ownerKind, owner string
	debits, credits                        int64 // posted
	heldDebits, heldCredits                int64
	seq                                    uint64
	changed                                bool
}

// Kinds of accounts, as the table has them.
const (
	kindLiability = "liability"
	kindAsset     = "asset"
)

// posted returns the balance, positive on the account's own side.
func (a *account) posted() int64 {
	if a.kind == kindAsset {
		return a.debits - a.credits
	}
	return a.credits - a.debits
}

// entryRow is a row of the table entry.
type entryRow struct {
	account, other store.AccountID
	move           *move
	amount         int64
	balance        int64
}

// money opens accounts, names them, and writes both sides of what was posted.
func (w *writer) money(ctx context.Context, p *pending) error {
	for _, o := range p.opens {
		kind := kindLiability
		if o.Kind == store.Asset {
			kind = kindAsset
		}
		a := &account{currency: o.Currency, kind: kind, seq: o.seq}
		w.accounts.known[o.ID] = a
		w.accounts.mark(o.ID, a)
	}
	for _, n := range p.names {
		a, err := w.accounts.of(ctx, n.account)
		if err != nil {
			return err
		}
		a.name, a.ownerKind = n.name, "operator"
		w.accounts.mark(n.account, a)
	}
	entries := make([]entryRow, 0, 2*len(p.moves))
	for i := range p.moves {
		var err error
		if entries, err = w.move(ctx, &p.moves[i], entries); err != nil {
			return err
		}
	}
	slices.SortFunc(entries, func(one, other entryRow) int {
		return cmp.Or(cmp.Compare(one.account, other.account), cmp.Compare(one.move.seq, other.move.seq), cmp.Compare(one.move.n, other.move.n))
	})
	into := w.inserts["entry"]
	for i := range entries {
		e := &entries[i]
		m := e.move
		if err := into.add(ctx, int64(e.account), int64(m.seq), m.n, micros(m.at), w.day(m.at), int64(e.other), e.amount, e.balance, int64(m.Ref), int(m.Code)); err != nil {
			return err
		}
	}
	return into.end(ctx)
}

// move changes the counters of both accounts of a transfer, and appends what was posted.
func (w *writer) move(ctx context.Context, m *move, entries []entryRow) ([]entryRow, error) {
	debit, err := w.accounts.of(ctx, m.Debit)
	if err != nil {
		return nil, err
	}
	credit, err := w.accounts.of(ctx, m.Credit)
	if err != nil {
		return nil, err
	}
	debit.seq, credit.seq = m.seq, m.seq
	w.accounts.mark(m.Debit, debit)
	w.accounts.mark(m.Credit, credit)
	amount := int64(m.Amount)
	switch m.Op {
	case store.Hold:
		debit.heldDebits += amount
		credit.heldCredits += amount
		return entries, nil
	case store.VoidHold:
		debit.heldDebits -= amount
		credit.heldCredits -= amount
		return entries, nil
	case store.PostHold:
		debit.heldDebits -= amount
		credit.heldCredits -= amount
	case store.Post:
	}
	was := debit.posted()
	debit.debits += amount
	entries = append(entries, entryRow{m.Debit, m.Credit, m, debit.posted() - was, debit.posted()})
	was = credit.posted()
	credit.credits += amount
	return append(entries, entryRow{m.Credit, m.Debit, m, credit.posted() - was, credit.posted()}), nil
}

// accounts are rows of the table account that are known, some of them changed.
type accounts struct {
	read    *sql.Stmt
	into    *inserter
	known   map[store.AccountID]*account
	changed []store.AccountID
}

// forget drops what is known.
func (a *accounts) forget() { a.known, a.changed = make(map[store.AccountID]*account), nil }

// of returns an account, which must have been opened.
func (a *accounts) of(ctx context.Context, id store.AccountID) (*account, error) {
	if known := a.known[id]; known != nil {
		return known, nil
	}
	row := new(account)
	err := a.read.QueryRowContext(ctx, int64(id)).Scan(&row.name, &row.currency, &row.kind, &row.ownerKind, &row.owner, &row.debits, &row.credits, &row.heldDebits, &row.heldCredits, &row.seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: account %d is missing", errContradiction, id)
	}
	if err != nil {
		return nil, err
	}
	a.known[id] = row
	return row, nil
}

// own says whose account it is.
func (a *accounts) own(ctx context.Context, id store.AccountID, name, kind, owner string) error {
	row, err := a.of(ctx, id)
	if err == nil && (row.name != name || row.ownerKind != kind || row.owner != owner) {
		row.name, row.ownerKind, row.owner = name, kind, owner
		a.mark(id, row)
	}
	return err
}

// mark notes that an account is to be written.
func (a *accounts) mark(id store.AccountID, row *account) {
	if !row.changed {
		row.changed = true
		a.changed = append(a.changed, id)
	}
}

// save writes the accounts that were changed.
func (a *accounts) save(ctx context.Context, _ *pending) error {
	slices.Sort(a.changed)
	for _, id := range a.changed {
		row := a.known[id]
		if err := a.into.add(ctx, int64(id), row.name, row.currency, row.kind, row.ownerKind, row.owner, row.debits, row.credits, row.heldDebits, row.heldCredits, int64(row.seq)); err != nil {
			return err
		}
		row.changed = false
	}
	a.changed = a.changed[:0]
	return a.into.end(ctx)
}
