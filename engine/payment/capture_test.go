package payment_test

import (
	"testing"

	"mpg/engine/payment"
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
