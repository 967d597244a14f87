package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/notice"
)

// Measure names a duration that the engine measures.
type Measure uint8

// The measures.
const (
	OrderToCall    Measure = iota + 1 // from the order to its first call
	OrderToReceipt                    // from the order until the SMSC accepts the text about its end
	CallToAnswer                      // from placing a call until it is answered
	CallLength                        // from the answer of a call to its end
)

// observe reports a duration. A negative one, after the clock was set back, is dropped.
func (e *Engine) observe(m Measure, d time.Duration) {
	if e.cfg.Observe != nil && d >= 0 {
		e.cfg.Observe(m, d)
	}
}

// callMeter measures one call. Answered is called during the call, the other methods
// before and after it.
type callMeter struct {
	e     *Engine
	begun time.Time
	from  atomic.Pointer[time.Time] // when it was picked up
}

func (m *callMeter) placed(ordered time.Time) {
	m.begun = m.e.cfg.Now()
	if !ordered.IsZero() {
		m.e.observe(OrderToCall, m.begun.Sub(ordered))
	}
}

func (m *callMeter) answered() {
	now := m.e.cfg.Now()
	m.from.Store(&now)
	m.e.observe(CallToAnswer, now.Sub(m.begun))
}

func (m *callMeter) ended() {
	if from := m.from.Load(); from != nil {
		m.e.observe(CallLength, m.e.cfg.Now().Sub(*from))
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
		e.observe(OrderToReceipt, e.cfg.Now().Sub(at))
	}
}
