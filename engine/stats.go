package engine

import (
	"sync/atomic"

	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/meter"
	"mpg/engine/payment"
)

// Stats are counters since the start; all may be read at any time.
type Stats struct {
	intake.TextCounts
	intent.OrderCounts

	Calls              atomic.Int64
	CallEnds           EndCounts
	PINRight, PINWrong atomic.Int64
	Locked             atomic.Int64
	BankAsked          atomic.Int64 // requests that left
	LateApprovals      atomic.Int64 // that came when nobody was waiting
	Disputes           atomic.Int64 // a bank went back on a payment that stands paid
	HostReversals      atomic.Int64 // initiated by the host
	StrayAnswers       atomic.Int64 // to nothing that had been asked
	Sent               SendCounts
	Ended              ReasonCounts
	Open               meter.Tally[payment.State] // payments that have not ended
	Verified           atomic.Int64               // Unix seconds of the last time that Verify found no fault; 0: never
}

// EndCounts counts calls by CallEnd.
type EndCounts struct{ n [CallFailed + 1]atomic.Int64 }

// Add counts one end.
func (c *EndCounts) Add(end CallEnd) {
	if int(end) < len(c.n) {
		c.n[end].Add(1)
	}
}

// Load is the count of one end.
func (c *EndCounts) Load(end CallEnd) int64 { return c.n[end].Load() }

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
