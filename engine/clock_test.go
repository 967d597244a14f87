package engine_test

import (
	"context"
	"testing"
	"time"

	"mpg/engine"
)

// A clock that is set back, with a restart or without one, loses nothing and
// pays nothing twice.
func TestTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	for _, restarts := range []bool{false, true} {
		w := newWorld(t)
		w.answers(wang, phone{end: engine.CallBusy}, phone{keys: []string{pinOne}})
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
	w.answers(wang, phone{end: engine.CallBusy})
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
	w.answers(wang, phone{keys: []string{"000000", "000000"}, wait: keyed, then: engine.CallHungUp})
	w.text(wang, "PAY 8001 128.50")
	w.until("the PIN to be asked", func() bool { return len(w.spoken) > 2 })
	if _, err := w.e.TopUp(context.Background(), engine.Command{Key: "t2"}, li, 1000); err != nil {
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
