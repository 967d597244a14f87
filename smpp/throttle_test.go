package smpp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"mpg/smpp/pdu"
)

// limit is what a simulated SMSC takes: tokens that fill at a rate up to a depth,
// or, without a depth, so many in each second of the clock.
type limit struct {
	rate, depth float64

	tokens float64
	at     time.Time
}

func (l *limit) takes(now time.Time) bool {
	if l.depth == 0 {
		if second := now.Truncate(time.Second); second.After(l.at) {
			l.at, l.tokens = second, l.rate
		}
	} else {
		if l.at.IsZero() {
			l.tokens = l.depth
		} else {
			l.tokens = min(l.depth, l.tokens+now.Sub(l.at).Seconds()*l.rate)
		}
		l.at = now
	}
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// status returns what it answers a submit.
func (l *limit) status(now time.Time) pdu.Status {
	if l.takes(now) {
		return pdu.ROK
	}
	return pdu.RThrottled
}

// answer is a submit on its way.
type answer struct {
	sent, due time.Time
	status    pdu.Status
}

// line is a throttle between a queue of texts and a simulated SMSC, in simulated
// time.
type line struct {
	throttle throttle
	smsc     func(now time.Time) pdu.Status
	trip     time.Duration // to the SMSC and back
	window   int

	now     time.Time
	flying  []answer
	refused int
}

// take sends texts until n were taken, and returns how long that took.
func (l *line) take(n int) time.Duration {
	begun := l.now
	for waiting := n; waiting > 0 || len(l.flying) > 0; {
		for len(l.flying) > 0 && !l.flying[0].due.After(l.now) {
			a := l.flying[0]
			l.flying = l.flying[1:]
			if l.throttle.answered(a.status, a.sent, l.now); a.status != pdu.ROK {
				l.refused++
				waiting++
			}
		}
		next := l.now.Add(time.Hour)
		if len(l.flying) > 0 {
			next = l.flying[0].due
		}
		if waiting > 0 && len(l.flying) < l.window {
			left := l.throttle.reserve(l.now)
			if left <= 0 {
				waiting--
				l.flying = append(l.flying, answer{l.now, l.now.Add(l.trip), l.smsc(l.now)})
				continue
			}
			next = slices.MinFunc([]time.Time{next, l.now.Add(min(left, throttleNap))}, time.Time.Compare)
		}
		if waiting > 0 || len(l.flying) > 0 {
			l.now = next
		}
	}
	return l.now.Sub(begun)
}

// TestThrottleLearnsTheRate: whatever an SMSC takes, little of it is left unused,
// and little is refused. One that grants a second's worth at once, as most do,
// leaves more room for a guess than one that wants submits evenly spaced.
func TestThrottleLearnsTheRate(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{1, 2, 5, 20, 100, 300} {
		for depth, most := range map[float64]float64{0: 1.15, 1: 1.5, rate + 1: 1.15} {
			for _, trip := range []time.Duration{time.Millisecond, 30 * time.Millisecond, 300 * time.Millisecond} {
				t.Run(fmt.Sprintf("%v/s depth %v trip %v", rate, depth, trip), func(t *testing.T) {
					t.Parallel()
					l := &line{trip: trip, window: 100, now: time.Unix(1_800_000_000, 0), smsc: (&limit{rate: rate, depth: depth}).status}
					n := int(10*rate) + int(depth)
					took, best := l.take(n).Seconds(), 10.0
					t.Logf("%.3f of the best, %d refused of %d", took/best, l.refused, n)
					if took > best*most || l.refused > n/2+110 {
						t.Errorf("%d texts took %.1f s, the best is %.0f s; %d refused", n, took, best, l.refused)
					}
				})
			}
		}
	}
}

// TestThrottleFollowsTheRate: a rate that falls and rises again is found again.
func TestThrottleFollowsTheRate(t *testing.T) {
	t.Parallel()
	smsc := &limit{rate: 100, depth: 100}
	l := &line{trip: time.Millisecond, window: 100, now: time.Unix(1_800_000_000, 0), smsc: smsc.status}
	l.take(500)
	for _, rate := range []float64{2, 50, 5, 200} {
		smsc.rate, smsc.depth = rate, rate
		if took := l.take(int(20 * rate)); took > 26*time.Second {
			t.Errorf("at %v/s the texts of 20 s took %s", rate, took)
		}
	}
	smsc.rate, smsc.depth = 1e9, 1e9
	if took := l.take(50_000); took > 30*time.Second {
		t.Errorf("without a limit 50,000 texts took %s", took)
	}
}

// TestThrottleKeepsTheConfiguredRate: to the text, and below it where the SMSC
// takes less than was configured.
func TestThrottleKeepsTheConfiguredRate(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{1, 7, 20, 400} {
		var sent []time.Time
		l := &line{trip: 10 * time.Millisecond, window: 100, now: time.Unix(1_800_000_000, 0)}
		l.smsc = func(now time.Time) pdu.Status { sent = append(sent, now); return pdu.ROK }
		l.throttle.set(rate)
		n := 10*rate + 1
		if took := l.take(n); took < 10*time.Second || took > 10200*time.Millisecond {
			t.Errorf("%d texts at %d/s took %s", n, rate, took)
		}
		for i := rate + 1 + rate/20; i < n; i++ {
			if passed := sent[i].Sub(sent[i-rate-1-rate/20]); passed < time.Second {
				t.Errorf("at %d/s: %d texts within %s", rate, rate+1+rate/20, passed)
				break
			}
		}
	}
	l := &line{trip: 10 * time.Millisecond, window: 100, now: time.Unix(1_800_000_000, 0), smsc: (&limit{rate: 10, depth: 10}).status}
	l.throttle.set(20)
	if took := l.take(110); took > 11500*time.Millisecond {
		t.Errorf("110 texts at 20/s to an SMSC that takes 10/s took %s", took)
	}
}

// TestThrottleAndOneRecipient: what an SMSC says of some recipients, without a
// word about load, leaves the rate alone; where nothing is taken any more, it is
// cut all the same.
func TestThrottleAndOneRecipient(t *testing.T) {
	t.Parallel()
	n := 0
	l := &line{trip: time.Millisecond, window: 10, now: time.Unix(1_800_000_000, 0)}
	l.smsc = func(time.Time) pdu.Status {
		if n++; n%5 == 0 {
			return pdu.RSubmitFail
		}
		return pdu.ROK
	}
	if l.take(1000); l.throttle.limited.Load() {
		t.Errorf("held to %v/s by a fifth of the recipients", l.throttle.rate)
	}
	now := l.now
	for _, st := range []pdu.Status{pdu.RInvDstAdr, pdu.RInvSrcTON, pdu.RInvMsgLen} {
		for range 10 {
			if now = now.Add(time.Second); l.throttle.answered(st, now, now) {
				t.Errorf("%s says nothing about load", st)
			}
		}
	}
	cuts := 0
	for range 100 {
		if now = now.Add(time.Second); l.throttle.answered(pdu.RSysErr, now, now) {
			cuts++
		}
	}
	if cuts == 0 || l.throttle.rate != rateFloor {
		t.Errorf("%d cuts, to %v/s, where nothing is taken", cuts, l.throttle.rate)
	}
}

func TestThrottleWaits(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	var h throttle
	if h.answered(pdu.ROK, now, now) || h.wait(context.Background(), clock) != nil {
		t.Error("held without cause")
	}
	if !h.answered(pdu.RThrottled, now, now) || h.answered(pdu.RMsgQFul, now.Add(-1), now.Add(time.Second)) {
		t.Error("the first refusal cuts, and none of what was under way then")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.wait(ctx, clock); !errors.Is(err, context.Canceled) {
		t.Errorf("wait: %v", err)
	}
	now = now.Add(-time.Hour) // a clock that is set back
	if left := h.reserve(now); left > 5*time.Second {
		t.Errorf("held for %s by a clock that was set back", left)
	}
	now = now.Add(time.Second)
	if err := h.wait(context.Background(), clock); err != nil {
		t.Errorf("wait after the pause: %v", err)
	}
}

// TestBlames checks whom every command_status of SMPP 3.4 5.1.3 blames.
func TestBlames(t *testing.T) {
	t.Parallel()
	to := []pdu.Status{pdu.RInvDstAdr, pdu.RInvNumDests, pdu.RInvDLName, pdu.RInvDestFlag, pdu.RCntSubDL, pdu.RInvDstTON, pdu.RInvDstNPI,
		pdu.RxPAppn, pdu.RxRAppn, 0x106}
	nobody := []pdu.Status{pdu.ROK, pdu.RInvBndSts, pdu.RAlyBnd, pdu.RSysErr, pdu.RInvMsgID, pdu.RCancelFail, pdu.RReplaceFail, pdu.RMsgQFul,
		pdu.RSubmitFail, pdu.RThrottled, pdu.RxTAppn, pdu.RQueryFail, pdu.RDeliveryFailure, pdu.RUnknownErr}
	for st := pdu.Status(0); st < 0x500; st++ {
		named := st <= pdu.RUnknownErr && st.Error() != st.String() || st >= 0x100 && st <= 0x106
		want := BlameBind
		switch {
		case st == pdu.RInvMsgLen:
			want = BlameText
		case slices.Contains(to, st):
			want = BlameTo
		case slices.Contains(nobody, st), !named: // reserved, or a vendor's own
			want = BlameNobody
		}
		if got := BlameOf(st); got != want {
			t.Errorf("%s blames %d, want %d", st, got, want)
		}
	}
}
