package engine

import (
	"context"
	"errors"
	"time"

	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// Names of the steps of a call that asks for a PIN.
const (
	stepGuard = "guard" // says no detail before a key: a voicemail presses none
	stepPIN   = "pin"
	stepOld   = "old pin"
	stepNew   = "new pin"
	stepSame  = "new pin again"
)

// goDial places the call for p and sees to what comes of it.
func (e *Engine) goDial(p *payment.Payment) {
	e.calls.Go(func() {
		t := &talk{e: e, p: p}
		var ordered time.Time
		if p.Calls == 1 {
			ordered = p.Created()
		}
		call, ok := e.placeCall(payment.Key(p.No), p.Ref, func() { e.tellCallSoon(p) }, Call{
			To: p.Payer.Phone, Lang: p.Lang, Ref: p.Ref, Steps: t.steps(), Ordered: ordered,
			Soon: t.soon(), Judge: t.judge, NotMe: t.notMe})
		if ok {
			t.ended(call)
		} else if now, err := t.state(); err == nil && now.State != payment.Calling {
			t.log(call) // otherwise the start finds that it was cut off
		}
	})
}

// tellCallSoon sends the one text before a call, for one that cannot start yet. It
// races with the NO that stops the order, and must not come after it.
func (e *Engine) tellCallSoon(p *payment.Payment) {
	err := e.step(e.ctx, func(w *work) error {
		now, err := w.Payment(p.No)
		if err != nil || now.State != payment.Calling {
			return err
		}
		w.AsOf(now)
		return w.Notify(notice.Notice{Via: p.Via, From: p.Code, To: p.Payer.Phone, Lang: p.Lang, Text: lang.CallSoon, Args: notice.About(p)})
	})
	e.logErr("call-soon text", p.Ref, err)
}

// talk is the conversation about one payment.
type talk struct {
	e     *Engine
	p     *payment.Payment
	wrong int  // PINs in this call
	fault bool // ours, which ended the call
	done  bool // "not me" is committed
}

// steps returns the sentences: the guard, then payee, amount, where the money
// comes from, and the PIN.
func (t *talk) steps() []CallStep {
	l, a := t.p.Lang, t.details()
	say := lang.Voice(l, lang.Details, a)
	source := lang.FromPurse
	if t.p.Plan.Bank() != "" {
		source = lang.Irrevocable
	}
	say = append(say, lang.Voice(l, source, a)...)
	return []CallStep{
		guardStep(l, lang.Guard, lang.Bye),
		pinStep(l, stepPIN, append(say, lang.Voice(l, lang.AskPIN, lang.Args{})...), lang.Voice(l, lang.AskPINAgain, a), lang.Bye),
	}
}

// soon returns what is likely to be said after the PIN.
func (t *talk) soon() []string {
	say := lang.Voice(t.p.Lang, lang.Paid, notice.About(t.p))
	for left := pin.TriesMax - 1; left > 0; left-- {
		say = append(say, lang.Voice(t.p.Lang, lang.PINWrong, lang.Args{Tries: left})...)
	}
	return say
}

// guardStep is the first step of a call.
func guardStep(l lang.Lang, guard, bye lang.Prompt) CallStep {
	say := func(p lang.Prompt) []string { return lang.Voice(l, p, lang.Args{}) }
	return CallStep{Name: stepGuard, Say: say(guard), Again: say(lang.Ask1Again), Bye: say(bye), Want: WantKey}
}

// pinStep asks for a PIN.
func pinStep(l lang.Lang, name string, ask, again []string, bye lang.Prompt) CallStep {
	say := func(p lang.Prompt) []string { return lang.Voice(l, p, lang.Args{}) }
	return CallStep{Name: name, Say: ask, Again: again, Short: say(lang.PINShort), GoOn: say(lang.PINGoOn), Bye: say(bye), Want: WantPIN}
}

// details returns what is spoken before the PIN. For a payment to a person it
// holds the masked name as well, where the payment still has it: this payer
// gave the number.
func (t *talk) details() lang.Args {
	a := notice.About(t.p)
	a.Party.Name = t.p.Payee.Name
	return a
}

func (t *talk) say(p lang.Prompt, a lang.Args, do Do) Verdict {
	return Verdict{Say: lang.Voice(t.p.Lang, p, a), Do: do}
}

func (t *talk) judge(ctx context.Context, step string, digits *pin.PIN) Verdict {
	if now, err := t.state(); err != nil || now.State != payment.Calling {
		return t.tooLate(now)
	}
	if step == stepGuard {
		return Verdict{Do: GoOn}
	}
	return t.pin(ctx, digits)
}

// state is the payment as it is now.
func (t *talk) state() (*payment.Payment, error) {
	return t.e.view().Payment(t.p.No)
}

// tooLate tells a caller whose order has ended meanwhile.
func (t *talk) tooLate(now *payment.Payment) Verdict {
	if now != nil && now.Reason == payment.TimedOut {
		return t.say(lang.ExpiredCall, notice.About(t.p), HangUp)
	}
	return t.say(lang.StoppedCall, notice.About(t.p), HangUp)
}

// pin checks the PIN. The try is committed before it is compared; a right one
// resets the counter in the commit that moves the payment on.
func (t *talk) pin(ctx context.Context, digits *pin.PIN) Verdict {
	record, tries, err := t.e.countTry(ctx, t.p.Payer.User)
	if err != nil {
		t.fault = true
		t.e.logErr("PIN try", t.p.Ref, err)
		return Verdict{Do: HangUp}
	}
	if tries <= pin.TriesMax && t.e.hasher.Right(digits, record) {
		t.e.stats.PINRight.Add(1)
		return t.right(ctx)
	}
	t.e.stats.PINWrong.Add(1)
	t.wrong++
	if tries < pin.TriesMax {
		return t.say(lang.PINWrong, lang.Args{Tries: pin.TriesMax - tries}, AskAgain)
	}
	return t.lock(ctx)
}

// lock ends the payment and locks the payer, in one commit; the payer also
// where the payment has ended meanwhile.
func (t *talk) lock(ctx context.Context) Verdict {
	err := t.e.fire(ctx, t.p.No, payment.Event{Kind: payment.PINLocked, Reason: payment.LockedOut}, lockPayer)
	if errors.Is(err, payment.ErrLate) {
		err = t.e.step(ctx, func(w *work) error { return lockPayer(w, t.p) })
	}
	t.e.logErr("lock", t.p.Ref, err)
	return t.say(lang.PINLocked, lang.Args{}, HangUp)
}

// right moves the payment on and says how it ended. "Paid" is said only after
// the commit; a slow bank is not waited for.
func (t *talk) right(ctx context.Context) Verdict {
	ends, done := t.e.process.Await(t.p.No)
	defer done()
	err := t.e.fire(ctx, t.p.No, payment.Event{Kind: payment.PINRight}, forgetTries)
	if err != nil {
		t.e.forgiveTries(ctx, t.p.Payer.User)
		return t.unpaid(err)
	}
	wait := time.NewTimer(t.e.Rules().BankWait)
	defer wait.Stop()
	select {
	case p := <-ends:
		return t.verdict(p)
	case <-wait.C:
		return t.say(lang.Texting, notice.About(t.p), HangUp)
	case <-t.e.ctx.Done():
		return t.say(lang.Texting, notice.About(t.p), HangUp)
	}
}

// unpaid is said when the commit after the PIN was too late or was refused:
// nothing was taken, and where the order is still open, the end of the call tells
// so by text.
func (t *talk) unpaid(err error) Verdict {
	if errors.Is(err, payment.ErrLate) {
		now, _ := t.state()
		return t.tooLate(now)
	}
	t.e.logErr("payment after PIN", t.p.Ref, err)
	var r tx.Refused
	if errors.As(err, &r) && r.Refusal == store.RefusedFunds && r.Account == t.p.Plan.Legs[0].From {
		return t.say(lang.Refused, lang.Args{Reason: "purse"}, HangUp)
	}
	return Verdict{Do: HangUp}
}

func (t *talk) verdict(p payment.Payment) Verdict {
	a := notice.About(t.p)
	switch p.Reason {
	case payment.Paid:
		return t.say(lang.Paid, a, HangUp)
	case payment.BankDeclined:
		a.Reason = p.Bank
		return t.say(lang.Refused, a, HangUp)
	case payment.BankAway:
		a.Reason = "unavailable"
		return t.say(lang.Refused, a, HangUp)
	}
	return t.say(lang.Texting, a, HangUp)
}

// notMe blocks the payer, and ends the payment in the same commit if it is
// still open. A payer who did not order it is blocked even if it has ended
// meanwhile: a forger may send NO while the phone rings.
func (t *talk) notMe(ctx context.Context) []string {
	err := t.e.fire(ctx, t.p.No, payment.Event{Kind: payment.NotMe, Reason: payment.Disowned}, nil)
	said := lang.NotMeDone
	if errors.Is(err, payment.ErrLate) {
		err = t.e.step(ctx, func(w *work) error {
			var err error
			said, err = w.disownLate(t.p.No)
			return err
		})
	}
	if err != nil {
		t.e.logErr("not me", t.p.Ref, err)
		return nil
	}
	t.done = true
	return lang.Voice(t.p.Lang, said, lang.Args{})
}

// disownLate blocks the payer of a payment that has moved on since the call
// began, and returns what to say.
func (w *work) disownLate(no uint64) (lang.Prompt, error) {
	p, err := w.Payment(no)
	if err != nil {
		return "", err
	}
	u, err := w.User(p.Payer.User)
	if err != nil {
		return "", err
	}
	said, text := lang.NotMeDone, lang.NotMe
	if p.State != payment.Done || p.Reason == payment.Paid {
		said, text = lang.NotMeLate, lang.NotMeTooLate
	}
	w.e.cfg.Log.Warn("subscriber says: not me; blocked", "ref", p.Ref)
	if err := w.e.process.Suspend(w.Tx, u, user.Blocked, "not me, payment "+p.Ref, payment.DisownedElse); err != nil {
		return "", err
	}
	return said, w.Notify(notice.Notice{Via: p.Via, From: p.Code, To: p.Payer.Phone, Lang: p.Lang, Text: text, Args: notice.About(p)})
}

// ended turns the end of the call into an event. If the payment has moved on in
// the call, the event is too late and nothing happens.
func (t *talk) ended(call placed) {
	if call.End == CallNotMe {
		if !t.done { // the commit failed in the call, or nobody asked for it
			t.notMe(t.e.ctx)
		}
		t.log(call)
		return
	}
	ev := payment.Event{Kind: payment.CallFailed, Reason: reasonOf(call.End)}
	switch {
	case !t.e.cfg.Now().Before(t.p.Deadline):
		ev = payment.Event{Kind: payment.Expired, Reason: payment.TimedOut}
	case t.fault:
		ev.Reason = payment.CallBroken
	case t.wrong > 0:
		ev.Reason = payment.WrongPIN
	}
	record := t.record(call)
	err := t.e.fire(t.e.ctx, t.p.No, ev, func(w *work, _ *payment.Payment) error {
		if call.at.IsZero() {
			return nil
		}
		return w.keepCall(&record)
	})
	if errors.Is(err, payment.ErrLate) {
		t.log(call)
		return
	}
	t.e.logErr("end of call", t.p.Ref, err)
}

// record returns the record of the call.
func (t *talk) record(call placed) cdr.Record {
	r := recordOf(call.at, call.CallReport, t.wrong)
	r.Purpose, r.User, r.Payment, r.Try = cdr.ForPayment, t.p.Payer.User, t.p.No, t.p.Calls
	return r
}

// log keeps the record of a call whose end moves the payment no further.
func (t *talk) log(call placed) {
	if !call.at.IsZero() {
		t.e.callLog.add(t.record(call))
	}
}

func reasonOf(end CallEnd) payment.Reason {
	switch end {
	case CallBusy:
		return payment.LineBusy
	case CallNoAnswer:
		return payment.NoAnswer
	case CallRejected:
		return payment.CallRefused
	case CallSilent:
		return payment.NoKeys
	case CallHungUp, CallFinished:
		return payment.HungUp
	case CallNotMe: // see talk.ended
	case CallUnreachable:
		return payment.CallBroken
	case CallFailed:
		return payment.NotPlaced
	}
	return payment.CallBroken
}
