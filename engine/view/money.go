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
		w.accounts[o.ID] = a
		w.mark(o.ID, a)
	}
	for _, n := range p.names {
		a, err := w.account(ctx, n.account)
		if err != nil {
			return err
		}
		a.name, a.ownerKind = n.name, "operator"
		w.mark(n.account, a)
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
	debit, err := w.account(ctx, m.Debit)
	if err != nil {
		return nil, err
	}
	credit, err := w.account(ctx, m.Credit)
	if err != nil {
		return nil, err
	}
	debit.seq, credit.seq = m.seq, m.seq
	w.mark(m.Debit, debit)
	w.mark(m.Credit, credit)
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

// account returns an account, which must have been opened.
func (w *writer) account(ctx context.Context, id store.AccountID) (*account, error) {
	if a := w.accounts[id]; a != nil {
		return a, nil
	}
	a := new(account)
	err := w.stmts["account"].QueryRowContext(ctx, int64(id)).Scan(&a.name, &a.currency, &a.kind, &a.ownerKind, &a.owner, &a.debits, &a.credits, &a.heldDebits, &a.heldCredits, &a.seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("view: account %d was never opened", id)
	}
	if err != nil {
		return nil, err
	}
	w.accounts[id] = a
	return a, nil
}

// own says whose account it is.
func (w *writer) own(ctx context.Context, id store.AccountID, name, kind, owner string) error {
	a, err := w.account(ctx, id)
	if err == nil && (a.name != name || a.ownerKind != kind || a.owner != owner) {
		a.name, a.ownerKind, a.owner = name, kind, owner
		w.mark(id, a)
	}
	return err
}

// mark notes that an account is to be written.
func (w *writer) mark(id store.AccountID, changed *account) {
	if !changed.changed {
		changed.changed = true
		w.changed = append(w.changed, id)
	}
}

// saveAccounts writes the accounts that were changed.
func (w *writer) saveAccounts(ctx context.Context, _ *pending) error {
	slices.Sort(w.changed)
	into := w.inserts["account"]
	for _, id := range w.changed {
		a := w.accounts[id]
		if err := into.add(ctx, int64(id), a.name, a.currency, a.kind, a.ownerKind, a.owner, a.debits, a.credits, a.heldDebits, a.heldCredits, int64(a.seq)); err != nil {
			return err
		}
		a.changed = false
	}
	w.changed = w.changed[:0]
	return into.end(ctx)
}
