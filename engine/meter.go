package engine

import (
	"sync"
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

// orderedMax bounds the orders waiting for their receipt; beyond it some are not measured.
const orderedMax = 1 << 16

// ordered remembers when each order came, until its receipt is sent.
type ordered struct {
	mu sync.Mutex
	at map[string]time.Time // by reference
}

// begin notes an order. It is called before the commit: the receipt may be sent before
// the goroutine that commits runs again.
func (o *ordered) begin(ref string, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.at == nil || len(o.at) >= orderedMax {
		o.at = make(map[string]time.Time)
	}
	o.at[ref] = at
}

// end forgets the order and returns when it came.
func (o *ordered) end(ref string) (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at, ok := o.at[ref]
	delete(o.at, ref)
	return at, ok
}

// taken measures the first text about the end of a payment that the SMSC accepts.
func (e *Engine) taken(n *notice.Notice, o Sending) {
	if o != Accepted || n.Args.Ref == "" || n.Interim() {
		return
	}
	if at, ok := e.ordered.end(n.Args.Ref); ok {
		e.observe(meter.OrderToReceipt, e.cfg.Now().Sub(at))
	}
}
