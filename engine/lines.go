package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// callSoonAfter is how long an order waits for a free line before a text tells
// the payer that the call is coming.
const callSoonAfter = 5 * time.Second

// line is a call of ours that has not ended.
type line struct {
	cancel   context.CancelFunc
	answered atomic.Bool
	since    time.Time   // when it was asked for
	placed   atomic.Bool // it has a line
}

// lines holds the calls that have not ended, by what they are about.
type lines struct {
	mu sync.Mutex
	on map[string]*line
}

func (l *lines) begin(key string, cancel context.CancelFunc, now time.Time) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := &line{cancel: cancel, since: now}
	l.on[key] = one
	return one
}

func (l *lines) end(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.on, key)
}

// answered reports whether the call about key was answered and is still up.
func (l *lines) answered(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.on[key]
	return one != nil && one.answered.Load()
}

// stopRinging ends the call about key unless it was picked up; then the caller
// is told at the next key.
func (l *lines) stopRinging(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.on[key]; one != nil && !one.answered.Load() {
		one.cancel()
	}
}

// waiting returns how many calls are waiting for a line, and the longest wait.
func (l *lines) waiting(now time.Time) (n int, oldest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.on {
		if !one.placed.Load() {
			n, oldest = n+1, max(oldest, now.Sub(one.since))
		}
	}
	return n, oldest
}

// none reports whether no call is on.
func (l *lines) none() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.on) == 0
}

// placed is a call that has ended.
type placed struct {
	CallReport
	at time.Time // zero: no line was free while it was wanted
}

// placeCall waits for a free line and calls. If no line is free within
// callSoonAfter, it calls soon once. It reports false if the daemon is
// stopping.
func (e *Engine) placeCall(key, ref string, soon func(), c Call) (placed, bool) {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	one := e.lines.begin(key, cancel, e.cfg.Now())
	defer e.lines.end(key)
	meter := &callMeter{e: e}
	c.Answered = func() { one.answered.Store(true); meter.answered() }
	number, done := e.phones.of(c.To)
	defer done()
	late := time.NewTimer(callSoonAfter)
	defer late.Stop()
	if !take(ctx, number, late, soon) {
		return placed{CallReport: CallReport{End: CallNoAnswer}}, e.ctx.Err() == nil
	}
	defer func() { number <- struct{}{} }()
	if !take(ctx, e.callSlots, late, soon) {
		return placed{CallReport: CallReport{End: CallNoAnswer}}, e.ctx.Err() == nil
	}
	defer func() { e.callSlots <- struct{}{} }()
	one.placed.Store(true)
	meter.placed(c.Ordered)
	e.stats.Calls.Add(1)
	e.cfg.Log.Info("calling", "ref", ref)
	at := e.cfg.Now()
	told := e.cfg.Ports.Call(ctx, c)
	meter.ended()
	e.stats.CallEnds.Add(told.End)
	return placed{told, at}, e.ctx.Err() == nil
}

// take waits for a token, or reports false once ctx ends. It calls soon once,
// when late fires.
func take(ctx context.Context, tokens <-chan struct{}, late *time.Timer, soon func()) bool {
	for {
		select {
		case <-tokens:
			return true
		case <-late.C:
			soon()
		case <-ctx.Done():
			return false
		}
	}
}
