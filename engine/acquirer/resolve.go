package acquirer

import (
	"errors"
	"fmt"
	"time"

	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store/money"
)

// How people may end what a bank left open.
const (
	ResolvedPaid     = "paid"     // the bank has the payer's money: the payment stands
	ResolvedReversed = "reversed" // the payer has the money: nothing is paid
)

// resolveFrom is how long a reversal, or an advice, must have been going on before people may
// end it. A payment in doubt they may end at once.
const resolveFrom = time.Hour

// Errors of Resolve.
var (
	ErrNotInDoubt = errors.New("this payment is not in doubt; there is nothing to resolve")
	ErrStands     = errors.New("this payment has ended or moved on, and cannot change")
	ErrNotHeld    = errors.New("an amount can be given only for what a bank or card issuer was asked to hold for the order")
	ErrOverAsked  = errors.New("is more than was asked for")
)

// Found says what people have found out about a request.
type Found struct {
	Bank  string       // its name; empty: the first that left something open
	Holds money.Amount // how much it holds, of a PreAuth; 0: what it has said, or else all
}

// Resolve ends, as part of the step, what a bank left open about p, on the word of people who
// have asked the bank, and returns the request as it stands then. If there are several
// requests, it resolves the first open one, or that of found.Bank if it is not empty: the
// payment waits only for the last, so money never moves on a resolution that was meant for
// another bank. A payment in doubt, or one that has been reversing for an hour, then goes on
// or is undone, and payer and payee are told. A payment that has ended does not change, nor
// does one that no longer waits for the request; if the bank has contradicted the request, it
// is closed as it is. What a bank has paid out after the payer had the money back, and does
// not take back, is written off: the caller sees to it that two people have decided that.
//
// If a bank holds less than it was asked for, the result is that of its approval in part: p goes
// on with that part if its plan allows it, and otherwise is not paid, and the bank is still asked
// to release what it holds.
//
// The errors are ErrNotInDoubt, ErrStands, ErrNotHeld, ErrOverAsked, or those of the step.
func (b *Banks) Resolve(t *tx.Tx, p *payment.Payment, found Found, how payment.Resolution) (*payment.Request, error) {
	req, err := b.unresolved(t, p, found.Bank)
	if err != nil {
		return nil, err
	}
	paid, stood := how.As == ResolvedPaid, p.RestsOn(req.No)
	if err := keepHeld(req, found.Holds); err != nil {
		return nil, err
	}
	enough, err := b.cfg.enough(t, p, req)
	if err != nil {
		return nil, err
	}
	either := req.Suspended+req.WrittenOff > 0 // no payment rests on it: the bank takes it back, or not
	if req.Kind == payment.Notify && p.State == payment.Done {
		stood = paid // the payment does not depend on its biller
	}
	event := payment.Event{Kind: payment.StandsPaid, Granted: req.Granted, Request: req.No, At: t.Now}
	if !paid || !enough {
		event = payment.Event{Kind: payment.StandsVoid, Reason: payment.UndoneAtBank, Request: req.No, At: t.Now}
	}
	err = b.cfg.Process.Advance(t, p, event)
	switch {
	case errors.Is(err, payment.ErrLate) && stood != paid && !either:
		return nil, fmt.Errorf("%w: what bank %s left open can only be resolved as %s", ErrStands, req.Bank,
			map[bool]string{true: ResolvedReversed, false: ResolvedPaid}[paid])
	case err != nil && !errors.Is(err, payment.ErrLate):
		return nil, err
	}
	if err := b.reversals.suspense.resolve(t, req, paid); err != nil {
		return nil, err
	}
	if req.State, req.Approved, req.Resolved = payment.RequestResolved, paid, &how; paid && !enough {
		req.Approved, req.Resolved = false, nil // the payment has ended, but not the request
		req.Unknown(causeInPart, t.Now)
	}
	if err := b.requests.save(t, req); err != nil {
		return nil, err
	}
	t.AfterCommit(func() {
		b.reversals.wake(req)
		b.cfg.Log.Warn("payment resolved", "ref", p.Ref, "as", how.As, "request", req.State, "uid", how.UID)
	})
	return req, nil
}

// keepHeld writes into req how much of it the bank holds, according to people.
func keepHeld(req *payment.Request, holds money.Amount) error {
	currency := notice.Currency(req.Currency)
	switch {
	case holds == 0:
	case req.Kind != payment.PreAuth || req.Increases:
		return ErrNotHeld
	case holds > req.Amount:
		return fmt.Errorf("%s %w: %s", currency.Format(holds), ErrOverAsked, currency.Format(req.Amount))
	case holds == req.Amount:
		req.Granted = 0
	default:
		req.Granted = holds
	}
	return nil
}

// enough reports whether p can go on with what the bank holds of req. If a purse pays the rest, it
// must have it; what it has may change before the commit, which the books then refuse.
func (c *Config) enough(t *tx.Tx, p *payment.Payment, req *payment.Request) (bool, error) {
	switch {
	case req.Granted == 0:
		return true, nil
	case p.Plan.Split == 0:
		return p.Plan.TakesLess(), nil
	}
	purse, ok, err := c.Run.Books().Account(t.Context(), p.Plan.Split)
	return ok && !purse.Closed && purse.Available() >= req.Amount-req.Granted, err
}

// unresolved returns the first request of p that people may resolve, to bankName if that is not
// empty. Those of its increases come last, since nothing else waits for them.
func (b *Banks) unresolved(t *tx.Tx, p *payment.Payment, bankName string) (*payment.Request, error) {
	for _, no := range payment.OwnFirst(p) {
		req, err := readRequest(t, no)
		if err != nil {
			return nil, err
		}
		waits := req.State == payment.RequestReversing || req.State == payment.RequestAdvising
		if (bankName == "" || req.Bank == bankName) && req.Listed() && (!waits || t.Now.Sub(req.Since) >= resolveFrom) {
			return req, nil
		}
	}
	return nil, ErrNotInDoubt
}
