// Package process moves payments on: it applies the events of a payment to its machine
// (engine/payment), makes the effects part of one commit, and tells those who wait.
//
//	process.go    Fire and Advance            effects.go   what a transition asks for
//	deadlines.go  payments that expire        waiters.go   calls that wait for an end
//	unclaimed.go  money of closed purses
//
// Whatever happens outside the books, such as a call or a request to a bank, is left to an
// Actor, which fires an event when it is over. The rules of money are not here but in
// payment and in the plan.
//
// The package imports store, the unit of work (engine/tx), the records and pure rules
// that it applies (payment, notice, user, pin), local and meter.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"mpg/engine/limit"
	"mpg/engine/local"
	"mpg/engine/meter"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
)

// Actor does what a payment needs of the world.
type Actor interface {
	// Dial places the call of p, which is in state calling. It is called after the
	// commit and returns at once.
	Dial(p *payment.Payment)
	// Answered reports whether the call of a payment was picked up and is still on.
	Answered(no uint64) bool
	// Authorize stores what the next bank or biller of p is asked or told, in this step, and
	// asks after the commit.
	Authorize(t *tx.Tx, p *payment.Payment) error
	// Reverse marks the last request of p to be reversed, in this step, and sends the reversal
	// after the commit.
	Reverse(t *tx.Tx, p *payment.Payment) error
	// Release marks the requests that hold money for p, or may hold it, to be reversed,
	// in the same way.
	Release(t *tx.Tx, p *payment.Payment) error
	// Offered is called once the payee of p is to decide about it, after the commit. It must
	// not block.
	Offered(p *payment.Payment)
	// Decided is called once p is no longer offered, after the commit. It must not block.
	Decided(p *payment.Payment)
	// Ended is called once p is done, after the commit.
	Ended(p *payment.Payment)
}

// Config is what a Machine works with.
type Config struct {
	Run     *tx.Runner
	Place   local.Place
	Now     func() time.Time
	Expires func() time.Duration // how long an order placed now may take
	Ref     func(no uint64) string
	Log     *slog.Logger
	Actor   Actor
	// Unclaimed returns the account of money that belongs to a customer whose purse is
	// closed; see books.Unclaimed.
	Unclaimed func(t *tx.Tx) (store.AccountID, error)
	// Debt returns the account of what a shop owes the operator, if there is one; see
	// books.ReceivablePrefix.
	Debt func(t *tx.Tx, shop string) (account store.AccountID, ok bool, err error)
	// Waits counts a payment with a Plan.Claim among those that wait for the number of its payee,
	// in the step that takes it in, or no longer, in the one that ends it unpaid.
	Waits func(t *tx.Tx, p *payment.Payment, waits bool) error
	// Claimed records, in the step that posts such a payment, that its money waits for the payee.
	Claimed func(t *tx.Tx, p *payment.Payment) error
}

// Machine moves payments. It may be used by any number of goroutines.
type Machine struct {
	Open  meter.Tally[payment.State]  // payments that have not ended, by state
	Ended meter.Tally[payment.Reason] // since the start

	cfg       Config
	waiters   waiters
	deadlines deadlines
}

// New returns a Machine.
func New(cfg Config) *Machine {
	return &Machine{cfg: cfg,
		Open:  meter.NewTally(payment.Cooling, payment.Waiting, payment.Calling, payment.Sent, payment.Offered, payment.Authorized, payment.Advising, payment.Reversing, payment.Doubt),
		Ended: meter.NewTally(payment.Ends()...)}
}

// Fire applies ev to payment no in one commit. payment.ErrLate says that another event
// was first. with, if not nil, adds to the same commit.
func (m *Machine) Fire(ctx context.Context, no uint64, ev payment.Event, with func(t *tx.Tx, p *payment.Payment) error) error {
	return m.fire(ctx, no, ev, nil, with)
}

// Answer does what Fire does, for what a bank has answered: keep writes it down before the
// payment moves on, since the next request may be built from it.
func (m *Machine) Answer(ctx context.Context, no uint64, ev payment.Event, keep func(t *tx.Tx, p *payment.Payment) error) error {
	return m.fire(ctx, no, ev, keep, nil)
}

func (m *Machine) fire(ctx context.Context, no uint64, ev payment.Event, before, with func(t *tx.Tx, p *payment.Payment) error) error {
	err := m.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		p, err := t.Payment(no)
		if err != nil {
			return err
		}
		t.SetID(StepID(p))
		t.Fingerprint(bodyOf(&ev)...)
		ev.At = t.Now
		if before != nil {
			if err := before(t, p); err != nil {
				return err
			}
		}
		if err := m.Advance(t, p, ev); err != nil {
			return err
		}
		if with != nil {
			return with(t, p)
		}
		return nil
	})
	if tx.RefusalOf(err) == store.RefusedFingerprint {
		return payment.ErrLate // the same step of the payment was taken by another event
	}
	return err
}

// bodyOf returns what distinguishes ev from another event of the same step.
func bodyOf(ev *payment.Event) []string {
	body := []string{string(ev.Kind), string(ev.Reason), strconv.FormatUint(ev.Request, 10)}
	if ev.Kind == payment.Capture {
		body = append(body, fmt.Sprint(ev.Amounts))
	}
	return body
}

// StepID returns the ID of the next step of p, its number and how far it has come: the
// same step has the same ID however often it is tried.
func StepID(p *payment.Payment) store.ID {
	return store.IDOf(tx.IDPaymentStep, p.No, uint64(len(p.Steps))+1)
}

// Advance moves p by ev, and makes its effects part of the step or has them begin after
// the commit. payment.ErrLate says that ev no longer matters; nothing is changed then.
func (m *Machine) Advance(t *tx.Tx, p *payment.Payment, ev payment.Event) error {
	was, counted := p.State, payment.DaySums(p)
	if was == payment.None {
		if err := p.Check(); err != nil {
			return err
		}
	}
	effects, err := payment.Next(p, ev)
	if err != nil {
		return err
	}
	if ev.Kind == payment.Ripe { // before its call, which needs to know
		p.Deadline = t.Now.Add(m.cfg.Expires())
	}
	for _, f := range effects {
		if err := m.effect(t, p, f); err != nil {
			return err
		}
	}
	if was != payment.None {
		if err := respend(t, p, counted); err != nil {
			return err
		}
	}
	t.SavePayment(p)
	if err := listOpen(t, p, was == payment.None); err != nil {
		return err
	}
	now := p.State
	t.AfterCommit(func() {
		m.Open.Add(was, -1)
		m.Open.Add(now, 1)
		if was == payment.Offered {
			m.cfg.Actor.Decided(p)
		}
		m.moved(p)
	})
	return nil
}

// respend changes what the payer has spent on each day by how p counts now instead of before:
// an increase is asked for or is not approved, or less than all was captured.
func respend(t *tx.Tx, p *payment.Payment, before []payment.DaySum) error {
	now := payment.DaySums(p)
	if slices.Equal(before, now) { // as in nearly every step
		return nil
	}
	changes := payment.DayChanges(before, now)
	if len(changes) == 0 {
		return nil
	}
	payer, err := subscriber(t, p.Payer)
	if err != nil || payer == nil {
		return err
	}
	for date, amount := range changes {
		if amount > 0 {
			payer.SpendMore(date, amount)
		} else {
			payer.Unspend(date, -amount)
		}
		if err := uncount(t, p, payment.DaySum{Date: date, Amount: -amount}, 0); err != nil {
			return err
		}
	}
	t.SaveUser(payer)
	return nil
}

// Uncount gives p, which is not paid in the end, back to the limits of whoever ordered it: it no
// longer counts as used.
func Uncount(t *tx.Tx, p *payment.Payment) error {
	count := int64(1) // only the order was one more payment
	for _, sum := range payment.DaySums(p) {
		if err := uncount(t, p, sum, count); err != nil {
			return err
		}
		count = 0
	}
	return nil
}

// uncount takes a sum, and count payments, out of what whoever ordered p has used of the
// limits. It adds to that if the sum is negative.
func uncount(t *tx.Tx, p *payment.Payment, sum payment.DaySum, count int64) error {
	if !p.Counted {
		return nil
	}
	key := payment.Key(p.Orderer().User)
	used, err := tx.Read[limit.Usage](t, limit.Table, key)
	if err != nil || used == nil {
		return err
	}
	if sum.Amount < 0 {
		used.More(use(t, p, payment.DaySum{Date: sum.Date, Amount: -sum.Amount}))
	} else {
		used.Remove(use(t, p, sum), count)
	}
	tx.Save(t, limit.Table, key, used)
	return nil
}

// Use returns how p counts in what whoever ordered it has used of the limits.
func Use(t *tx.Tx, p *payment.Payment) limit.Order {
	return use(t, p, payment.DaySum{Date: p.Date, Amount: p.Charged})
}

// use returns how a sum of p counts there.
func use(t *tx.Tx, p *payment.Payment, sum payment.DaySum) limit.Order {
	class, payee := p.Payee.Class, limit.Payee(p.Payee.Code, p.Payee.User)
	if p.Payee.Code == "" {
		class = limit.Person
	}
	if p.Plan.Claim > 0 { // the number is not registered
		payee = limit.Number(tx.AliasKey(t, p.Payee.Phone))
	}
	return limit.Order{Product: string(p.Plan.Product), Payee: payee, Class: class, Apart: !p.Plan.Product.Spends(),
		Amount: sum.Amount, Date: sum.Date}
}

// AdvanceIf is Advance for an event that may come too late without harm.
func (m *Machine) AdvanceIf(t *tx.Tx, p *payment.Payment, ev payment.Event) error {
	ev.At = t.Now
	err := m.Advance(t, p, ev)
	if errors.Is(err, payment.ErrLate) {
		return nil
	}
	return err
}

// moved tells the others where p has come to. It runs after the commit.
func (m *Machine) moved(p *payment.Payment) {
	switch p.State {
	case payment.Calling:
		if p.Calls == 1 {
			m.watch(p)
		}
	case payment.Cooling:
		m.watch(p)
	case payment.Offered:
		m.watch(p)
		m.cfg.Actor.Offered(p)
	case payment.Authorized:
		m.watch(p)
		m.waiters.tell(p)
	case payment.Done:
		m.cfg.Actor.Ended(p)
		m.Ended.Add(p.Reason, 1)
		m.waiters.tell(p)
	case payment.Advising, payment.Reversing, payment.Doubt:
		m.waiters.tell(p)
	}
	m.cfg.Log.Info("payment", "ref", p.Ref, "product", p.Plan.Product, "state", p.State, "reason", p.Reason)
}

// listOpen keeps the list of payments that a restart has to look at: one that is born
// and ends in the same commit is never on it.
func listOpen(t *tx.Tx, p *payment.Payment, born bool) error {
	key := payment.Key(p.No)
	switch {
	case born && p.State != payment.Done:
		tx.Save(t, payment.OpenTable, key, &struct{}{})
	case !born && p.State == payment.Done:
		if _, err := tx.Read[struct{}](t, payment.OpenTable, key); err != nil {
			return err
		}
		tx.Drop(t, payment.OpenTable, key)
	}
	return nil
}
