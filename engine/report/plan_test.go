package report_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"mpg/engine/report"
)

// planner is a DB that asks SQLite how it goes about each query.
type planner struct {
	*sql.Tx
	plan strings.Builder
}

func (p *planner) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := p.Tx.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		fmt.Fprintf(&p.plan, "%s\n", detail)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	return p.Tx.QueryContext(ctx, query, args...)
}

// TestNoQuestionReadsEverything: with millions of rows, each question goes by an index, and
// none sorts what it has found.
func TestNoQuestionReadsEverything(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	type pay = report.PaymentFilter
	payments := func(filter pay) func(*report.Reader) error {
		return func(r *report.Reader) error { _, err := r.Payments(t.Context(), filter); return err }
	}
	for name, tt := range map[string]struct {
		ask  func(*report.Reader) error
		uses string
		not  string
	}{
		"a payer":            {payments(pay{Payer: wang}), "payment USING INDEX payment_payer (payer=?)", "TEMP B-TREE"},
		"a payer and reason": {payments(pay{Payer: wang, Reason: "paid"}), "payment_payer", "payment_reason"},
		"a shop and a day":   {payments(pay{Payee: "8001", Since: "yesterday"}), "payment USING INDEX payment_payee (payee=? AND no>? AND no<?)", "TEMP B-TREE"},
		"a reason":           {payments(pay{Reason: "paid"}), "payment USING INDEX payment_reason (reason=?)", "TEMP B-TREE"},
		"an amount":          {payments(pay{Amount: "1"}), "payment USING INDEX payment_charged (charged=?)", "TEMP B-TREE"},
		"what is open":       {payments(pay{State: "doubt"}), "payment USING INDEX payment_open (state=?)", "SCAN payment"},
		"what was returned":  {payments(pay{State: "returned"}), "payment USING INDEX payment_returned (outcome=?)", "TEMP B-TREE"},
		"what waits":         {payments(pay{State: "unclaimed"}), "payment USING INDEX payment_unclaimed (outcome=?)", "TEMP B-TREE"},
		"all that is open":   {payments(pay{State: "open"}), "SEARCH payment USING COVERING INDEX payment_unclaimed (outcome=?)", "SCAN payment\n"},
		"a rare product":     {payments(pay{Product: "refund"}), "SEARCH payment USING INTEGER PRIMARY KEY (rowid=?)", "SCAN payment\n"},
		"a day":              {payments(pay{Since: "yesterday", Until: "yesterday"}), "SEARCH payment USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", "SCAN payment\n"},
		"the next page":      {payments(pay{Cursor: "cGF5bWVudC8z"}), "SEARCH payment USING INTEGER PRIMARY KEY (rowid<?)", "TEMP B-TREE"},
		"refusals of one": {func(r *report.Reader) error {
			_, err := r.Refusals(t.Context(), report.RefusalFilter{Phone: wang})
			return err
		}, "refusal USING INDEX refusal_phone (phone=?)", "TEMP B-TREE"},
		"the purses of users": {func(r *report.Reader) error { _, err := r.Users(t.Context(), report.PeopleFilter{}); return err }, "SEARCH account USING INDEX account_name (name=?)", "SCAN account"},
		"a number":            {func(r *report.Reader) error { _, err := r.Find(t.Context(), wang); return err }, "user USING INDEX user_phone (phone=?)", "SCAN user"},
		"a story":             {func(r *report.Reader) error { _, err := r.Story(t.Context(), d.refs.Ref(2)); return err }, "entry USING INDEX entry_payment", "SCAN"},
		"a statement": {func(r *report.Reader) error {
			_, err := r.Statement(t.Context(), report.StatementFilter{Account: "merchant:8001", Since: "today"})
			return err
		}, "entry USING PRIMARY KEY (account=? AND seq>?", "SCAN entry"},
		"a day's figures": {func(r *report.Reader) error { _, err := r.Day(t.Context(), "today"); return err }, "notice USING INDEX notice_payment", "SCAN notice"},
		"what staff did":  {func(r *report.Reader) error { _, err := r.Audit(t.Context(), report.AuditFilter{}); return err }, "MERGE (UNION ALL)", "USE TEMP B-TREE FOR ORDER BY"},
	} {
		tx, err := d.db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		plans := &planner{Tx: tx}
		asks := *d.config()
		asks.Read = func(ctx context.Context, fn func(context.Context, report.DB, time.Time) error) error {
			return fn(ctx, plans, d.now)
		}
		if err := tt.ask(report.New(asks)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if plan := plans.plan.String(); !strings.Contains(plan, tt.uses) || strings.Contains(plan, tt.not) {
			t.Errorf("%s: want %q and no %q in\n%s", name, tt.uses, tt.not, plan)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}
