package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"mpg/engine/bank"
	"mpg/engine/payment"
)

// forward is the store-and-forward queue of one bank: reversals in the order in
// which they were stored, each repeated until the bank has undone it. One that
// the bank refuses, or does not answer, holds up none behind it. What is queued
// stands in the store; this is only the order of work.
type forward struct {
	mu    sync.Mutex
	queue []undo
	ready chan struct{}
}

// undo is a reversal to be sent.
type undo struct {
	r      payment.Request
	ref    string
	repeat bool      // it may have been sent before
	absent bool      // the bank has said, one retry ago, that there is nothing to undo
	due    time.Time // of the next try; zero: at once
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

// queueRest is how long a queue with nothing in it rests at most.
const queueRest = time.Minute

// next takes out the first reversal that is due at now, or says how long none
// will be.
func (f *forward) next(now time.Time) (u undo, rest time.Duration, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rest = queueRest
	for i, u := range f.queue {
		if until := u.due.Sub(now); until > 0 {
			rest = min(rest, until)
			continue
		}
		f.queue = slices.Delete(f.queue, i, i+1)
		return u, 0, true
	}
	return undo{}, rest, false
}

func (e *Engine) reverse(r payment.Request, ref string) { e.queueUndo(r, ref, false) }

func (e *Engine) queueUndo(r payment.Request, ref string, repeat bool) {
	if f := e.forwards[r.Bank]; f != nil {
		f.add(undo{r: r, ref: ref, repeat: repeat})
		return
	}
	e.cfg.Log.Error("reversal for a bank that is not configured", "ref", ref, "bank", r.Bank)
}

// run sends reversals until ctx ends.
func (f *forward) run(ctx context.Context, e *Engine, link Bank) {
	for ctx.Err() == nil {
		u, rest, ok := f.next(time.Now()) // monotonic: a clock that is set back holds no reversal up
		if ok {
			f.send(ctx, e, link, u)
			continue
		}
		timer := time.NewTimer(rest)
		select {
		case <-f.ready:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// send tries one reversal, and puts it back for another try unless it is done.
// While the line is down it waits, since those behind would fare the same.
func (f *forward) send(ctx context.Context, e *Engine, link Bank, u undo) {
	asked, err := e.toBank(u.r, u.ref)
	done := false
	if err == nil {
		done, err = link.Reverse(ctx, asked, u.repeat)
	}
	for !done && errors.Is(err, bank.ErrDown) {
		e.cfg.Log.Warn("reversal not sent", "ref", u.ref, "bank", u.r.Bank, "err", err)
		select {
		case <-time.After(e.Rules().ReversalRetry):
		case <-ctx.Done():
			return
		}
		done, err = link.Reverse(ctx, asked, u.repeat)
	}
	absent := errors.Is(err, bank.ErrNotLocated)
	if done || absent && u.absent {
		if err = e.undone(ctx, &u); err == nil {
			return
		}
	}
	if ctx.Err() != nil {
		return // the next start finds it in the store
	}
	e.cfg.Log.Warn("reversal not done", "ref", u.ref, "bank", u.r.Bank, "err", err)
	u.repeat, u.absent, u.due = true, absent, time.Now().Add(e.Rules().ReversalRetry)
	f.add(u)
}

// undone ends the payment whose request the bank has undone.
func (e *Engine) undone(ctx context.Context, u *undo) error {
	ev := payment.Event{Kind: payment.Reversed, Reason: payment.UndoneAtBank}
	err := e.fire(ctx, u.r.Payment, ev, func(w *work, _ *payment.Payment) error {
		return w.closeRequest(u.r.No, payment.RequestUndone, "")
	})
	if errors.Is(err, payment.ErrLate) {
		return nil // answered before a crash, and done
	}
	return err
}
