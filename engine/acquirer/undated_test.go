package acquirer

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/payment"
	"mpg/engine/reconcile"
)

// TestAgrees: whatever a bank has done with requests under dates that it does not tell, its
// totals agree with ours; with a fen more they do not.
func TestAgrees(t *testing.T) {
	t.Parallel()
	const day = "2026-11-26"
	at := time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC)
	c := &Comparison{cfg: &Config{Zone: time.UTC, Now: func() time.Time { return at.Add(time.Hour) }}}
	rapid.Check(t, func(t *rapid.T) {
		ours := dayTotals("icbc", day)
		var theirs reconcile.Totals
		for i := range rapid.IntRange(0, 8).Draw(t, "requests") {
			req := &payment.Request{No: uint64(i + 1), Kind: rapid.SampledFrom([]payment.Kind{payment.Debit, payment.Credit, payment.Refund}).Draw(t, "kind"),
				State:  rapid.SampledFrom([]payment.RequestState{payment.RequestSent, payment.RequestReversing, payment.RequestDoubt, payment.RequestReversed, payment.RequestAnswered}).Draw(t, "state"),
				Amount: 100, Currency: "CNY", Message: payment.Message{At: at}, Undoing: payment.Undoing{Since: at}}
			req.Approved = req.State == payment.RequestAnswered
			booked, back := true, req.State == payment.RequestReversed
			switch {
			case req.Approved:
				req.Settlement = rapid.SampledFrom([]string{"1126", "1127"}).Draw(t, "settlement")
				booked = req.Settlement == "1126"
			case req.State == payment.RequestReversed && rapid.Bool().Draw(t, "dated"):
				req.Back = rapid.SampledFrom([]string{"1126", "1127"}).Draw(t, "back")
				back = req.Back == "1126" && rapid.Bool().Draw(t, "undone")
				booked = rapid.Bool().Draw(t, "booked")
			default:
				booked, back = rapid.Bool().Draw(t, "booked"), rapid.Bool().Draw(t, "undone")
			}
			theirs = theirs.Plus(amountOf(req, booked, back))
			c.addUp(ours, req)
		}
		if !ours.agrees("CNY", theirs) {
			t.Fatalf("%+v does not agree with %+v", theirs, ours)
		}
		theirs.DebitSum++
		if ours.agrees("CNY", theirs) {
			t.Fatalf("%+v agrees with %+v", theirs, ours)
		}
	})
}

// TestTooManyUndated: more requests of an unknown date than can be tried explain nothing, and the
// search ends.
func TestTooManyUndated(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC)
	c := &Comparison{cfg: &Config{Zone: time.UTC, Now: func() time.Time { return at }}}
	ours := dayTotals("icbc", "2026-11-26")
	var theirs reconcile.Totals
	for i := range 40 {
		req := &payment.Request{Kind: payment.Debit, State: payment.RequestSent, Amount: 1 << i, Currency: "CNY", Message: payment.Message{At: at}}
		theirs = theirs.Plus(amountOf(req, i%2 == 0, i%3 == 0))
		c.addUp(ours, req)
	}
	if ours.agrees("CNY", theirs) || len(ours.Open) != 40 {
		t.Errorf("%d open requests", len(ours.Open))
	}
}
