package call

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// ongoingCall is a call of ours that has not ended.
type ongoingCall struct {
	cancel   context.CancelFunc
	since    time.Time   // when it was asked for
	placed   atomic.Bool // it has a line
	answered atomic.Bool
}

// ongoing holds the calls that have not ended, by what they are about.
type ongoing struct {
	mu sync.Mutex
	by map[string]*ongoingCall
}

func (o *ongoing) begin(key string, cancel context.CancelFunc, now time.Time) *ongoingCall {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &ongoingCall{cancel: cancel, since: now}
	o.by[key] = c
	return c
}

func (o *ongoing) end(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.by, key)
}

// answered reports whether the call about key was answered and is still on.
func (o *ongoing) answered(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.by[key]
	return c != nil && c.answered.Load()
}

// stopRinging ends the call about key unless it was answered.
func (o *ongoing) stopRinging(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c := o.by[key]; c != nil && !c.answered.Load() {
		c.cancel()
	}
}

// waiting returns how many calls are waiting for a line, and the longest wait.
func (o *ongoing) waiting(now time.Time) (n int, oldest time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.by {
		if !c.placed.Load() {
			n, oldest = n+1, max(oldest, now.Sub(c.since))
		}
	}
	return n, oldest
}

// none reports whether no call is on.
func (o *ongoing) none() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.by) == 0
}
