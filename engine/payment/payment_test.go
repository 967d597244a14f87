package payment_test

import (
	"errors"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

func at(second int) time.Time { return time.Date(2026, 11, 22, 8, 0, second, 0, time.UTC) }

// plans are one plan of each kind that the machine tells apart.
func plans() map[string]payment.Plan {
	const purse, transit, shop, fees, icbc, boc = 1, 2, 3, 4, icbcAccount, 6
	held := func(from, to store.AccountID, heldAt, postedAt payment.Stage) payment.Leg {
		return payment.Leg{From: from, To: to, Amount: 100, Held: true, HeldAt: heldAt, PostedAt: postedAt}
	}
	fee := func(from store.AccountID, postedAt payment.Stage) payment.Leg {
		leg := held(from, fees, 0, postedAt)
		leg.Amount, leg.Code = 40, payment.CodeFee
		return leg
	}
	first, second := payment.AtConfirm+1, payment.AtConfirm+2
	return map[string]payment.Plan{
		"purse": {Product: payment.MPurse, Legs: []payment.Leg{held(purse, shop, 0, payment.AtConfirm)}},
		"free":  {Product: payment.MPurse, PINExempt: true, Legs: []payment.Leg{{From: purse, To: shop, Amount: 100, PostedAt: payment.AtConfirm}}},
		"bank":  {Product: payment.MDebit, Asks: asks(payment.Debit), Legs: []payment.Leg{held(icbc, shop, 0, first)}},
		"two banks": {Product: payment.MP2P, Asks: asks(payment.Debit, payment.Credit), Back: purse,
			Legs: []payment.Leg{held(icbc, transit, 0, first), held(transit, boc, first, second), fee(purse, second)}},
		"refund to a bank": {Product: payment.PaidBack, PINExempt: true, Asks: asks(payment.Refund), Back: purse,
			Legs: []payment.Leg{{From: shop, To: transit, Amount: 100, Held: true, PostedAt: payment.AtConfirm}, held(transit, icbc, payment.AtConfirm, first)}},
		"amount later": {Product: payment.MPurse, Capture: week, Legs: []payment.Leg{held(purse, shop, 0, first), fee(shop, first)}},
		"card": {Product: payment.MDebit, Capture: week, Partial: true, Asks: card(),
			Legs: []payment.Leg{held(icbc, shop, 0, first+2), fee(purse, first+2)}},
		"card at once": {Product: payment.MDebit, Asks: card(), Legs: []payment.Leg{held(icbc, shop, 0, second)}},
		"card offered": {Product: payment.MCredit, Decision: &payment.Decision{Within: 10 * time.Second}, Asks: card(), Legs: []payment.Leg{held(icbc, shop, 0, second)}},
		"card offered, amount later": {Product: payment.MCredit, Decision: &payment.Decision{Within: 10 * time.Second}, Capture: week, Asks: card(),
			Legs: []payment.Leg{held(icbc, shop, 0, first+2)}},
		"card and purse": {Product: payment.MCredit, Split: purse, Asks: card(), Legs: []payment.Leg{held(icbc, shop, 0, second)}},
		"card and purse offered": {Product: payment.MCredit, Split: purse, Decision: &payment.Decision{Within: 10 * time.Second}, Asks: card(),
			Legs: []payment.Leg{held(icbc, shop, 0, second)}},
		"bill":            {Product: payment.MPurse, Asks: bill(false), Legs: []payment.Leg{held(purse, shop, 0, payment.AtConfirm)}},
		"bill waited for": {Product: payment.MPurse, Asks: bill(true), Legs: []payment.Leg{held(purse, shop, 0, first)}},
		"bill from a bank": {Product: payment.MDebit, Asks: append(asks(payment.Debit), bill(true)...), Back: purse,
			Legs: []payment.Leg{held(icbc, transit, 0, first), held(transit, shop, first, second)}},
	}
}

const week = 7 * 24 * time.Hour

// icbcAccount is the account of the first bank.
const icbcAccount = 5

// asks are requests of those kinds, one to each bank.
func asks(kinds ...payment.Kind) []payment.Ask {
	var all []payment.Ask
	for i, kind := range kinds {
		all = append(all, payment.Ask{Bank: []string{"icbc", "boc", "abc"}[i], Account: 9, Amount: 100, Kind: kind})
	}
	return all
}

// card returns the requests that hold money at a bank and take it.
func card() []payment.Ask {
	both := asks(payment.PreAuth, payment.Completion)
	both[1].Bank, both[1].From = both[0].Bank, icbcAccount
	return both
}

// bill returns what a biller is told, which the payment may wait for.
func bill(waits bool) []payment.Ask {
	return []payment.Ask{{Bank: "power", Amount: 100, Kind: payment.Notify, Waits: waits, Bill: "4711"}}
}

// next applies an event as the engine does: an answer names the last request, and a
// request that is asked for gets a number. A capture is of half of each leg. Of an even amount a
// bank holds three fifths, if a purse pays the rest.
func next(p *payment.Payment, kind payment.EventKind, reason payment.Reason, second int) ([]payment.Effect, error) {
	ev := payment.Event{Kind: kind, Reason: reason, At: at(second)}
	switch kind {
	case payment.Approval, payment.Decline, payment.Silence, payment.Reversed, payment.Overdue, payment.StandsPaid, payment.StandsVoid,
		payment.Accepted, payment.Refused, payment.Rejected:
		ev.Request = p.Request()
	case payment.Capture:
		ev.Amounts = half(p)
	}
	if kind == payment.Approval && p.Plan.Split != 0 && p.Plan.Asks[0].Amount%2 == 0 {
		ev.Granted = p.Plan.Asks[0].Amount * 3 / 5
	}
	effects, err := payment.Next(p, ev)
	for range count(effects, payment.Authorize) {
		p.Requests = append(p.Requests, uint64(len(p.Requests)+1))
	}
	for count(effects, payment.Inform) > 0 && len(p.Requests) < len(p.Plan.Asks) {
		p.Requests = append(p.Requests, uint64(len(p.Requests)+1))
	}
	return effects, err
}

// half are the amounts of a capture of half of each leg.
func half(p *payment.Payment) payment.Amounts {
	parts := make([]money.Amount, len(p.Plan.Legs))
	for i, leg := range p.Plan.Legs {
		parts[i] = leg.Amount / 2
	}
	now := amountsOf(&p.Plan, parts)
	now.Captured = parts
	return now
}

// amountsOf returns the amounts of a payment of whose legs that much is moved: of the whole
// legs, if moved is nil. It follows the money from account to account.
func amountsOf(plan *payment.Plan, moved []money.Amount) payment.Amounts {
	a := payment.Amounts{Currency: "CNY"}
	has := make(map[store.AccountID]money.Amount)
	for i, leg := range plan.Legs {
		amount := leg.Amount
		if moved != nil {
			amount = moved[i]
		}
		has[leg.From] -= amount
		has[leg.To] += amount
		switch leg.Code {
		case payment.CodeTax:
			a.Tax, a.Fee = a.Tax+amount, a.Fee+amount
		case payment.CodeFee:
			a.Fee += amount
		case payment.CodeDiscount:
			a.Discount += amount
		}
	}
	for _, sum := range has {
		if sum > 0 {
			a.Received += sum
		} else {
			a.Charged -= sum
		}
	}
	a.Received, a.Charged = a.Received-a.Fee, a.Charged-a.Discount
	return a
}

// ordered is a payment by one of the plans.
func ordered(name string) *payment.Payment {
	plan := plans()[name]
	return &payment.Payment{Plan: plan, Amounts: amountsOf(&plan, nil)}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	type event struct {
		kind   payment.EventKind
		reason payment.Reason
	}
	for _, tt := range []struct {
		name, plan string
		events     []event
		states     string
		reason     payment.Reason
	}{
		{"free", "free", []event{{payment.Ordered, ""}}, "received confirmed posted done", payment.Paid},
		{"purse by call", "purse", []event{{payment.Ordered, ""}, {payment.PINRight, ""}},
			"received calling confirmed posted done", payment.Paid},
		{"second call", "purse", []event{{payment.Ordered, ""}, {payment.CallFailed, payment.LineBusy}, {payment.Again, ""}, {payment.PINRight, ""}},
			"received calling waiting calling confirmed posted done", payment.Paid},
		{"bank approves", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}},
			"received calling confirmed sent approved posted done", payment.Paid},
		{"bank declines", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Decline, payment.BankDeclined}},
			"received calling confirmed sent declined voided done", payment.BankDeclined},
		{"bank silent", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Reversed, payment.UndoneAtBank}},
			"received calling confirmed sent unknown reversing undone voided done", payment.UndoneAtBank},
		{"bank in doubt, then 00", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.Reversed, payment.UndoneAtBank}},
			"received calling confirmed sent unknown reversing doubt undone voided done", payment.UndoneAtBank},
		{"bank in doubt, resolved as paid", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.StandsPaid, ""}},
			"received calling confirmed sent unknown reversing doubt approved posted done", payment.Paid},
		{"bank in doubt, resolved as reversed", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.StandsVoid, payment.UndoneAtBank}},
			"received calling confirmed sent unknown reversing doubt undone voided done", payment.UndoneAtBank},
		{"second bank approves", "two banks", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Approval, ""}},
			"received calling confirmed sent approved taken sent approved posted done", payment.Paid},
		{"first bank declines", "two banks", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Decline, payment.BankDeclined}},
			"received calling confirmed sent declined voided done", payment.BankDeclined},
		{"second bank declines", "two banks", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Decline, payment.BankDeclined}},
			"received calling confirmed sent approved taken sent declined returned done", payment.BankDeclined},
		{"second bank silent", "two banks", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Silence, payment.BankSilent}, {payment.Reversed, payment.UndoneAtBank}},
			"received calling confirmed sent approved taken sent unknown reversing undone returned done", payment.UndoneAtBank},
		{"second bank in doubt, resolved as paid", "two banks", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.StandsPaid, ""}},
			"received calling confirmed sent approved taken sent unknown reversing doubt approved posted done", payment.Paid},
		{"first bank in doubt, resolved as paid", "two banks", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.StandsPaid, ""}, {payment.Approval, ""}},
			"received calling confirmed sent unknown reversing doubt approved taken sent approved posted done", payment.Paid},
		{"refund to a bank", "refund to a bank", []event{{payment.Ordered, ""}, {payment.Approval, ""}},
			"received confirmed taken sent approved posted done", payment.Paid},
		{"refund that the bank declines", "refund to a bank", []event{{payment.Ordered, ""}, {payment.Decline, payment.BankDeclined}},
			"received confirmed taken sent declined returned done", payment.BankDeclined},
		{"captured", "amount later", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Capture, ""}},
			"received calling confirmed authorized captured posted done", payment.Paid},
		{"released", "amount later", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Release, payment.NotCaptured}},
			"received calling confirmed authorized released voided done", payment.NotCaptured},
		{"card captured", "card", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Capture, ""}, {payment.Accepted, ""}},
			"received calling confirmed sent approved authorized captured advising approved posted done", payment.Paid},
		{"card released", "card", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Release, payment.TimedOut}},
			"received calling confirmed sent approved authorized released voided done", payment.TimedOut},
		{"card declined", "card", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Decline, payment.BankDeclined}},
			"received calling confirmed sent declined voided done", payment.BankDeclined},
		{"capture refused, resolved as paid", "card", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Capture, ""}, {payment.Refused, payment.InDoubt}, {payment.StandsPaid, ""}},
			"received calling confirmed sent approved authorized captured advising doubt approved posted done", payment.Paid},
		{"capture not answered, then accepted", "card at once", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Overdue, payment.InDoubt}, {payment.Accepted, ""}},
			"received calling confirmed sent approved advising doubt approved posted done", payment.Paid},
		{"capture resolved as not taken", "card at once", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Refused, payment.InDoubt}, {payment.StandsVoid, payment.UndoneAtBank}},
			"received calling confirmed sent approved advising doubt undone voided done", payment.UndoneAtBank},
		{"card accepted by the shop", "card offered", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Agree, ""}, {payment.Accepted, ""}},
			"received calling confirmed sent approved offered agreed advising approved posted done", payment.Paid},
		{"card turned down by the shop", "card offered", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.TurnDown, payment.TurnedDown}},
			"received calling confirmed sent approved offered released voided done", payment.TurnedDown},
		{"card accepted, and captured later", "card offered, amount later", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Agree, ""}, {payment.Capture, ""}, {payment.Accepted, ""}},
			"received calling confirmed sent approved offered agreed authorized captured advising approved posted done", payment.Paid},
		{"card and purse", "card and purse", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Accepted, ""}},
			"received calling confirmed sent approved taken advising approved posted done", payment.Paid},
		{"card and purse, not taken in the end", "card and purse", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Refused, payment.InDoubt}, {payment.StandsVoid, payment.UndoneAtBank}},
			"received calling confirmed sent approved taken advising doubt undone voided done", payment.UndoneAtBank},
		{"card, and the purse is short", "card and purse", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.PurseShort}, {payment.Reversed, payment.UndoneAtBank}},
			"received calling confirmed sent unknown reversing undone voided done", payment.UndoneAtBank},
		{"card and purse, accepted by the shop", "card and purse offered", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Agree, ""}, {payment.Accepted, ""}},
			"received calling confirmed sent approved taken offered agreed advising approved posted done", payment.Paid},
		{"card and purse, turned down by the shop", "card and purse offered", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.TurnDown, payment.TurnedDown}},
			"received calling confirmed sent approved taken offered released voided done", payment.TurnedDown},
		{"bill", "bill", []event{{payment.Ordered, ""}, {payment.PINRight, ""}},
			"received calling confirmed posted done", payment.Paid},
		{"bill that the biller accepts", "bill waited for", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Accepted, ""}},
			"received calling confirmed advising approved posted done", payment.Paid},
		{"bill that the biller rejects", "bill from a bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Approval, ""}, {payment.Rejected, payment.BillerRefused}},
			"received calling confirmed sent approved taken advising declined returned done", payment.BillerRefused},
		{"stopped in call", "purse", []event{{payment.Ordered, ""}, {payment.Stopped, payment.CalledOff}},
			"received calling voided done", payment.CalledOff},
		{"expired", "purse", []event{{payment.Ordered, ""}, {payment.CallFailed, payment.NoAnswer}, {payment.Expired, payment.TimedOut}},
			"received calling waiting voided done", payment.TimedOut},
		{"locked", "purse", []event{{payment.Ordered, ""}, {payment.PINLocked, payment.LockedOut}},
			"received calling voided done", payment.LockedOut},
		{"not me", "bank", []event{{payment.Ordered, ""}, {payment.NotMe, payment.Disowned}},
			"received calling voided done", payment.Disowned},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := ordered(tt.plan)
			for i, ev := range tt.events {
				if _, err := next(p, ev.kind, ev.reason, i); err != nil {
					t.Fatalf("%s: %v", ev.kind, err)
				}
			}
			var states []string
			for _, s := range p.Steps {
				states = append(states, string(s.State))
			}
			if got := strings.Join(states, " "); got != tt.states || p.Reason != tt.reason {
				t.Errorf("went %s (%s)\nwant %s (%s)", got, p.Reason, tt.states, tt.reason)
			}
		})
	}
}

// TestALateEventChangesNothing: a bank's answer after the reversal was queued,
// a right PIN after NO.
func TestALateEventChangesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		state payment.State
		kind  payment.EventKind
	}{
		{payment.Reversing, payment.Approval}, {payment.Reversing, payment.Decline}, {payment.Unknown, payment.Approval},
		{payment.Done, payment.PINRight}, {payment.Done, payment.Stopped}, {payment.Sent, payment.Stopped},
		{payment.Doubt, payment.Approval}, {payment.Doubt, payment.Decline}, {payment.Doubt, payment.Overdue}, {payment.Doubt, payment.Expired},
		{payment.Done, payment.Reversed}, {payment.Done, payment.Overdue}, {payment.Done, payment.StandsPaid}, {payment.Done, payment.StandsVoid},
		{payment.Sent, payment.StandsPaid}, {payment.Sent, payment.Overdue}, {payment.Calling, payment.StandsPaid}, {payment.Waiting, payment.StandsVoid},
		{payment.Authorized, payment.Expired}, {payment.Authorized, payment.Stopped}, {payment.Authorized, payment.Approval}, {payment.Done, payment.Capture},
		{payment.Sent, payment.PINRight}, {payment.Waiting, payment.PINRight}, {payment.Posted, payment.Expired},
	} {
		p := &payment.Payment{State: tt.state, Steps: []payment.Step{{At: at(0), State: tt.state}}}
		effects, err := next(p, tt.kind, "", 1)
		if !errors.Is(err, payment.ErrLate) || len(effects) != 0 || p.State != tt.state || len(p.Steps) != 1 {
			t.Errorf("%s in %s: %v, %v, now %s", tt.kind, tt.state, effects, err, p.State)
		}
	}
}

// TestAnEventNamesItsRequest: what is about another request than the last one, or does
// not say which it is about, comes too late.
func TestAnEventNamesItsRequest(t *testing.T) {
	t.Parallel()
	p := ordered("two banks")
	for i, kind := range []payment.EventKind{payment.Ordered, payment.PINRight, payment.Approval} {
		if _, err := next(p, kind, "", i); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []payment.EventKind{payment.Approval, payment.Decline, payment.Silence} {
		for _, no := range []uint64{0, 1, 3} {
			if _, err := payment.Next(p, payment.Event{Kind: kind, Request: no, At: at(9)}); !errors.Is(err, payment.ErrLate) {
				t.Errorf("%s of request %d: %v", kind, no, err)
			}
		}
	}
	if !p.Approved(1) || p.Approved(2) || p.State != payment.Sent {
		t.Errorf("%s: request 1 approved %t, 2 %t", p.State, p.Approved(1), p.Approved(2))
	}
}

// TestOnlyAnAdviceIsAccepted: what is reversed and what is repeated have different ends, and
// a bank's answer to the one is never taken for an answer to the other.
func TestOnlyAnAdviceIsAccepted(t *testing.T) {
	t.Parallel()
	brought := func(plan string, kinds ...payment.EventKind) *payment.Payment {
		p := ordered(plan)
		for i, kind := range kinds {
			if _, err := next(p, kind, "", i); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	to := func(plan string, kinds ...payment.EventKind) func() *payment.Payment {
		return func() *payment.Payment {
			return brought(plan, append([]payment.EventKind{payment.Ordered, payment.PINRight}, kinds...)...)
		}
	}
	for name, tt := range map[string]struct {
		at   func() *payment.Payment
		late []payment.EventKind
	}{
		"a debit":              {to("bank"), []payment.EventKind{payment.Accepted, payment.Refused, payment.Rejected}},
		"a debit in doubt":     {to("bank", payment.Silence, payment.Overdue), []payment.EventKind{payment.Accepted, payment.Rejected}},
		"an authorization":     {to("card"), []payment.EventKind{payment.Accepted, payment.Refused, payment.Rejected}},
		"a completion":         {to("card at once", payment.Approval), []payment.EventKind{payment.Approval, payment.Decline, payment.Silence, payment.Rejected, payment.Reversed, payment.Release, payment.Capture}},
		"a completion refused": {to("card at once", payment.Approval, payment.Refused), []payment.EventKind{payment.Approval, payment.Decline, payment.Reversed, payment.Rejected, payment.Refused}},
		"a biller":             {to("bill waited for"), []payment.EventKind{payment.Approval, payment.Decline, payment.Silence, payment.Refused, payment.Stopped, payment.Expired}},
		"captured already":     {to("card", payment.Approval, payment.Capture), []payment.EventKind{payment.Release, payment.Capture, payment.Expired}},
		"released already":     {to("card", payment.Approval, payment.Release), []payment.EventKind{payment.Capture, payment.Approval, payment.Accepted}},
	} {
		for _, kind := range tt.late {
			p := tt.at()
			was := p.State
			if effects, err := next(p, kind, "", 9); !errors.Is(err, payment.ErrLate) || len(effects) > 0 || p.State != was {
				t.Errorf("%s: %s: %v, now %s", name, kind, err, p.State)
			}
		}
	}
}

// TestCapture: at most what was held, before the deadline, and the deadline counts
// from the moment at which it was held.
func TestCapture(t *testing.T) {
	t.Parallel()
	waits := func() *payment.Payment {
		p := ordered("amount later")
		p.Deadline = at(30)
		for i, kind := range []payment.EventKind{payment.Ordered, payment.PINRight} {
			if _, err := next(p, kind, "", i); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	if p := waits(); p.Reason != payment.SetAside || !p.Deadline.Equal(at(1).Add(week)) {
		t.Errorf("%s until %v", p.Reason, p.Deadline)
	}
	for name, tt := range map[string]struct {
		change func(ev *payment.Event)
		want   error
	}{
		"half": {func(*payment.Event) {}, nil},
		"all of it": {func(ev *payment.Event) {
			ev.Amounts = payment.Amounts{Captured: []money.Amount{100, 40}, Charged: 100, Received: 60, Fee: 40}
		}, nil},
		"nothing of one leg": {func(ev *payment.Event) {
			ev.Amounts.Captured[0], ev.Amounts.Captured[1], ev.Amounts.Fee = 30, 0, 0
			ev.Amounts.Charged, ev.Amounts.Received = 30, 30
		}, nil},
		"a fee that no leg moves":    {func(ev *payment.Event) { ev.Amounts.Captured[1] = 0 }, payment.ErrCapture},
		"charged less than is taken": {func(ev *payment.Event) { ev.Amounts.Charged-- }, payment.ErrCapture},
		"a tax of nowhere":           {func(ev *payment.Event) { ev.Amounts.Tax = 1 }, payment.ErrCapture},
		"just before the end":        {func(ev *payment.Event) { ev.At = at(1).Add(week - 1) }, nil},
		"at the end":                 {func(ev *payment.Event) { ev.At = at(1).Add(week) }, payment.ErrLate},
		"more than was held":         {func(ev *payment.Event) { ev.Amounts.Captured[0] = 101 }, payment.ErrCapture},
		"less than nothing":          {func(ev *payment.Event) { ev.Amounts.Captured[0] = -1 }, payment.ErrCapture},
		"a leg too few":              {func(ev *payment.Event) { ev.Amounts.Captured = ev.Amounts.Captured[:1] }, payment.ErrCapture},
		"charged more":               {func(ev *payment.Event) { ev.Amounts.Charged = 101 }, payment.ErrCapture},
		"got more":                   {func(ev *payment.Event) { ev.Amounts.Received = 101 }, payment.ErrCapture},
		"got less than nothing":      {func(ev *payment.Event) { ev.Amounts.Received = -1 }, payment.ErrCapture},
		"a fee of nowhere":           {func(ev *payment.Event) { ev.Amounts.Fee++ }, payment.ErrCapture},
		"a gift of nowhere":          {func(ev *payment.Event) { ev.Amounts.Discount = 1 }, payment.ErrCapture},
		"nothing of any leg":         {func(ev *payment.Event) { ev.Amounts.Captured = []money.Amount{0, 0} }, payment.ErrCapture},
		"charged nothing":            {func(ev *payment.Event) { ev.Amounts.Charged = 0 }, payment.ErrCapture},
		"in another currency":        {func(ev *payment.Event) { ev.Amounts.Currency = "USD" }, nil}, // it stays what it is
		"of another ordered sum":     {func(ev *payment.Event) { ev.Amounts.Ordered = 5 }, nil},
	} {
		p := waits()
		before := *p
		ev := payment.Event{Kind: payment.Capture, At: at(2), Amounts: half(p)}
		tt.change(&ev)
		_, err := payment.Next(p, ev)
		switch {
		case !errors.Is(err, tt.want):
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		case err != nil && !reflect.DeepEqual(*p, before):
			t.Errorf("%s: refused, and changed: %+v", name, p)
		case err == nil && (p.State != payment.Done || p.Moves(0) != ev.Amounts.Captured[0] || p.Charged != ev.Amounts.Charged || p.Currency != "CNY" || p.Ordered != before.Ordered):
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestTheWordOfAPayee counts until the deadline, which is part of the payment, and its
// silence afterwards. Whatever comes second changes nothing.
func TestTheWordOfAPayee(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		ev     payment.Event
		after  time.Duration // since it was offered
		state  payment.State
		reason payment.Reason
		late   bool
	}{
		{"accepts", payment.Event{Kind: payment.Agree}, 9 * time.Second, payment.Advising, payment.SetAside, false},
		{"accepts too late", payment.Event{Kind: payment.Agree}, 10 * time.Second, payment.Offered, "", true},
		{"refuses", payment.Event{Kind: payment.TurnDown, Reason: payment.TurnedDown}, 0, payment.Done, payment.TurnedDown, false},
		{"refuses too late", payment.Event{Kind: payment.TurnDown, Reason: payment.TurnedDown}, 11 * time.Second, payment.Offered, "", true},
		{"says nothing, which accepts", payment.Event{Kind: payment.Agree, Reason: payment.NoWord}, 10 * time.Second, payment.Advising, payment.SetAside, false},
		{"says nothing, which refuses", payment.Event{Kind: payment.TurnDown, Reason: payment.NoWord}, 10 * time.Second, payment.Done, payment.NoWord, false},
		{"says nothing, and the order's time ends", payment.Event{Kind: payment.Expired, Reason: payment.TimedOut}, time.Hour, payment.Offered, "", true},
		{"is not asked about the amount yet", payment.Event{Kind: payment.Release, Reason: payment.TimedOut}, time.Second, payment.Offered, "", true},
	} {
		p := ordered("card offered")
		for i, kind := range []payment.EventKind{payment.Ordered, payment.PINRight, payment.Approval} {
			if _, err := next(p, kind, "", i); err != nil {
				t.Fatal(err)
			}
		}
		if p.State != payment.Offered || !p.Deadline.Equal(at(2).Add(10*time.Second)) {
			t.Fatalf("%s until %v", p.State, p.Deadline)
		}
		ev := tt.ev
		ev.At = at(2).Add(tt.after)
		effects, err := payment.Next(p, ev)
		if (err != nil) != tt.late || tt.late && !errors.Is(err, payment.ErrLate) || p.State != tt.state || p.Reason != tt.reason {
			t.Errorf("%s: %s, %s, %v", tt.name, p.State, p.Reason, err)
		}
		if released := count(effects, payment.ReleaseAuth); (released == 1) != (p.State == payment.Done) {
			t.Errorf("%s: released %d times", tt.name, released)
		}
		if tt.late {
			continue
		}
		for _, second := range []payment.EventKind{payment.Agree, payment.TurnDown} {
			if _, err := payment.Next(p, payment.Event{Kind: second, Reason: payment.NoWord, At: ev.At}); !errors.Is(err, payment.ErrLate) {
				t.Errorf("%s, and then: %s", tt.name, second)
			}
		}
	}
}

// TestPlansAreChecked: what could lose or double money is refused before anything is held.
func TestPlansAreChecked(t *testing.T) {
	t.Parallel()
	for name, plan := range plans() {
		if err := plan.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, spoil := range map[string]func(p *payment.Plan){
		"no legs": func(p *payment.Plan) { p.Legs = nil },
		"too many legs for their holds": func(p *payment.Plan) {
			p.Legs = slices.Repeat(p.Legs[:1], 33)
			p.Asks, p.Capture = nil, week
			last(p.Legs)
		},
		"a leg of nothing":            func(p *payment.Plan) { p.Legs[0].Amount = 0 },
		"from an account to itself":   func(p *payment.Plan) { p.Legs[0].To = p.Legs[0].From },
		"a leg that is never posted":  func(p *payment.Plan) { p.Legs[2].PostedAt = 4 },
		"posted before the PIN":       func(p *payment.Plan) { p.Legs[0].PostedAt = payment.AtOrder },
		"held after it is posted":     func(p *payment.Plan) { p.Legs[0].HeldAt = 2 },
		"not held before a bank pays": func(p *payment.Plan) { p.Legs[2].Held = false },
		"in transit with no way back": func(p *payment.Plan) { p.Back = 0 },
		"back to where it is":         func(p *payment.Plan) { p.Back = p.Legs[0].To },
		"a request without a bank":    func(p *payment.Plan) { p.Asks[0].Bank = "" },
		"without an account":          func(p *payment.Plan) { p.Asks[1].Account = 0 },
		"of an unknown kind":          func(p *payment.Plan) { p.Asks[1].Kind = "gift" },
		"for nothing":                 func(p *payment.Plan) { p.Asks[0].Amount = 0 },
		"a part of what a bank pays":  func(p *payment.Plan) { p.Capture = week },
		"paid out before all agree":   func(p *payment.Plan) { p.Asks[0].Kind, p.Legs[0].To = payment.Credit, 7 },
		"more than the legs move":     func(p *payment.Plan) { p.Asks[0].Amount = 101 },
		"paid and not in the books": func(p *payment.Plan) {
			p.Legs = []payment.Leg{p.Legs[0], p.Legs[2]}
			p.Legs[0].PostedAt, p.Asks[1].Kind = 3, payment.Debit
		},
		"moved on early": func(p *payment.Plan) {
			p.Legs = append(p.Legs, payment.Leg{From: 2, To: 9, Amount: 100, Held: true, PostedAt: 2})
		},
		"points in transit":  func(p *payment.Plan) { p.Legs[0].Currency = "PTS" },
		"less out than in":   func(p *payment.Plan) { p.Legs[0].Amount, p.Asks[0].Amount = 101, 101 },
		"left behind at all": func(p *payment.Plan) { p.Legs[1].From, p.Legs[1].HeldAt = 8, 0 },
	} {
		plan := plans()["two banks"]
		spoil(&plan)
		if plan.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestPlansThatAdviseAreChecked: what a bank holds is taken or released, once and in its
// order, and nothing is posted before the bank has taken it.
func TestPlansThatAdviseAreChecked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		plan  string
		spoil func(p *payment.Plan)
	}{
		"set aside and never taken":         {"card", func(p *payment.Plan) { p.Asks = p.Asks[:1]; postAt(p, 3) }},
		"set aside, and debited besides":    {"card at once", func(p *payment.Plan) { p.Asks[1].Kind = payment.Debit }},
		"taken and never set aside":         {"card at once", func(p *payment.Plan) { p.Asks = p.Asks[1:]; postAt(p, 2) }},
		"taken before it is set aside":      {"card at once", func(p *payment.Plan) { p.Asks[0], p.Asks[1] = p.Asks[1], p.Asks[0] }},
		"taken after a debit":               {"card at once", func(p *payment.Plan) { p.Asks[0].Kind = payment.Debit }},
		"taken twice":                       {"card at once", func(p *payment.Plan) { p.Asks = append(p.Asks, p.Asks[1]); postAt(p, 4) }},
		"set aside twice":                   {"card at once", func(p *payment.Plan) { p.Asks = append(p.Asks[:1:1], p.Asks[0], p.Asks[1]); postAt(p, 4) }},
		"more taken than set aside":         {"card", func(p *payment.Plan) { p.Asks[1].Amount++; p.Legs[0].Amount++ }},
		"less taken than set aside":         {"card", func(p *payment.Plan) { p.Asks[1].Amount--; p.Legs[0].Amount-- }},
		"taken at another bank":             {"card", func(p *payment.Plan) { p.Asks[1].Bank = "boc" }},
		"taken from another account":        {"card", func(p *payment.Plan) { p.Asks[1].Account = 8 }},
		"taken in another currency":         {"card", func(p *payment.Plan) { p.Asks[1].Currency = "USD" }},
		"taken into no account of ours":     {"card", func(p *payment.Plan) { p.Asks[1].From = 0 }},
		"more in the books than taken":      {"card", func(p *payment.Plan) { p.Legs[0].Amount++ }},
		"posted before the bank takes it":   {"card at once", func(p *payment.Plan) { p.Legs[0].PostedAt, p.Back = 2, 1 }},
		"posted before the amount is known": {"card", func(p *payment.Plan) { p.Legs[0].PostedAt, p.Back = 2, 1 }},
		"in part, of what is taken at once": {"card at once", func(p *payment.Plan) { p.Partial = true }},
		"a purse for what is taken later":   {"card offered, amount later", func(p *payment.Plan) { p.Split = 1 }},
		"a purse, or as much as there is":   {"card", func(p *payment.Plan) { p.Split = 1 }},
		"a purse for what a bank debits":    {"bank", func(p *payment.Plan) { p.Split = 1 }},
		"a purse without a leg for it": {"card at once", func(p *payment.Plan) {
			p.Split, p.Legs = 1, slices.Repeat(p.Legs, store.TransfersMax/2)
			p.Asks[0].Amount, p.Asks[1].Amount = 3200, 3200
		}},
		"asked about what nobody set aside": {"bank", func(p *payment.Plan) { p.Decision = &payment.Decision{Within: time.Second} }},
		"asked without any time":            {"card offered", func(p *payment.Plan) { p.Decision = &payment.Decision{} }},
		"in part, and nothing set aside":    {"amount later", func(p *payment.Plan) { p.Partial = true }},
		"captured of a debit":               {"bank", func(p *payment.Plan) { p.Capture = week; postAt(p, 3) }},
		"a bank that is waited for twice":   {"bank", func(p *payment.Plan) { p.Asks[0].Waits = true }},
		"a biller told first":               {"bill from a bank", func(p *payment.Plan) { p.Asks[0], p.Asks[1] = p.Asks[1], p.Asks[0] }},
		"a biller told between":             {"bill from a bank", func(p *payment.Plan) { p.Asks[0], p.Asks[1], p.Asks[1].Waits = p.Asks[1], p.Asks[0], false }},
		"a biller waited for after a payout": {"bill from a bank", func(p *payment.Plan) {
			p.Asks[0].Kind, p.Legs[0].From, p.Legs[0].To = payment.Credit, 2, 5
		}},
		"a biller waited for once it is taken": {"card at once", func(p *payment.Plan) { p.Asks = append(p.Asks, bill(true)...); postAt(p, 4) }},
		"a bill of a later amount":             {"amount later", func(p *payment.Plan) { p.Asks = bill(false) }},
		"a bill of nothing":                    {"bill", func(p *payment.Plan) { p.Asks[0].Amount = 0 }},
		"a bill without a number":              {"bill", func(p *payment.Plan) { p.Asks[0].Bill = "" }},
		"a bill for a bank":                    {"bank", func(p *payment.Plan) { p.Asks[0].Bill = "4711" }},
		"a bill of nobody":                     {"bill", func(p *payment.Plan) { p.Asks[0].Bank = "" }},
	} {
		plan := plans()[tt.plan]
		tt.spoil(&plan)
		if plan.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestAmountsAreChecked: what people are told is what the legs move, whichever amount is
// wrong by a single minor unit.
func TestAmountsAreChecked(t *testing.T) {
	t.Parallel()
	for name := range plans() {
		p := ordered(name)
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for what, amount := range map[string]*money.Amount{"charged": &p.Charged, "received": &p.Received, "fee": &p.Fee, "discount": &p.Discount, "tax": &p.Tax} {
			for _, by := range []money.Amount{-1, 1} {
				*amount += by
				if err := p.Check(); err == nil {
					t.Errorf("%s: %s wrong by %d: no error", name, what, by)
				}
				*amount -= by
			}
		}
		for _, wrong := range []money.Amount{-1, p.Fee + 1} {
			p.PayeeFee = wrong
			if err := p.Check(); err == nil {
				t.Errorf("%s: the payee pays %d of %d: no error", name, wrong, p.Fee)
			}
		}
		p.PayeeFee = 0
		p.Plan.Legs = append(p.Plan.Legs, payment.Leg{From: 70, To: 71, Amount: 9, Currency: "PTS", Code: payment.CodeFee, Held: true, PostedAt: p.Plan.Last()})
		if err := p.Check(); err != nil {
			t.Errorf("%s, with points: %v", name, err)
		}
		p.Plan.Legs[len(p.Plan.Legs)-1].Currency = p.Currency
		if err := p.Check(); err == nil {
			t.Errorf("%s, with a leg that nobody is told of: no error", name)
		}
	}
}

// postAt has all legs posted at a stage.
func postAt(p *payment.Plan, stage payment.Stage) {
	for i := range p.Legs {
		p.Legs[i].PostedAt = stage
	}
}

// last has legs posted at the end of a plan whose amount is known later.
func last(legs []payment.Leg) {
	for i := range legs {
		legs[i].PostedAt = payment.AtConfirm + 1
	}
}

// TestAsManyLegsAsOneCmdTakes: of the greatest plan each leg can be posted in part and
// given back in part at once.
func TestAsManyLegsAsOneCmdTakes(t *testing.T) {
	t.Parallel()
	plan := plans()["amount later"]
	plan.Legs = slices.Repeat(plan.Legs[:1], store.TransfersMax/2)
	if err := plan.Check(); err != nil {
		t.Error(err)
	}
	plan.Legs = append(plan.Legs, plan.Legs[0])
	if plan.Check() == nil {
		t.Error("a plan whose end does not fit into one Cmd")
	}
}

func count(effects []payment.Effect, f payment.Effect) int {
	n := 0
	for _, e := range effects {
		if e == f {
			n++
		}
	}
	return n
}

func TestTheDiagramInThePackageCommentIsTheTable(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var drawn []string
	for _, line := range strings.Split(file.Doc.Text(), "\n") {
		if strings.HasPrefix(line, "\t") {
			drawn = append(drawn, strings.TrimSpace(line))
		}
	}
	want := strings.Split(strings.TrimSpace(payment.Diagram()), "\n")
	for i := range want {
		want[i] = strings.TrimSpace(want[i])
	}
	if !slices.Equal(drawn, want) {
		t.Errorf("doc.go draws another machine; it should be:\n%s", payment.Diagram())
	}
}

func TestSTANRunsThroughSixDigits(t *testing.T) {
	t.Parallel()
	for no, want := range map[uint64]uint32{1: 1, 2: 2, 999_999: 999_999, 1_000_000: 1, 1_999_999: 1} {
		if got := payment.STAN(no); got != want {
			t.Errorf("STAN(%d) = %d, want %d", no, got, want)
		}
	}
}

// TestTwoAccountsAtOneBank: a bank that pays in and out moves as much as two banks do.
func TestTwoAccountsAtOneBank(t *testing.T) {
	t.Parallel()
	p := ordered("two banks")
	from, to := p.Plan.Legs[0].From, p.Plan.Legs[len(p.Plan.Legs)-1].To
	for i := range p.Plan.Legs {
		if p.Plan.Legs[i].To == to {
			p.Plan.Legs[i].To = from
		}
	}
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	p.Charged--
	if err := p.Check(); err == nil {
		t.Error("charged less than the legs take: no error")
	}
}
