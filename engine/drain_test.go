package engine_test

import (
	"context"
	"testing"
	"time"

	"mpg/engine"
)

// TestDrainDoesNotWaitForADeadSMSC: what cannot be sent is safe in the outbox, so
// that a stop need not wait for it; it is sent after the next start.
func TestDrainDoesNotWaitForADeadSMSC(t *testing.T) {
	t.Parallel()
	for name, sends := range map[string]func(engine.SMS) engine.Sending{
		"down":                 nil,
		"mute":                 func(engine.SMS) engine.Sending { return engine.Uncertain },
		"of another numbering": func(engine.SMS) engine.Sending { return engine.Unfit },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.rules.NoticeRetry = 24 * time.Hour })
			w.isDown(sends == nil)
			w.carries(sends)
			w.text(wang, "BAL")
			w.until("the text waits", func() bool { return w.e.Outbox().States()[0].Rows == 1 })
			// An hour is longer than the test may take: a drain that waits for it fails.
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			w.e.Drain(ctx)
			w.isDown(false)
			w.carries(nil)
			w.restart()
			w.expect(wang, "500.00")
		})
	}
}
