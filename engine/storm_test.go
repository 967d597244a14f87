package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mpg/engine/call"
)

// stormRounds is how many texts the subscriber sends in a storm.
const stormRounds = 40

// storm delivers one text once or more, as an SMSC does that may not have had the
// acknowledgement: by either bind, at any time of the window, with restarts in
// between. Only the last acknowledgement surely arrives.
func (w *world) storm(rng *rand.Rand, body string) {
	w.t.Helper()
	last := w.clock().Add(w.rules.Redelivery - time.Second)
	for i := rng.IntN(4); i >= 0; i-- {
		w.by([]string{"main", "backup"}[rng.IntN(2)], body, i == 0)
		if i > 0 && rng.IntN(3) == 0 {
			w.restart()
		}
		if step := time.Duration(rng.IntN(200)) * time.Second; i > 0 && w.clock().Add(step).Before(last) {
			w.pass(step)
		}
	}
}

// One text of a subscriber, however often it is delivered, is one order: the same
// order texted again is another.
func TestAStormOfOneOrder(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t)
	w.free()
	for round := range stormRounds {
		w.storm(rng, "PAY 8001 1")
		left := fmt.Sprintf("%d.00", 500-round-1)
		w.balance("purse:"+wang, left, left)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
		w.pass(w.rules.Redelivery + time.Second)
	}
}

// began returns how many calls the newest payment has begun: a restart may cut one off
// before the phone rings.
func (w *world) began() int {
	w.t.Helper()
	n := 0
	for _, step := range w.last().Steps {
		if step.State == "calling" {
			n++
		}
	}
	return n
}

// One AGAIN is one call at most, and where it was surely acknowledged before,
// the next one is heard: no call is lost, none is made twice.
func TestAStormOfAGAIN(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	w := newWorld(t)
	w.rules.CallsPerOrder, w.rules.CallsPerHour, w.rules.Expires = 1000, 1000, 24*time.Hour
	w.e.SetRules(w.rules)
	w.answers(wang, phone{end: call.EndBusy})
	w.text(wang, "PAY 8001 10")
	w.expect(wang, "AGAIN")
	for round := range stormRounds {
		w.drained()
		w.forget()
		w.answers(wang, phone{end: call.EndBusy})
		w.pass(10 * time.Second) // until the subscriber has read and written
		w.storm(rng, "AGAIN")
		w.until("the end of the call", func() bool { return w.last().State == "waiting" })
		if n := w.began(); n != round+2 {
			t.Fatalf("%d calls began after round %d, one of them for the order", n, round)
		}
	}
}
