package meter

import "time"

// Durations reports how long things took.
type Durations struct {
	report  func(Measure, time.Duration)
	ordered Orders
}

// NewDurations returns Durations that pass each to report, which must not block; nil: they
// are dropped.
func NewDurations(report func(Measure, time.Duration)) *Durations {
	return &Durations{report: report}
}

// Observe reports a duration. A negative one, after the clock was set back, is dropped.
func (d *Durations) Observe(of Measure, took time.Duration) {
	if d.report != nil && took >= 0 {
		d.report(of, took)
	}
}

// Ordered notes when an order came; see Orders.Begin.
func (d *Durations) Ordered(ref string, at time.Time) { d.ordered.Begin(ref, at) }

// Receipt reports the time from an order to now. Only the first call for an order does.
func (d *Durations) Receipt(ref string, now time.Time) {
	if at, ok := d.ordered.End(ref); ok {
		d.Observe(OrderToReceipt, now.Sub(at))
	}
}
