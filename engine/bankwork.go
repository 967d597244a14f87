package engine

import (
	"context"
	"errors"
	"sync"
	"time"

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
		reply, err := link.Authorize(e.ctx, e.toBank(r, ref))
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

func (e *Engine) bankEvent(r payment.Request, ref string, ev payment.Event, code string) {
	e.stats.BankAsked.Add(1)
	err := e.fire(e.ctx, r.Payment, ev, func(w *work, _ *payment.Payment) error {
		if ev.Kind == payment.Silence {
			return nil // the request is being reversed
		}
		return w.closeRequest(r.No, payment.RequestAnswered, code)
	})
	e.logErr("bank answer", ref, err)
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

func (e *Engine) toBank(r payment.Request, ref string) bank.Request {
	return bank.Request{STAN: r.STAN, RRN: r.RRN, At: r.At, Account: r.Account, Amount: r.Amount,
		Currency: notice.Currency(r.Currency), Merchant: r.Shop, Ref: ref}
}

// forward is the store-and-forward queue of one bank: reversals in the order in
// which they were stored, each repeated until it is answered. What is queued
// stands in the store; this is only the order of work.
type forward struct {
	mu    sync.Mutex
	queue []undo
	ready chan struct{}
}

type undo struct {
	r      payment.Request
	ref    string
	repeat bool // it may have been sent before
}

func (f *forward) add(u undo) {
	f.mu.Lock()
	f.queue = append(f.queue, u)
	f.mu.Unlock()
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

func (f *forward) first() (undo, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return undo{}, false
	}
	return f.queue[0], true
}

func (f *forward) pop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = f.queue[1:]
}

func (e *Engine) reverse(r payment.Request, ref string) { e.queueUndo(r, ref, false) }

func (e *Engine) queueUndo(r payment.Request, ref string, repeat bool) {
	if f := e.forwards[r.Bank]; f != nil {
		f.add(undo{r, ref, repeat})
		return
	}
	e.cfg.Log.Error("reversal for a bank that is not configured", "ref", ref, "bank", r.Bank)
}

// run sends reversals until ctx ends.
func (f *forward) run(ctx context.Context, e *Engine, link Bank) {
	for {
		u, ok := f.first()
		if !ok {
			select {
			case <-f.ready:
				continue
			case <-ctx.Done():
				return
			}
		}
		if !f.send(ctx, e, link, u) {
			return
		}
		f.pop()
	}
}

// send repeats one reversal until the bank answers it, and reports false where
// ctx ended first.
func (f *forward) send(ctx context.Context, e *Engine, link Bank, u undo) bool {
	for {
		done, err := link.Reverse(ctx, e.toBank(u.r, u.ref), u.repeat)
		if done {
			break
		}
		if err == nil || !errors.Is(err, bank.ErrDown) {
			u.repeat = true
		}
		e.cfg.Log.Warn("reversal not answered", "ref", u.ref, "bank", u.r.Bank, "err", err)
		select {
		case <-time.After(e.Rules().ReversalRetry):
		case <-ctx.Done():
			return false
		}
	}
	err := e.fire(ctx, u.r.Payment, payment.Event{Kind: payment.Reversed, Reason: payment.UndoneAtBank}, func(w *work, _ *payment.Payment) error {
		return w.closeRequest(u.r.No, payment.RequestUndone, "")
	})
	if errors.Is(err, payment.ErrLate) {
		err = nil // answered before a crash, and done
	}
	e.logErr("reversal", u.ref, err)
	return ctx.Err() == nil
}
