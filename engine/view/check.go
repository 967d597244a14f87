package view

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"mpg/store"
)

// Checked is what a check found.
type Checked struct {
	AsOf        uint64   `json:"as_of"` // the record that the view had come to
	Accounts    int      `json:"accounts"`
	Entries     int      `json:"entries"`
	Differences int      `json:"differences"`
	Faults      []string `json:"faults"` // one sentence each, at most faultsMax
}

// faultsMax bounds the faults that are told.
const faultsMax = 100

// add notes a difference.
func (c *Checked) add(format string, args ...any) {
	c.Differences++
	if len(c.Faults) < faultsMax {
		c.Faults = append(c.Faults, fmt.Sprintf(format, args...))
	}
}

// sums are the entries of an account, added up.
type sums struct {
	id              store.AccountID
	account         account
	debits, credits int64 // of the entries
	entries, wrong  int64 // wrong: whose balance does not follow from the one before
}

// sumsQuery adds up the entries of each account. An amount is positive on the account's own
// side.
const sumsQuery = `SELECT a.id, a.name, a.kind, a.debits, a.credits, a.held_debits, a.held_credits, a.seq,
	coalesce(s.up, 0), coalesce(s.down, 0), coalesce(s.count, 0), coalesce(s.wrong, 0)
FROM account a LEFT JOIN (
	SELECT account, sum(max(amount, 0)) AS up, sum(max(-amount, 0)) AS down, count(*) AS count, sum(balance <> amount + before) AS wrong
	FROM (SELECT account, amount, balance, lag(balance, 1, 0) OVER (PARTITION BY account ORDER BY seq, n) AS before FROM entry)
	GROUP BY account) s ON s.account = a.id
ORDER BY a.id`

// Check adds up the entries of each account, and compares them with the counters of the
// ledger as of the same record. Payments go on meanwhile. The error is ErrBuilding while a
// file is built, or ErrBehind if the view does not catch up.
func (v *View) Check(ctx context.Context) (Checked, error) {
	if !v.building.TryLock() { // the file stays while it is read
		return Checked{}, ErrBuilding
	}
	defer v.building.Unlock()
	ctx, done := v.while(ctx)
	defer done()
	if err := v.Latest(ctx); err != nil {
		return Checked{}, err
	}
	found := Checked{Faults: []string{}}
	known := make(map[store.AccountID]bool)
	var moving []store.AccountID // accounts that the ledger shows otherwise: usually because it is ahead
	err := v.read(ctx, func(ctx context.Context, tx *sql.Tx, as AsOf) error {
		found.AsOf = as.Seq
		return eachSum(ctx, tx, func(s *sums) error {
			known[s.id] = true
			found.Accounts, found.Entries = found.Accounts+1, found.Entries+int(s.entries)
			s.check(&found)
			ours, ok, err := v.cfg.Ledger.Account(ctx, s.id)
			switch {
			case err != nil:
				return err
			case !ok:
				found.add("account %d %s is not in the ledger", s.id, s.account.name)
			case !s.account.equals(&ours):
				moving = append(moving, s.id)
			}
			return nil
		})
	})
	if err != nil {
		return found, err
	}
	for ours, err := range v.cfg.Ledger.Accounts(ctx, 0, 0) {
		if err != nil {
			return found, err
		}
		if !known[ours.ID] {
			moving = append(moving, ours.ID)
		}
	}
	for _, id := range moving {
		if err := v.checkMoving(ctx, id, &found); err != nil {
			return found, err
		}
	}
	v.checked(found.Differences)
	return found, nil
}

// eachSum calls fn with the sums of each account.
func eachSum(ctx context.Context, tx *sql.Tx, fn func(s *sums) error) error {
	rows, err := tx.QueryContext(ctx, sumsQuery)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // read to its end
	for rows.Next() {
		var s sums
		var up, down int64
		a := &s.account
		if err := rows.Scan(&s.id, &a.name, &a.kind, &a.debits, &a.credits, &a.heldDebits, &a.heldCredits, &a.seq, &up, &down, &s.entries, &s.wrong); err != nil {
			return err
		}
		s.debits, s.credits = down, up
		if a.kind == kindAsset {
			s.debits, s.credits = up, down
		}
		if err := fn(&s); err != nil {
			return err
		}
	}
	return rows.Err()
}

// check compares the entries of an account with its row.
func (s *sums) check(found *Checked) {
	if s.debits != s.account.debits || s.credits != s.account.credits {
		found.add("account %d %s: its entries add up to debits %d and credits %d, and its counters are %d and %d", s.id, s.account.name, s.debits, s.credits, s.account.debits, s.account.credits)
	}
	if s.wrong > 0 {
		found.add("account %d %s: %d balances do not follow from the ones before", s.id, s.account.name, s.wrong)
	}
}

// equals reports whether the ledger has the same counters.
func (a *account) equals(ours *store.Account) bool {
	return a.postedAs(ours) && a.heldDebits == int64(ours.DebitsPending) && a.heldCredits == int64(ours.CreditsPending)
}

func (a *account) postedAs(ours *store.Account) bool {
	return a.debits == int64(ours.DebitsPosted) && a.credits == int64(ours.CreditsPosted)
}

// checkMoving compares an account that the ledger may have changed meanwhile. Its counters
// there are as of some record between two ends of the journal; the entries tell what they
// were after each record in between.
func (v *View) checkMoving(ctx context.Context, id store.AccountID, found *Checked) error {
	first := v.cfg.Feed.Seq()
	ours, _, err := v.cfg.Ledger.Account(ctx, id)
	if err != nil {
		return err
	}
	last := v.cfg.Feed.Seq()
	if err := v.CatchUp(ctx, last); err != nil {
		return err
	}
	return v.read(ctx, func(ctx context.Context, tx *sql.Tx, _ AsOf) error {
		var a account
		row := tx.QueryRowContext(ctx, "SELECT name, kind, debits, credits, held_debits, held_credits, seq FROM account WHERE id = ?", int64(id))
		switch err := row.Scan(&a.name, &a.kind, &a.debits, &a.credits, &a.heldDebits, &a.heldCredits, &a.seq); {
		case errors.Is(err, sql.ErrNoRows):
			found.add("account %d is not in the view", id)
			return nil
		case err != nil:
			return err
		case a.seq <= first && !a.equals(&ours):
			found.add("account %d %s: the view has debits %d and credits %d, held %d and %d, and the ledger has %d and %d, held %d and %d", id, a.name, a.debits, a.credits, a.heldDebits, a.heldCredits,
				ours.DebitsPosted, ours.CreditsPosted, ours.DebitsPending, ours.CreditsPending)
			return nil
		}
		same, err := a.wasOnce(ctx, tx, id, first, &ours)
		if err == nil && !same {
			found.add("account %d %s: at no record from %d to %d does the view have debits %d and credits %d, which the ledger had", id, a.name, first, last, ours.DebitsPosted, ours.CreditsPosted)
		}
		return err
	})
}

// wasOnce reports whether the account had the counters of ours after some record from first
// on. It goes back from what it is now.
func (a *account) wasOnce(ctx context.Context, tx *sql.Tx, id store.AccountID, first uint64, ours *store.Account) (bool, error) {
	rows, err := tx.QueryContext(ctx, "SELECT amount FROM entry WHERE account = ? AND seq > ? ORDER BY seq DESC, n DESC", int64(id), int64(first))
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }() // read to its end, or enough of it
	for !a.postedAs(ours) {
		if !rows.Next() {
			return false, rows.Err()
		}
		var amount int64
		if err := rows.Scan(&amount); err != nil {
			return false, err
		}
		if (amount > 0) == (a.kind == kindAsset) {
			a.debits -= max(amount, -amount)
		} else {
			a.credits -= max(amount, -amount)
		}
	}
	return true, nil
}

// The hour of the day in which the nightly check runs: few people pay then.
const (
	nightFrom  = 4
	nightUntil = 5
)

// CheckNightly checks once every night, in an hour in which few people pay. It looks at the
// clock at each tick, until ctx ends.
func (v *View) CheckNightly(ctx context.Context, ticks <-chan time.Time) {
	var done int64 // day of the last check
	days := calendar{zone: v.cfg.Zone}
	for {
		select {
		case <-ticks:
		case <-ctx.Done():
			return
		}
		now := v.cfg.Now().In(v.cfg.Zone)
		if today := days.day(now); now.Hour() < nightFrom || now.Hour() >= nightUntil || today == done {
			continue
		}
		found, err := v.Check(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil: // at the next tick again
			v.cfg.Log.Warn("the view could not be checked", "err", err)
			continue
		case found.Differences > 0:
			v.cfg.Log.Error("the view and the ledger differ: mpg view check names the accounts, and mpg view rebuild rebuilds the view from the ledger", "differences", found.Differences, "accounts", found.Accounts)
		default:
			v.cfg.Log.Info("the view agrees with the ledger", "accounts", found.Accounts, "entries", found.Entries)
		}
		done = days.day(now)
	}
}
