package engine

import (
	"time"

	"mpg/engine/meter"
	"mpg/engine/notice"
)

// observe reports a duration. A negative one, after the clock was set back, is dropped.
func (e *Engine) observe(m meter.Measure, d time.Duration) {
	if e.cfg.Observe != nil && d >= 0 {
		e.cfg.Observe(m, d)
	}
}

// taken measures the first text about the end of a payment that the SMSC accepts.
func (e *Engine) taken(n *notice.Notice, o Sending) {
	if o != Accepted || n.Args.Ref == "" || n.Interim() {
		return
	}
	if at, ok := e.ordered.End(n.Args.Ref); ok {
		e.observe(meter.OrderToReceipt, e.cfg.Now().Sub(at))
	}
}
