package engine

import (
	"sync/atomic"

	"mpg/engine/acquirer"
	"mpg/engine/call"
	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/meter"
	"mpg/engine/payment"
)

// Stats are counters since the start; all may be read at any time.
type Stats struct {
	intake.TextCounts
	intent.OrderCounts

	*call.Counts // calls and PINs
	*acquirer.Counters
	Sent     SendCounts
	Ended    ReasonCounts
	EndedBy  meter.Tally[payment.Reason]
	Open     meter.Tally[payment.State] // payments that have not ended
	Verified atomic.Int64               // Unix seconds of the last time that Verify found no fault; 0: never
}

// SendCounts counts sent texts by Sending.
type SendCounts struct{ n [Never + 1]atomic.Int64 }

// Add counts one outcome.
func (c *SendCounts) Add(s int) {
	if s < len(c.n) {
		c.n[s].Add(1)
	}
}

// Load is the count of one outcome.
func (c *SendCounts) Load(s Sending) int64 { return c.n[s].Load() }

// ReasonCounts counts finished payments: paid or not.
type ReasonCounts struct{ Paid, Unpaid atomic.Int64 }
