package call

import (
	"context"
	"errors"

	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// errPINKey says that the operator has changed or lost the key: no earlier
// PIN can be checked.
var errPINKey = errors.New("engine: the PIN was made under another key")

// countTry counts a try of the PIN of a user durably and returns what to compare with, and
// the tries since the last right one. What cannot be compared is no try.
func (d *Dialer) countTry(ctx context.Context, userNo uint64) (record pin.Record, tries int, err error) {
	err = d.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		u, err := t.User(userNo)
		if err != nil {
			return err
		}
		if !d.cfg.Hasher.Knows(u.PIN) {
			return errPINKey
		}
		u.Tries++
		record, tries = u.PIN, u.Tries
		t.SaveUser(u)
		return nil
	})
	return record, tries, err
}

// forgiveTries starts the count again after a right PIN that moves no payment.
func (d *Dialer) forgiveTries(ctx context.Context, userNo uint64) {
	err := d.cfg.Run.Do(ctx, func(t *tx.Tx) error { return forgetTriesOf(t, userNo) })
	if d.failed(err) {
		d.cfg.Log.Error("resetting the PIN tries failed", "err", err)
	}
}

// whyLocked is the reason for a lock that the operator sees.
const whyLocked = "wrong PINs"

// lockPayer locks whoever ordered order after too many wrong PINs.
func (d *Dialer) lockPayer(t *tx.Tx, order *payment.Payment) error {
	u, err := t.User(order.Orderer().User)
	if err != nil {
		return err
	}
	d.Counts.Locked.Add(1)
	d.cfg.Log.Warn("PIN locked", "ref", order.Ref)
	return d.cfg.Process.Suspend(t, u, user.Locked, whyLocked, payment.LockedElse)
}

// forgetTries starts the count of the orderer's tries again.
func forgetTries(t *tx.Tx, order *payment.Payment) error {
	return forgetTriesOf(t, order.Orderer().User)
}

func forgetTriesOf(t *tx.Tx, userNo uint64) error {
	u, err := t.User(userNo)
	if err != nil {
		return err
	}
	u.Tries = 0
	t.SaveUser(u)
	return nil
}
