package user

import (
	"time"

	"mpg/engine/pin"
)

// cancelResetFor is how long a reset of the PIN can be cancelled at least.
const cancelResetFor = 24 * time.Hour

// Reset is what the operator's reset of a PIN took away. It is kept while the subscriber
// can cancel the reset by NO, until a new PIN is chosen.
type Reset struct {
	PIN    pin.Record `cbor:"1,keyasint,omitzero"`
	Tries  int        `cbor:"2,keyasint,omitempty"`
	Locked bool       `cbor:"3,keyasint,omitempty"`
	Why    string     `cbor:"4,keyasint,omitempty"` // of the lock

	From  time.Time `cbor:"5,keyasint"` // when a new PIN may be chosen
	Until time.Time `cbor:"6,keyasint"` // when it can no longer be cancelled
}

// ResetPIN clears the PIN and sets none. It ends a lock after wrong PINs, but not a block.
// A new PIN may be chosen after wait. What the first of several resets took away is what
// can be brought back.
func (u *User) ResetPIN(now time.Time, wait time.Duration) {
	if !u.CanCancelReset(now) {
		u.Reset = &Reset{PIN: u.PIN, Tries: u.Tries}
	}
	u.Reset.From, u.Reset.Until = now.Add(wait).UTC(), now.Add(max(wait, cancelResetFor)).UTC()
	if u.State == Locked {
		u.Reset.Locked, u.Reset.Why = true, u.Why
		u.State, u.Why = Active, ""
	}
	u.PIN, u.Tries = pin.Record{}, 0
}

// CanCancelReset reports whether a reset of the PIN can be cancelled now: no new PIN has
// been chosen.
func (u *User) CanCancelReset(now time.Time) bool {
	return u.Reset != nil && !u.PIN.Set() && now.Before(u.Reset.Until)
}

// CancelReset undoes a reset: the PIN is what it was, and so is a lock. A block stays.
func (u *User) CancelReset() {
	was := u.Reset
	u.PIN, u.Tries, u.Reset = was.PIN, was.Tries, nil
	if was.Locked && u.State == Active {
		u.State, u.Why = Locked, was.Why
	}
}

// SetPIN sets a PIN that the subscriber has chosen. What a reset took away is gone for good.
func (u *User) SetPIN(record pin.Record) { u.PIN, u.Tries, u.Reset = record, 0, nil }

// PINWait returns when a subscriber whose PIN was reset may choose a new one, or the zero
// time if that is now.
func (u *User) PINWait(now time.Time) time.Time {
	if u.Reset == nil || u.PIN.Set() || !now.Before(u.Reset.From) {
		return time.Time{}
	}
	return u.Reset.From
}
