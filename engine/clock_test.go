package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/call"
)

// A clock that is set back, with a restart or without one, loses nothing and
// pays nothing twice.
func TestTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	for _, restarts := range []bool{false, true} {
		w := newWorld(t)
		w.answers(wang, phone{end: call.EndBusy}, phone{keys: []string{pinOne}})
		w.text(wang, "PAY 8001 128.50")
		w.expect(wang, "AGAIN")
		w.pass(-3 * time.Hour)
		if restarts {
			w.restart()
		}
		w.balance("purse:"+wang, "500.00", "371.50")
		w.text(wang, "AGAIN")
		w.expect(wang, "371.50")
		paid := w.ended()
		if paid.Outcome != "paid" {
			t.Errorf("restarts %t: %+v", restarts, paid)
		}
		w.text(wang, "pay 8001 128.5")
		w.expect(wang, paid.Ref, "YES") // it is remembered all the same
		w.balance("purse:"+wang, "371.50", "371.50")
	}
}

// An order that was open when the clock went back does not hold the money until
// the clock has caught up.
func TestTheClockIsSetBackUnderAnOpenOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{end: call.EndBusy})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "AGAIN")
	w.pass(-3 * time.Hour)
	w.restart()
	w.balance("purse:"+wang, "500.00", "371.50")
	w.pass(w.rules.Expires)
	if p := w.ended(); p.Reason != "expired" {
		t.Errorf("%+v", p)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}

// A call that was on when the deadline passed, by a clock that was then set
// back, ends like any other: what the order holds comes free in its time.
func TestTheClockIsSetBackInACallThatOutlastsTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keyed := make(chan struct{})
	w.answers(wang, phone{keys: []string{"000000", "000000"}, wait: keyed, then: call.EndHungUp})
	w.text(wang, "PAY 8001 128.50")
	w.until("the PIN to be asked", func() bool { return len(w.spoken) > 2 })
	if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: "t2"}, li, 1000); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	w.text(li, "PAY 8001 1") // nobody picks up
	w.expect(li, "AGAIN")
	w.pass(w.rules.Expires)
	w.expect(li, "expired") // and so the earlier deadline was seen, too
	w.pass(-w.rules.Expires - time.Second)
	close(keyed)
	w.expect(wang, "AGAIN")
	w.pass(w.rules.Expires + time.Second)
	w.expect(wang, "expired")
	w.balance("purse:"+wang, "500.00", "500.00")
}

// A clock that goes back over midnight and comes again opens no new day.
func TestTheClockGoesBackOverMidnight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Products.DayLimit = 20000
	w.e.SetRules(w.rules)
	w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 150")
	w.expect(wang, "you paid CNY 150")
	for i, back := range []time.Duration{0, -24 * time.Hour, 24 * time.Hour, -72 * time.Hour, 48 * time.Hour} {
		w.pass(back)
		w.forget()
		w.text(wang, fmt.Sprintf("PAY 8001 14%d", i))
		w.expect(wang, "200.00") // over the limit
		if i == 2 {
			w.text(wang, "PAY 8001 49")
			w.expect(wang, "you paid CNY 49")
		}
	}
	w.balance("merchant:8001", "199.00", "199.00")
	w.pass(48 * time.Hour)
	w.text(wang, "PAY 8001 140") // a day that was not seen before
	w.expect(wang, "you paid CNY 140")
}

// A time_zone that is changed and changed back opens no new day either.
func TestTheZoneIsChangedBetweenTwoStarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 15000, 15000
	w.e.SetRules(w.rules)
	w.text(wang, "PAY 8001 150")
	w.expect(wang, "you paid CNY 150")
	west := time.FixedZone("west", -10*3600) // where it still is the day before
	for i, change := range []func(*engine.Config){func(c *engine.Config) { c.Place.Zone = west }, func(*engine.Config) {}} {
		w.remade(change)
		w.forget()
		w.text(wang, fmt.Sprintf("PAY 8001 14%d", i))
		w.expect(wang, "AGAIN") // nobody picked up: it was called
		w.text(wang, "NO")
		w.ended()
	}
	w.balance("merchant:8001", "150.00", "150.00")
}

// Calls and questions of a clock that ran ahead are no calls and questions of
// now, and an order of then is not open for long.
func TestTheClockRanAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.CallsPerHour = 2
	w.e.SetRules(w.rules)
	w.pass(1000 * time.Hour)
	w.text(wang, "PAY 8001 9")
	w.expect(wang, "AGAIN")
	w.text(wang, "NO")
	w.ended()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 10")
	w.expect(wang, "you paid CNY 10")
	w.text(wang, "PAY 8001 10")
	w.expect(wang, "Same as", "YES")
	w.pass(-1000 * time.Hour)
	w.text(wang, "YES")
	w.expect(wang, "No payment is waiting")
	w.balance("merchant:8001", "10.00", "10.00")
	w.forget()
	w.text(wang, "PAY 8001 11") // it is called: the hour is not spent
	w.expect(wang, "AGAIN")
	w.pass(-time.Hour) // under the open order, and without a restart
	latest := w.clock().Add(3 * w.rules.Expires)
	w.until("the order to expire", func() bool {
		if w.now.Before(latest) {
			w.now = w.now.Add(time.Second)
		}
		return w.e.Stats().Ended.Unpaid.Load() == 2
	})
	if p := w.last(); p.Reason != "expired" {
		t.Errorf("%+v", p)
	}
}

// Answers to texts that are no orders, too, are counted by the hour before only.
func TestTheClockRanAheadOfTheQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(1000 * time.Hour)
	for i := range 4 {
		w.text(wang, fmt.Sprintf("hello %d", i))
	}
	w.drained()
	w.pass(-1000 * time.Hour)
	w.forget()
	w.text(wang, "hello anew")
	w.expect(wang, "HELP")
}

// A clock that steps forward between an order without a PIN and its copy makes no
// second payment: not while mpg runs, nor while it is stopped, nor if it is set never to
// ask about an equal order.
func TestTheClockStepsForwardBeforeACopy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		step     time.Duration
		repeat   time.Duration
		restarts bool
		asked    bool
	}{
		{"within the window of orders", time.Hour, 24 * time.Hour, false, false},
		{"beyond it", 25 * time.Hour, 24 * time.Hour, false, false},
		{"by a week", 7 * 24 * time.Hour, 24 * time.Hour, false, false},
		{"by a week, never asked", 7 * 24 * time.Hour, 0, false, false},
		{"over a restart", 25 * time.Hour, 24 * time.Hour, true, true},
		{"over a restart, never asked", 25 * time.Hour, 0, true, false},
		{"over a restart, asked for a short time only", 25 * time.Hour, 20 * time.Second, true, false},
		{"by years over a restart", 2 * 365 * 24 * time.Hour, 24 * time.Hour, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 15000, 150000
			w.rules.Repeat = c.repeat
			w.e.SetRules(w.rules)
			w.by("main", "PAY 8001 45", false)
			w.expect(wang, "you paid CNY 45")
			w.pass(time.Minute)
			w.steps(c.step)
			if c.restarts {
				w.restart()
			}
			w.pass(time.Second)
			w.by("main", "PAY 8001 45", false)
			w.drained()
			w.balance("purse:"+wang, "455.00", "455.00")
			if n := w.count(wang, "YES"); n != 0 != c.asked {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// A step of the clock does not turn an order that was certainly acknowledged into
// a copy, and its effect wears off.
func TestAStepOfTheClockSwallowsNoOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.free()
	w.text(wang, "PAY 8001 45")
	w.steps(3 * time.Hour)
	for _, other := range []string{"PAY 8001 1", "PAY 8001 2"} { // so that old deliveries are swept
		w.text(wang, other)
	}
	w.text(wang, "PAY 8001 45")
	w.drained()
	if n := w.count(wang, "you paid CNY 45"); n != 2 {
		t.Fatalf("paid %d times", n)
	}
	w.rules.Repeat = time.Hour
	w.e.SetRules(w.rules)
	w.pass(2 * time.Hour)
	w.forget()
	w.text(wang, "PAY 8001 45")
	w.expect(wang, "you paid CNY 45")
	w.balance("purse:"+wang, "362.00", "362.00")
}
