package call_test

import (
	"context"
	"testing"

	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/user"
)

// A PIN is chosen by keying it twice, after the old one if there is one, and nothing but
// that changes it.
func TestChoosePIN(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		old, pins []string
		pin       string // that is right in the end; empty: none
		tries     int
		user      user.State
		text      lang.Key
	}{
		"first":            {nil, []string{newPIN, newPIN}, newPIN, 0, user.Active, lang.PINChanged},
		"weak, then fine":  {nil, []string{"111111", newPIN, newPIN}, newPIN, 0, user.Active, lang.PINChanged},
		"another":          {[]string{rightPIN}, []string{rightPIN, newPIN, newPIN}, newPIN, 0, user.Active, lang.PINChanged},
		"wrong, then fine": {[]string{rightPIN}, []string{wrongPIN, rightPIN, newPIN, newPIN}, newPIN, 0, user.Active, lang.PINChanged},
		"hangs up":         {[]string{rightPIN}, []string{rightPIN, newPIN}, rightPIN, 0, user.Active, lang.PINUnchanged},
		"differs":          {nil, []string{newPIN, wrongPIN, wrongPIN, wrongPIN}, "", 0, user.Active, lang.PINUnchanged},
		"wrong, hangs up":  {[]string{rightPIN}, []string{wrongPIN}, rightPIN, 1, user.Active, lang.PINUnchanged},
		"three wrong":      {[]string{rightPIN}, []string{wrongPIN, wrongPIN, wrongPIN}, rightPIN, 3, user.Locked, lang.Locked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r *room
			r = newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
				if !r.choosing() {
					t.Error("the call is not listed")
				}
				_, end := press(ctx, t, c, want.pins...)
				return answered(end)
			})
			for _, pin := range want.old {
				r.setPIN(pin, false)
			}
			r.choosePIN()
			r.ended()
			u := r.user()
			if u.PIN.Set() != (want.pin != "") || want.pin != "" && !r.hasher.Right(keyed(t, want.pin), u.PIN) {
				t.Error("the PIN is not the one that is wanted")
			}
			if u.Tries != want.tries || u.State != want.user || len(u.Calls) != 1 {
				t.Errorf("%d tries, %s, %d calls", u.Tries, u.State, len(u.Calls))
			}
			if r.choosing() {
				t.Error("the call is still listed")
			}
			r.told(want.text)
		})
	}
}

// A PIN that was keyed in a call does not undo what the operator did during it.
func TestChoosePINOvertaken(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(u *user.User){
		"blocked":   func(u *user.User) { u.State = user.Blocked },
		"PIN reset": func(u *user.User) { u.PIN.Hash = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r *room
			r = newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
				c.OnAnswer()
				for i, digits := range []string{"", rightPIN, newPIN, newPIN} {
					if i == 3 {
						r.change(act)
					}
					if digits == "" {
						c.OnInput(ctx, c.Steps[i].Name, nil)
					} else if v := c.OnInput(ctx, c.Steps[i].Name, keyed(t, digits)); i == 3 && len(v.Say) != 0 {
						t.Errorf("said %q", v.Say)
					}
				}
				return answered(call.EndFinished)
			})
			r.setPIN(rightPIN, false)
			r.choosePIN()
			r.ended()
			if u := r.user(); r.hasher.Right(keyed(t, newPIN), u.PIN) {
				t.Error("the new PIN was set")
			}
			r.told(lang.PINUnchanged)
		})
	}
}

// A call to choose a PIN that a stop cut off is told about at the next start, once.
func TestResume(t *testing.T) {
	t.Parallel()
	on := make(chan struct{})
	r := newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
		c.OnAnswer()
		close(on)
		<-ctx.Done()
		return answered(call.EndHungUp)
	})
	r.choosePIN()
	<-on
	r.stop()
	r.ended()
	r.told()
	if !r.choosing() {
		t.Fatal("the call is forgotten")
	}
	for range 2 {
		r.start(1)
		if err := r.dialer.Resume(); err != nil {
			t.Fatal(err)
		}
		r.stop()
		r.told(lang.PINUnchanged)
	}
	if r.choosing() {
		t.Error("the call is still listed")
	}
}
