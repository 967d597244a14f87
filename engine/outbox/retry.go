package outbox

import "time"

// Waits of a text that the other side is too busy to take. The first try after
// a refusal is left to the channel's pace alone.
const (
	busyFirst     = 50 * time.Millisecond
	busyMax       = time.Second // while the channel takes nothing at all
	doublingsMost = 16
)

// refused notes one more refusal of r and says when it is sent again, or that it
// is given up: it was refused for the policy's time although the same sender's
// other texts were taken, so that the fault lies with it, whatever the status
// said.
func (r *row) refused(o Outcome, taken uint64, now time.Time, policy Retry) (giveUp bool) {
	if r.tries == 0 {
		r.since, r.takenFirst, r.takenLast = now, taken, taken
	}
	if now.Sub(r.since) >= policy.Lasts && taken > r.takenFirst {
		return true
	}
	r.tries++
	r.outcome = o
	wait := policy.wait(r.tries, o, taken > r.takenLast)
	r.takenLast = taken
	r.due = time.Time{}
	if wait > 0 {
		r.due = now.Add(wait)
	}
	return false
}

// wait is the time before the next try after that many. Others says that the
// sender's other texts were taken since the last one.
func (p Retry) wait(tries int, o Outcome, others bool) time.Duration {
	if o != Busy {
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
