package payment_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// tally is a ledger that does what the effects of a payment ask for, as the engine does.
// What the outside world pays from is without a limit; nothing else falls below zero.
type tally struct {
	p      *payment.Payment
	posted map[store.AccountID]money.Amount
	legs   []payment.LegState
}

const world store.AccountID = 1000 // accounts from here on are the outside world

// do applies the effects of one step.
func (l *tally) do(t *rapid.T, effects []payment.Effect) {
	p := l.p
	l.legs = append(l.legs, make([]payment.LegState, len(p.Plan.Legs)-len(l.legs))...) // those of a purse that pays the rest
	for _, effect := range effects {
		switch effect {
		case payment.HoldMoney:
			l.hold(t, payment.AtOrder)
		case payment.Take:
			l.post(t, p.Stage())
			l.hold(t, p.Stage())
		case payment.Post:
			l.post(t, p.Plan.Last())
		case payment.VoidHolds:
			for i, state := range l.legs {
				if state == payment.LegHeld {
					l.legs[i] = payment.LegVoided
				}
			}
		case payment.HandBack:
			for i, state := range l.legs {
				if leg := p.Plan.Legs[i]; state == payment.LegPosted {
					l.move(t, leg.To, p.Plan.Back, leg.Amount)
					l.legs[i] = payment.LegReturned
				}
			}
		}
	}
}

func (l *tally) hold(t *rapid.T, stage payment.Stage) {
	for i, leg := range l.p.Plan.Legs {
		if !leg.Held || leg.HeldAt != stage {
			continue
		}
		if l.legs[i] != payment.LegPlanned {
			t.Fatalf("leg %d is held when it is %d", i, l.legs[i])
		}
		l.legs[i] = payment.LegHeld
		if leg.From < world && l.available(leg.From) < 0 {
			t.Fatalf("leg %d holds what account %d does not have", i, leg.From)
		}
	}
}

// available is what is left of an account once what is held has gone.
func (l *tally) available(id store.AccountID) money.Amount {
	left := l.posted[id]
	for i, leg := range l.p.Plan.Legs {
		if leg.From == id && l.legs[i] == payment.LegHeld {
			left -= leg.Amount
		}
	}
	return left
}

func (l *tally) post(t *rapid.T, stage payment.Stage) {
	for i, leg := range l.p.Plan.Legs {
		if leg.PostedAt != stage {
			continue
		}
		if l.legs[i] != map[bool]payment.LegState{true: payment.LegHeld, false: payment.LegPlanned}[leg.Held] {
			t.Fatalf("leg %d is posted when it is %d", i, l.legs[i])
		}
		l.legs[i] = payment.LegPosted
		l.move(t, leg.From, leg.To, l.p.Moves(i))
	}
}

func (l *tally) move(t *rapid.T, from, to store.AccountID, amount money.Amount) {
	l.posted[from] -= amount
	l.posted[to] += amount
	if from < world && l.posted[from] < 0 {
		t.Fatalf("account %d falls to %d", from, l.posted[from])
	}
}

// agrees compares the ledger with what the payment says of its legs.
func (l *tally) agrees(t *rapid.T) {
	for i := range l.p.Plan.Legs {
		if got := l.p.Leg(i); got != l.legs[i] {
			t.Fatalf("%s: leg %d is %d, and the payment says %d", l.p.State, i, l.legs[i], got)
		}
	}
}

// addUp compares what a payment that is made says that each side paid and got with the
// ledger: what was taken from the outside world, and what each leg of a fee brought.
func (l *tally) addUp(t *rapid.T) {
	var taken, fee, discount money.Amount
	for i, leg := range l.p.Plan.Legs {
		switch leg.Code {
		case payment.CodeFee, payment.CodeTax:
			fee += l.p.Moves(i)
		case payment.CodeDiscount:
			discount += l.p.Moves(i)
		}
	}
	for _, balance := range l.posted {
		taken -= min(0, balance)
	}
	if a := l.p.Amounts; taken != a.Charged+a.Discount || taken != a.Received+a.Fee || fee != a.Fee || discount != a.Discount {
		t.Fatalf("the ledger took %d, with a fee of %d and a discount of %d, and the payment says %+v", taken, fee, discount, a)
	}
}

// banks compares what the books say that each bank has moved with its approvals.
func (l *tally) banks(t *rapid.T) {
	for i, ask := range l.p.Plan.Asks {
		want := money.Amount(0)
		switch approved := i < len(l.p.Requests) && l.p.Approved(l.p.Requests[i]); {
		case approved && ask.Kind.Takes():
			want = -l.p.AskAmount(i)
		case approved && ask.Kind.Pays():
			want = ask.Amount
		}
		if got := l.posted[bankOf(i)]; got != want {
			t.Fatalf("%s: bank %d has moved %d by the books, and %d by its answers", l.p.State, i, got, want)
		}
	}
}

// anyPlan draws a plan of any shape: direct legs, chains through transit, requests to
// banks or an amount that is known later. What bank i moves leaves or enters bankOf(i).
func anyPlan(t *rapid.T) payment.Plan {
	plan := payment.Plan{Product: payment.MP2P, PINExempt: rapid.Bool().Draw(t, "exempt"), Back: 500}
	plan.Asks = anyAsks(t)
	setAside := len(plan.Asks) > 0 && plan.Asks[0].Kind == payment.PreAuth
	if (len(plan.Asks) == 0 || setAside && len(plan.Asks) == 2) && rapid.Bool().Draw(t, "capture") {
		plan.Capture = week
		plan.Partial = setAside && rapid.Bool().Draw(t, "partial")
	}
	if setAside && plan.Capture == 0 && rapid.Bool().Draw(t, "split") {
		plan.Split = world + 45
	}
	if setAside && rapid.Bool().Draw(t, "offered") {
		plan.Decision = &payment.Decision{Within: week, Accepts: rapid.Bool().Draw(t, "silence accepts")}
	}
	last := plan.Last()
	amount := rapid.Map(rapid.Int64Range(1, 1000), func(n int64) money.Amount { return money.Amount(n) })
	for i := range rapid.IntRange(1, 3).Draw(t, "direct legs") {
		plan.Legs = append(plan.Legs, payment.Leg{From: world + store.AccountID(i), To: store.AccountID(i + 1), Amount: amount.Draw(t, "amount"),
			Code: rapid.SampledFrom([]uint16{payment.CodePay, payment.CodeFee, payment.CodeTax, payment.CodeDiscount}).Draw(t, "code"),
			Held: last > payment.AtConfirm || rapid.Bool().Draw(t, "held"), PostedAt: last})
	}
	if setAside {
		sum := amount.Draw(t, "set aside")
		plan.Asks[0].Amount, plan.Asks[1].Amount = sum, sum
		plan.Legs = append(plan.Legs, payment.Leg{From: bankOf(1), To: 10, Amount: sum, Held: true, PostedAt: last})
	}
	if plan.Capture > 0 || setAside {
		return plan
	}
	chain := func(from, transit store.AccountID, sum money.Amount, middle payment.Stage) {
		plan.Legs = append(plan.Legs,
			payment.Leg{From: from, To: transit, Amount: sum, Held: true, PostedAt: middle},
			payment.Leg{From: transit, To: world + transit, Amount: sum, Held: true, HeldAt: middle, PostedAt: last})
	}
	for i := range plan.Asks {
		ask, stage := &plan.Asks[i], payment.AtConfirm+1+payment.Stage(i)
		ask.Amount = amount.Draw(t, "asked")
		switch {
		case ask.Kind == payment.Notify:
		case stage < last:
			chain(bankOf(i), store.AccountID(100+i), ask.Amount, stage)
		case ask.Kind == payment.Debit:
			plan.Legs = append(plan.Legs, payment.Leg{From: bankOf(i), To: 10, Amount: ask.Amount, Held: true, PostedAt: last})
		default:
			plan.Legs = append(plan.Legs, payment.Leg{From: world + 40, To: bankOf(i), Amount: ask.Amount, Held: true, PostedAt: last})
		}
	}
	if last > payment.AtConfirm && rapid.Bool().Draw(t, "held late") {
		plan.Legs = append(plan.Legs, payment.Leg{From: world + 42, To: 11, Amount: amount.Draw(t, "late"), Held: true,
			HeldAt: payment.Stage(rapid.IntRange(0, int(last)-1).Draw(t, "held at")), PostedAt: last})
	}
	if last > payment.AtConfirm && rapid.Bool().Draw(t, "chain") {
		chain(world+41, 110, amount.Draw(t, "sum"), payment.AtConfirm)
	}
	return plan
}

// anyAsks draws requests: debits, of which the last may be another kind, or what a bank
// holds and its completion; and billers, whom the payment may wait for.
func anyAsks(t *rapid.T) []payment.Ask {
	var all []payment.Ask
	setAside, bills := rapid.IntRange(0, 3).Draw(t, "set aside") == 0, rapid.IntRange(0, 2).Draw(t, "bills")
	if setAside {
		all = card()
		all[1].From = bankOf(1)
	} else {
		kinds := slices.Repeat([]payment.Kind{payment.Debit}, rapid.IntRange(0, 3).Draw(t, "asks"))
		if n := len(kinds); n > 0 {
			kinds[n-1] = rapid.SampledFrom([]payment.Kind{payment.Debit, payment.Credit, payment.Refund}).Draw(t, "last")
		}
		all = asks(kinds...)
	}
	for i := range bills {
		pays := len(all) > 0 && all[len(all)-1].Kind.Pays()
		all = append(all, bill(i == 0 && !setAside && !pays && rapid.Bool().Draw(t, "waits"))...)
	}
	return all
}

// bankOf is the account of the bank that is asked as number i.
func bankOf(i int) store.AccountID { return world + 50 + store.AccountID(i) }

// onward are the events that bring a payment on from a state. Drawn evenly from all events,
// few payments would come as far as their second bank. It is never written to.
var onward = map[payment.State][]payment.EventKind{
	payment.Calling:    {payment.PINRight, payment.PINRight, payment.CallFailed},
	payment.Waiting:    {payment.Again},
	payment.Sent:       {payment.Approval, payment.Approval, payment.Decline, payment.Silence},
	payment.Reversing:  {payment.Reversed, payment.Overdue, payment.StandsPaid, payment.StandsVoid},
	payment.Advising:   {payment.Accepted, payment.Accepted, payment.Refused, payment.Rejected, payment.Overdue, payment.StandsPaid, payment.StandsVoid},
	payment.Doubt:      {payment.Reversed, payment.StandsPaid, payment.StandsVoid, payment.Accepted, payment.Rejected},
	payment.Authorized: {payment.Capture, payment.Release},
	payment.Offered:    {payment.Agree, payment.Agree, payment.TurnDown},
}

// TestEveryShapeOfPlan throws events at payments by plans of every shape. Money moves once
// or comes back once, no hold is left over, nothing is in transit at the end, nothing counts
// as paid that was not posted, and each request that was approved before is left alone.
func TestEveryShapeOfPlan(t *testing.T) {
	t.Parallel()
	kinds := []payment.EventKind{payment.PINRight, payment.CallFailed, payment.PINLocked, payment.NotMe, payment.Stopped,
		payment.Expired, payment.Again, payment.Approval, payment.Decline, payment.Silence, payment.Reversed,
		payment.Overdue, payment.StandsPaid, payment.StandsVoid, payment.Capture, payment.Release,
		payment.Accepted, payment.Refused, payment.Rejected, payment.Agree, payment.TurnDown}
	rapid.Check(t, func(t *rapid.T) {
		plan := anyPlan(t)
		p := &payment.Payment{Plan: plan, Amounts: amountsOf(&plan, nil)}
		if err := p.Check(); p.Received >= 0 && p.Charged >= 0 && err != nil {
			t.Fatal(err)
		}
		books := &tally{p: p, posted: make(map[store.AccountID]money.Amount), legs: make([]payment.LegState, len(plan.Legs))}
		effects, err := next(p, payment.Ordered, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		all := effects
		books.do(t, effects)
		books.agrees(t)
		for range rapid.IntRange(0, 40).Draw(t, "events") {
			kind := rapid.SampledFrom(kinds).Draw(t, "event")
			if likely := onward[p.State]; likely != nil && rapid.IntRange(0, 3).Draw(t, "stray") > 0 {
				kind = rapid.SampledFrom(likely).Draw(t, "likely event")
			}
			asked := len(p.Requests)
			effects, err := next(p, kind, "", 1)
			if err != nil {
				continue
			}
			if asked > 0 && count(effects, payment.Reverse) > 0 && (p.Approved(p.Requests[asked-1]) || asked != len(p.Requests)) {
				t.Fatalf("a request that the payment went on from is reversed")
			}
			if count(effects, payment.Reverse) > 0 && p.Plan.Asks[asked-1].Kind.Advice() {
				t.Fatalf("an advice is reversed")
			}
			all = append(all, effects...)
			books.do(t, effects)
			books.agrees(t)
			books.banks(t)
			if err := p.Check(); p.Plan.FromPurse() > 0 && p.Received >= 0 && p.Charged >= 0 && err != nil {
				t.Fatal(err)
			}
		}
		check(t, p, books, all)
	})
}

// check looks at a payment, which may have ended, and at all that was done for it.
func check(t *rapid.T, p *payment.Payment, books *tally, all []payment.Effect) {
	moved, given := count(all, payment.Post), count(all, payment.VoidHolds)
	setAside := p.PreAuth() != 0 && p.Approved(p.PreAuth())
	if released := count(all, payment.ReleaseAuth); released != given && setAside || released > 0 && (!setAside || p.RestsOn(p.PreAuth())) {
		t.Fatalf("%s: what a bank set aside was released %d times, and the rest %d times", p.State, released, given)
	}
	if moved+given > 1 || (p.Reason == payment.Paid) != (moved == 1) || p.Passed(payment.Posted) != (moved == 1) {
		t.Fatalf("moved %d times, given back %d times, %s, %s", moved, given, p.State, p.Reason)
	}
	if p.State != payment.Done {
		return
	}
	approvals, gates, billers := 0, 0, 0
	for i, ask := range p.Plan.Asks {
		if ask.Kind == payment.Notify && !ask.Waits {
			billers++
			continue
		}
		gates++
		if i < len(p.Requests) && p.Approved(p.Requests[i]) {
			approvals++
		}
	}
	if moved+given != 1 || count(all, payment.ClearOpenOrder) == 0 || moved == 1 && approvals != gates || moved == 0 && approvals == gates && approvals > 0 {
		t.Fatalf("done, moved %d, given back %d, %d of %d approvals", moved, given, approvals, gates)
	}
	if told := count(all, payment.Inform); told != moved*min(1, billers) || moved == 1 && len(p.Requests) != len(p.Plan.Asks) {
		t.Fatalf("done, moved %d, and %d billers were told %d times", moved, billers, told)
	}
	var back money.Amount
	for i, leg := range p.Plan.Legs {
		switch state := books.legs[i]; {
		case state == payment.LegHeld, moved == 1 && state != payment.LegPosted, moved == 0 && state == payment.LegPosted:
			t.Fatalf("done, and leg %d is %d", i, state)
		case state == payment.LegReturned:
			back += leg.Amount
		}
	}
	if moved == 1 {
		books.addUp(t)
	}
	for id, amount := range books.posted {
		if id >= 100 && id < 500 && amount != 0 {
			t.Fatalf("done, and %d is in transit", amount)
		}
	}
	if books.posted[p.Plan.Back] != back || (back > 0) != p.Passed(payment.Returned) {
		t.Fatalf("%d came back, %d is there", back, books.posted[p.Plan.Back])
	}
}

// TestEveryPath walks every path of the table from each kind of plan, to its end: a doubt
// ends by the bank's word or by people, and each plan has the ends that it should.
func TestEveryPath(t *testing.T) {
	t.Parallel()
	kinds := []payment.EventKind{payment.PINRight, payment.PINLocked, payment.NotMe, payment.Stopped, payment.Expired, payment.Approval,
		payment.Decline, payment.Silence, payment.Reversed, payment.Overdue, payment.StandsPaid, payment.StandsVoid, payment.Capture, payment.Release,
		payment.Accepted, payment.Refused, payment.Rejected, payment.Agree, payment.TurnDown}
	ends, doubts := make(map[string]int), 0
	var walk func(plan string, p payment.Payment, all []payment.Effect)
	walk = func(plan string, p payment.Payment, all []payment.Effect) {
		for _, kind := range kinds {
			then := p
			then.Steps, then.Requests = append([]payment.Step(nil), p.Steps...), append([]uint64(nil), p.Requests...)
			effects, err := next(&then, kind, "", 1)
			if err != nil {
				continue
			}
			if p.State == payment.Doubt {
				doubts++
				if !slices.Contains(onward[payment.Doubt], kind) {
					t.Errorf("%s ends a doubt", kind)
				}
			}
			so := append(append([]payment.Effect(nil), all...), effects...)
			if then.State != payment.Done {
				walk(plan, then, so)
				continue
			}
			end := then.Steps[len(then.Steps)-2].State
			ends[plan+" "+string(end)]++
			if moved, given := count(so, payment.Post), count(so, payment.VoidHolds); moved+given != 1 || (moved == 1) != (end == payment.Posted) || (count(so, payment.HandBack) == 1) != (end == payment.Returned) {
				t.Errorf("%s: %s: moved %d, given back %d", plan, kind, moved, given)
			}
		}
	}
	for name := range plans() {
		p := ordered(name)
		p.Deadline = at(60)
		effects, err := next(p, payment.Ordered, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if p.State != payment.Done {
			walk(name, *p, effects)
		}
	}
	for end, want := range map[string]int{
		"purse posted": 1, "purse voided": 4, "bank posted": 3, "bank voided": 9, "two banks posted": 9, "two banks voided": 9, "two banks returned": 15,
		"refund to a bank posted": 3, "refund to a bank returned": 5, "amount later posted": 1, "amount later voided": 5,
		"card posted": 18, "card voided": 21, "card at once posted": 18, "card at once voided": 18, "bill posted": 1, "bill voided": 4,
		"card offered posted": 18, "card offered voided": 21, "card offered, amount later posted": 18, "card offered, amount later voided": 24,
		"card and purse posted": 18, "card and purse voided": 18, "card and purse offered posted": 18, "card and purse offered voided": 21,
		"bill waited for posted": 4, "bill waited for voided": 8, "bill from a bank posted": 12, "bill from a bank returned": 12, "bill from a bank voided": 9,
	} {
		if ends[end] != want {
			t.Errorf("%s: %d ways, want %d", end, ends[end], want)
		}
		delete(ends, end)
	}
	if len(ends) > 0 || doubts != 3*(1+4+1)+6*(3+3*2*3)+4+3+3*4 {
		t.Errorf("also %v; %d ways out of a doubt", ends, doubts)
	}
}
