package engine

import (
	"context"
	"sync"
	"time"

	"mpg/engine/cdr"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// keepCallsEvery is the interval for storing records that were not part of another
// commit.
const keepCallsEvery = 200 * time.Millisecond

// Limits of callLog.
const (
	callsPerCommit = 32
	callsWaitMax   = 10_000 // records that may wait while the store is slow
)

// callLog holds records of calls that ended well, or that ended after their payment.
// They are stored many at a time, so that a successful payment costs no extra commit.
type callLog struct {
	mu      sync.Mutex
	waiting []cdr.Record
}

func (l *callLog) add(r cdr.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) < callsWaitMax {
		l.waiting = append(l.waiting, r)
	}
}

// take removes up to callsPerCommit records.
func (l *callLog) take() []cdr.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), callsPerCommit)
	taken := l.waiting[:n:n]
	l.waiting = l.waiting[n:]
	return taken
}

func (l *callLog) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) == 0
}

// runCallLog stores records until ctx ends.
func (e *Engine) runCallLog(ctx context.Context) {
	tick := time.NewTicker(keepCallsEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			e.keepCalls(context.WithoutCancel(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// keepCalls stores the records that wait.
func (e *Engine) keepCalls(ctx context.Context) {
	for records := e.callLog.take(); len(records) > 0; records = e.callLog.take() {
		err := e.step(ctx, func(w *work) error {
			for i := range records {
				if err := w.keepCall(&records[i]); err != nil {
					return err
				}
			}
			return nil
		})
		e.logErr("record of calls", "", err)
	}
}

// keepCall makes r part of this commit. If the call already has a record, that one stays.
func (w *work) keepCall(r *cdr.Record) error {
	old, err := tx.Read[cdr.Record](w.Tx, cdr.Table, r.Key())
	if err == nil && old == nil {
		tx.Save(w.Tx, cdr.Table, r.Key(), r)
	}
	return err
}

// recordOf returns the record of a call that was placed at the time at and ended as told.
func recordOf(at time.Time, told CallReport, wrong int) cdr.Record {
	return cdr.Record{At: at.UTC(), End: told.End.String(), Answered: told.Answered,
		Ring: told.Ring.Milliseconds(), Talk: told.Talk.Milliseconds(), HungUp: told.HungUp,
		SIP: told.SIP, Cause: told.Cause, Text: cdr.Words(told.Text), Step: told.Step, Wrong: wrong}
}

// cutOff returns the record of a payment's call that was cut off because we stopped.
func cutOff(p *payment.Payment) cdr.Record {
	return cdr.Record{Purpose: cdr.ForPayment, User: p.Payer.User, Payment: p.No, Try: p.Calls, At: p.Updated(), End: cdr.CutOff, HungUp: cdr.Us}
}
