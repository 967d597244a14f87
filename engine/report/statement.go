package report

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"time"
)

// StatementFilter says what of an account is wanted, as people type it.
type StatementFilter struct {
	Account       string // as mpg account show has it, with a phone number in any spelling
	Since, Until  string
	Limit, Cursor string
}

// Statement is an account over some days: what it held before them, what came in and went
// out, and what it held after them. It is in the order of the journal, oldest first. Only
// its first page has the Totals.
type Statement struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Since    string `json:"since,omitempty"` // empty: from the beginning
	Until    string `json:"until,omitempty"` // the first instant that is not in it; empty: until now
	*Totals
	Page[Entry]
}

// Totals sum up a Statement.
type Totals struct {
	Opening string       `json:"opening"`
	In      string       `json:"in"`
	Out     string       `json:"out"`
	Closing string       `json:"closing"`
	Count   int          `json:"count"`
	Days    []AccountDay `json:"days"` // those on which something was posted
}

// AccountDay is one local day of a Statement.
type AccountDay struct {
	Day     string `json:"day"`
	Opening string `json:"opening"`
	In      string `json:"in"`
	Out     string `json:"out"`
	Closing string `json:"closing"`
	Count   int    `json:"count"`
}

// Entry is one line of a Statement. The amount is positive where it raises the balance.
type Entry struct {
	At      string `json:"at"`
	Day     string `json:"day"` // local
	What    string `json:"what"`
	Ref     string `json:"ref,omitempty"`
	Other   string `json:"other"` // the account on the other side
	Amount  string `json:"amount"`
	Balance string `json:"balance"`
}

// ErrNoAccount says that nothing has been posted to an account of that name.
var ErrNoAccount = errors.New("there is no such account, or nothing has passed through it yet")

// errUnequal says that the view contradicts itself. It names no account: those who see
// masked numbers see errors, too.
var errUnequal = errors.New("the entries of this account do not add up to its balance: run mpg view rebuild")

// listOfEntries is the name of the list in cursors.
const listOfEntries = "entry"

// accountReading is the account of a statement.
type accountReading struct {
	*reading
	id             int64
	name, currency string
}

// span is a part of an account's entries: those of the records after one and up to another.
type span struct{ after, upTo int64 }

// Statement returns a page of an account's statement.
func (r *Reader) Statement(ctx context.Context, filter StatementFilter) (statement Statement, err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		statement, err = in.statement(ctx, filter)
		return err
	})
	statement.AsOf = asOf
	return statement, err
}

// statement answers Statement from one reading of view.db.
func (r *reading) statement(ctx context.Context, filter StatementFilter) (Statement, error) {
	limit, err := limitOf(filter.Limit)
	if err != nil {
		return Statement{}, err
	}
	period, err := r.ParsePeriod(filter.Since, filter.Until)
	if err != nil {
		return Statement{}, err
	}
	of, err := r.account(ctx, filter.Account)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Account: r.mask.account(of.name), Currency: of.currency, Since: shownTime(period.From), Until: shownTime(period.To)}
	part, from, err := of.part(ctx, period, filter.Cursor)
	if err != nil {
		return s, err
	}
	if filter.Cursor == "" {
		if s.Totals, err = of.totals(ctx, part); err != nil {
			return s, err
		}
	}
	s.Page, err = paged(of.entryRows(ctx, part, from, limit+1), listOfEntries, limit, r.cfg.Zone)
	return s, err
}

// shownTime writes the end of a period; "" if it is open.
func shownTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// account finds an account by its name.
func (r *reading) account(ctx context.Context, typed string) (*accountReading, error) {
	name := typed
	if number, isPurse := strings.CutPrefix(typed, "purse:"); isPurse {
		if read, ok := r.cfg.Numbers.Number(number); ok {
			name = "purse:" + read
		}
	}
	found, ok, err := oneOf(ctx, r, "SELECT id, name, currency FROM account WHERE name = ?", []any{name}, func(row *sql.Rows) (*accountReading, error) {
		h := &accountReading{reading: r}
		return h, row.Scan(&h.id, &h.name, &h.currency)
	})
	if err == nil && !ok {
		err = ErrNoAccount
	}
	return found, err
}

// place is where a page of entries begins: after entry n of a record.
type place struct{ seq, n int64 }

// part returns which entries a statement has, and after which of them its page begins. The
// end of the first page's part is kept in the cursor, so that what is posted meanwhile
// changes nothing.
func (h *accountReading) part(ctx context.Context, period Period, cursor string) (span, place, error) {
	var part span
	var err error
	if !period.From.IsZero() {
		if part.after, err = h.cut(ctx, micros(period.From)); err != nil {
			return part, place{}, err
		}
	}
	key, err := keyAt(listOfEntries, cursor)
	if err != nil {
		return part, place{}, err
	}
	if key != "" {
		var from place
		if _, err := fmt.Sscanf(key, "%d.%d.%d", &from.seq, &from.n, &part.upTo); err != nil {
			return part, from, &FilterError{Filter: "cursor", Value: cursor, Want: "the cursor that the previous page gave"}
		}
		return part, from, nil
	}
	if !period.To.IsZero() {
		part.upTo, err = h.cut(ctx, micros(period.To))
	} else {
		part.upTo, _, err = oneOf(ctx, h.reading, "SELECT coalesce(max(seq), 0) FROM entry WHERE account = ?", []any{h.id}, numberOf)
	}
	return part, place{part.after, math.MaxInt64}, err
}

// totals sums up a part of the account.
func (h *accountReading) totals(ctx context.Context, part span) (*Totals, error) {
	opening, err := h.balanceAt(ctx, part.after)
	if err != nil {
		return nil, err
	}
	const query = `SELECT day, sum(max(amount, 0)), sum(min(amount, 0)), count(*) FROM entry
		WHERE account = ? AND seq > ? AND seq <= ? GROUP BY day ORDER BY min(seq)`
	t := &Totals{Opening: amountOf(opening, h.currency), Days: []AccountDay{}}
	var in, out int64
	balance := opening
	for sum, err := range rowsOf(ctx, h.reading, query, []any{h.id, part.after, part.upTo}, daySumOf) {
		if err != nil {
			return nil, err
		}
		in, out, t.Count = in+sum.in, out+sum.out, t.Count+sum.count
		t.Days = append(t.Days, AccountDay{Day: dayText(sum.day), Opening: amountOf(balance, h.currency), In: amountOf(sum.in, h.currency),
			Out: amountOf(-sum.out, h.currency), Closing: amountOf(balance+sum.in+sum.out, h.currency), Count: sum.count})
		balance += sum.in + sum.out
	}
	closing, err := h.balanceAt(ctx, part.upTo)
	if err == nil && closing != balance {
		err = errUnequal
	}
	t.In, t.Out, t.Closing = amountOf(in, h.currency), amountOf(-out, h.currency), amountOf(closing, h.currency)
	return t, err
}

// daySum is what was posted to an account on one day.
type daySum struct {
	day, count int
	in, out    int64
}

func daySumOf(row *sql.Rows) (s daySum, err error) {
	return s, row.Scan(&s.day, &s.in, &s.out, &s.count)
}

// dayText writes a day of view.db as people do.
func dayText(day int) string {
	return fmt.Sprintf("%04d-%02d-%02d", day/10_000, day/100%100, day%100)
}

// entryRows yields at most limit entries of a part of the account.
func (h *accountReading) entryRows(ctx context.Context, part span, from place, limit int) iter.Seq2[keyed[Entry], error] {
	const query = `SELECT entry.seq, n, at, day, amount, balance, payment, code, coalesce(account.name, '') FROM entry LEFT JOIN account ON account.id = entry.other
		WHERE entry.account = ?1 AND (entry.seq, n) > (?2, ?3) AND entry.seq <= ?4 ORDER BY entry.seq, n LIMIT ?5`
	return rowsOf(ctx, h.reading, query, []any{h.id, from.seq, from.n, part.upTo, limit}, func(row *sql.Rows) (keyed[Entry], error) {
		var e Entry
		var seq, n, at, amount, balance int64
		var day, code int
		var payment uint64
		err := row.Scan(&seq, &n, &at, &day, &amount, &balance, &payment, &code, &e.Other)
		e.At, e.Day, e.What, e.Other = rfc3339(at), dayText(day), wordOf(code), h.mask.account(e.Other)
		e.Amount, e.Balance = amountOf(amount, h.currency), amountOf(balance, h.currency)
		if payment != 0 {
			e.Ref = h.cfg.Refs.Ref(payment)
		}
		return keyed[Entry]{e, fmt.Sprintf("%d.%d.%d", seq, n, part.upTo)}, err
	})
}
