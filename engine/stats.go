package engine

import (
	"sync/atomic"

	"mpg/engine/acquirer"
	"mpg/engine/meter"
	"mpg/engine/payment"
)

// Stats are counters since the start; all may be read at any time.
type Stats struct {
	Texts        atomic.Int64 // short messages that came in
	Orders       atomic.Int64 // of these, read as an order
	Unread       atomic.Int64 // of these, not understood
	Unusable     atomic.Int64 // receipts, unknown short codes, senders that are not subscribers
	Senders      SenderCounts // of the unusable, senders refused, by reason
	Receipts     atomic.Int64 // of the unusable, receipts and acknowledgements
	ForeignCodes atomic.Int64 // of the unusable, sent to a short code that the bind does not serve
	Unreadable   atomic.Int64 // in an alphabet that is not supported, or not plain text
	PartsPassed  atomic.Int64 // parts of a long text after the one that was answered
	Redelivered  atomic.Int64 // copies taken in silently
	Proved       atomic.Int64 // words such as AGAIN whose acknowledgement is known to have arrived
	PINTexts     atomic.Int64 // texts that looked like a PIN
	Unanswered   atomic.Int64 // over the hourly quota of answers
	// RefusalsDropped counts refused orders that were not kept because their sender was
	// over the hourly quota.
	RefusalsDropped atomic.Int64
	Full            atomic.Int64 // refused because a queue was full

	Calls              atomic.Int64
	CallEnds           EndCounts
	PINRight, PINWrong atomic.Int64
	Locked             atomic.Int64
	*acquirer.Counters
	Sent     SendCounts
	Ended    ReasonCounts
	Open     meter.Tally[payment.State] // payments that have not ended
	Verified atomic.Int64               // Unix seconds of the last time that Verify found no fault; 0: never
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

// SenderCounts counts senders that are not subscribers by SenderRefusal.
type SenderCounts struct{ n [senderRefusals]atomic.Int64 }

// Add counts one sender.
func (c *SenderCounts) Add(r SenderRefusal) {
	if r < senderRefusals {
		c.n[r].Add(1)
	}
}

// Load returns the count of one reason.
func (c *SenderCounts) Load(r SenderRefusal) int64 { return c.n[r].Load() }

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
