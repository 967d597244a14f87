package engine

import (
	"context"
	"errors"

	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/user"
)

// errPINKey says that the operator has changed or lost the key: no PIN of before
// can be checked.
var errPINKey = errors.New("engine: the PIN was made under another key")

// countTry counts a try of the PIN durably and returns what to compare with. What
// cannot be compared is no try.
func (e *Engine) countTry(ctx context.Context, no uint64) (pin.Record, int, error) {
	var record pin.Record
	var tries int
	err := e.step(ctx, func(w *work) error {
		u, err := w.User(no)
		if err != nil {
			return err
		}
		if !e.hasher.Knows(u.PIN) {
			return errPINKey
		}
		u.Tries++
		record, tries = u.PIN, u.Tries
		w.SaveUser(u)
		return nil
	})
	return record, tries, err
}

// forgiveTries starts the count again after a right PIN that moves no payment.
func (e *Engine) forgiveTries(ctx context.Context, no uint64) {
	err := e.step(ctx, func(w *work) error { return forgetTriesOf(w, no) })
	e.logErr("PIN try", "", err)
}

// whyLocked is the reason for a lock that the operator sees.
const whyLocked = "wrong PINs"

func lockPayer(w *work, p *payment.Payment) error {
	u, err := w.User(p.Payer.User)
	if err != nil {
		return err
	}
	w.e.stats.Locked.Add(1)
	w.e.cfg.Log.Warn("PIN locked", "ref", p.Ref)
	return w.e.process.Suspend(w.Tx, u, user.Locked, whyLocked, payment.LockedElse)
}

func forgetTries(w *work, p *payment.Payment) error { return forgetTriesOf(w, p.Payer.User) }

func forgetTriesOf(w *work, no uint64) error {
	u, err := w.User(no)
	if err != nil {
		return err
	}
	u.Tries = 0
	w.SaveUser(u)
	return nil
}
