package engine_test

import (
	"fmt"
	"testing"
)

// TestPowerIsLostWhileCashChangesHands at each commit, before and after it: once mpg runs again
// the float and the purse have moved together, once, or not at all, and nothing stays held.
func TestPowerIsLostWhileCashChangesHands(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, pin, text, purse, float string }{
		{wang, pinOne, "OUT 100 8005", "400.00", "300.00"},
		{agent, pinAgent, "IN 100 13800000001", "600.00", "100.00"},
	} {
		for n := 2; n <= 3; n++ { // the first takes the order in
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, commit %d, after it %v", tt.text, n, after), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					w.agency(20000)
					lost := w.losesPower(n, after)
					w.answers(tt.from, phone{keys: []string{tt.pin}}, phone{keys: []string{tt.pin}})
					w.text(tt.from, tt.text)
					ref := w.last().Ref
					select {
					case <-lost:
					case <-ended(w, ref): // it has fewer commits
					}
					w.restart()
					if w.shown(ref).State == "waiting" {
						w.text(tt.from, "AGAIN")
					}
					w.until("the end", func() bool { return w.shown(ref).State == "done" })
					if p := w.shown(ref); p.Outcome != "paid" {
						t.Errorf("it ended as %s %s", p.Outcome, p.Reason)
					}
					w.balance("purse:"+wang, tt.purse, tt.purse)
					w.balance("merchant:8005", tt.float, tt.float)
				})
			}
		}
	}
}
