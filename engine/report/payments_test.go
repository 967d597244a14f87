package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/report"
)

// history fills the tables of these tests: twelve payments over three local days.
func (d *desk) history() {
	d.t.Helper()
	d.has("payment",
		d.pays(1, at("2026-11-23 15:59:59"), row{"product": "topup", "payer": "", "payee": wang, "channel": "operator", "person": "zhou", "why": "till 7, for 13800000001"}),
		d.pays(2, at("2026-11-23 16:00:00"), nil),
		d.pays(3, at("2026-11-24 01:00:00"), row{"payee": "8002"}),
		d.pays(4, at("2026-11-24 02:00:00"), row{"product": "mp2p", "payee": li, "memo": "for Li Lei", "outcome": "unclaimed"}),
		d.pays(6, at("2026-11-24 03:00:00"), row{"reason": "line busy", "outcome": "not paid"}), // the number after the next, committed first
		d.pays(5, at("2026-11-24 03:00:01"), row{"payer": li}),
		d.pays(7, at("2026-11-24 16:00:00"), row{"product": "mdebit", "state": "doubt", "reason": "in doubt", "outcome": "", "bank": "icbc"}),
		d.pays(8, at("2026-11-25 02:00:00"), row{"state": "waiting", "reason": "no answer", "outcome": ""}),
		d.pays(9, at("2026-11-25 15:59:59"), row{"charged": 12850, "received": 12800, "fee": 50}),
		d.pays(10, at("2026-11-25 16:00:00"), row{"product": "refund", "payer": "8001", "payee": wang, "of": 9, "why": "broken", "person": "zhou", "uid": 1001}),
		d.pays(11, at("2026-11-26 01:00:00"), row{"charged": 12850, "returned": 1000}),
		d.pays(12, at("2026-11-26 03:59:59"), row{"state": "calling", "reason": "", "outcome": ""}))
	d.has("request", row{"no": 1, "payment": 7, "ask": 1, "bank": "icbc", "kind": "debit", "amount": 700, "currency": "CNY", "stan": 1, "rrn": "000000000001", "state": "doubt",
		"approved": 0, "sent_at": at("2026-11-24 16:00:05"), "seq": 7})
}

// refsOf returns the references of payments.
func (d *desk) refsOf(numbers ...int) []string {
	refs := []string{}
	for _, no := range numbers {
		refs = append(refs, d.refs.Ref(uint64(no)))
	}
	return refs
}

// TestPaymentsWanted: each filter leaves what it names, newest first.
func TestPaymentsWanted(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.history()
	type filter = report.PaymentFilter
	for name, tt := range map[string]struct {
		filter filter
		want   []int
	}{
		"all":                 {filter{}, []int{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
		"a payer":             {filter{Payer: "138 0000 0002"}, []int{5}},
		"a payee":             {filter{Payee: wang}, []int{10, 1}},
		"a shop":              {filter{Payee: "8002"}, []int{3}},
		"a shop that refunds": {filter{Payer: "8001"}, []int{10}},
		"a product":           {filter{Product: "mdebit"}, []int{7}},
		"a product, not used": {filter{Product: "correction"}, nil},
		"a state":             {filter{State: "waiting"}, []int{8}},
		"what is open":        {filter{State: "open"}, []int{12, 8, 7, 4}},
		"what was paid":       {filter{State: "paid", Limit: "2"}, []int{11, 10}},
		"what was not":        {filter{State: "not paid"}, []int{6}},
		"what waits":          {filter{State: "unclaimed"}, []int{4}},
		"what was returned":   {filter{State: "returned"}, nil},
		"done":                {filter{State: "done", Limit: "3"}, []int{11, 10, 9}},
		"a reason":            {filter{Reason: "line busy"}, []int{6}},
		"an amount":           {filter{Amount: "128.50"}, []int{11, 9}},
		"a local day":         {filter{Since: "2026-11-24", Until: "2026-11-24"}, []int{6, 5, 4, 3, 2}},
		"before a day":        {filter{Until: "2026-11-23"}, []int{1}},
		"since yesterday":     {filter{Since: "yesterday"}, []int{12, 11, 10, 9, 8, 7}},
		"the last hours":      {filter{Since: "3h", Until: "1h"}, []int{11}},
		"between two seconds": {filter{Since: "2026-11-24 11:00:00", Until: "2026-11-24 11:00:01"}, []int{6}},
		"before everything":   {filter{Until: "2020-01-01"}, nil},
		"after everything":    {filter{Since: "2030-01-01"}, nil},
		"several":             {filter{Payer: wang, Product: "mpurse", Reason: "paid", Since: "2026-11-24", Until: "2026-11-25"}, []int{9, 3, 2}},
	} {
		page, err := d.Payments(t.Context(), tt.filter)
		var refs []string
		for _, p := range page.Items {
			refs = append(refs, p.Ref)
		}
		if err != nil || fmt.Sprint(refs) != fmt.Sprint(d.refsOf(tt.want...)) {
			t.Errorf("%s: %v, %v; want %v", name, refs, err, d.refsOf(tt.want...))
		}
	}
}

// TestAPaymentOfAList has what an operator asks first.
func TestAPaymentOfAList(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.history()
	page, err := d.Payments(t.Context(), report.PaymentFilter{Until: "today"})
	if err != nil || len(page.Items) != 12 || page.Next != "" || page.Zone != "Asia/Shanghai" {
		t.Fatal(page, err)
	}
	for no, want := range map[int]report.Payment{
		1:  {Product: "topup", Payer: "float", Payee: wang, Channel: "operator", Origin: report.Origin{Person: "zhou", Why: "till 7, for 13800000001"}, Amount: "1.00", Received: "1.00"},
		9:  {Product: "mpurse", Payer: wang, Payee: "8001", Channel: "main", Amount: "128.50", Received: "128.00", Fee: "0.50"},
		10: {Product: "refund", Payer: "8001", Payee: wang, Channel: "main", Origin: report.Origin{Of: d.refs.Ref(9), Why: "broken", Person: "zhou"}, Amount: "10.00", Received: "10.00"},
		7:  {Product: "mdebit", State: "doubt", Reason: "in doubt", Payer: wang, Payee: "8001", Channel: "main", Bank: "icbc", Asked: "doubt", Amount: "7.00", Received: "7.00"},
		11: {Product: "mpurse", Payer: wang, Payee: "8001", Channel: "main", Amount: "128.50", Received: "11.00", Origin: report.Origin{Returned: "10.00"}},
	} {
		got := page.Items[12-no]
		want.Ref, want.Currency = d.refs.Ref(uint64(no)), "CNY"
		if want.State == "" {
			want.State, want.Reason, want.Outcome = "done", "paid", "paid"
		}
		created := at(map[int]string{1: "2026-11-23 15:59:59", 7: "2026-11-24 16:00:00", 9: "2026-11-25 15:59:59", 10: "2026-11-25 16:00:00", 11: "2026-11-26 01:00:00"}[no])
		want.Created, want.Updated = created.Format(time.RFC3339), created.Add(time.Minute).Format(time.RFC3339)
		if report.Plain(got) != want {
			t.Errorf("%d is\n%+v, want\n%+v", no, got, want)
		}
	}
}

// TestSidesOfAPayment: where neither a person nor a shop is a side, it is an account of the books,
// also of payments that an earlier version recorded without it; and what a card issuer took back
// is told apart from what a shop refunded.
func TestSidesOfAPayment(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	when := at("2026-11-25 12:00:00")
	of := func(product, payee string) row {
		return row{"product": product, "payer": "8001", "payee": payee, "of": 1}
	}
	d.has("payment",
		d.pays(1, when, row{"product": "mcredit", "charged": 3000, "returned": 1000}),
		d.pays(2, when, of("refund", wang)), d.pays(3, when, of("chargeback", "card:icbc")), d.pays(5, when, of("chargeback", "")),
		d.pays(6, when, row{"product": "debt-write-off", "payer": "8001", "payee": ""}), d.pays(7, when, row{"product": "debt-paid", "payer": "8001", "payee": ""}),
		d.pays(8, when, row{"product": "late-paid", "payer": "suspense:icbc", "payee": "bank:icbc"}), d.pays(9, when, row{"product": "write-off", "payer": "", "payee": ""}))
	page, err := d.Payments(t.Context(), report.PaymentFilter{})
	var got []string
	for _, p := range page.Items {
		got = append(got, p.Payer+">"+p.Payee+" "+p.Returned+" "+p.Charged)
	}
	want := []string{"suspense>suspense  ", "suspense:icbc>bank:icbc  ", "8001>float  ", "8001>losses  ", "8001>issuer  ", "8001>card:icbc  ", "8001>" + wang + "  ", wang + ">8001 10.00 8.00"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\n%q, want\n%q", err, got, want)
	}
}

// TestPagesWhilePaymentsArrive: whatever is added between two pages, and in whatever order
// of numbers, following the cursor shows each payment that was there at the beginning once,
// newest first, and none twice.
func TestPagesWhilePaymentsArrive(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.has("user", row{"no": 1, "phone": wang, "state": "active", "pin": 1, "created_at": at("2026-11-20 00:00:00"), "seq": 1})
	rapid.Check(t, func(t *rapid.T) {
		for _, table := range []string{"payment"} {
			if _, err := d.db.Exec("DELETE FROM " + table); err != nil {
				t.Fatal(err)
			}
		}
		next := 1
		arrive := func(count int) (added []int) {
			for range count {
				d.has("payment", d.pays(next, at("2026-11-25 00:00:00").Add(time.Duration(next)*time.Hour), nil))
				added = append(added, next)
				next += rapid.IntRange(1, 3).Draw(t, "step")
			}
			return added
		}
		there := arrive(rapid.IntRange(0, 30).Draw(t, "there"))
		filter := report.PaymentFilter{Limit: fmt.Sprint(rapid.IntRange(1, 7).Draw(t, "limit"))}
		if rapid.Bool().Draw(t, "with a filter") {
			filter.Payer, filter.Since = wang, "2026-11-20"
		}
		var seen []string
		for {
			page, err := d.Payments(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page.Items {
				seen = append(seen, p.Ref)
			}
			if page.Next == "" {
				break
			}
			filter.Cursor = page.Next
			arrive(rapid.IntRange(0, 3).Draw(t, "meanwhile"))
		}
		slices.Reverse(there)
		if want := d.refsOf(there...); !slices.Equal(append([]string{}, seen...), want) {
			t.Fatalf("pages have %v, want %v", seen, want)
		}
	})
}
