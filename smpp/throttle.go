package smpp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"mpg/smpp/pdu"
)

// throttle holds submits back after the SMSC said that it is too full for them:
// 100 ms at first, twice as long each time it says so again, 5 s at most.
type throttle struct {
	until atomic.Int64 // Unix nanoseconds; 0: not held

	mu    sync.Mutex
	pause time.Duration
}

// answered notes the status of a submit_sm_resp and reports whether a pause
// began. Refusals that arrive during a pause belong to the window that was
// under way when it began, and do not lengthen it.
func (t *throttle) answered(st pdu.Status, now time.Time) bool {
	full := st == pdu.RThrottled || st == pdu.RMsgQFul
	if !full && t.until.Load() == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	running := now.UnixNano() < t.until.Load()
	switch {
	case running:
		return false
	case !full:
		t.pause = 0
		t.until.Store(0)
		return false
	}
	t.pause = min(max(2*t.pause, throttlePause), throttleMax)
	t.until.Store(now.Add(t.pause).UnixNano())
	return true
}

// left is how long submits are still to be held back.
func (t *throttle) left(now func() time.Time) time.Duration {
	until := t.until.Load()
	if until == 0 {
		return 0
	}
	return time.Duration(until - now().UnixNano())
}

// wait returns when submits may go, or with ctx's error.
func (t *throttle) wait(ctx context.Context, now func() time.Time) error {
	for {
		left := t.left(now)
		if left <= 0 {
			return nil
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}
