package user_test

import (
	"testing"
	"time"

	"mpg/engine/pin"
	"mpg/engine/user"
)

// TestResetAndCancel: what a reset took away comes back, and nothing else does.
func TestResetAndCancel(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	chosen, other := pin.Record{Hash: []byte("chosen")}, pin.Record{Hash: []byte("other")}
	for name, tt := range map[string]struct {
		state   user.State
		then    func(u *user.User)
		after   time.Duration
		cancels bool
		back    user.State
	}{
		"active":               {user.Active, nil, 0, true, user.Active},
		"locked":               {user.Locked, nil, 0, true, user.Locked},
		"blocked":              {user.Blocked, nil, 0, true, user.Blocked},
		"blocked since":        {user.Locked, func(u *user.User) { u.State = user.Blocked }, 0, true, user.Blocked},
		"just in time":         {user.Active, nil, 48*time.Hour - 1, true, user.Active},
		"too late":             {user.Active, nil, 48 * time.Hour, false, user.Active},
		"another PIN was set":  {user.Locked, func(u *user.User) { u.SetPIN(other) }, 0, false, user.Active},
		"reset twice":          {user.Locked, func(u *user.User) { u.ResetPIN(now, 0) }, 0, true, user.Locked},
		"reset after that one": {user.Active, func(u *user.User) { u.SetPIN(chosen); u.ResetPIN(now, 0) }, 24 * time.Hour, false, user.Active},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &user.User{State: tt.state, Why: "why", Secret: user.Secret{PIN: chosen, Tries: 2}}
			u.ResetPIN(now, 48*time.Hour)
			if u.PIN.Set() || u.Tries != 0 || u.State == user.Locked {
				t.Errorf("reset: %+v", u)
			}
			if tt.then != nil {
				tt.then(u)
			}
			at := now.Add(tt.after)
			if got := u.CanCancelReset(at); got != tt.cancels {
				t.Fatalf("can be canceled: %v", got)
			}
			if !tt.cancels {
				return
			}
			u.CancelReset()
			if string(u.PIN.Hash) != "chosen" || u.Tries != 2 || u.State != tt.back || u.Reset != nil || u.CanCancelReset(at) {
				t.Errorf("canceled: %+v, want state %s", u, tt.back)
			}
		})
	}
}

// TestPINWait: a new PIN can be chosen when the wait is over, and at once without a reset.
func TestPINWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	var u user.User
	if !u.PINWait(now).IsZero() {
		t.Error("a wait without a reset")
	}
	u.ResetPIN(now, 24*time.Hour)
	for after, waits := range map[time.Duration]bool{0: true, 24*time.Hour - 1: true, 24 * time.Hour: false, 48 * time.Hour: false} {
		if from := u.PINWait(now.Add(after)); from.IsZero() == waits {
			t.Errorf("after %s: until %v", after, from)
		}
	}
	u.SetPIN(pin.Record{Hash: []byte("new")})
	if !u.PINWait(now).IsZero() || u.CanCancelReset(now) {
		t.Error("a new PIN waits, or can be canceled")
	}
}
