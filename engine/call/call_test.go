package call_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/meter"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// The end of a call is an event of its payment, told by text, and has a record. Wrong PINs
// count until a right one.
func TestConfirm(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		pins         []string
		foreign      bool // the PIN was made under another key
		tried        int  // wrong PINs before the call
		state        payment.State
		reason       payment.Reason
		tries        int
		user         user.State
		right, wrong int64
		text         lang.Key
	}{
		"right":           {[]string{rightPIN}, false, 0, payment.Done, payment.Paid, 0, user.Active, 1, 0, lang.PaidPurse},
		"second is right": {[]string{wrongPIN, rightPIN}, false, 0, payment.Done, payment.Paid, 0, user.Active, 1, 1, lang.PaidPurse},
		"wrong, hangs up": {[]string{wrongPIN}, false, 0, payment.Waiting, payment.WrongPIN, 1, user.Active, 0, 1, lang.WrongPIN},
		"no PIN":          {nil, false, 0, payment.Waiting, payment.HungUp, 0, user.Active, 0, 0, lang.HungUp},
		"three wrong":     {[]string{wrongPIN, wrongPIN, wrongPIN}, false, 0, payment.Done, payment.LockedOut, 3, user.Locked, 0, 3, lang.Locked},
		"a fourth":        {[]string{rightPIN}, false, 3, payment.Done, payment.LockedOut, 4, user.Locked, 0, 1, lang.Locked},
		"another key":     {[]string{rightPIN}, true, 0, payment.Waiting, payment.CallBroken, 0, user.Active, 0, 0, lang.CallFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
				_, end := press(ctx, t, c, want.pins...)
				return answered(end)
			})
			r.setPIN(rightPIN, want.foreign)
			r.change(func(u *user.User) { u.Tries = want.tried })
			r.order(1)
			r.ended()
			if p := r.payment(1); p.State != want.state || p.Reason != want.reason {
				t.Errorf("payment is %s, %s", p.State, p.Reason)
			}
			if u := r.user(); u.Tries != want.tries || u.State != want.user {
				t.Errorf("%d tries, %s", u.Tries, u.State)
			}
			counts := &r.dialer.Counts
			if counts.PINRight.Load() != want.right || counts.PINWrong.Load() != want.wrong || counts.Calls.Load() != 1 {
				t.Errorf("%d right, %d wrong, %d calls", counts.PINRight.Load(), counts.PINWrong.Load(), counts.Calls.Load())
			}
			r.told(want.text)
			if v := r.views(1); len(v) != 1 || v[0].Wrong != int(want.wrong) || v[0].Rang != "4s" || v[0].Talked != "20s" {
				t.Errorf("records %+v", v)
			}
		})
	}
}

// Whoever has keyed in the PIN and waits too long hears who has not answered yet: the issuer
// of the card, or the shop that is asked whether it accepts it.
func TestWhoIsSlow(t *testing.T) {
	t.Parallel()
	plan := payment.Plan{
		Product: payment.MCredit, Card: &payment.Card{Nick: "visa1", Scheme: "visa", Last4: "1111"}, Decision: &payment.Decision{Within: 10 * time.Second},
		Legs: []payment.Leg{{From: 1, To: 2, Amount: 1, Held: true, PostedAt: payment.AtConfirm + 2}},
		Asks: []payment.Ask{{Kind: payment.PreAuth, Bank: "icbc", Account: 3, Amount: 1}, {Kind: payment.Completion, Bank: "icbc", Account: 3, From: 1, Amount: 1}},
	}
	for name, want := range map[string]struct {
		approves bool
		said     lang.Prompt
	}{
		"the issuer": {false, lang.Texting},
		"the shop":   {true, lang.TextingShop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
				said, end := press(ctx, t, c, rightPIN)
				if !slices.Equal(said, lang.Voice(lang.EN, want.said, lang.Args{})) {
					t.Errorf("said %q", said)
				}
				return answered(end)
			})
			r.slow = func() time.Duration {
				if want.approves {
					r.fire(1, payment.Event{Kind: payment.Approval, Request: 1})
				}
				return 0
			}
			r.setPIN(rightPIN, false)
			r.orderBy(1, plan)
			r.ended()
		})
	}
}

// A call without a key ends as the network says.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	for end, reason := range map[call.End]payment.Reason{
		call.EndBusy: payment.LineBusy, call.EndNoAnswer: payment.NoAnswer, call.EndRejected: payment.CallRefused,
		call.EndUnreachable: payment.CallBroken, call.EndSilent: payment.NoKeys, call.EndFailed: payment.NotPlaced,
	} {
		t.Run(end.String(), func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, 1, func(context.Context, call.Call) call.Report { return call.Report{End: end, SIP: 480} })
			r.order(1)
			r.ended()
			if p := r.payment(1); p.State != payment.Waiting || p.Reason != reason {
				t.Errorf("payment is %s, %s", p.State, p.Reason)
			}
			if v := r.views(1); len(v) != 1 || v[0].End != end.String() || v[0].SIP != 480 || v[0].Talked != "" {
				t.Errorf("records %+v", v)
			}
			if n := r.dialer.Counts.CallEnds.Load(end); n != 1 {
				t.Errorf("counted %d", n)
			}
		})
	}
}

// Whoever did not order is blocked, in a call that is told so by its key and in one whose
// port only reports it, even if the payment has ended meanwhile.
func TestNotMe(t *testing.T) {
	t.Parallel()
	for name, asks := range map[string]bool{"asked in the call": true, "only reported": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, late := range []bool{false, true} {
				var r *room
				r = newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
					c.OnAnswer()
					if late {
						r.fire(1, payment.Event{Kind: payment.Stopped, Reason: payment.CalledOff})
					}
					if asks {
						if said := c.OnNotMe(context.WithoutCancel(ctx)); !slices.Equal(said, lang.Voice(lang.EN, lang.NotMeDone, lang.Args{})) {
							t.Errorf("said %q", said)
						}
					}
					return answered(call.EndNotMe)
				})
				r.order(1)
				r.ended()
				if u := r.user(); u.State != user.Blocked || u.Why != "not me, payment "+r.payment(1).Ref {
					t.Errorf("late %v: %s, %q", late, u.State, u.Why)
				}
				if p := r.payment(1); p.State != payment.Done {
					t.Errorf("late %v: payment is %s", late, p.State)
				}
				if v := r.views(1); len(v) != 1 || v[0].End != "not_me" {
					t.Errorf("late %v: records %+v", late, v)
				}
			}
		})
	}
}

// One number gets one call at a time, however many lines are free, and a call that waits
// for it is counted as waiting, and not as placed.
func TestOneCallForEachNumber(t *testing.T) {
	t.Parallel()
	rings, picks := make(chan string), make(chan struct{})
	r := newRoom(t, 5, func(_ context.Context, c call.Call) call.Report {
		rings <- c.Ref
		<-picks
		return call.Report{End: call.EndBusy}
	})
	r.order(1)
	first := <-rings
	r.order(2)
	for n := 0; n != 1; n, _ = r.dialer.Waiting() {
		time.Sleep(time.Millisecond)
	}
	r.pass(3 * time.Second)
	if n, oldest := r.dialer.Waiting(); n != 1 || oldest != 3*time.Second || r.dialer.Counts.Calls.Load() != 1 {
		t.Errorf("%d wait, for %s; %d placed", n, oldest, r.dialer.Counts.Calls.Load())
	}
	picks <- struct{}{}
	if second := <-rings; second == first {
		t.Errorf("%s was called twice", first)
	}
	picks <- struct{}{}
	r.ended()
	if n, _ := r.dialer.Waiting(); n != 0 || !r.dialer.Idle() {
		t.Errorf("%d wait after the end", n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.measured[meter.OrderToCall])
	if got := r.measured[meter.OrderToCall]; !slices.Equal(got, []time.Duration{0, 3 * time.Second}) {
		t.Errorf("measured %v", got)
	}
}

// An order that ends stops its call while it rings; once it is answered, the subscriber is
// told instead.
func TestOrderEndsInCall(t *testing.T) {
	t.Parallel()
	for name, picked := range map[string]bool{"rings": false, "answered": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r *room
			stopped := make(chan bool, 1)
			var said []string
			r = newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
				if picked {
					c.OnAnswer()
				}
				if r.dialer.Answered(1) != picked {
					t.Errorf("answered is %v", !picked)
				}
				r.fire(1, payment.Event{Kind: payment.Stopped, Reason: payment.CalledOff})
				stopped <- ctx.Err() != nil
				if !picked {
					return call.Report{End: call.EndNoAnswer}
				}
				v := c.OnInput(ctx, c.Steps[0].Name, nil)
				said = v.Say
				if v.Do != call.HangUp {
					t.Errorf("goes on with %v", v.Do)
				}
				return answered(call.EndFinished)
			})
			r.order(1)
			r.ended()
			if got := <-stopped; got == picked {
				t.Errorf("the call was stopped: %v", got)
			}
			if picked && len(said) == 0 {
				t.Error("nothing is said")
			}
			if p := r.payment(1); p.State != payment.Done || p.Reason != payment.CalledOff || len(r.views(1)) != 1 {
				t.Errorf("payment is %s, %s; records %+v", p.State, p.Reason, r.views(1))
			}
		})
	}
}

// A call that was cut off has one record, whoever writes it first.
func TestKeepCutOff(t *testing.T) {
	t.Parallel()
	r := newRoom(t, 1, func(context.Context, call.Call) call.Report { return call.Report{End: call.EndBusy} })
	r.order(1)
	r.ended()
	before := r.views(1)
	r.do(func(t *tx.Tx) error {
		p, err := t.Payment(1)
		if err != nil {
			return err
		}
		return call.KeepCutOff(t, p)
	})
	if after := r.views(1); len(before) != 1 || !slices.Equal(before, after) {
		t.Errorf("records %+v, before %+v", after, before)
	}
	r.do(func(t *tx.Tx) error {
		p, err := t.Payment(1)
		if err != nil {
			return err
		}
		p.Calls++
		return call.KeepCutOff(t, p)
	})
	if after := r.views(1); len(after) != 2 || after[1].End != "cut_off" || after[1].HungUp != "us" {
		t.Errorf("records %+v", after)
	}
}
