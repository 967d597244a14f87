package smpp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"mpg/smpp/pdu"
)

// How a throttle learns: additive increase would take minutes to find a rate of
// hundreds, so the increase is a share of the rate that doubles with each second
// in which the SMSC took all that it was given at that rate.
const (
	rateFloor   = 0.2    // submits a second, at least: one in five seconds asks whether it goes again
	rateFirst   = 4      // at least, after the first refusal; what few submits were taken before says little
	rateForgot  = 20_000 // from here on there is no limit
	cutFirst    = 0.9    // of the rate that was refused
	cutAgain    = 0.7    // where nothing was taken since the last cut
	growthFirst = 0.05   // of the rate in a second
	growthMost  = 1.0
	softMost    = 3                     // refusals without a word about load, in a row, that count as one
	catchUp     = 50 * time.Millisecond // that a late submit may be made up for
	throttleNap = time.Second           // between two looks at a rate that may have changed
)

// throttle spaces submits as the SMSC can take them: by a token bucket at a rate
// that is configured, or learned from ESME_RTHROTTLED and its like. Without
// either nothing is held.
type throttle struct {
	limited atomic.Bool

	mu     sync.Mutex
	most   float64 // configured; 0: no limit
	rate   float64 // of now; 0: no limit
	tokens float64
	filled time.Time // tokens were counted

	cutAt  time.Time // the last cut; zero: none
	goal   float64   // the rate that the last series of cuts began with: up to it, each success doubles
	took   bool      // a submit was taken since the last cut
	waited bool      // the rate held a submit back since the last growth
	grown  time.Time
	calm   time.Duration // how long the rate held submits back since the last cut
	soft   int

	second        time.Time // beginning of the second that taken counts
	taken, before int       // submits taken in it, and in the one before
}

// set takes a configured rate over; 0 is none.
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

// depth is how many tokens the bucket holds. The caller holds mu.
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

// reserve takes a token, or says how long until there is one.
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

// fill adds the tokens of the time since the last look. The caller holds mu.
func (t *throttle) fill(now time.Time) {
	if t.filled.IsZero() {
		t.filled, t.tokens = now, 1
	}
	if passed := now.Sub(t.filled); passed > 0 { // else the clock was set back
		t.tokens = min(t.depth(), t.tokens+passed.Seconds()*t.rate)
	}
	t.filled = now
}

// answered notes the status of a submit_sm_resp to a submit of that time, and
// reports whether the rate was cut. Refusals of submits that were under way at
// the last cut say nothing new. A status that tells nothing of load, such as
// ESME_RSYSERR, may be one recipient's alone; a row of them is not.
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
		return // it says nothing about the rate of now
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

// cut lowers the rate: a little where it was about right, by half each time while
// nothing is taken. The caller holds mu.
func (t *throttle) cut(now time.Time) {
	rate := t.rate
	switch {
	case rate == 0:
		share := max(0, 1-now.Sub(t.second).Seconds()) // of the second before that lies within the last one
		rate = cutFirst * (float64(t.taken) + share*float64(t.before))
		t.goal = rate
		if rate < rateFirst { // it says little that few were taken
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
	Held bool    // the SMSC has refused more than that
}

// Pace is that of this moment.
func (s *Session) Pace() Pace {
	t := &s.throttle
	t.mu.Lock()
	defer t.mu.Unlock()
	return Pace{Rate: t.rate, Held: t.rate > 0 && t.rate != t.most}
}

// SetRate takes over a limit of submits a second from now on; 0 is none but what
// the SMSC teaches.
func (s *Session) SetRate(perSecond int) { s.throttle.set(max(0, perSecond)) }
