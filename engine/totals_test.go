package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/engine/reconcile"
	"mpg/store/money"
)

// yuan is the number of CNY in ISO 4217.
const yuan = "156"

// paid pays an amount in whole yuan from the bank, and waits until that has ended for reason.
func (w *world) paid(amount, reason string) {
	w.t.Helper()
	w.pass(time.Minute)
	w.forget()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 "+amount+" BANK")
	ref := w.last().Ref
	if p := w.settled(ref, false); p.Reason != reason {
		w.t.Fatalf("%s: ended as %s, want %s", amount, p.Reason, reason)
	}
}

// The first business date of the bank, and the next.
const (
	firstDay  = "2026-11-22"
	secondDay = "2026-11-23"
)

// sent sends the totals of a day, and returns what was told of CNY.
func (w *world) sent(day string) reconcile.Told {
	w.t.Helper()
	all, err := w.e.Banks().SendTotals(w.t.Context(), "icbc", day)
	if err != nil || all.Told == nil || len(all.Told.Told) != 1 {
		w.t.Fatalf("totals of %s: %+v, %v", day, all, err)
	}
	return all.Told.Told[0]
}

// polls waits until cond is true. Unlike until it holds no lock, so that cond may ask what
// reads the clock.
func (w *world) polls(what string, cond func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// breaks returns the breaks that have not ended.
func (w *world) breaks() []*reconcile.Break {
	w.t.Helper()
	list, err := w.e.Banks().Breaks(w.t.Context(), "", false)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// TestTotalsAgree: what was paid, declined, and undone comes to the same on both sides, each of
// which adds it up by itself, and as well after a restart; totals that differ are a break, which
// ends once they agree.
func TestTotalsAgree(t *testing.T) {
	t.Parallel()
	w, h := hostWorld(t, time.Second)
	w.paid("45", "paid")
	w.paid("30", "paid")
	h.Fault(host.Fault{Kind: host.Silence, On: host.Requests, Times: 1}) // booked, and undone
	w.paid("20", "reversed")
	w.paid("2000", "declined")
	day := firstDay
	told := w.sent(day)
	want := reconcile.Totals{DebitCount: 3, DebitSum: 9500, DebitBackCount: 1, DebitBackSum: 2000}
	if !told.Balanced || told.Code != iso8583.InBalance || told.Ours != want || told.Theirs == nil || *told.Theirs != want || told.ByBank {
		t.Errorf("told %+v, want %+v", told, want)
	}
	if open := w.breaks(); len(open) != 0 {
		t.Errorf("breaks: %+v", open[0])
	}
	h.Fault(host.Fault{Kind: host.Alter, On: host.AllTotals, Elements: []iso8583.DE{iso8583.DEDebitSum}, Value: "0000000000009999", Times: 1})
	if told = w.sent(day); told.Balanced { // although the bank says that they are the same
		t.Errorf("other totals balance: %+v", told)
	}
	open := w.breaks()
	if len(open) != 1 || open[0].Kind != reconcile.OtherTotals || open[0].Day != day || open[0].Theirs.DebitSum != 9999 || open[0].Ours.DebitSum != 9500 {
		t.Fatalf("breaks: %+v", open)
	}
	w.restart()
	w.polls("the bank to be up", func() bool { return w.e.Banks().Up("icbc") })
	if count, _ := w.e.Banks().OpenBreaks(); count["icbc"] != 1 {
		t.Errorf("%d open breaks after a restart", count["icbc"])
	}
	if told = w.sent(day); !told.Balanced || told.Ours != want {
		t.Errorf("after a restart: %+v", told)
	}
	if count, _ := w.e.Banks().OpenBreaks(); len(w.breaks()) != 0 || count["icbc"] != 0 {
		t.Errorf("a break on which both agree is open: %+v", w.breaks())
	}
	if (host.Settlement{Host: h}).SendTotals(day[5:7]+day[8:], yuan) != 1 {
		t.Fatal("the bank is not signed on to")
	}
	w.polls("the bank's totals to be answered", func() bool {
		return slices.Contains(host.Settlement{Host: h}.Answers(iso8583.TotalsResponse), iso8583.InBalance)
	})
}

// TestTotalsOfTheBankThatDiffer: they are answered with ours, and a break; a day of nothing is
// in balance, and no other bank's requests are in it.
func TestTotalsOfTheBankThatDiffer(t *testing.T) {
	t.Parallel()
	w, h := hostWorld(t, patience)
	day := firstDay
	if told := w.sent(""); !told.Balanced || told.Ours != (reconcile.Totals{}) {
		t.Errorf("a day of nothing: %+v", told)
	}
	w.paid("45", "paid")
	m := iso8583.TotalsOf(iso8583.Totals{DebitCount: 2, DebitSum: 9000}, day[5:7]+day[8:], yuan, 7, w.clock(), "")
	for range 2 {
		h.Send(m)
	}
	w.polls("the bank to be answered", func() bool { return len(host.Settlement{Host: h}.Answers(iso8583.TotalsResponse)) == 2 })
	if got := (host.Settlement{Host: h}).Answers(iso8583.TotalsResponse); got[0] != iso8583.OutOfBalance {
		t.Errorf("answered %q", got)
	}
	if open := w.breaks(); len(open) != 1 || open[0].Ours.DebitCount != 1 || open[0].Theirs.DebitCount != 2 {
		t.Errorf("breaks: %+v", open)
	}
	odd := iso8583.TotalsOf(iso8583.Totals{}, "0230", "000", 8, w.clock(), "")
	h.Send(odd)
	w.polls("totals of no date to be answered", func() bool { return len(host.Settlement{Host: h}.Answers(iso8583.TotalsResponse)) == 3 })
	if _, err := w.e.Banks().SendTotals(t.Context(), "nobody", ""); !errors.Is(err, acquirer.ErrUnknownBank) {
		t.Errorf("a bank that there is not: %v", err)
	}
	if _, err := w.e.Banks().SendTotals(t.Context(), "icbc", "2027-01-01"); !errors.Is(err, acquirer.ErrNotBegun) {
		t.Errorf("a day that has not begun: %v", err)
	}
	if _, err := w.e.Banks().Totals(t.Context(), "icbc", "today"); !errors.Is(err, acquirer.ErrDay) {
		t.Errorf("a day that there is not: %v", err)
	}
}

// TestCutOver: a payment counts on the date that its answer carries, whatever our clock says.
// When the bank closes a date its totals are sent, once, and if the bank cannot be reached, as
// soon as it can; what is not decided is listed, and holds nothing up.
func TestCutOver(t *testing.T) {
	t.Parallel()
	w, h := hostWorld(t, time.Second)
	w.paid("45", "paid")
	h.Fault(host.Fault{Kind: host.Ignore, On: host.Reversals})
	h.Fault(host.Fault{Kind: host.Silence, On: host.Requests, Times: 1})
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 20 BANK")
	w.comes(w.last().Ref, "reversing", "reversing")
	host.Settlement{Host: h}.CutOver()
	told := func(day string) *reconcile.Day {
		all, err := w.e.Banks().Totals(t.Context(), "icbc", day)
		if err != nil {
			t.Error(err)
			return nil
		}
		return all.Told
	}
	w.polls("the totals to be sent", func() bool {
		w.pass(10 * time.Second)
		day := told(firstDay)
		return day != nil && len(day.Told) == 1 && !day.Due
	})
	if day := told(firstDay); day.Closed.IsZero() || !day.Told[0].Balanced || day.Told[0].Ours.DebitCount != 1 || day.Told[0].Theirs.DebitCount != 2 {
		t.Errorf("closed: %+v", day)
	}
	all, err := w.e.Banks().Totals(t.Context(), "icbc", firstDay)
	if open := w.breaks(); err != nil || len(all.Open) != 1 || len(open) != 0 {
		t.Errorf("what is not decided: %+v, %v; breaks %+v", all, err, open)
	}
	h.ClearFaults()
	w.polls("the reversal", func() bool { return w.e.Banks().Unsettled()[0].Reversing == 0 })
	w.paid("30", "paid") // on the next date
	// The bank has never told when it booked what it was silent about.
	if told := w.sent(secondDay); !told.Balanced || told.Ours != (reconcile.Totals{DebitCount: 2, DebitSum: 5000, DebitBackCount: 1, DebitBackSum: 2000}) || told.Theirs.DebitCount != 1 {
		t.Errorf("the next date: %+v", told)
	}
	if told := w.sent(firstDay); !told.Balanced || told.Ours != (reconcile.Totals{DebitCount: 1, DebitSum: 4500}) || told.Theirs.DebitCount != 2 {
		t.Errorf("the date that was closed: %+v", told)
	}
	for _, day := range []string{firstDay, secondDay} {
		if all, err := w.e.Banks().Totals(t.Context(), "icbc", day); err != nil || len(all.Open) != 0 || len(all.Undated) != 1 || all.Undated[0].Amount != 2000 {
			t.Errorf("what has no date on %s: %+v, %v", day, all, err)
		}
	}
	w.pass(48 * time.Hour) // although nothing is paid, and the bank has closed nothing
	if all, err := w.e.Banks().Totals(t.Context(), "icbc", ""); err != nil || all.Day != secondDay || all.Sums["CNY"].DebitCount != 2 {
		t.Errorf("the date that is open: %+v, %v", all, err)
	}
	if _, err := w.e.Banks().SendTotals(t.Context(), "icbc", "2026-11-24"); !errors.Is(err, acquirer.ErrNotBegun) || err.Error() != "2026-11-24 has not begun at icbc, where 2026-11-23 is open" {
		t.Errorf("a date that has not begun: %v", err)
	}
}

// TestUndated: a bank whose date is ahead of ours counts what it was silent about, and has
// undone, under its own date, on which we count it, too. A bank that had never heard of it counts
// nothing. Neither is a break, in either edition; what differs by another amount is one.
func TestUndated(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{iso8583.ISO87, iso8583.ISO93} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w, h := linkedWorld(t, time.Second, host.Config{Dialect: dialect}, bank.Config{Dialect: dialect})
			host.Settlement{Host: h}.CutOver()
			h.Fault(host.Fault{Kind: host.Silence, On: host.Requests, Times: 1}) // booked, and undone
			w.paid("20", "reversed")
			back := reconcile.Totals{DebitCount: 1, DebitSum: 2000, DebitBackCount: 1, DebitBackSum: 2000}
			if told := w.sent(firstDay); !told.Balanced || told.Ours != (reconcile.Totals{}) || told.Code != iso8583.InBalance {
				t.Errorf("our date: %+v", told)
			}
			if told := w.sent(secondDay); !told.Balanced || told.Ours != back || told.Code != iso8583.InBalance {
				t.Errorf("the date of the bank: %+v", told)
			}
			h.Fault(host.Fault{Kind: host.Silence, On: host.Requests, Times: 1}) // declined, and nobody hears of it
			w.paid("2000", "reversed")
			if told := w.sent(secondDay); !told.Balanced || told.Ours.DebitSum != 202000 || *told.Theirs != back || told.Code != iso8583.OutOfBalance {
				t.Errorf("what the bank never booked: %+v", told)
			}
			h.Fault(host.Fault{Kind: host.Alter, On: host.AllTotals, Elements: []iso8583.DE{iso8583.DEDebitSum}, Value: "0000000000002100", Times: 1})
			if told := w.sent(secondDay); told.Balanced || len(w.breaks()) != 1 {
				t.Errorf("an amount that nothing explains: %+v", told)
			}
			h.Fault(host.Fault{Kind: host.Alter, On: host.AllTotals, Elements: []iso8583.DE{iso8583.DESettlementCode}, Value: "3", Times: 1})
			if told := w.sent(secondDay); told.Balanced {
				t.Errorf("a bank that cannot compare agrees: %+v", told)
			}
		})
	}
}

// TestAdvices: what the bank tells of its own accord is evidence. An approval of what ended
// unpaid is undone, one of what stands paid changes nothing, and one about a request that is not
// ours, or about another amount, is a break. All are answered, and copies of them.
func TestAdvices(t *testing.T) {
	t.Parallel()
	w, h := hostWorld(t, patience)
	number := func() (stan, rrn string) {
		for _, e := range slices.Backward(h.Journal()) {
			if e.Dir == host.In && e.MTI == iso8583.FinancialRequest {
				return e.STAN, e.RRN
			}
		}
		t.Fatal("nothing was asked")
		return "", ""
	}
	answered := func(n int) {
		t.Helper()
		w.polls("the advices to be answered", func() bool {
			return len(host.Settlement{Host: h}.Answers("0130"))+len(host.Settlement{Host: h}.Answers("0230")) == n
		})
	}
	w.paid("45", "paid")
	stan, rrn := number()
	host.Settlement{Host: h}.Advise("0120", stan, rrn, "00", 4500, yuan)
	answered(1)
	if n := len(w.breaks()); n != 0 || w.last().Reason != "paid" {
		t.Errorf("%d breaks, %+v", n, w.last())
	}
	host.Settlement{Host: h}.Advise("0220", stan, rrn, "00", 9900, yuan) // another amount
	answered(2)
	if open := w.breaks(); len(open) != 1 || open[0].Kind != reconcile.OtherAdvice || open[0].Payment == 0 || open[0].Amount != 9900 {
		t.Errorf("breaks: %+v", open)
	}
	for range 2 {
		host.Settlement{Host: h}.Advise("0220", "999999", "632612999999", "00", 700, yuan) // not ours
	}
	answered(4)
	open := w.breaks() // by bank, date and kind
	if len(open) != 2 || open[0].Kind != reconcile.UnknownAdvice || open[0].RRN != "632612999999" || !open[0].Approved || open[1].Kind != reconcile.OtherAdvice {
		t.Errorf("breaks: %+v", open)
	}
	h.Fault(host.Fault{Kind: host.Decline, Code: "91", On: host.Requests, Times: 1})
	w.paid("30", "declined")
	stan, rrn = number()
	host.Settlement{Host: h}.Advise("0120", stan, rrn, "05", 3000, yuan)
	answered(5)
	if n := w.e.Stats().LateApprovals.Load(); n != 0 {
		t.Errorf("a decline is taken for an approval: %d", n)
	}
	host.Settlement{Host: h}.Advise("0120", stan, rrn, "00", 3000, yuan)
	answered(6)
	w.polls("the late approval to be undone", func() bool {
		p, err := w.e.Admin().Payment(t.Context(), w.last().Ref)
		return err == nil && len(p.Request.Late) > 0 && w.e.Stats().LateApprovals.Load() == 1 && p.Request.Tries > 0
	})
	for _, code := range append((host.Settlement{Host: h}).Answers("0130"), (host.Settlement{Host: h}).Answers("0230")...) {
		if code != "00" {
			t.Errorf("an advice is answered with %s", code)
		}
	}
}

// TestBankWithoutTotals: a connector that compares none says so, and a date or a currency that
// there is not stops nothing.
func TestBankWithoutTotals(t *testing.T) {
	t.Parallel()
	w, _ := bankWorld(t)
	if _, err := w.e.Banks().SendTotals(context.Background(), "icbc", ""); !errors.Is(err, acquirer.ErrNoTotals) {
		t.Errorf("a bank that compares no totals: %v", err)
	}
	if err := w.e.Banks().CutOver("icbc", "0229x", true); err != nil {
		t.Error(err)
	}
	if _, err := w.e.Banks().HostTotals("icbc", bank.Reconciliation{Date: "1126", Currency: "000"}); err != nil {
		t.Error(err)
	}
	if in, ok := money.ByNumber(yuan); !ok || in.Code != "CNY" {
		t.Errorf("156 is %+v", in)
	}
}
