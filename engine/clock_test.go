package engine_test

import (
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
