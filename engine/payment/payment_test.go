package payment_test

import (
	"errors"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/payment"
)

func at(second int) time.Time { return time.Date(2026, 11, 22, 8, 0, second, 0, time.UTC) }

// plans are one plan of each kind that the machine tells apart.
func plans() map[string]payment.Plan {
	return map[string]payment.Plan{
		"purse": {Product: payment.MPurse},
		"free":  {Product: payment.MPurse, Free: true},
		"bank":  {Product: payment.MDebit, Asks: []payment.Ask{{Bank: "icbc"}}},
	}
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
			"received calling confirmed sent unknown reversing voided done", payment.UndoneAtBank},
		{"bank in doubt, then 00", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.Reversed, payment.UndoneAtBank}},
			"received calling confirmed sent unknown reversing doubt voided done", payment.UndoneAtBank},
		{"bank in doubt, resolved as paid", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.StandsPaid, ""}},
			"received calling confirmed sent unknown reversing doubt approved posted done", payment.Paid},
		{"bank in doubt, resolved as reversed", "bank", []event{{payment.Ordered, ""}, {payment.PINRight, ""}, {payment.Silence, payment.BankSilent}, {payment.Overdue, payment.InDoubt}, {payment.StandsVoid, payment.UndoneAtBank}},
			"received calling confirmed sent unknown reversing doubt voided done", payment.UndoneAtBank},
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
			p := &payment.Payment{Plan: plans()[tt.plan]}
			for i, ev := range tt.events {
				if _, err := payment.Next(p, payment.Event{Kind: ev.kind, Reason: ev.reason, At: at(i)}); err != nil {
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
		{payment.Sent, payment.PINRight}, {payment.Waiting, payment.PINRight}, {payment.Posted, payment.Expired},
	} {
		p := &payment.Payment{State: tt.state, Steps: []payment.Step{{At: at(0), State: tt.state}}}
		effects, err := payment.Next(p, payment.Event{Kind: tt.kind, At: at(1)})
		if !errors.Is(err, payment.ErrLate) || len(effects) != 0 || p.State != tt.state || len(p.Steps) != 1 {
			t.Errorf("%s in %s: %v, %v, now %s", tt.kind, tt.state, effects, err, p.State)
		}
	}
}

// TestMoneyMovesOnceOrIsGivenBackOnce throws events at random: whatever comes,
// a payment ends with exactly one of the two, and the subscriber is released.
func TestMoneyMovesOnceOrIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	kinds := []payment.EventKind{payment.PINRight, payment.CallFailed, payment.PINLocked, payment.NotMe, payment.Stopped,
		payment.Expired, payment.Again, payment.Approval, payment.Decline, payment.Silence, payment.Reversed,
		payment.Overdue, payment.StandsPaid, payment.StandsVoid}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"purse", "free", "bank"}).Draw(t, "plan")
		p := &payment.Payment{Plan: plans()[name]}
		all, err := payment.Next(p, payment.Event{Kind: payment.Ordered, At: at(0)})
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 40).Draw(t, "events") {
			effects, err := payment.Next(p, payment.Event{Kind: rapid.SampledFrom(kinds).Draw(t, "event"), At: at(1)})
			if err == nil {
				all = append(all, effects...)
			}
		}
		moved, given := count(all, payment.Post), count(all, payment.VoidHolds)
		if moved+given > 1 {
			t.Fatalf("moved %d times, given back %d times: %v", moved, given, all)
		}
		if p.State == payment.Done && (moved+given != 1 || count(all, payment.ClearOpenOrder) < 1) {
			t.Fatalf("done, moved %d, given back %d: %v", moved, given, all)
		}
		if name == "bank" && moved == 1 && !p.Passed(payment.Approved) {
			t.Fatal("a bank payment moved money without an approval")
		}
	})
}

// TestEveryPath walks every path of the table, to its end: the money has moved
// once or was given back once, and a doubt ends by the bank's word or by people.
func TestEveryPath(t *testing.T) {
	t.Parallel()
	kinds := []payment.EventKind{payment.PINRight, payment.PINLocked, payment.NotMe, payment.Stopped, payment.Expired, payment.Approval,
		payment.Decline, payment.Silence, payment.Reversed, payment.Overdue, payment.StandsPaid, payment.StandsVoid}
	ends, doubts := 0, 0
	var walk func(p payment.Payment, all []payment.Effect)
	walk = func(p payment.Payment, all []payment.Effect) {
		for _, kind := range kinds {
			next := p
			next.Steps = slices.Clone(p.Steps)
			effects, err := payment.Next(&next, payment.Event{Kind: kind, At: at(1)})
			if err != nil {
				continue
			}
			if p.State == payment.Doubt {
				doubts++
				if kind != payment.Reversed && kind != payment.StandsPaid && kind != payment.StandsVoid {
					t.Errorf("%s ends a doubt", kind)
				}
			}
			so := append(slices.Clone(all), effects...)
			if next.State != payment.Done {
				walk(next, so)
				continue
			}
			ends++
			moved, given := count(so, payment.Post), count(so, payment.VoidHolds)
			if moved+given != 1 || (moved == 1) != next.Passed(payment.Posted) || count(so, payment.ClearOpenOrder) == 0 {
				t.Errorf("%s: moved %d, given back %d", kind, moved, given)
			}
		}
	}
	for _, plan := range plans() {
		p := payment.Payment{Plan: plan}
		effects, err := payment.Next(&p, payment.Event{Kind: payment.Ordered, At: at(0)})
		if err != nil {
			t.Fatal(err)
		}
		walk(p, effects)
	}
	if ends < 15 || doubts != 3 {
		t.Errorf("%d ends, %d ways out of a doubt", ends, doubts)
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
