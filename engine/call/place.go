package call

import (
	"context"
	"time"
)

// callSoonAfter is how long an order waits for a free line before a text tells
// the payer that the call is coming.
const callSoonAfter = 5 * time.Second

// outcome is a call that has ended.
type outcome struct {
	Report
	placedAt time.Time // zero: no line was free while it was wanted
}

// place waits until the number and a line are free, and calls. key says what the call is
// about. If no line is free within callSoonAfter, place calls tellSoon once. It reports
// false if the daemon is stopping.
func (d *Dialer) place(key string, wanted Call, tellSoon func()) (outcome, bool) {
	ctx, cancel := context.WithCancel(d.ctx)
	defer cancel()
	entry := d.ongoing.begin(key, cancel, d.cfg.Now())
	defer d.ongoing.end(key)
	times := &callTimes{now: d.cfg.Now, observe: d.cfg.Observe}
	wanted.OnAnswer = func() { entry.answered.Store(true); times.answered() }
	number, forget := d.numbers.of(wanted.To)
	defer forget()
	late := time.NewTimer(callSoonAfter)
	defer late.Stop()
	if !take(ctx, number, late, tellSoon) {
		return outcome{Report: Report{End: EndNoAnswer}}, d.ctx.Err() == nil
	}
	defer func() { number <- struct{}{} }()
	if !take(ctx, d.free, late, tellSoon) {
		return outcome{Report: Report{End: EndNoAnswer}}, d.ctx.Err() == nil
	}
	defer func() { d.free <- struct{}{} }()
	entry.placed.Store(true)
	times.placed(wanted.Ordered)
	d.Counts.Calls.Add(1)
	d.cfg.Log.Info("calling", "ref", wanted.Ref)
	placedAt := d.cfg.Now()
	report := d.cfg.Place(ctx, wanted)
	times.ended()
	d.Counts.CallEnds.Add(report.End)
	return outcome{report, placedAt}, d.ctx.Err() == nil
}

// take waits for a token, or reports false once ctx ends. It calls tellSoon once, when
// late fires.
func take(ctx context.Context, tokens <-chan struct{}, late *time.Timer, tellSoon func()) bool {
	for {
		select {
		case <-tokens:
			return true
		case <-late.C:
			tellSoon()
		case <-ctx.Done():
			return false
		}
	}
}
