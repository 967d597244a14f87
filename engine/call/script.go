package call

import (
	"context"
	"fmt"

	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// Script is a call of a module to a subscriber. Its first step must want a key (WantKey)
// and say no detail: if voicemail answers, no key is pressed and nothing is disclosed.
type Script struct {
	Module string    // kept with the record of the call
	Lang   lang.Lang // of every sentence
	Via    string    // bind that texts about the call
	Code   string    // short code that the text comes from
	Steps  []Step
	Soon   []string // sentences that OnInput is likely to say

	// OnInput answers a key or a PIN, like Call.OnInput. A PIN is compared by Dialer.Try.
	OnInput func(ctx context.Context, step string, digits *pin.PIN) Verdict
	// OnEnd is called once the line is free, unless mpg is stopping. A module that has to
	// know that a call was cut off keeps a record of the call, as ChoosePIN does, and looks
	// for it at the next start.
	OnEnd func(ctx context.Context, report Report)
}

// Play calls person after the commit of t, and goes through the script. The call counts
// towards the hour's limit, which the caller must have checked (user.User.CallsLeft). A
// subscriber who says that they did not ask for the call is blocked and told so by text, as
// in every call.
func (d *Dialer) Play(t *tx.Tx, person *user.User, script Script) {
	person.CountCall(t.Now)
	t.SaveUser(person)
	called := *person
	t.AfterCommit(func() { d.running.Go(func() { d.play(&called, script) }) })
}

// play is the call itself.
func (d *Dialer) play(person *user.User, script Script) {
	about := fmt.Sprintf("%s %s %d", script.Module, payment.Key(person.No), d.scripts.Add(1))
	out, ok := d.place(about, Call{To: person.Phone, Lang: script.Lang, Steps: script.Steps, Soon: script.Soon, OnInput: script.OnInput,
		OnNotMe: func(ctx context.Context) []string { return d.disowned(ctx, person.No, script) }}, func() {})
	if !out.placedAt.IsZero() {
		r := recordOf(out, 0)
		r.Purpose, r.User = cdr.Purpose(script.Module), person.No
		d.records.add(r)
	}
	if ok && script.OnEnd != nil {
		script.OnEnd(d.ctx, out.Report)
	}
}

// disowned blocks a subscriber who did not ask for a call, and returns what to say, or
// nothing if the block could not be committed.
func (d *Dialer) disowned(ctx context.Context, userNo uint64, script Script) []string {
	err := d.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		u, err := t.User(userNo)
		if err != nil {
			return err
		}
		if err := d.cfg.Process.Suspend(t, u, user.Blocked, "not me, call of "+script.Module, payment.DisownedElse); err != nil {
			return err
		}
		return t.Notify(notice.Notice{Via: script.Via, From: script.Code, To: u.Phone, Lang: script.Lang, Text: lang.NotMe})
	})
	if err != nil {
		if d.failed(err) {
			d.cfg.Log.Error("blocking a subscriber failed", "call", script.Module, "err", err)
		}
		return nil
	}
	d.cfg.Log.Warn("subscriber says: not me; blocked", "call", script.Module)
	return d.speechIn(script.Lang).words(lang.NotMeDone, lang.Args{})
}

// Try compares a PIN that was keyed in a Script with that of a subscriber. The try is
// counted, over all calls, before the PIN is compared; after pin.TriesMax wrong PINs the
// subscriber is locked. left is the number of tries left.
func (d *Dialer) Try(ctx context.Context, userNo uint64, digits *pin.PIN) (right bool, left int, err error) {
	record, tries, err := d.countTry(ctx, userNo)
	if err != nil {
		return false, 0, err
	}
	if tries <= pin.TriesMax && d.cfg.Hasher.Right(digits, record) {
		d.Counts.PINRight.Add(1)
		d.forgiveTries(ctx, userNo)
		return true, pin.TriesMax, nil
	}
	d.Counts.PINWrong.Add(1)
	if tries < pin.TriesMax {
		return false, pin.TriesMax - tries, nil
	}
	d.Counts.Locked.Add(1)
	err = d.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		u, err := t.User(userNo)
		if err != nil {
			return err
		}
		return d.cfg.Process.Suspend(t, u, user.Locked, whyLocked, payment.LockedElse)
	})
	return false, 0, err
}

// Guard returns the first step of a Script: it says what kind of call this is, with no
// detail, and waits for a key.
func (d *Dialer) Guard(language lang.Lang, say []string) Step {
	step := d.speechIn(language).guardStep(lang.GuardPIN, lang.Bye)
	step.Say = say
	return step
}
