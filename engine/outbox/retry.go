package outbox

import "time"

// Waits before another try of a text that the other side is too busy to take. The
// first try after a refusal is left to the channel's pace alone.
const (
	busyFirst     = 50 * time.Millisecond
	busyMax       = time.Second // while the channel takes nothing at all
	doublingsMost = 16
)

// refused records one more refusal of r. It sets when r is sent again, or reports
// that r is given up: it was refused for Lasts although other texts of the same
// sender were taken, so the fault lies with the text, whatever the status said.
func (r *row) refused(outcome Outcome, taken uint64, now time.Time, policy Retry) (giveUp bool) {
	if r.tries == 0 {
		r.since, r.takenFirst, r.takenLast = now, taken, taken
	}
	if now.Sub(r.since) >= policy.Lasts && taken > r.takenFirst {
		return true
	}
	r.tries++
	r.outcome = outcome
	wait := policy.wait(r.tries, outcome, taken > r.takenLast)
	r.takenLast = taken
	r.due = time.Time{}
	if wait > 0 {
		r.due = now.Add(wait)
	}
	return false
}

// wait returns the time before the next try after that many tries. others says that
// other texts of the sender were taken since the last one.
func (p Retry) wait(tries int, outcome Outcome, others bool) time.Duration {
	if outcome != Busy || p.Tries > 0 {
		return min(p.First<<min(tries-1, doublingsMost), p.Max)
	}
	if tries == 1 {
		return 0
	}
	wait := busyFirst << min(tries-2, doublingsMost)
	if others {
		return min(wait, p.Max) // this recipient is full, not the channel
	}
	return min(wait, busyMax, p.Max)
}
