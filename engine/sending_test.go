package engine_test

import (
	"testing"

	"mpg/engine"
	"mpg/engine/call"
)

// TestALaterOutcomeReplacesAStage: the SMSC takes nothing while a call is not
// answered and the order is stopped; the last thing read must be true.
func TestALaterOutcomeReplacesAStage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	busy := func(engine.SMS) engine.Sending { return engine.Busy }
	w.carries(busy)
	w.answers(wang, phone{end: call.EndNoAnswer})
	w.text(wang, "PAY 8001 30")
	w.until("a call", func() bool { return w.calls == 1 })
	for w.last().State != "waiting" {
		w.until("the end of the call", func() bool { return true })
	}
	w.text(wang, "NO")
	w.ended()
	w.restart() // what is not sent is still there
	w.carries(nil)
	w.e.Outbox().Again("main")
	w.expect(wang, "30.00", "stopped")
	w.text(wang, "BAL")
	w.expect(wang, "500.00")
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.texts {
		if m.Ref != "" && m.To == wang && !containsAll(m.Text, []string{"stopped"}) {
			t.Errorf("also told: %s", m.Text)
		}
	}
}

// TestTextsOutliveAWrongBind: while the bind's settings are wrong nothing is
// dropped, over a restart as well; then all is sent in its order.
func TestTextsOutliveAWrongBind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := 0
	w.carries(func(engine.SMS) engine.Sending { refused++; return engine.Unfit })
	for range 5 {
		w.text(wang, "BAL")
	}
	w.until("three refusals", func() bool { return refused >= 3 })
	w.close()
	refused = 0 // nobody sends now
	w.open()
	w.until("three refusals more", func() bool { return refused >= 3 })
	if waits := w.e.Outbox().States(); len(waits) != 1 || waits[0].Channel != "main" || waits[0].Rows != 5 {
		t.Errorf("waiting: %+v", waits)
	}
	w.carries(nil)
	w.until("five texts", func() bool { return len(w.texts) == 5 })
	if n := w.e.Stats().Sent.Load(engine.Unfit); n < 3 {
		t.Errorf("%d counted as unfit since the restart", n)
	}
}

// TestTheNextTextGoesOnBehindARefusedOne, in the order of the commits.
func TestTheNextTextGoesOnBehindARefusedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var seen []string
	w.carries(func(m engine.SMS) engine.Sending {
		seen = append(seen, m.Text)
		switch len(seen) {
		case 1:
			return engine.Busy
		case 2:
			return engine.Uncertain
		case 3:
			return engine.Never
		}
		return engine.Accepted
	})
	w.text(wang, "BAL")
	w.text(wang, "HELP")
	w.until("four sendings", func() bool { return len(seen) == 4 })
	if seen[0] != seen[1] || seen[1] != seen[2] || seen[2] == seen[3] {
		t.Errorf("sent %q", seen)
	}
}
