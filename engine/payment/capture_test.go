package payment_test

import (
	"errors"
	"testing"

	"mpg/engine/payment"
	"mpg/store/money"
)

// TestTheTimeToCapture begins when a bank is asked, however late its approval is known and the
// payee agrees, and with the confirmation if no bank is.
func TestTheTimeToCapture(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		plan   string
		events []payment.EventKind // one a second, from the order
		from   int
	}{
		"no bank":                    {"amount later", []payment.EventKind{payment.Ordered, payment.PINRight}, 1},
		"a bank that answers":        {"card", []payment.EventKind{payment.Ordered, payment.PINRight, payment.Approval}, 1},
		"resolved":                   {"card", []payment.EventKind{payment.Ordered, payment.PINRight, payment.Silence, payment.Overdue, payment.StandsPaid}, 1},
		"the payee decides":          {"card offered, amount later", []payment.EventKind{payment.Ordered, payment.PINRight, payment.Approval, payment.Agree}, 1},
		"called again, and answered": {"card", []payment.EventKind{payment.Ordered, payment.CallFailed, payment.Again, payment.PINRight, payment.Approval}, 3},
	} {
		p := ordered(tt.plan)
		for i, kind := range tt.events {
			if _, err := next(p, kind, "", i); err != nil {
				t.Fatal(name, err)
			}
		}
		if p.State != payment.Authorized || !p.Deadline.Equal(at(tt.from).Add(week)) {
			t.Errorf("%s: %s until %v, want %v", name, p.State, p.Deadline, at(tt.from).Add(week))
		}
	}
}

// TestWhatABankGranted: of what a bank holds in part, no more than that is captured,
// and the request asks for what is captured.
func TestWhatABankGranted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		granted, captured money.Amount
		want              error
	}{{0, 100, nil}, {60, 60, nil}, {60, 61, payment.ErrCapture}, {60, 100, payment.ErrCapture}, {0, 0, payment.ErrCapture}} {
		p := ordered("card")
		p.Deadline = at(30)
		for i, kind := range []payment.EventKind{payment.Ordered, payment.PINRight} {
			if _, err := next(p, kind, "", i); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := payment.Next(p, payment.Event{Kind: payment.Approval, Request: p.Request(), Granted: tt.granted, At: at(3)}); err != nil {
			t.Fatal(err)
		}
		amounts := payment.Amounts{Captured: []money.Amount{tt.captured, 40}, Charged: tt.captured + 40, Received: tt.captured, Fee: 40}
		_, err := payment.Next(p, payment.Event{Kind: payment.Capture, Amounts: amounts, At: at(4)})
		if !errors.Is(err, tt.want) || err == nil && (p.AskAmount(1) != tt.captured || p.Granted != tt.granted) {
			t.Errorf("of %d captured %d: %v, the bank is asked for %d", tt.granted, tt.captured, err, p.AskAmount(1))
		}
	}
}
