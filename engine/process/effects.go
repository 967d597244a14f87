package process

import (
	"errors"
	"slices"

	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// effect makes what a transition asks for part of the step.
func (m *Machine) effect(t *tx.Tx, p *payment.Payment, f payment.Effect) error {
	switch f {
	case payment.HoldMoney:
		hold(t, p, payment.AtOrder)
		return m.waits(t, p, true)
	case payment.HoldMore:
		holdFrom(t, p, payment.AddedLegs(p))
		return nil
	case payment.Take:
		post(t, p, p.Stage())
		hold(t, p, p.Stage()) // after the posts, which bring the money that is held
		return nil
	case payment.Post:
		if err := (unclaimed{m}).leave(t, p); err != nil {
			return err
		}
		post(t, p, p.Plan.Last())
		return m.enter(t, p)
	case payment.VoidHolds:
		return m.voidHolds(t, p)
	case payment.HandBack:
		return m.handBack(t, p)
	case payment.Tell:
		return m.TellOutcome(t, p)
	case payment.Block:
		return m.block(t, p)
	case payment.ClearOpenOrder:
		return m.clearOpenOrder(t, p)
	case payment.Authorize:
		return m.cfg.Actor.Authorize(t, p)
	case payment.Inform:
		return m.inform(t, p)
	case payment.ReleaseAuth:
		return m.cfg.Actor.Release(t, p)
	case payment.Reverse:
		return m.cfg.Actor.Reverse(t, p)
	case payment.Dial:
		return m.dial(t, p)
	}
	return errors.New("engine: unknown effect")
}

// hold makes the holds of the legs that are held from stage on.
func hold(t *tx.Tx, p *payment.Payment, stage payment.Stage) {
	for i := range p.Plan.Legs {
		if leg := &p.Plan.Legs[i]; leg.Held && leg.HeldAt == stage {
			t.Transfer(store.Transfer{
				Op: store.Hold, Code: leg.Code, Debit: leg.From, Credit: leg.To, Amount: leg.Amount, Hold: p.HoldID(i), Ref: p.No})
		}
	}
}

// holdFrom makes the holds of the legs from first on, which an increase has added.
func holdFrom(t *tx.Tx, p *payment.Payment, first int) {
	for i := first; i < len(p.Plan.Legs); i++ {
		leg := &p.Plan.Legs[i]
		t.Transfer(store.Transfer{
			Op: store.Hold, Code: leg.Code, Debit: leg.From, Credit: leg.To, Amount: leg.Amount, Hold: p.HoldID(i), Ref: p.No})
	}
}

// post moves the legs of stage: from their holds, or at once where nothing is held. What
// was held beyond the captured amount is given back.
func post(t *tx.Tx, p *payment.Payment, stage payment.Stage) {
	for i := range p.Plan.Legs {
		leg := &p.Plan.Legs[i]
		if leg.PostedAt != stage {
			continue
		}
		amount := p.Moves(i)
		switch {
		case !leg.Held:
			t.Transfer(store.Transfer{Op: store.Post, Code: leg.Code, Debit: leg.From, Credit: leg.To, Amount: amount, Ref: p.No,
				IgnoreLimits: payment.IgnoresLimits(leg.Code)})
			continue
		case amount > 0:
			t.Transfer(store.Transfer{Op: store.PostHold, Code: leg.Code, Hold: p.HoldID(i), Amount: amount, Ref: p.No})
		}
		if amount < leg.Amount {
			t.Transfer(store.Transfer{Op: store.VoidHold, Code: leg.Code, Hold: p.HoldID(i), Ref: p.No})
		}
	}
}

// handBack moves what the legs of earlier stages have posted to the plan's Back. It ignores
// the ceiling of that account, since the money is its owner's and has nowhere else to go. If
// that is a purse that has been closed, the money waits for its owner elsewhere.
func (m *Machine) handBack(t *tx.Tx, p *payment.Payment) error {
	if err := (unclaimed{m}).back(t, p); err != nil {
		return err
	}
	for i := range p.Plan.Legs {
		if p.Leg(i) == payment.LegReturned {
			leg := &p.Plan.Legs[i]
			t.Transfer(store.Transfer{Op: store.Post, Code: payment.CodeBack, Debit: leg.To, Credit: p.Plan.Back, Amount: leg.Amount,
				Ref: p.No, IgnoreLimits: true})
		}
	}
	for _, side := range []payment.Party{p.Payer, p.Payee} {
		who, err := subscriber(t, side)
		if err != nil {
			return err
		}
		if who != nil && who.Purse == p.Plan.Back {
			who.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: p.HandedBack(), Currency: p.Currency, Party: backFrom(p, side)})
			t.SaveUser(who)
		}
	}
	return nil
}

// backFrom returns where the money that is handed back to a side of p comes from: out of the
// payer's own bank account, or from the other side.
func backFrom(p *payment.Payment, side payment.Party) lang.Party {
	switch {
	case side.User != p.Payer.User:
		return p.Payer.Shown()
	case p.Plan.FromBank():
		return lang.Party{Own: lang.OwnBank}
	}
	return p.Payee.Shown()
}

// subscriber returns the subscriber on that side of a payment, or nil for a shop.
func subscriber(t *tx.Tx, side payment.Party) (*user.User, error) {
	if side.User == 0 {
		return nil, nil
	}
	return t.User(side.User)
}

// enter writes the payment into the short statements of its people.
func (m *Machine) enter(t *tx.Tx, p *payment.Payment) error {
	payer, err := subscriber(t, p.Payer)
	if err != nil {
		return err
	}
	if p.Plan.Claim > 0 {
		if err := m.cfg.Claimed(t, p); err != nil {
			return err
		}
	}
	// A claim was entered when it was paid; nobody spends what goes into the own purse.
	if payer != nil && p.Claim == 0 && p.Payee.Own != lang.OwnPurse {
		payer.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: -p.Charged, Currency: p.Currency, Party: p.Payee.Shown(), Fee: p.PayerFee()})
		t.SaveUser(payer)
	}
	if p.Plan.NewPayee {
		if err := remember(t, p); err != nil {
			return err
		}
	}
	payee, err := subscriber(t, p.Payee)
	if err != nil || payee == nil || p.Payee.Own == lang.OwnBank {
		return err
	}
	got := p.Received
	if kept := payment.ToPurse(p); kept > 0 && !p.Credits(payee.Purse) {
		keepUnclaimed(t, p, payee.No, kept)
		if got -= kept; got == 0 {
			return nil
		}
	}
	from := p.Payer.Shown()
	if p.Payee.Own != "" {
		from = lang.Party{Own: lang.OwnBank}
	}
	payee.Enter(user.Entry{Ref: p.Ref, At: t.Now, Amount: got, Currency: p.Currency, Party: from, Fee: p.PayeeFee})
	t.SaveUser(payee)
	return nil
}

// remember makes the payee of p known to its payer.
func remember(t *tx.Tx, p *payment.Payment) error {
	key := payment.Key(p.Payer.User)
	known, err := tx.Read[user.Known](t, user.KnownTable, key)
	if err != nil {
		return err
	}
	if known == nil {
		known = new(user.Known)
	}
	known.Add(limit.Payee(p.Payee.Code, p.Payee.User), p.Created())
	tx.Save(t, user.KnownTable, key, known)
	return nil
}

// voidHolds gives back what is held, and takes the payment out of the sums of its days.
func (m *Machine) voidHolds(t *tx.Tx, p *payment.Payment) error {
	for i := range p.Plan.Legs {
		if p.Leg(i) == payment.LegVoided {
			t.Transfer(store.Transfer{Op: store.VoidHold, Hold: p.HoldID(i), Ref: p.No})
		}
	}
	if err := m.waits(t, p, false); err != nil {
		return err
	}
	if p.Plan.Product == payment.PaidBack {
		if p.Passed(payment.Returned) {
			return backToPurse(t, p)
		}
		if err := giveUpRefund(t, p); err != nil {
			return err
		}
	}
	orderer, err := subscriber(t, p.Orderer())
	if err != nil || orderer == nil {
		return err
	}
	if orderer.No == p.Payer.User && p.Plan.Product.Spends() {
		for _, sum := range payment.DaySums(p) {
			orderer.Unspend(sum.Date, sum.Amount)
		}
	}
	if err := Uncount(t, p); err != nil {
		return err
	}
	orderer.TookNothing(p.Ref)
	t.SaveUser(orderer)
	return nil
}

// waits counts p among the payments that wait for the number of its payee, or ends that.
func (m *Machine) waits(t *tx.Tx, p *payment.Payment, waits bool) error {
	if p.Plan.Claim == 0 {
		return nil
	}
	return m.cfg.Waits(t, p, waits)
}

// backToPurse counts what a card does not take of a refund as part of what went to the purse, since
// the purse has it: a later refund or chargeback may still give the card what it paid.
func backToPurse(t *tx.Tx, p *payment.Payment) error {
	first, err := t.Payment(p.Of)
	if err != nil || first.Plan.FromPurse() == 0 {
		return err
	}
	back, err := tx.Read[payment.Refunds](t, payment.RefundsTable, payment.Key(p.Of))
	if err != nil || back == nil {
		return err
	}
	for i := range p.Plan.Asks {
		back.Purse += p.Plan.Asks[i].Amount
	}
	tx.Save(t, payment.RefundsTable, payment.Key(p.Of), back)
	return nil
}

// giveUpRefund takes a refund that has paid nothing out of the sum that was refunded.
func giveUpRefund(t *tx.Tx, p *payment.Payment) error {
	back, err := tx.Read[payment.Refunds](t, payment.RefundsTable, payment.Key(p.Of))
	if err != nil || back == nil {
		return err
	}
	back.Sum -= p.Charged
	if back.Purse > 0 {
		back.Purse -= payment.ToPurse(p)
	}
	back.By = slices.DeleteFunc(back.By, func(no uint64) bool { return no == p.No })
	tx.Save(t, payment.RefundsTable, payment.Key(p.Of), back)
	return nil
}

// TellOutcome tells both sides of p where it stands, as part of the step.
func (m *Machine) TellOutcome(t *tx.Tx, p *payment.Payment) error {
	payer, err := subscriber(t, p.Payer)
	if err != nil {
		return err
	}
	payee, err := subscriber(t, p.Payee)
	if err != nil {
		return err
	}
	pays := m.person(p, payer)
	pays.Lang = p.Lang
	facts := notice.Facts{At: m.cfg.Place.Time(t.Now), Of: m.Of(p)}
	if p.State == payment.Cooling {
		facts.At = m.cfg.Place.Time(p.Deadline)
	}
	facts.Minutes = max(0, int(p.Deadline.Sub(t.Now).Minutes()))
	orderer, err := subscriber(t, p.Orderer())
	if err != nil {
		return err
	}
	if orderer != nil {
		facts.Tries = max(0, pin.TriesMax-orderer.Tries)
		pays.Barred = !orderer.MayPay()
	}
	if facts.Owed, err = m.owed(t, p); err != nil {
		return err
	}
	for _, n := range notice.Outcome(p, pays, m.person(p, payee), facts) {
		if err := t.Notify(n); err != nil {
			return err
		}
	}
	return nil
}

// owed returns how much of a refund or a chargeback the shop did not have and owes now.
func (m *Machine) owed(t *tx.Tx, p *payment.Payment) (sum money.Amount, err error) {
	if p.Plan.Product != payment.PaidBack && p.Plan.Product != payment.Chargeback {
		return 0, nil
	}
	debt, ok, err := m.cfg.Debt(t, p.Payer.Code)
	if err != nil || !ok {
		return 0, err
	}
	for _, leg := range p.Plan.Legs {
		if leg.From == debt {
			sum += leg.Amount
		}
	}
	return sum, nil
}

// Of returns the reference of the payment that p corrects or refunds, or "".
func (m *Machine) Of(p *payment.Payment) string {
	if p.Of == 0 {
		return ""
	}
	return m.cfg.Ref(p.Of)
}

// person returns how texts reach a side: who is nil for a shop.
func (m *Machine) person(p *payment.Payment, who *user.User) notice.Person {
	if who == nil {
		return notice.Person{Lang: m.cfg.Place.Language}
	}
	return notice.Person{Lang: m.cfg.Place.LangOf(who, ""), Purse: who.Purse, Barred: !who.MayPay(), Back: who.Purse == p.Plan.Back}
}

// block takes the right to pay away from the subscriber who says that p is not theirs.
func (m *Machine) block(t *tx.Tx, p *payment.Payment) error {
	orderer, err := t.User(p.Orderer().User)
	if err != nil {
		return err
	}
	orderer.State, orderer.Why = user.Blocked, "not me, payment "+p.Ref
	t.SaveUser(orderer)
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

// inform has those billers told that come after the gates of the plan.
func (m *Machine) inform(t *tx.Tx, p *payment.Payment) error {
	for len(p.Requests) < len(p.Plan.Asks) {
		if err := m.cfg.Actor.Authorize(t, p); err != nil {
			return err
		}
	}
	return nil
}

func (m *Machine) clearOpenOrder(t *tx.Tx, p *payment.Payment) error {
	orderer, err := subscriber(t, p.Orderer())
	if err != nil || orderer == nil {
		return err
	}
	if orderer.Open == p.No {
		orderer.Open = 0
		t.SaveUser(orderer)
	}
	return nil
}

// dial counts the call; it is placed after the commit.
func (m *Machine) dial(t *tx.Tx, p *payment.Payment) error {
	orderer, err := t.User(p.Orderer().User)
	if err != nil {
		return err
	}
	p.Calls++
	orderer.CountCall(t.Now)
	t.SaveUser(orderer)
	called := *p
	t.AfterCommit(func() { m.cfg.Actor.Dial(&called) })
	return nil
}
