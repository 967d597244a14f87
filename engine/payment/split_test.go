package payment_test

import (
	"strings"
	"testing"

	"mpg/engine/payment"
	"mpg/store/money"
)

// TestAPurseAddsWhatACardDoesNotPay: of what is charged, the issuer takes what it holds, and the
// purse pays the rest into the account of the issuer, which then owes no more than it takes.
func TestAPurseAddsWhatACardDoesNotPay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, plan               string
		granted                  money.Amount
		purse, taken, capturable money.Amount
	}{
		{"all of it", "card and purse", 0, 0, 100, 100},
		{"a part", "card and purse", 60, 40, 60, 100},
		{"all but a fen", "card and purse", 99, 1, 99, 100},
		{"a fen", "card and purse", 1, 99, 1, 100},
		{"all of it, in so many words", "card and purse", 100, 0, 100, 100},
		{"a part, and no purse pays", "card", 60, 0, 100, 60},
		{"a part that the shop is asked about", "card and purse offered", 60, 40, 60, 100},
		{"a part, say people", "card and purse", 60, 40, 60, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := ordered(tt.plan)
			legs := len(p.Plan.Legs)
			before, says := []payment.EventKind{payment.Ordered, payment.PINRight}, payment.Approval
			if strings.HasSuffix(tt.name, "say people") {
				before, says = append(before, payment.Silence), payment.StandsPaid
			}
			for i, kind := range before {
				if _, err := next(p, kind, "", i); err != nil {
					t.Fatal(err)
				}
			}
			plan := p.Plan
			effects, err := payment.Next(p, payment.Event{Kind: says, Request: p.Request(), Granted: tt.granted, At: at(3)})
			if err != nil {
				t.Fatal(err)
			}
			if p.Plan.FromPurse() != tt.purse || p.AskAmount(1) != tt.taken || p.AskAmount(0) != 100 || payment.Capturable(p, 100) != tt.capturable || p.Granted != tt.granted {
				t.Errorf("%d from the purse, %d to take of %d, %d capturable", p.Plan.FromPurse(), p.AskAmount(1), p.AskAmount(0), payment.Capturable(p, 100))
			}
			if len(plan.Legs) != legs || plan.Asks[1].Amount != 100 {
				t.Error("the plan was changed where others may read it")
			}
			if held := count(effects, payment.Take) == 1; held != (tt.purse > 0) {
				t.Errorf("held %v", held)
			}
			if err := p.Check(); err != nil {
				t.Error(err)
			}
			if tt.purse > 0 && p.Leg(legs) != payment.LegHeld {
				t.Errorf("the leg of the purse is %d", p.Leg(legs))
			}
		})
	}
}

// TestToPurse: how much of a refund the customer's purse gets.
func TestToPurse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		product payment.Product
		asked   money.Amount
		state   payment.State
		want    money.Amount
	}{
		"to a purse":         {payment.PaidBack, 0, payment.Posted, 100},
		"to a card":          {payment.PaidBack, 100, payment.Posted, 0},
		"to both":            {payment.PaidBack, 60, payment.Posted, 40},
		"to both, declined":  {payment.PaidBack, 60, payment.Returned, 100},
		"a chargeback":       {payment.Chargeback, 0, payment.Posted, 0},
		"a payment by purse": {payment.MPurse, 0, payment.Posted, 0},
	} {
		p := &payment.Payment{Plan: payment.Plan{Product: tt.product}, Amounts: payment.Amounts{Charged: 100}, Steps: []payment.Step{{State: tt.state}}}
		if tt.asked > 0 {
			p.Plan.Asks = []payment.Ask{{Kind: payment.Refund, Amount: tt.asked}}
		}
		if got := payment.ToPurse(p); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}
