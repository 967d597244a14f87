package call

import (
	"context"
	"errors"
	"time"

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
	stepGuard    = "guard" // says no detail before a key: voicemail presses none
	stepPIN      = "pin"
	stepOldPIN   = "old pin"
	stepNewPIN   = "new pin"
	stepNewAgain = "new pin again"
)

// Dial places the call that confirms order, which is in state calling, and returns at once.
// The end of the call is an event of order.
func (d *Dialer) Dial(order *payment.Payment) {
	d.running.Go(func() {
		c := &confirmCall{d: d, p: order, speech: d.speechIn(order.Lang)}
		var ordered time.Time
		if order.Calls == 1 {
			ordered = order.Created()
		}
		out, ok := d.place(payment.Key(order.No), Call{
			To: order.Orderer().Phone, Lang: order.Lang, Ref: order.Ref, Steps: c.steps(), Ordered: ordered,
			Soon: c.soon(), OnInput: c.onInput, OnNotMe: c.onNotMe}, func() { d.tellCallSoon(order) })
		if ok {
			c.ended(out)
		} else if now, err := c.state(context.WithoutCancel(d.ctx)); err == nil && now.State != payment.Calling {
			c.keepRecord(out) // otherwise the start finds that it was cut off
		}
	})
}

// tellCallSoon sends the one text before a call, for one that cannot start yet. It
// races with the NO that stops the order, and must not come after it.
func (d *Dialer) tellCallSoon(order *payment.Payment) {
	err := d.cfg.Run.Do(d.ctx, func(t *tx.Tx) error {
		now, err := t.Payment(order.No)
		if err != nil || now.State != payment.Calling {
			return err
		}
		t.AsOf(now)
		return t.Notify(notice.Notice{Via: order.Via, From: order.Code, To: order.Orderer().Phone, Lang: order.Lang, Text: lang.CallSoon.WithFee(order.PayerFee()), Args: notice.About(order)})
	})
	if d.failed(err) {
		d.cfg.Log.Error("call-soon text failed", "ref", order.Ref, "err", err)
	}
}

// confirmCall is the conversation about one payment.
type confirmCall struct {
	speech
	d        *Dialer
	p        *payment.Payment
	wrong    int  // PINs in this call
	ourFault bool // an error of ours ended the call
	blocked  bool // "not me" is committed
}

// steps returns the sentences: the guard, then payee, amount and fee, where the money
// comes from, and the PIN.
func (c *confirmCall) steps() []Step {
	a := c.details()
	if c.refunds() {
		ask := append(c.words(lang.RefundDetails, a), c.words(lang.AskPINRefund, lang.Args{})...)
		return []Step{c.guardStep(lang.GuardRefund, lang.Bye), c.pinStep(stepPIN, ask, c.words(lang.AskPINAgain, a), lang.Bye)}
	}
	details, again := c.amount(a.Fee > 0)
	say := c.words(details, a)
	if c.p.Plan.Claim > 0 {
		say = append(say, c.words(lang.ClaimNote, a)...)
	}
	say = append(say, c.words(c.source(), a)...)
	if c.p.Plan.Split != 0 {
		say = append(say, c.words(lang.SplitNote, a)...)
	}
	return []Step{
		c.guardStep(lang.Guard, lang.Bye),
		c.pinStep(stepPIN, append(say, c.words(lang.AskPIN, lang.Args{})...), c.words(again, a), lang.Bye),
	}
}

// amount returns the prompts that say how much is paid, before the PIN and when it is asked
// for again. fee says that the payer pays one.
func (c *confirmCall) amount(fee bool) (details, again lang.Prompt) {
	cash := c.p.Plan.Product == payment.CashOut
	switch later := c.p.Plan.Capture > 0; {
	case cash && fee:
		return lang.DetailsCashFee, lang.AskPINAgainFee
	case cash:
		return lang.DetailsCash, lang.AskPINAgain
	case later && fee:
		return lang.DetailsUpToFee, lang.AskPINAgainUpToFee
	case later:
		return lang.DetailsUpTo, lang.AskPINAgainUpTo
	case fee:
		return lang.DetailsFee, lang.AskPINAgainFee
	}
	return lang.Details, lang.AskPINAgain
}

// source returns the prompt that says where the money comes from and, if it stays the
// payer's own, where it goes.
func (c *confirmCall) source() lang.Prompt {
	switch {
	case c.p.Plan.Product == payment.BankIn:
		return lang.FromOwnBank
	case c.p.Plan.Product == payment.BankOut:
		return lang.ToOwnBank
	case c.p.Plan.Product == payment.CashIn:
		return lang.FromFloat
	case c.p.Plan.Card != nil:
		return lang.FromCard
	case c.p.Plan.FromBank():
		return lang.Irrevocable
	}
	return lang.FromPurse
}

// refunds reports whether the call is about a refund, to the manager of the shop.
func (c *confirmCall) refunds() bool {
	return c.p.Manager.User != 0 && c.p.Plan.Product == payment.PaidBack
}

// after returns which of two prompts tells the outcome: refund if the payment is one, and of
// otherwise.
func (c *confirmCall) after(of, refund lang.Prompt) lang.Prompt {
	if c.refunds() {
		return refund
	}
	return of
}

// paid returns the prompt that ends the call once all has gone well.
func (c *confirmCall) paid() lang.Prompt {
	if c.p.Plan.Claim > 0 {
		return lang.PaidClaim
	}
	return c.after(lang.Paid, lang.RefundedCall)
}

// texting returns the prompt that the outcome comes by text, because a bank is slow.
func (c *confirmCall) texting() lang.Prompt {
	if c.p.Plan.ToBank() {
		return lang.TextingPayee
	}
	return c.after(lang.Texting, lang.RefundTexting)
}

// slow is texting for a payment that has not ended in time: not a bank, but the shop may be
// the one that has not answered yet.
func (c *confirmCall) slow(ctx context.Context) lang.Prompt {
	said := c.texting()
	err := c.d.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		p, err := t.Payment(c.p.No)
		if err == nil && p.State == payment.Offered {
			said = lang.TextingShop
		}
		return err
	})
	if c.d.failed(err) {
		c.d.cfg.Log.Error("reading a payment after its PIN failed", "ref", c.p.Ref, "err", err)
	}
	return said
}

// soon returns what is likely to be said after the PIN.
func (c *confirmCall) soon() []string {
	say := c.words(c.paid(), notice.About(c.p))
	for left := pin.TriesMax - 1; left > 0; left-- {
		say = append(say, c.words(lang.PINWrong, lang.Args{Tries: left})...)
	}
	return say
}

// details returns what is spoken before the PIN. For a payment to a person it
// holds the masked name as well, where the payment still has it: this payer
// gave the number. A shop that refunds hears only the end of the number.
func (c *confirmCall) details() lang.Args {
	a := notice.About(c.p)
	if c.refunds() {
		a.Of = c.d.cfg.Process.Of(c.p)
		return a
	}
	a.Bank = c.p.Plan.Bank()
	if c.p.Payee.Own == "" {
		a.Party.Name = c.p.Payee.Name
	}
	return a
}

// onInput answers a key or a PIN.
func (c *confirmCall) onInput(ctx context.Context, step string, digits *pin.PIN) Verdict {
	if now, err := c.state(ctx); err != nil || now.State != payment.Calling {
		return c.tooLate(now)
	}
	if step == stepGuard {
		return Verdict{Do: GoOn}
	}
	return c.onPIN(ctx, digits)
}

// state returns the payment as it is now.
func (c *confirmCall) state(ctx context.Context) (*payment.Payment, error) {
	return c.d.cfg.Run.View(ctx).Payment(c.p.No)
}

// tooLate tells a subscriber whose order has ended meanwhile. now may be nil.
func (c *confirmCall) tooLate(now *payment.Payment) Verdict {
	if now != nil && now.Reason == payment.TimedOut {
		return c.verdict(lang.ExpiredCall, notice.About(c.p), HangUp)
	}
	return c.verdict(lang.StoppedCall, notice.About(c.p), HangUp)
}

// onPIN checks the PIN. The try is committed before it is compared; a right one
// resets the counter in the commit that moves the payment on.
func (c *confirmCall) onPIN(ctx context.Context, digits *pin.PIN) Verdict {
	record, tries, err := c.d.countTry(ctx, c.p.Orderer().User)
	if err != nil {
		c.ourFault = true
		if c.d.failed(err) {
			c.d.cfg.Log.Error("counting a PIN try failed", "ref", c.p.Ref, "err", err)
		}
		return Verdict{Do: HangUp}
	}
	if tries <= pin.TriesMax && c.d.cfg.Hasher.Right(digits, record) {
		c.d.Counts.PINRight.Add(1)
		return c.confirm(ctx)
	}
	c.d.Counts.PINWrong.Add(1)
	c.wrong++
	if tries < pin.TriesMax {
		return c.verdict(lang.PINWrong, lang.Args{Tries: pin.TriesMax - tries}, AskAgain)
	}
	return c.lock(ctx)
}

// lock ends the payment and locks the payer, in one commit; it locks
// the payer even if the payment has ended meanwhile.
func (c *confirmCall) lock(ctx context.Context) Verdict {
	err := c.d.cfg.Process.Fire(ctx, c.p.No, payment.Event{Kind: payment.PINLocked, Reason: payment.LockedOut}, c.d.lockPayer)
	if errors.Is(err, payment.ErrLate) {
		err = c.d.cfg.Run.Do(ctx, func(t *tx.Tx) error { return c.d.lockPayer(t, c.p) })
	}
	if c.d.failed(err) {
		c.d.cfg.Log.Error("locking a payer failed", "ref", c.p.Ref, "err", err)
	}
	return c.verdict(lang.PINLocked, lang.Args{}, HangUp)
}

// confirm moves the payment on and says how it ended. "Paid" is said only after
// the commit; a slow bank is not waited for.
func (c *confirmCall) confirm(ctx context.Context) Verdict {
	ends, done := c.d.cfg.Process.Await(c.p.No)
	defer done()
	err := c.d.cfg.Process.Fire(ctx, c.p.No, payment.Event{Kind: payment.PINRight}, forgetTries)
	if err != nil {
		c.d.forgiveTries(ctx, c.p.Orderer().User)
		return c.unpaid(ctx, err)
	}
	wait := time.NewTimer(c.d.cfg.BankWait())
	defer wait.Stop()
	select {
	case p := <-ends:
		return c.sayOutcome(p)
	case <-wait.C:
		return c.verdict(c.slow(ctx), notice.About(c.p), HangUp)
	case <-c.d.ctx.Done():
		return c.verdict(c.texting(), notice.About(c.p), HangUp)
	}
}

// unpaid returns what is said when the commit after the PIN was too late or was
// refused: nothing was taken. Where the order is still open, the text after the call
// says so.
func (c *confirmCall) unpaid(ctx context.Context, err error) Verdict {
	if errors.Is(err, payment.ErrLate) {
		now, _ := c.state(ctx)
		return c.tooLate(now)
	}
	if c.d.failed(err) {
		c.d.cfg.Log.Error("moving a payment on after its PIN failed", "ref", c.p.Ref, "err", err)
	}
	var refused tx.Refused
	if errors.As(err, &refused) && refused.Refusal == store.RefusedFunds && refused.Account == c.p.Plan.Legs[0].From {
		return c.verdict(lang.Refused, lang.Args{Reason: "purse"}, HangUp)
	}
	return Verdict{Do: HangUp}
}

// sayOutcome says how order, which has moved on after the PIN, ended. What is not known yet
// comes by text.
func (c *confirmCall) sayOutcome(order payment.Payment) Verdict {
	a := notice.About(c.p)
	if order.Passed(payment.Returned) && c.refunds() { // the customer's bank did not take it, and the purse did
		return c.verdict(lang.RefundedCall, a, HangUp)
	}
	if order.Passed(payment.Returned) { // it was not paid, but money was taken, and is now in the purse
		return c.verdict(c.texting(), a, HangUp)
	}
	switch order.Reason {
	case payment.Paid:
		return c.verdict(c.paid(), a, HangUp)
	case payment.SetAside:
		said := lang.SetAsideCall
		if order.Plan.Card != nil && order.Plan.Capture == 0 {
			said = lang.AuthorisedCall
		}
		return c.verdict(said, a, HangUp)
	case payment.BankDeclined:
		a.Reason = notice.ReasonOf(&order)
		return c.verdict(lang.Refused, a, HangUp)
	case payment.BankAway:
		a.Reason = "unavailable"
		return c.verdict(lang.Refused, a, HangUp)
	case payment.TurnedDown:
		return c.verdict(lang.TurnedDownCall, a, HangUp)
	case payment.NoWord:
		return c.verdict(lang.NoWordCall, a, HangUp)
	}
	return c.verdict(c.texting(), a, HangUp)
}

// onNotMe blocks the payer, and ends the payment in the same commit if it is
// still open. A payer who did not order it is blocked even if it has ended
// meanwhile: a forger may send NO while the phone rings.
func (c *confirmCall) onNotMe(ctx context.Context) []string {
	err := c.d.cfg.Process.Fire(ctx, c.p.No, payment.Event{Kind: payment.NotMe, Reason: payment.Disowned}, nil)
	said := lang.NotMeDone
	if errors.Is(err, payment.ErrLate) {
		err = c.d.cfg.Run.Do(ctx, func(t *tx.Tx) error {
			var err error
			said, err = c.disownLate(t)
			return err
		})
	}
	if err != nil {
		if c.d.failed(err) {
			c.d.cfg.Log.Error("blocking after not me failed", "ref", c.p.Ref, "err", err)
		}
		return nil
	}
	c.blocked = true
	return c.words(said, lang.Args{})
}

// disownLate blocks the payer of a payment that has moved on since the call
// began, and returns what to say.
func (c *confirmCall) disownLate(t *tx.Tx) (lang.Prompt, error) {
	p, err := t.Payment(c.p.No)
	if err != nil {
		return "", err
	}
	u, err := t.User(p.Orderer().User)
	if err != nil {
		return "", err
	}
	said, text := lang.NotMeDone, lang.NotMe
	if p.State != payment.Done || !p.Passed(payment.Voided) {
		said, text = lang.NotMeLate, lang.NotMeTooLate
	}
	c.d.cfg.Log.Warn("subscriber says: not me; blocked", "ref", p.Ref)
	if err := c.d.cfg.Process.Suspend(t, u, user.Blocked, "not me, payment "+p.Ref, payment.DisownedElse); err != nil {
		return "", err
	}
	return said, t.Notify(notice.Notice{Via: p.Via, From: p.Code, To: p.Orderer().Phone, Lang: p.Lang, Text: text, Args: notice.About(p)})
}
