// Package report answers the questions of an operator: which payments there were, why one
// failed, what passed through an account, who did what, how a day went. It asks the read
// side, view.db, and never the books.
//
//	report.go     Reader, what it works with, pages     filter.go     what is wanted, as it was typed
//	period.go     times and spans of time               where.go      the conditions of a query
//	payments.go   payments                              refusals.go   refused orders
//	people.go     subscribers and shops                 commands.go   what staff did, and what they read
//	statement.go  an account over some days             cut.go        where in the journal a time is
//	story.go      one payment in order of time          words.go      how an event reads
//	day.go        a day's funnel and its top shops      latency.go    how long its steps took
//	find.go       a search by whatever is known         mask.go       what support staff may see
//	known.go      words and parties that there are
//
// Lists are newest first and come in pages; see Page. A page never has to wait for a list
// to be built: it reads as many rows as it shows. Answers have amounts in major units,
// times in RFC 3339 and UTC, and numbers in E.164, as those of engine/admin have.
//
// The package imports engine/lang for languages and names, engine/notice for currencies,
// engine/payment and engine/refusal for their words, engine/phone and engine/ref to read
// what people type, and store/money; github.com/agnivade/levenshtein finds the word that
// somebody meant. What view.db holds is described in engine/view/schema.sql.
package report

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"mpg/engine/notice"
	"mpg/engine/phone"
	"mpg/engine/ref"
	"mpg/store/money"
)

// DB is a transaction on view.db, which sees it as of one record.
type DB interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Config is what a Reader works with.
type Config struct {
	// Latest waits, for a short time at most, until the read side has all that has been
	// committed, so that people see what they have just done.
	Latest func(ctx context.Context) error
	// Read calls fn with what view.db holds, and the time of the last record in it. It
	// bounds how long that takes. nil: there is no read side.
	Read func(ctx context.Context, fn func(ctx context.Context, db DB, at time.Time) error) error

	Refs     ref.Namer     // references of payments
	Numbers  *phone.Reader // phone numbers as people in the country write them
	Currency money.Currency
	Zone     *time.Location // the operator's: a day is a day there
	// Products returns the names of the products that are offered; nil: only the built-in
	// ones, and those for which there have been payments, are known.
	Products func() []string
	Now      func() time.Time
}

// Errors of all questions, in addition to FilterError.
var (
	ErrOff  = errors.New("the view is switched off")
	ErrAway = errors.New("the view cannot answer right now")
)

// Reader answers questions. It may be used by any number of goroutines.
type Reader struct {
	parser
	mask
}

// New returns a Reader.
func New(cfg Config) *Reader { return &Reader{parser: parser{&cfg}} }

// Masked returns a Reader whose answers hold no whole phone number and no person's whole
// name, for staff who may not see them.
func (r *Reader) Masked() *Reader { return &Reader{parser: r.parser, mask: true} }

// Zone returns the name of the operator's time zone.
func (r *Reader) Zone() string { return r.cfg.Zone.String() }

// reading is a Reader during one reading of view.db, from which it answers one question.
type reading struct {
	*Reader
	db DB
}

// ask answers a question from one reading of view.db, and returns as of when the answer is:
// as of now if the read side has all that was committed before the question, and otherwise
// as of its last record.
func (r *Reader) ask(ctx context.Context, answer func(ctx context.Context, in *reading) error) (asOf string, err error) {
	if r.cfg.Read == nil {
		return "", ErrOff
	}
	now := r.cfg.Now()
	late := r.cfg.Latest(ctx)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	answered := false
	err = r.cfg.Read(ctx, func(ctx context.Context, db DB, at time.Time) error {
		answered = true
		if late != nil {
			now = at
		}
		return answer(ctx, &reading{r, db})
	})
	if err != nil && !answered {
		err = fmt.Errorf("%w: %w", ErrAway, err)
	}
	if err != nil {
		return "", err
	}
	return now.UTC().Format(time.RFC3339Nano), nil
}

// The number of items of a page.
const (
	LimitDefault = 50
	LimitMax     = 1000
)

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`  // cursor of the page that follows; empty: this is the last
	AsOf  string `json:"as_of,omitempty"` // everything until then is in it
	Zone  string `json:"zone,omitempty"`  // the operator's, for those who show the times to people
}

// paged makes a page of at most limit rows. A row more than that shows that another page
// follows; cursor is that of the last row.
func paged[T any](rows iter.Seq2[keyed[T], error], list string, limit int, zone *time.Location) (Page[T], error) {
	page := Page[T]{Items: []T{}, Zone: zone.String()}
	last := ""
	for row, err := range rows {
		if err != nil {
			return page, err
		}
		if len(page.Items) == limit {
			page.Next = cursorOf(list, last)
			break
		}
		page.Items, last = append(page.Items, row.item), row.key
	}
	return page, nil
}

// keyed is an item of a list and its place in it.
type keyed[T any] struct {
	item T
	key  string
}

// cursorOf returns the cursor of the rows after the one with that key.
func cursorOf(list, key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + "/" + key))
}

// keyAt reads a cursor of a list; key is empty for the first page.
func keyAt(list, cursor string) (key string, err error) {
	if cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	key, ours := strings.CutPrefix(string(text), list+"/")
	if err != nil || !ours || key == "" {
		return "", &FilterError{Filter: "cursor", Value: cursor, Want: "the cursor that the previous page gave"}
	}
	return key, nil
}

// numberAt does what keyAt does, for a list whose keys are numbers; 0: the first page.
func numberAt(list, cursor string) (uint64, error) {
	key, err := keyAt(list, cursor)
	if err != nil || key == "" {
		return 0, err
	}
	no, err := strconv.ParseUint(key, 10, 63)
	if err != nil || no == 0 {
		return 0, &FilterError{Filter: "cursor", Value: cursor, Want: "the cursor that the previous page gave"}
	}
	return no, nil
}

// rowsOf yields what scan makes of each row of a query.
func rowsOf[T any](ctx context.Context, in *reading, query string, args []any, scan func(row *sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := in.db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(none, err)
			return
		}
		defer func() { _ = rows.Close() }() // its error is that of Err
		for rows.Next() {
			item, err := scan(rows)
			if !yield(item, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, err)
		}
	}
}

// oneOf returns the only row of a query; ok is false if there is none.
func oneOf[T any](ctx context.Context, in *reading, query string, args []any, scan func(row *sql.Rows) (T, error)) (item T, ok bool, err error) {
	for item, err = range rowsOf(ctx, in, query, args, scan) {
		return item, err == nil, err
	}
	return item, false, nil
}

// allOf returns all rows of a query, of which there must be few.
func allOf[T any](ctx context.Context, in *reading, query string, args []any, scan func(row *sql.Rows) (T, error)) ([]T, error) {
	items := []T{}
	for item, err := range rowsOf(ctx, in, query, args, scan) {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// rfc3339 writes a time of view.db as answers have it; 0 is none.
func rfc3339(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
}

// amountOf writes an amount in major units.
func amountOf(amount int64, currency string) string {
	return notice.Currency(currency).Format(money.Amount(amount))
}
