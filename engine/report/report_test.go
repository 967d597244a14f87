package report_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/engine/phone"
	"mpg/engine/ref"
	"mpg/engine/report"
	_ "mpg/engine/view" // which brings SQLite
	"mpg/store/money"
)

// Wang, Li and a shop of these tests.
const (
	wang = "+8613800000001"
	li   = "+8613800000002"
)

// desk is a Reader over a view.db that a test fills.
type desk struct {
	t  *testing.T
	db *sql.DB
	*report.Reader
	refs ref.Namer
	zone *time.Location
	now  time.Time

	late error // what Latest returns
	away error // what Read returns
}

// config returns what the Reader of d works with.
func (d *desk) config() *report.Config {
	cny, _ := money.Lookup("CNY")
	return &report.Config{Latest: d.latest, Read: d.read, Refs: d.refs, Numbers: phone.NewReader("CN"), Currency: cny, Zone: d.zone, Now: func() time.Time { return d.now }}
}

func (d *desk) latest(context.Context) error { return d.late }

// read reads as the daemon does, as of a minute ago.
func (d *desk) read(ctx context.Context, fn func(context.Context, report.DB, time.Time) error) error {
	if d.away != nil {
		return d.away
	}
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	return fn(ctx, tx, d.now.Add(-time.Minute))
}

// newDesk makes the tables of the schema in a new file.
func newDesk(t *testing.T, zone string) *desk {
	t.Helper()
	if underRace {
		t.Skip("SQLite is slow under the race detector")
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "view.db")+"?_pragma=synchronous(0)&_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, file := range []string{"schema.sql", "indexes.sql"} {
		text, err := os.ReadFile(filepath.Join("..", "view", file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: db, zone: place, refs: ref.New([]byte("a key of this test")), now: time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)}
	d.Reader = report.New(*d.config())
	return d
}

// row is a row of a table, by column.
type row map[string]any

// has puts rows into a table.
func (d *desk) has(table string, rows ...row) {
	d.t.Helper()
	for _, r := range rows {
		var columns, marks []string
		var values []any
		for column, value := range r {
			if at, isTime := value.(time.Time); isTime {
				value = at.UnixMicro()
			}
			columns, marks, values = append(columns, column), append(marks, "?"), append(values, value)
		}
		if _, err := d.db.Exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(marks, ", ")), values...); err != nil {
			d.t.Fatal(err)
		}
	}
}

// at returns a time of the day on which these tests happen, in UTC.
func at(clock string) time.Time {
	when, err := time.Parse("2006-01-02 15:04:05", clock)
	if err != nil {
		panic(err)
	}
	return when
}

// pays returns a payment that is done and paid, with changes.
func (d *desk) pays(no int, when time.Time, changes row) row {
	r := row{"no": no, "product": "mpurse", "state": "done", "reason": "paid", "outcome": "paid", "payer": wang, "payer_user": 1, "payee": "8001", "charged": 100 * no,
		"received": 100 * no, "currency": "CNY", "channel": "main", "created_at": when, "updated_at": when.Add(time.Minute),
		"day": dayIn(when, d.zone), "seq": no}
	for column, value := range changes {
		r[column] = value
	}
	return r
}

func dayIn(when time.Time, zone *time.Location) int {
	local := when.In(zone)
	return local.Year()*10_000 + int(local.Month())*100 + local.Day()
}

// TestAWrongFilterIsNamed: the error says which filter it is and what it should be, and no
// question is asked.
func TestAWrongFilterIsNamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	for _, tt := range []struct {
		filter report.PaymentFilter
		want   string
	}{
		{report.PaymentFilter{Payer: "wang"}, `payer is "wang"; want a phone number`},
		{report.PaymentFilter{Payee: "80"}, `payee is "80"; want a phone number, or a shop's code`},
		{report.PaymentFilter{Product: "M Purse"}, `product is "M Purse"; want one of bankin, bankout, cashin, cashout, chargeback, correction, debt-paid, debt-write-off, late-paid, late-undone, mcredit, mdebit, mp2p, mpurse, refund, topup, write-off`},
		{report.PaymentFilter{State: "dnoe"}, `state is "dnoe"; want one of `},
		{report.PaymentFilter{Reason: "bussy"}, `reason is "bussy"; want one of `},
		{report.PaymentFilter{Since: "tomorow"}, `since is "tomorow"; want a date such as 2026-11-25`},
		{report.PaymentFilter{Until: "2026-02-30"}, `until is "2026-02-30"; want a date`},
		{report.PaymentFilter{Since: "2026-11-25", Until: "2026-11-24"}, `until is "2026-11-24"; want a time after since`},
		{report.PaymentFilter{Amount: "1,00"}, `amount is "1,00"; want an amount such as 128.50`},
		{report.PaymentFilter{Limit: "0"}, `limit is "0"; want 1 to 1000`},
		{report.PaymentFilter{Limit: "1001"}, `limit is "1001"; want 1 to 1000`},
		{report.PaymentFilter{Cursor: "x"}, `cursor is "x"; want the cursor that the previous page gave`},
	} {
		_, err := d.Payments(t.Context(), tt.filter)
		var wrong *report.FilterError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %s", tt.filter, err, tt.want)
		}
	}
}

// TestTheReadSideIsAway: an error that is not the question's says so; a caller who goes
// away is told nothing.
func TestTheReadSideIsAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "UTC")
	if _, err := report.New(report.Config{}).Find(t.Context(), "42"); !errors.Is(err, report.ErrOff) {
		t.Errorf("off: %v", err)
	}
	d.away = errors.New("it is being built")
	if _, err := d.Payments(t.Context(), report.PaymentFilter{}); !errors.Is(err, report.ErrAway) || !errors.Is(err, d.away) {
		t.Errorf("away: %v", err)
	}
	d.away = nil
	if _, err := d.Payments(t.Context(), report.PaymentFilter{Limit: "x"}); err == nil || errors.Is(err, report.ErrAway) {
		t.Errorf("a wrong filter: %v", err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := d.Payments(gone, report.PaymentFilter{}); !errors.Is(err, context.Canceled) || errors.Is(err, report.ErrAway) {
		t.Errorf("gone: %v", err)
	}
}

// TestAsOf: an answer is as of the question if the read side has come as far as that, and
// as of the read side's last record if it has not.
func TestAsOf(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "UTC")
	for _, tt := range []struct {
		late error
		want string
	}{{nil, "2026-11-26T04:00:00Z"}, {errors.New("behind"), "2026-11-26T03:59:00Z"}} {
		d.late = tt.late
		if page, err := d.Payments(t.Context(), report.PaymentFilter{}); err != nil || page.AsOf != tt.want {
			t.Errorf("%v: as of %q, %v", tt.late, page.AsOf, err)
		}
	}
}
