package smpp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"mpg/smpp/pdu"
)

// How a throttle learns. Additive increase would take minutes to find a rate of
// hundreds, so the increase is a share of the rate, and the share doubles with each
// second in which the SMSC took everything at that rate.
const (
	rateFloor   = 0.2    // submits a second, the minimum: one in five seconds tests the SMSC again
	rateFirst   = 4      // the minimum after the first refusal; a few submits taken before it say little
	rateForgot  = 20_000 // from this rate on there is no limit
	cutFirst    = 0.9    // of the rate that was refused
	cutAgain    = 0.7    // if nothing was taken since the last cut
	growthFirst = 0.05   // of the rate, each second
	growthMost  = 1.0
	softMost    = 3                     // consecutive refusals with a status not about load that count as one about load
	catchUp     = 50 * time.Millisecond // how much of a delayed submit may be caught up
	throttleNap = time.Second           // between two looks at a rate that may have changed
)

// throttle paces submits so that the SMSC can take them, by a token bucket at a
// rate that is configured, or learned from ESME_RTHROTTLED and similar statuses.
// Without either, nothing is held back.
type throttle struct {
	limited atomic.Bool

	mu     sync.Mutex
	most   float64 // configured; 0: no limit
	rate   float64 // current; 0: no limit
	tokens float64
	filled time.Time // when tokens was last updated

	cutAt  time.Time // time of the last cut; zero: none
	goal   float64   // the rate at which the last series of cuts began: below it, each success doubles the rate
	took   bool      // a submit was taken since the last cut
	waited bool      // the rate has held a submit back since it last grew
	grown  time.Time
	calm   time.Duration // how long the rate has held submits back since the last cut
	soft   int

	second        time.Time // start of the second that taken counts
	taken, before int       // submits taken in that second, and in the one before
}

// set applies a configured rate; 0 is none.
func (t *throttle) set(perSecond int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.most = float64(perSecond)
	t.become(t.most)
}

// become changes the rate, within its bounds. The caller holds mu.
func (t *throttle) become(rate float64) {
	switch {
	case t.most > 0 && (rate > t.most || rate == 0):
		rate = t.most
	case t.most == 0 && rate >= rateForgot:
		rate = 0
	case rate > 0:
		rate = max(rate, rateFloor)
	}
	t.rate = rate
	t.limited.Store(rate > 0)
}

// depth returns how many tokens the bucket holds. The caller holds mu.
func (t *throttle) depth() float64 {
	if t.rate != t.most {
		return 1
	}
	return max(1, t.rate*catchUp.Seconds())
}

// wait returns when a submit may go, or with ctx's error.
func (t *throttle) wait(ctx context.Context, now func() time.Time) error {
	for t.limited.Load() {
		left := t.reserve(now())
		if left <= 0 {
			return nil
		}
		timer := time.NewTimer(min(left, throttleNap))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	return nil
}

// reserve takes a token and returns 0, or returns how long until there is one.
func (t *throttle) reserve(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rate == 0 {
		return 0
	}
	t.fill(now)
	if t.tokens >= 1 {
		t.tokens--
		return 0
	}
	t.waited = true
	return time.Duration((1-t.tokens)/t.rate*float64(time.Second)) + 1
}

// fill adds the tokens for the time since it last ran. The caller holds mu.
func (t *throttle) fill(now time.Time) {
	if t.filled.IsZero() {
		t.filled, t.tokens = now, 1
	}
	if passed := now.Sub(t.filled); passed > 0 { // else the clock was set back
		t.tokens = min(t.depth(), t.tokens+passed.Seconds()*t.rate)
	}
	t.filled = now
}

// answered records the status of the answer to a submit sent at sent, and reports
// whether the rate was cut. Refusals of submits that were already sent at the last
// cut say nothing new. A status that says nothing about load, such as ESME_RSYSERR,
// may concern a single recipient; several in a row do not.
func (t *throttle) answered(st pdu.Status, sent, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case st == pdu.ROK:
		t.soft = 0
		t.accepted(sent, now)
		return false
	case BlameOf(st) != BlameNobody, !sent.After(t.cutAt):
		return false
	case st != pdu.RThrottled && st != pdu.RMsgQFul:
		if t.soft++; t.soft < softMost {
			return false
		}
	}
	t.cut(now)
	return true
}

// accepted counts a submit that was taken, and lets the rate grow. The caller
// holds mu.
func (t *throttle) accepted(sent, now time.Time) {
	if passed := now.Sub(t.second); passed >= time.Second || passed < 0 {
		t.before = 0
		if passed < 2*time.Second {
			t.before = t.taken
		}
		t.second, t.taken = now, 0
	}
	t.taken++
	t.took = true
	if t.rate == 0 || !t.waited || !sent.After(t.grown) {
		return // it says nothing about the current rate
	}
	t.waited = false
	passed := min(max(now.Sub(t.grown), 0), time.Second)
	t.grown = now
	if t.rate < cutFirst*t.goal {
		t.become(min(2*t.rate, (t.rate+t.goal)/2))
		return
	}
	growth := growthFirst
	for range t.calm / time.Second {
		growth = min(2*growth, growthMost)
	}
	t.calm += passed
	t.become(t.rate * (1 + growth*passed.Seconds()))
}

// cut lowers the rate: a little if it was about right, and more each time while
// nothing is taken. The caller holds mu.
func (t *throttle) cut(now time.Time) {
	rate := t.rate
	switch {
	case rate == 0:
		share := max(0, 1-now.Sub(t.second).Seconds()) // how much of the previous second lies within the last 1 s
		rate = cutFirst * (float64(t.taken) + share*float64(t.before))
		t.goal = rate
		if rate < rateFirst { // that few were taken says little
			rate, t.goal = rateFirst, rateForgot
		}
	case t.took:
		rate *= cutFirst
		t.goal = rate
	default:
		rate *= cutAgain
	}
	t.tokens, t.filled = 0, now
	if t.took && t.rate > 0 {
		t.tokens = 0.5
	}
	t.become(rate)
	t.cutAt, t.grown, t.calm, t.took, t.waited, t.soft = now, now, 0, false, false, 0
}

// Pace is how fast a Session submits.
type Pace struct {
	Rate float64 // submits a second; 0: as fast as the window allows
	Held bool    // the SMSC has refused a higher rate
}

// Pace returns the current pace.
func (s *Session) Pace() Pace {
	t := &s.throttle
	t.mu.Lock()
	defer t.mu.Unlock()
	return Pace{Rate: t.rate, Held: t.rate > 0 && t.rate != t.most}
}

// SetRate limits the submits a second from now on; 0 leaves only the limit learned
// from the SMSC.
func (s *Session) SetRate(perSecond int) { s.throttle.set(max(0, perSecond)) }
