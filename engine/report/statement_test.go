package report_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/report"
	"mpg/store/money"
)

// purse is Wang's account, and books that of a bank.
const (
	purse = 1<<32 + 1
	shop  = 2<<32 + 8001
	bank  = 7
)

// accounts puts the accounts of these tests into the table.
func (d *desk) accounts() {
	d.t.Helper()
	d.has("account",
		row{"id": purse, "name": "purse:" + wang, "currency": "CNY", "kind": "liability", "owner_kind": "user", "owner": "1", "debits": 300, "credits": 1000, "seq": 9},
		row{"id": shop, "name": "merchant:8001", "currency": "CNY", "kind": "liability", "owner_kind": "merchant", "owner": "8001", "credits": 250, "seq": 9},
		row{"id": bank, "name": "bank:icbc", "currency": "CNY", "kind": "asset", "owner_kind": "operator", "debits": 1000, "seq": 9})
}

// posts puts a transfer into both of its accounts.
func (d *desk) entry(account, other, seq int, when time.Time, amount, balance, payment, code int) {
	d.t.Helper()
	d.has("entry", row{"account": account, "seq": seq, "n": 0, "at": when, "day": dayIn(when, d.zone), "other": other, "amount": amount, "balance": balance, "payment": payment, "code": code})
}

// TestAStatement: two days of Wang's purse, by local day.
func TestAStatement(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.accounts()
	d.entry(purse, bank, 1, at("2026-11-23 15:59:59"), 1000, 1000, 1, 2)
	d.entry(purse, shop, 3, at("2026-11-23 16:00:00"), -200, 800, 2, 1)
	d.entry(purse, shop, 4, at("2026-11-24 15:59:59"), -50, 750, 3, 1)
	d.entry(purse, shop, 6, at("2026-11-24 16:00:00"), 30, 780, 4, 9)
	d.entry(purse, shop, 9, at("2026-11-26 01:00:00"), -80, 700, 5, 1)
	got, err := d.Statement(t.Context(), report.StatementFilter{Account: "purse:138 0000 0001", Since: "2026-11-24", Until: "2026-11-25"})
	if err != nil {
		t.Fatal(err)
	}
	want := "purse:+8613800000001 CNY 2026-11-23T16:00:00Z 2026-11-25T16:00:00Z; 10.00 +0.30 -2.50 7.80 in 3; " +
		"2026-11-24 10.00 +0.00 -2.50 7.50 in 2; 2026-11-25 7.50 +0.30 -0.00 7.80 in 1; " +
		fmt.Sprintf("2026-11-24 payment -2.00 8.00 merchant:8001 %s; 2026-11-24 payment -0.50 7.50 merchant:8001 %s; 2026-11-25 refund 0.30 7.80 merchant:8001 %s; ",
			d.refs.Ref(2), d.refs.Ref(3), d.refs.Ref(4))
	if text := textOf(got); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	for _, tt := range []struct {
		filter report.StatementFilter
		want   string
	}{
		{report.StatementFilter{Account: "purse:" + wang}, "0.00 +10.30 -3.30 7.00 in 5"},
		{report.StatementFilter{Account: "purse:" + wang, Until: "2026-11-20"}, "0.00 +0.00 -0.00 0.00 in 0"},
		{report.StatementFilter{Account: "purse:" + wang, Since: "1h"}, "7.00 +0.00 -0.00 7.00 in 0"},
		{report.StatementFilter{Account: "merchant:8001"}, "0.00 +0.00 -0.00 0.00 in 0"},
	} {
		got, err := d.Statement(t.Context(), tt.filter)
		if err != nil || totalsOf(got.Totals) != tt.want {
			t.Errorf("%+v: %v, %v; want %s", tt.filter, totalsOf(got.Totals), err, tt.want)
		}
	}
	if _, err := d.Statement(t.Context(), report.StatementFilter{Account: "purse:" + li}); !errors.Is(err, report.ErrNoAccount) {
		t.Errorf("no such purse: %v", err)
	}
}

func totalsOf(t *report.Totals) string {
	if t == nil {
		return "none"
	}
	return fmt.Sprintf("%s +%s -%s %s in %d", t.Opening, t.In, t.Out, t.Closing, t.Count)
}

func textOf(s report.Statement) string {
	text := fmt.Sprintf("%s %s %s %s; %s; ", s.Account, s.Currency, s.Since, s.Until, totalsOf(s.Totals))
	for _, day := range s.Days {
		text += fmt.Sprintf("%s %s +%s -%s %s in %d; ", day.Day, day.Opening, day.In, day.Out, day.Closing, day.Count)
	}
	for _, e := range s.Items {
		text += fmt.Sprintf("%s %s %s %s %s %s; ", e.Day, e.What, e.Amount, e.Balance, e.Other, e.Ref)
	}
	return text
}

// TestStatementsAddUp: over any history, with clocks that go back now and then, the
// statements of adjoining periods have each entry once, each closes with what the next
// opens with, and together they come to the balance of the account. That stays so when
// more is posted, also between the pages of a statement.
func TestStatementsAddUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.accounts()
	rapid.Check(t, func(t *rapid.T) {
		if _, err := d.db.Exec("DELETE FROM entry"); err != nil {
			t.Fatal(err)
		}
		balance, seq, when := 0, 0, at("2026-11-20 00:00:00")
		post := func(count int) {
			for range count {
				seq += rapid.IntRange(1, 100).Draw(t, "records")
				when = when.Add(time.Duration(rapid.IntRange(-5, 36*60).Draw(t, "minutes")) * time.Minute)
				amount := rapid.IntRange(-500, 500).Filter(func(n int) bool { return n != 0 }).Draw(t, "amount")
				balance += amount
				d.entry(purse, shop, seq, when, amount, balance, 0, 1)
			}
		}
		post(rapid.IntRange(0, 20).Draw(t, "there"))
		cuts := []string{"", "2026-11-21", "2026-11-22", "2026-11-23 12:34:56", "2026-11-25", ""}
		lines, closing := 0, "0.00"
		for i := range cuts[1:] {
			filter := report.StatementFilter{Account: "purse:" + wang, Since: cuts[i], Until: cuts[i+1], Limit: fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "limit"))}
			if len(filter.Until) == len("2026-11-21") {
				filter.Until += " 00:00" // a date ends with its day
			}
			statement := readWhole(t, d, filter, func() {
				if i == len(cuts)-2 {
					post(rapid.IntRange(0, 2).Draw(t, "meanwhile"))
				}
			})
			if statement.Opening != closing {
				t.Fatalf("since %q it opens with %s, and the one before closes with %s", cuts[i], statement.Opening, closing)
			}
			if n := len(statement.Items); n != statement.Count {
				t.Fatalf("%d lines, counted %d", n, statement.Count)
			}
			if n := len(statement.Items); n > 0 && statement.Items[n-1].Balance != statement.Closing {
				t.Fatalf("it closes with %s after %+v", statement.Closing, statement.Items[n-1])
			}
			lines, closing = lines+statement.Count, statement.Closing
		}
		var count, sum int64
		if err := d.db.QueryRow("SELECT count(*), coalesce(sum(amount), 0) FROM entry").Scan(&count, &sum); err != nil {
			t.Fatal(err)
		}
		whole := readWhole(t, d, report.StatementFilter{Account: "purse:" + wang}, func() {})
		cny, _ := money.Lookup("CNY")
		if whole.Count != int(count) || whole.Closing != cny.Format(money.Amount(sum)) || lines > whole.Count {
			t.Fatalf("%d lines in parts, %d and %s as a whole; the table has %d and %d", lines, whole.Count, whole.Closing, count, sum)
		}
	})
}

// readWhole follows the cursor of a statement; between two pages comes meanwhile.
func readWhole(t *rapid.T, d *desk, filter report.StatementFilter, meanwhile func()) report.Statement {
	whole, err := d.Statement(t.Context(), filter)
	for page := whole; err == nil && page.Next != ""; {
		meanwhile()
		filter.Cursor = page.Next
		page, err = d.Statement(t.Context(), filter)
		if page.Totals != nil {
			t.Fatalf("a later page has totals")
		}
		whole.Items = append(whole.Items, page.Items...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return whole
}
