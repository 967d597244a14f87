package call

import "sync/atomic"

// Counts are counters since the start; all may be read at any time.
type Counts struct {
	Calls              atomic.Int64 // placed
	CallEnds           EndCounts
	PINRight, PINWrong atomic.Int64 // PINs keyed to confirm a payment, or in a Script
	Locked             atomic.Int64 // payers, by a wrong PIN
}

// EndCounts counts calls by End.
type EndCounts struct{ n [EndFailed + 1]atomic.Int64 }

// Add counts one end.
func (c *EndCounts) Add(end End) {
	if int(end) < len(c.n) {
		c.n[end].Add(1)
	}
}

// Load returns the count of one end.
func (c *EndCounts) Load(end End) int64 { return c.n[end].Load() }
