package acquirer

import (
	"testing"
	"time"

	"mpg/engine/payment"
	"mpg/engine/reconcile"
)

// TestAddUp: what the bank has booked counts, and what it has undone counts on both sides. What
// people found void counts as undone if it could be reversed; a completion could not, and was
// never taken.
func TestAddUp(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	c := &Comparison{cfg: &Config{Zone: time.UTC, Now: func() time.Time { return at }}}
	debit, back := reconcile.Totals{DebitCount: 1, DebitSum: 900}, reconcile.Totals{DebitCount: 1, DebitSum: 900, DebitBackCount: 1, DebitBackSum: 900}
	for _, tt := range []struct {
		name     string
		kind     payment.Kind
		state    payment.RequestState
		approved bool
		want     reconcile.Totals
	}{
		{"a debit", payment.Debit, payment.RequestAnswered, true, debit},
		{"a declined debit", payment.Debit, payment.RequestAnswered, false, reconcile.Totals{}},
		{"a debit in doubt", payment.Debit, payment.RequestDoubt, false, reconcile.Totals{}},
		{"a debit that was reversed", payment.Debit, payment.RequestReversed, false, back},
		{"a debit that people found paid", payment.Debit, payment.RequestResolved, true, debit},
		{"a debit that people found void", payment.Debit, payment.RequestResolved, false, back},
		{"a completion", payment.Completion, payment.RequestAnswered, true, debit},
		{"a completion in doubt", payment.Completion, payment.RequestDoubt, false, reconcile.Totals{}},
		{"a completion that people found taken", payment.Completion, payment.RequestResolved, true, debit},
		{"a completion that people found void", payment.Completion, payment.RequestResolved, false, reconcile.Totals{}},
		{"a refund that people found void", payment.Refund, payment.RequestResolved, false,
			reconcile.Totals{CreditCount: 1, CreditSum: 900, CreditBackCount: 1, CreditBackSum: 900}},
		{"what was set aside", payment.PreAuth, payment.RequestAnswered, true, reconcile.Totals{Authorizations: 1}},
	} {
		all := dayTotals("icbc", "2026-11-26")
		req := &payment.Request{Kind: tt.kind, State: tt.state, Amount: 900, Currency: "CNY", Message: payment.Message{At: at}}
		req.Approved = tt.approved
		c.addUp(all, req)
		if got := all.Sums["CNY"]; got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
