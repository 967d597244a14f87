package engine

import (
	"bytes"
	"context"
	"errors"

	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// mismatchMax is how often the new PIN may be keyed differently the second
// time before the call ends.
const mismatchMax = 3

// pinCall is a call to choose a PIN, kept until it has ended, so that a restart
// can say that nothing changed.
type pinCall struct {
	User  uint64    `cbor:"1,keyasint"`
	Phone string    `cbor:"2,keyasint"`
	Lang  lang.Lang `cbor:"3,keyasint"`
	Via   string    `cbor:"4,keyasint"`
	Code  string    `cbor:"5,keyasint"`
	Old   bool      `cbor:"6,keyasint"` // the old PIN is asked first
}

func (e *Engine) goDialPIN(c *pinCall) {
	e.calls.Go(func() {
		t := &pinTalk{e: e, c: c}
		defer t.first.Wipe()
		call, ok := e.placeCall("pin "+payment.Key(c.User), "", func() {}, Call{
			To: c.Phone, Lang: c.Lang, Steps: t.steps(), Judge: t.judge, NotMe: t.notMe})
		if !call.at.IsZero() {
			r := recordOf(call.at, call.CallReport, t.wrong)
			r.Purpose, r.User = cdr.ForPIN, c.User
			e.callLog.add(r)
		}
		if ok && !t.settled {
			t.ended(call.End)
		}
	})
}

// pinTalk is the conversation in which a PIN is chosen.
type pinTalk struct {
	e          *Engine
	c          *pinCall
	first      pin.PIN // the new PIN as keyed first; wiped at the end
	mismatches int
	wrong      int        // old PINs keyed
	was        pin.Record // that the old PIN was compared with
	settled    bool
}

func (t *pinTalk) steps() []CallStep {
	ask := func(name string, p lang.Prompt) CallStep {
		return pinStep(t.c.Lang, name, lang.Voice(t.c.Lang, p, lang.Args{}), nil, lang.ByePIN)
	}
	steps := []CallStep{guardStep(t.c.Lang, lang.GuardPIN, lang.ByePIN)}
	if t.c.Old {
		steps = append(steps, ask(stepOld, lang.AskOldPIN))
	}
	return append(steps, ask(stepNew, lang.AskNewPIN), ask(stepSame, lang.AskNewAgain))
}

func (t *pinTalk) say(p lang.Prompt, a lang.Args, do Do) Verdict {
	return Verdict{Say: lang.Voice(t.c.Lang, p, a), Do: do}
}

func (t *pinTalk) judge(ctx context.Context, step string, digits *pin.PIN) Verdict {
	switch step {
	case stepOld:
		return t.old(ctx, digits)
	case stepNew:
		if digits.Weak() {
			return t.say(lang.PINWeak, lang.Args{}, AskAgain)
		}
		t.first = *digits
	case stepSame:
		return t.same(ctx, digits)
	}
	return Verdict{Do: GoOn}
}

// old checks the PIN of today, whose wrong tries count as in a payment.
func (t *pinTalk) old(ctx context.Context, digits *pin.PIN) Verdict {
	record, tries, err := t.e.countTry(ctx, t.c.User)
	if err != nil {
		t.e.logErr("PIN try", "", err)
		return Verdict{Do: HangUp}
	}
	if tries <= pin.TriesMax && t.e.hasher.Right(digits, record) {
		t.e.forgiveTries(ctx, t.c.User)
		t.was = record
		return Verdict{Do: GoOn}
	}
	t.wrong++
	if tries < pin.TriesMax {
		return t.say(lang.PINWrong, lang.Args{Tries: pin.TriesMax - tries}, AskAgain)
	}
	t.finish(ctx, lang.Locked, func(w *work, u *user.User) error {
		return w.e.process.Suspend(w.Tx, u, user.Locked, whyLocked, payment.LockedElse)
	})
	return t.say(lang.PINLocked, lang.Args{}, HangUp)
}

// same takes the new PIN when it was keyed twice alike.
func (t *pinTalk) same(ctx context.Context, digits *pin.PIN) Verdict {
	if !t.first.Equal(digits) {
		t.mismatches++
		if t.mismatches >= mismatchMax {
			return t.say(lang.PINMismatch, lang.Args{}, HangUp)
		}
		return t.say(lang.PINMismatch, lang.Args{}, AskAgain)
	}
	record, err := t.e.hasher.Make(digits)
	if err != nil {
		t.e.logErr("new PIN", "", err)
		return Verdict{Do: HangUp}
	}
	err = t.e.endPINCall(ctx, t.c, lang.PINChanged, setPIN(t.was, record))
	if errors.Is(err, errOvertaken) { // told by text that nothing has changed
		t.finish(ctx, lang.PINUnchanged, nothingChanges)
		return Verdict{Do: HangUp}
	}
	if !t.finished(err) {
		return Verdict{Do: HangUp}
	}
	return t.say(lang.PINDone, lang.Args{}, HangUp)
}

// ended tells the subscriber that nothing has changed.
func (t *pinTalk) ended(end CallEnd) {
	if end == CallNotMe { // the commit failed in the call, or nobody asked for it
		t.notMe(t.e.ctx)
		return
	}
	t.finish(t.e.ctx, lang.PINUnchanged, nothingChanges)
}

// notMe blocks a subscriber who did not ask for the call: somebody else sent a
// text in their name.
func (t *pinTalk) notMe(ctx context.Context) []string {
	if !t.finish(ctx, lang.NotMe, disown) {
		return nil
	}
	t.e.cfg.Log.Warn("subscriber says: not me; blocked", "call", "pin")
	return lang.Voice(t.c.Lang, lang.NotMeDone, lang.Args{})
}

func disown(w *work, u *user.User) error {
	return w.e.process.Suspend(w.Tx, u, user.Blocked, "not me, call to choose a PIN", payment.DisownedElse)
}

// pinChange is what the end of the call does to the subscriber, who is saved.
type pinChange func(w *work, u *user.User) error

func nothingChanges(*work, *user.User) error { return nil }

// errOvertaken says that the subscriber was blocked or locked, or their PIN reset,
// during the call.
var errOvertaken = errors.New("engine: something happened to the subscriber during the call")

// setPIN replaces the PIN was by the new one, unless the subscriber was blocked or
// locked meanwhile, or the PIN was reset: the operator may have learned that somebody
// else has the phone or knows the PIN.
func setPIN(was, record pin.Record) pinChange {
	return func(_ *work, u *user.User) error {
		if !u.MayPay() || !bytes.Equal(u.PIN.Hash, was.Hash) {
			return errOvertaken
		}
		u.PIN, u.Tries = record, 0
		return nil
	}
}

// finish ends the call's record, changes the subscriber and tells them, in one
// commit.
func (t *pinTalk) finish(ctx context.Context, text lang.Key, change pinChange) bool {
	return t.finished(t.e.endPINCall(ctx, t.c, text, change))
}

// finished notes whether the call's record has ended.
func (t *pinTalk) finished(err error) bool {
	t.settled = err == nil
	t.e.logErr("call to choose a PIN", "", err)
	return err == nil
}

func (e *Engine) endPINCall(ctx context.Context, c *pinCall, text lang.Key, change pinChange) error {
	return e.step(ctx, func(w *work) error {
		key := payment.Key(c.User)
		if running, err := tx.Read[pinCall](w.Tx, user.CallTable, key); err != nil || running == nil {
			return errors.Join(err, errPINCallOver)
		}
		tx.Drop(w.Tx, user.CallTable, key)
		u, err := w.User(c.User)
		if err != nil {
			return err
		}
		w.SaveUser(u)
		if err := change(w, u); err != nil {
			return err
		}
		return w.Notify(notice.Notice{Via: c.Via, From: c.Code, To: c.Phone, Lang: c.Lang, Text: text})
	})
}

// errPINCallOver says that the call's record is gone: it ended before.
var errPINCallOver = errors.New("engine: the call to choose a PIN is over")
