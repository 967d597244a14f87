package engine

import (
	"errors"

	"mpg/engine/bank"
	"mpg/engine/notice"
	"mpg/engine/payment"
)

// goAsk sends a stored request and turns the answer, or the silence, into an
// event.
func (e *Engine) goAsk(r payment.Request, ref string) {
	e.asking.Add(1)
	e.asks.Go(func() {
		defer e.asking.Add(-1)
		link := e.cfg.Ports.Banks[r.Bank]
		if link == nil {
			e.bankEvent(r, ref, payment.Event{Kind: payment.Silence, Reason: payment.BankSilent}, "")
			return
		}
		asked, err := e.toBank(r, ref)
		if err != nil {
			e.logErr("opening an account number", ref, err)
			e.bankEvent(r, ref, payment.Event{Kind: payment.Decline, Reason: payment.BankAway}, "") // nothing was sent
			return
		}
		reply, err := link.Authorize(e.ctx, asked)
		ev := eventOf(reply, err)
		if err != nil && !errors.Is(err, bank.ErrDown) && e.ctx.Err() != nil {
			return // stopping: the restart finds it sent, and reverses it
		}
		e.bankEvent(r, ref, ev, reply.Code)
	})
}

// eventOf: only an answer decides. Surely unsent is a decline; anything else is
// silence, which means unknown and is reversed, never sent again.
func eventOf(reply bank.Reply, err error) payment.Event {
	switch {
	case errors.Is(err, bank.ErrDown):
		return payment.Event{Kind: payment.Decline, Reason: payment.BankAway}
	case err != nil:
		return payment.Event{Kind: payment.Silence, Reason: payment.BankSilent}
	case reply.Approved:
		return payment.Event{Kind: payment.Approval}
	}
	return payment.Event{Kind: payment.Decline, Reason: payment.BankDeclined, Bank: string(reply.Reason)}
}

// bankEvent keeps what the bank said. An answer is not given up because others
// came in between; an approval that the books refuse is reversed at the bank.
func (e *Engine) bankEvent(r payment.Request, ref string, ev payment.Event, code string) {
	e.stats.BankAsked.Add(1)
	err := e.keepAnswer(r, ev, code)
	for errors.Is(err, errStorm) {
		err = e.keepAnswer(r, ev, code)
	}
	var no refused
	if ev.Kind == payment.Approval && errors.As(err, &no) {
		e.logErr("keeping a bank's approval, which is reversed,", ref, err)
		err = e.keepAnswer(r, payment.Event{Kind: payment.Silence, Reason: payment.BankSilent}, "")
	}
	e.logErr("bank answer", ref, err)
}

func (e *Engine) keepAnswer(r payment.Request, ev payment.Event, code string) error {
	return e.fire(e.ctx, r.Payment, ev, func(w *work, _ *payment.Payment) error {
		if ev.Kind == payment.Silence {
			return nil // the request is being reversed
		}
		return w.closeRequest(r.No, payment.RequestAnswered, code)
	})
}

// closeRequest writes how a bank request ended.
func (w *work) closeRequest(no uint64, s payment.RequestState, code string) error {
	r, err := read[payment.Request](w, payment.BankTable, payment.Key(no))
	if err != nil || r == nil {
		return errors.Join(err, errors.New("engine: bank request is gone"))
	}
	r.State, r.Code = s, code
	save(w, payment.BankTable, payment.Key(no), r)
	return nil
}

func (e *Engine) toBank(r payment.Request, ref string) (bank.Request, error) {
	account, err := (&work{e: e}).account(r.Account)
	return bank.Request{STAN: r.STAN, RRN: r.RRN, At: r.At, Account: account, Amount: r.Amount,
		Currency: notice.Currency(r.Currency), Merchant: r.Shop, Ref: ref}, err
}
