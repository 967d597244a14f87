package view

import (
	"cmp"
	"context"
	"errors"

	"mpg/engine/approval"
	"mpg/store/money"
)

// commands writes what the operator's people did, with what it changed of users and
// merchants.
func (w *writer) commands(ctx context.Context, p *pending) error {
	into := w.inserts["command"]
	for i := range p.staff.commands {
		c := &p.staff.commands[i]
		before, after, err := w.changes.by(c)
		if err != nil {
			return err
		}
		err = into.add(ctx, int64(c.seq), c.n, micros(c.at), w.day(c.at), c.Name, c.Object, int64(c.Amount), w.currencyOf(c.Amount), c.Reason, int64(c.UID), c.Person, c.key, before, after,
			cmp.Or(c.Approval, c.Joined), c.Checker, c.state)
		if err != nil {
			return err
		}
	}
	return into.end(ctx)
}

// by returns what a command has changed: what its record says, or else what has
// changed of users and merchants with it.
func (c changes) by(command *commandDoc) (before, after string, err error) {
	switch {
	case command.state != string(approval.Done):
		return "", "", nil
	case len(command.After) > 0:
		return string(command.Before), string(command.After), nil
	}
	return c.of(command.seq).texts()
}

// approvals writes the commands that need two people.
func (w *writer) approvals(ctx context.Context, p *pending) error {
	into := w.inserts["approval"]
	for i := range p.staff.approvals {
		a := &p.staff.approvals[i]
		err := into.add(ctx, a.ID, a.Command, a.Object, int64(a.Amount), w.currencyOf(a.Amount), a.Reason, string(a.Before), string(a.After), a.Maker.Name, int64(a.Maker.UID), a.Checker.Name,
			string(a.State), micros(a.Made), micros(a.Expires), micros(a.Ended), a.Word, a.Why, int64(a.seq))
		if err != nil {
			return err
		}
	}
	return into.end(ctx)
}

// currencyOf returns the currency of an amount in a command, which names none.
func (w *writer) currencyOf(amount money.Amount) string {
	if amount == 0 {
		return ""
	}
	return w.currency
}

// lookups writes what the operator's people read, and when they logged in and out.
func (w *writer) lookups(ctx context.Context, p *pending) error {
	into := w.inserts["lookup"]
	for i := range p.staff.lookups {
		l := &p.staff.lookups[i]
		if err := into.add(ctx, int64(l.seq), l.n, micros(l.At), w.day(l.At), l.Person, int64(l.UID), l.What, int64(l.User), l.Object); err != nil {
			return err
		}
	}
	return errors.Join(into.end(ctx), writeLogins(ctx, w.inserts["login"], p.staff.logins))
}

// writeLogins writes when the operator's people logged in and out. A later record about the
// same hour's refused logins replaces the earlier one.
func writeLogins(ctx context.Context, into *inserter, logins []loginDoc) error {
	for i := range logins {
		l := &logins[i]
		if err := into.add(ctx, l.key, int64(l.seq), l.n, micros(l.At), l.Person, int64(l.UID), l.What, l.Why, l.Count); err != nil {
			return err
		}
	}
	return into.end(ctx)
}
