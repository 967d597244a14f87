package call

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

// ChoosingPIN reports whether person is being called to choose a PIN.
func (d *Dialer) ChoosingPIN(t *tx.Tx, person *user.User) (bool, error) {
	running, err := tx.Read[pinCall](t, user.CallTable, payment.Key(person.No))
	return running != nil, err
}

// ChoosePIN calls person after the commit: the old PIN if there is one, the new one, and
// the new one again. No text comes before the call; the one after it is sent by the bind
// via from the short code. There must be no other such call to person; see ChoosingPIN.
func (d *Dialer) ChoosePIN(t *tx.Tx, person *user.User, language lang.Lang, via, code string) {
	p := &pinCall{User: person.No, Phone: person.Phone, Lang: language, Via: via, Code: code, Old: person.PIN.Set()}
	tx.Save(t, user.CallTable, payment.Key(person.No), p)
	person.CountCall(t.Now)
	t.SaveUser(person)
	t.AfterCommit(func() { d.dialPIN(p) })
}

func (d *Dialer) dialPIN(choice *pinCall) {
	d.running.Go(func() {
		c := &changePINCall{d: d, p: choice, speech: d.speechIn(choice.Lang)}
		defer c.first.Wipe()
		out, ok := d.place("pin "+payment.Key(choice.User), Call{
			To: choice.Phone, Lang: choice.Lang, Steps: c.steps(), OnInput: c.onInput, OnNotMe: c.onNotMe}, func() {})
		if !out.placedAt.IsZero() {
			r := recordOf(out, c.wrong)
			r.Purpose, r.User = cdr.ForPIN, choice.User
			d.records.add(r)
		}
		if ok && !c.settled {
			c.ended(out.End)
		}
	})
}

// changePINCall is the conversation in which a PIN is chosen.
type changePINCall struct {
	speech
	d          *Dialer
	p          *pinCall
	first      pin.PIN // the new PIN as keyed first; wiped at the end
	mismatches int
	wrong      int        // old PINs keyed
	was        pin.Record // that the old PIN was compared with
	settled    bool       // the end of the call is committed
}

func (c *changePINCall) steps() []Step {
	ask := func(name string, prompt lang.Prompt) Step {
		return c.pinStep(name, c.words(prompt, lang.Args{}), nil, lang.ByePIN)
	}
	steps := []Step{c.guardStep(lang.GuardPIN, lang.ByePIN)}
	if c.p.Old {
		steps = append(steps, ask(stepOldPIN, lang.AskOldPIN))
	}
	return append(steps, ask(stepNewPIN, lang.AskNewPIN), ask(stepNewAgain, lang.AskNewAgain))
}

// onInput answers a key or a PIN.
func (c *changePINCall) onInput(ctx context.Context, step string, digits *pin.PIN) Verdict {
	switch step {
	case stepOldPIN:
		return c.onOldPIN(ctx, digits)
	case stepNewPIN:
		if digits.Weak() {
			return c.verdict(lang.PINWeak, lang.Args{}, AskAgain)
		}
		c.first = *digits
	case stepNewAgain:
		return c.onNewAgain(ctx, digits)
	}
	return Verdict{Do: GoOn}
}

// onOldPIN checks the current PIN, whose wrong tries count as in a payment.
func (c *changePINCall) onOldPIN(ctx context.Context, digits *pin.PIN) Verdict {
	record, tries, err := c.d.countTry(ctx, c.p.User)
	if err != nil {
		if c.d.failed(err) {
			c.d.cfg.Log.Error("counting a PIN try failed", "err", err)
		}
		return Verdict{Do: HangUp}
	}
	if tries <= pin.TriesMax && c.d.cfg.Hasher.Right(digits, record) {
		c.d.forgiveTries(ctx, c.p.User)
		c.was = record
		return Verdict{Do: GoOn}
	}
	c.wrong++
	if tries < pin.TriesMax {
		return c.verdict(lang.PINWrong, lang.Args{Tries: pin.TriesMax - tries}, AskAgain)
	}
	c.finish(ctx, lang.Locked, func(t *tx.Tx, person *user.User) error {
		return c.d.cfg.Process.Suspend(t, person, user.Locked, whyLocked, payment.LockedElse)
	})
	return c.verdict(lang.PINLocked, lang.Args{}, HangUp)
}

// onNewAgain takes the new PIN if it was keyed twice alike.
func (c *changePINCall) onNewAgain(ctx context.Context, digits *pin.PIN) Verdict {
	if !c.first.Equal(digits) {
		c.mismatches++
		if c.mismatches >= mismatchMax {
			return c.verdict(lang.PINMismatch, lang.Args{}, HangUp)
		}
		return c.verdict(lang.PINMismatch, lang.Args{}, AskAgain)
	}
	record, err := c.d.cfg.Hasher.Make(digits)
	if err != nil {
		if c.d.failed(err) {
			c.d.cfg.Log.Error("storing a new PIN failed", "err", err)
		}
		return Verdict{Do: HangUp}
	}
	err = c.d.endPINCall(ctx, c.p, lang.PINChanged, setPIN(c.was, record))
	if errors.Is(err, errOvertaken) { // told by text that nothing has changed
		c.finish(ctx, lang.PINUnchanged, nothingChanges)
		return Verdict{Do: HangUp}
	}
	if !c.finished(err) {
		return Verdict{Do: HangUp}
	}
	return c.verdict(lang.PINDone, lang.Args{}, HangUp)
}

// ended tells the subscriber that nothing has changed.
func (c *changePINCall) ended(end End) {
	if end == EndNotMe { // the commit failed in the call, or nobody asked for it
		c.onNotMe(c.d.ctx)
		return
	}
	c.finish(c.d.ctx, lang.PINUnchanged, nothingChanges)
}

// onNotMe blocks a subscriber who did not ask for the call: somebody else sent a
// text in their name.
func (c *changePINCall) onNotMe(ctx context.Context) []string {
	if !c.finish(ctx, lang.NotMe, c.disown) {
		return nil
	}
	c.d.cfg.Log.Warn("subscriber says: not me; blocked", "call", "pin")
	return c.words(lang.NotMeDone, lang.Args{})
}

func (c *changePINCall) disown(t *tx.Tx, person *user.User) error {
	return c.d.cfg.Process.Suspend(t, person, user.Blocked, "not me, call to choose a PIN", payment.DisownedElse)
}

// finish ends the call's record, changes the subscriber and tells them, in one
// commit. It reports false, and logs the error, if that failed.
func (c *changePINCall) finish(ctx context.Context, text lang.Key, change pinChange) bool {
	return c.finished(c.d.endPINCall(ctx, c.p, text, change))
}

// finished notes whether the call's record has ended, and logs why not.
func (c *changePINCall) finished(err error) bool {
	c.settled = err == nil
	if c.d.failed(err) {
		c.d.cfg.Log.Error("call to choose a PIN failed", "err", err)
	}
	return err == nil
}

// pinChange is what the end of the call does to the subscriber, who is saved.
type pinChange func(t *tx.Tx, u *user.User) error

func nothingChanges(*tx.Tx, *user.User) error { return nil }

// errOvertaken says that the subscriber was blocked or locked, or their PIN reset,
// during the call.
var errOvertaken = errors.New("engine: something happened to the subscriber during the call")

// setPIN replaces the PIN was by the new one, unless the subscriber was blocked or locked
// meanwhile, or the PIN was reset or came back by NO: the operator may have learned that
// somebody else has the phone or knows the PIN.
func setPIN(was, record pin.Record) pinChange {
	return func(t *tx.Tx, person *user.User) error {
		if !person.MayPay() || !bytes.Equal(person.PIN.Hash, was.Hash) || !person.PINWait(t.Now).IsZero() {
			return errOvertaken
		}
		person.SetPIN(record)
		return nil
	}
}

// errPINCallOver says that the call's record is gone: it ended before.
var errPINCallOver = errors.New("engine: the call to choose a PIN is over")

// endPINCall removes the call's record, changes the subscriber and tells them, in one
// commit.
func (d *Dialer) endPINCall(ctx context.Context, choice *pinCall, text lang.Key, change pinChange) error {
	return d.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		key := payment.Key(choice.User)
		if running, err := tx.Read[pinCall](t, user.CallTable, key); err != nil || running == nil {
			return errors.Join(err, errPINCallOver)
		}
		tx.Drop(t, user.CallTable, key)
		u, err := t.User(choice.User)
		if err != nil {
			return err
		}
		t.SaveUser(u)
		if err := change(t, u); err != nil {
			return err
		}
		return t.Notify(notice.Notice{Via: choice.Via, From: choice.Code, To: choice.Phone, Lang: choice.Lang, Text: text})
	})
}
