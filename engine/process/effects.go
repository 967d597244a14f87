package process

import (
	"errors"

	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// effect makes what a transition asks for part of the step.
func (m *Machine) effect(t *tx.Tx, p *payment.Payment, f payment.Effect) error {
	switch f {
	case payment.HoldMoney:
		hold(t, p)
		return nil
	case payment.Post:
		return m.settle(t, p)
	case payment.VoidHolds:
		return m.giveUp(t, p)
	case payment.Tell:
		return m.TellOutcome(t, p)
	case payment.Block:
		return m.block(t, p)
	case payment.ClearOpenOrder:
		return m.release(t, p)
	case payment.Authorize:
		return m.cfg.Actor.Authorize(t, p)
	case payment.Reverse:
		return m.cfg.Actor.Reverse(t, p)
	case payment.Dial:
		return m.dial(t, p)
	}
	return errors.New("engine: unknown effect")
}

func hold(t *tx.Tx, p *payment.Payment) {
	for i, l := range p.Plan.Legs {
		if l.Hold {
			t.Transfer(store.Transfer{
				Op: store.Hold, Code: l.Code, Debit: l.From, Credit: l.To, Amount: l.Amount, Hold: p.HoldID(i), Ref: p.No})
		}
	}
}

// settle moves the legs: from their holds, or at once where nothing is held.
func (m *Machine) settle(t *tx.Tx, p *payment.Payment) error {
	for i, l := range p.Plan.Legs {
		move := store.Transfer{Op: store.Post, Code: l.Code, Debit: l.From, Credit: l.To, Amount: l.Amount, Ref: p.No}
		if l.Hold {
			move = store.Transfer{Op: store.PostHold, Code: l.Code, Hold: p.HoldID(i), Ref: p.No}
		}
		t.Transfer(move)
	}
	return m.enter(t, p)
}

// enter writes the payment into the short statements of its people.
func (m *Machine) enter(t *tx.Tx, p *payment.Payment) error {
	payer, err := t.User(p.Payer.User)
	if err != nil {
		return err
	}
	payer.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: -p.Charged, Currency: p.Currency, Party: p.Payee.Shown()})
	t.SaveUser(payer)
	if p.Payee.User == 0 {
		return nil
	}
	payee, err := t.User(p.Payee.User)
	if err != nil {
		return err
	}
	payee.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: p.Charged, Currency: p.Currency, Party: p.Payer.Shown()})
	t.SaveUser(payee)
	return nil
}

func (m *Machine) giveUp(t *tx.Tx, p *payment.Payment) error {
	for i, l := range p.Plan.Legs {
		if l.Hold {
			t.Transfer(store.Transfer{Op: store.VoidHold, Hold: p.HoldID(i), Ref: p.No})
		}
	}
	payer, err := t.User(p.Payer.User)
	if err != nil {
		return err
	}
	payer.Unspend(p.Date, p.Charged)
	payer.TookNothing(p.Ref)
	t.SaveUser(payer)
	return nil
}

// TellOutcome tells both sides of p where it stands, as part of the step.
func (m *Machine) TellOutcome(t *tx.Tx, p *payment.Payment) error {
	payer, err := t.User(p.Payer.User)
	if err != nil {
		return err
	}
	payee := notice.Person{Lang: m.cfg.Place.Language}
	if p.Payee.User != 0 {
		u, err := t.User(p.Payee.User)
		if err != nil {
			return err
		}
		payee.Lang, payee.Purse = m.cfg.Place.LangOf(u, ""), u.Purse
	}
	left := max(0, int(p.Deadline.Sub(t.Now).Minutes()))
	facts := notice.Facts{At: m.cfg.Place.Time(t.Now), Minutes: left, Tries: max(0, pin.TriesMax-payer.Tries)}
	for _, n := range notice.Outcome(p, notice.Person{Lang: p.Lang, Purse: payer.Purse, Barred: !payer.MayPay()}, payee, facts) {
		if err := t.Notify(n); err != nil {
			return err
		}
	}
	return nil
}

func (m *Machine) block(t *tx.Tx, p *payment.Payment) error {
	payer, err := t.User(p.Payer.User)
	if err != nil {
		return err
	}
	payer.State, payer.Why = user.Blocked, "not me, payment "+p.Ref
	t.SaveUser(payer)
	m.cfg.Log.Warn("subscriber says: not me; blocked", "ref", p.Ref)
	return nil
}

// Suspend takes the right to pay from u, and stops the order that is open: what was
// ordered by somebody who may not pay is not paid, neither by AGAIN nor in a call.
// A request that a bank already has is not withdrawn; its answer decides. reason says why
// the order is stopped.
func (m *Machine) Suspend(t *tx.Tx, u *user.User, s user.State, why string, reason payment.Reason) error {
	u.State, u.Why = s, why
	t.SaveUser(u)
	if u.Open == 0 {
		return nil
	}
	p, err := t.Payment(u.Open)
	if err != nil {
		return err
	}
	err = m.Advance(t, p, payment.Event{Kind: payment.Stopped, Reason: reason, At: t.Now})
	if errors.Is(err, payment.ErrLate) {
		return nil
	}
	return err
}

func (m *Machine) release(t *tx.Tx, p *payment.Payment) error {
	payer, err := t.User(p.Payer.User)
	if err != nil {
		return err
	}
	if payer.Open == p.No {
		payer.Open = 0
		t.SaveUser(payer)
	}
	return nil
}

// dial counts the call; it is placed after the commit.
func (m *Machine) dial(t *tx.Tx, p *payment.Payment) error {
	payer, err := t.User(p.Payer.User)
	if err != nil {
		return err
	}
	p.Calls++
	payer.CountCall(t.Now)
	t.SaveUser(payer)
	called := *p
	t.AfterCommit(func() { m.cfg.Actor.Dial(&called) })
	return nil
}
