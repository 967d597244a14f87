package call

import (
	"sync/atomic"
	"time"

	"mpg/engine/meter"
)

// callTimes measures one call. answered is called during the call, the other methods
// before and after it.
type callTimes struct {
	now     func() time.Time
	observe func(meter.Measure, time.Duration)

	placedAt   time.Time
	answeredAt atomic.Pointer[time.Time]
}

// placed measures the time from the order, unless ordered is zero.
func (c *callTimes) placed(ordered time.Time) {
	c.placedAt = c.now()
	if !ordered.IsZero() {
		c.observe(meter.OrderToCall, c.placedAt.Sub(ordered))
	}
}

func (c *callTimes) answered() {
	now := c.now()
	c.answeredAt.Store(&now)
	c.observe(meter.CallToAnswer, now.Sub(c.placedAt))
}

func (c *callTimes) ended() {
	if answered := c.answeredAt.Load(); answered != nil {
		c.observe(meter.CallLength, c.now().Sub(*answered))
	}
}
