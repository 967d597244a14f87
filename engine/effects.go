package engine

import (
	"context"
	"errors"

	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// fire applies ev to payment no in one commit. payment.ErrLate says that
// another event was first. with, if not nil, adds to the same commit.
func (e *Engine) fire(ctx context.Context, no uint64, ev payment.Event, with func(w *work, p *payment.Payment) error) error {
	err := e.step(ctx, func(w *work) error {
		p, err := w.Payment(no)
		if err != nil {
			return err
		}
		w.SetID(stepID(p))
		w.Fingerprint(string(ev.Kind), string(ev.Reason))
		ev.At = w.Now
		if err := w.advance(p, ev); err != nil {
			return err
		}
		if with != nil {
			return with(w, p)
		}
		return nil
	})
	var r tx.Refused
	if errors.As(err, &r) && r.Refusal == store.RefusedBody {
		return payment.ErrLate // the same step of the payment was taken by another event
	}
	return err
}

// stepID is the payment's number and how far it has come: the same step has the
// same id however often it is tried.
func stepID(p *payment.Payment) store.ID {
	return store.IDOf(tx.IDPaymentStep, p.No, uint64(len(p.Steps))+1)
}

// advance moves p by ev and makes its effects part of the commit, or has them
// begin after it.
func (w *work) advance(p *payment.Payment, ev payment.Event) error {
	was := p.State
	effects, err := payment.Next(p, ev)
	if err != nil {
		return err
	}
	for _, f := range effects {
		if err := w.effect(p, f); err != nil {
			return err
		}
	}
	w.SavePayment(p)
	if err := w.listOpen(p, was == payment.None); err != nil {
		return err
	}
	now := p.State
	w.AfterCommit(func() { w.e.stats.Open.moved(was, now); w.e.settled(p) })
	return nil
}

// listOpen keeps the list of payments that a restart has to look at: one that
// is born and ends in the same commit is never on it.
func (w *work) listOpen(p *payment.Payment, born bool) error {
	key := payment.Key(p.No)
	switch {
	case born && p.State != payment.Done:
		tx.Save(w.Tx, payment.OpenTable, key, &struct{}{})
	case !born && p.State == payment.Done:
		if _, err := tx.Read[struct{}](w.Tx, payment.OpenTable, key); err != nil {
			return err
		}
		tx.Drop(w.Tx, payment.OpenTable, key)
	}
	return nil
}

func (w *work) effect(p *payment.Payment, f payment.Effect) error {
	switch f {
	case payment.HoldMoney:
		w.hold(p)
		return nil
	case payment.Settle:
		return w.settle(p)
	case payment.GiveUp:
		return w.giveUp(p)
	case payment.Tell:
		return w.tellOutcome(p)
	case payment.Block:
		return w.block(p)
	case payment.Release:
		return w.release(p)
	case payment.Ask:
		return w.ask(p)
	case payment.Undo:
		return w.undo(p)
	case payment.Dial:
		return w.dial(p)
	}
	return errors.New("engine: unknown effect")
}

func (w *work) hold(p *payment.Payment) {
	if !p.Holds() {
		return
	}
	for i, l := range p.Plan.Legs {
		w.Transfer(store.Transfer{
			Op: store.Hold, Code: l.Code, Debit: l.From, Credit: l.To, Amount: l.Amount, Hold: p.HoldID(i), Ref: p.No})
	}
}

// settle moves the legs: from their holds, or at once where nothing is held.
func (w *work) settle(p *payment.Payment) error {
	for i, l := range p.Plan.Legs {
		t := store.Transfer{Op: store.Post, Code: l.Code, Debit: l.From, Credit: l.To, Amount: l.Amount, Ref: p.No}
		if p.Holds() {
			t = store.Transfer{Op: store.Settle, Code: l.Code, Hold: p.HoldID(i), Ref: p.No}
		}
		w.Transfer(t)
	}
	return w.enter(p)
}

// enter writes the payment into the short statements of its people.
func (w *work) enter(p *payment.Payment) error {
	payer, err := w.User(p.Payer.User)
	if err != nil {
		return err
	}
	payer.Enter(user.Entry{Ref: p.Ref, At: w.Now, Amount: -p.Charged, Currency: p.Currency, Party: p.Payee.Shown()})
	w.SaveUser(payer)
	if p.Payee.User == 0 {
		return nil
	}
	payee, err := w.User(p.Payee.User)
	if err != nil {
		return err
	}
	payee.Enter(user.Entry{Ref: p.Ref, At: w.Now, Amount: p.Charged, Currency: p.Currency, Party: p.Payer.Shown()})
	w.SaveUser(payee)
	return nil
}

func (w *work) giveUp(p *payment.Payment) error {
	if p.Holds() {
		for i := range p.Plan.Legs {
			w.Transfer(store.Transfer{Op: store.Void, Hold: p.HoldID(i), Ref: p.No})
		}
	}
	payer, err := w.User(p.Payer.User)
	if err != nil {
		return err
	}
	payer.Unspend(p.Date, p.Charged)
	payer.TookNothing(p.Ref)
	w.SaveUser(payer)
	return nil
}

func (w *work) tellOutcome(p *payment.Payment) error {
	payer, err := w.User(p.Payer.User)
	if err != nil {
		return err
	}
	payee := notice.Person{Lang: w.e.cfg.Language}
	if p.Payee.User != 0 {
		u, err := w.User(p.Payee.User)
		if err != nil {
			return err
		}
		payee.Lang, payee.Purse = w.e.langOf(u, ""), u.Purse
	}
	left := max(0, int(p.Deadline.Sub(w.Now).Minutes()))
	facts := notice.Facts{At: w.Now.In(w.e.cfg.Zone), Minutes: left, Tries: triesLeft(payer)}
	for _, n := range notice.Outcome(p, notice.Person{Lang: p.Lang, Purse: payer.Purse, Barred: !payer.MayPay()}, payee, facts) {
		if err := w.Notify(n); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) block(p *payment.Payment) error {
	payer, err := w.User(p.Payer.User)
	if err != nil {
		return err
	}
	payer.State, payer.Why = user.Blocked, "not me, payment "+p.Ref
	w.SaveUser(payer)
	w.e.cfg.Log.Warn("subscriber says: not me; blocked", "ref", p.Ref)
	return nil
}

// bar takes the right to pay from u, and stops the order that is open: what was
// ordered by one who may not pay is not paid, by AGAIN or in a call that is on.
// A bank that was already asked is not called off; its answer decides. reason says why
// the order is stopped.
func (w *work) bar(u *user.User, s user.State, why string, reason payment.Reason) error {
	u.State, u.Why = s, why
	w.SaveUser(u)
	if u.Open == 0 {
		return nil
	}
	p, err := w.Payment(u.Open)
	if err != nil {
		return err
	}
	err = w.advance(p, payment.Event{Kind: payment.Stopped, Reason: reason, At: w.Now})
	if errors.Is(err, payment.ErrLate) {
		return nil
	}
	return err
}

func (w *work) release(p *payment.Payment) error {
	payer, err := w.User(p.Payer.User)
	if err != nil {
		return err
	}
	if payer.Open == p.No {
		payer.Open = 0
		w.SaveUser(payer)
	}
	return nil
}

// dial counts the call; it is placed after the commit.
func (w *work) dial(p *payment.Payment) error {
	payer, err := w.User(p.Payer.User)
	if err != nil {
		return err
	}
	p.Calls++
	payer.CountCall(w.Now)
	w.SaveUser(payer)
	called := *p
	w.AfterCommit(func() { w.e.goDial(&called) })
	return nil
}
