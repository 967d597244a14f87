package flow

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// talk runs the payment script in a bubble while the person acts.
func talk(t *testing.T, judge *pinJudge, act func(l *fakeLine)) (res Result, heard []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newFakeLine()
		go act(l)
		res = Run(t.Context(), l, payment, judge.judge, Timing{})
		synctest.Wait()
		heard = l.log
	})
	return res, heard
}

// A key that is held for longer than the wait between keys is no pause.
func TestAHeldKeyIsNotSilence(t *testing.T) {
	t.Parallel()
	j := &pinJudge{}
	res, heard := talk(t, j, func(l *fakeLine) {
		time.Sleep(time.Second)
		l.press("1")
		time.Sleep(time.Second)
		l.press("5")
		l.hold(9600 * time.Millisecond)
		time.Sleep(9600*time.Millisecond + 3*time.Second)
		l.press("82193")
	})
	if res.End != Finished || !slices.Equal(j.asked, []string{"guard=", "pin=582193"}) {
		t.Errorf("%v, asked %v, heard %v", res, j.asked, heard)
	}
}

// RFC 3264 8.4: a caller who has put the call on hold hears nothing and presses nothing.
func TestACallOnHoldIsNotSilence(t *testing.T) {
	t.Parallel()
	j := &pinJudge{}
	res, heard := talk(t, j, func(l *fakeLine) {
		time.Sleep(time.Second)
		l.press("1")
		time.Sleep(5 * time.Second)
		l.hold(time.Minute)
		time.Sleep(time.Minute + 7*time.Second)
		l.press("582193")
	})
	if res.End != Finished || len(heard) != 3 {
		t.Errorf("%v, heard %v", res, heard)
	}
}

func TestSilenceAfterAHeldKey(t *testing.T) {
	t.Parallel()
	start := time.Now()
	res, _ := talk(t, &pinJudge{}, func(l *fakeLine) {
		time.Sleep(time.Second)
		l.press("1")
		time.Sleep(time.Second)
		l.press("5")
		l.hold(9 * time.Second)
	})
	if res.End != Silent || res.Step != "pin" {
		t.Errorf("%v after %v", res, time.Since(start))
	}
}
