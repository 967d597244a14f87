package call_test

import (
	"context"
	"testing"

	"mpg/engine/call"
	"mpg/engine/payment"
)

// TestStopAfterTheOrderHasEnded: a call that a stop cuts off, and whose payment has ended
// before, leaves its record. Nobody else would: the next start looks at open payments only.
func TestStopAfterTheOrderHasEnded(t *testing.T) {
	t.Parallel()
	talking := make(chan struct{})
	r := newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
		c.OnAnswer()
		close(talking)
		<-ctx.Done()
		return call.Report{End: call.EndHungUp, Answered: true}
	})
	r.order(1)
	<-talking
	r.fire(1, payment.Event{Kind: payment.Stopped, Reason: payment.CalledOff})
	r.stop()
	r.ended()
	if views := r.views(1); len(views) != 1 || views[0].End != call.EndHungUp.String() {
		t.Errorf("calls %+v", views)
	}
}
