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
	Sent     meter.Tally[Sending]
	Ended    ReasonCounts
	EndedBy  meter.Tally[payment.Reason]
	Open     meter.Tally[payment.State] // payments that have not ended
	Verified atomic.Int64               // Unix seconds of the last time that Verify found no fault; 0: never
}

// ReasonCounts counts finished payments: paid or not.
type ReasonCounts struct{ Paid, Unpaid atomic.Int64 }
