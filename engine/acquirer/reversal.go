package acquirer

import (
	"context"
	"errors"
	"time"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// reversals undo what banks were asked, from the mark in the record to the bank's word
// that it is undone, or to the doubt that people end. They repeat advices in the same way,
// until they are answered.
type reversals struct {
	cfg      *Config
	counters *Counters
	requests *requests
	suspense *suspense
	queues   map[party]*Queue
}

// party is a bank or a biller.
type party struct {
	name   string
	biller bool
}

// partyOf returns who answers req.
func partyOf(req *payment.Request) party { return party{req.Bank, req.Kind == payment.Notify} }

// newReversals returns the reversals, with a queue for each bank.
func newReversals(cfg *Config, counters *Counters, records *requests) *reversals {
	v := &reversals{cfg: cfg, counters: counters, requests: records, queues: make(map[party]*Queue)}
	queue := func(who party, window func() int, ready func() bool) {
		v.queues[who] = NewQueue(QueueConfig{
			Window: window, Ready: ready,
			Retry: func() time.Duration { return reversalOf(cfg.Reversals(), who.name).Retry },
			Try:   v.try,
		})
	}
	for name, link := range cfg.Banks {
		queue(party{name: name}, link.Window, link.Up)
	}
	for name := range cfg.Billers {
		queue(party{name, true}, func() int { return billerWindow }, func() bool { return true })
	}
	return v
}

// Reverse marks the request of p for reversal in the commit that makes the payment
// unknown.
func (b *Banks) Reverse(t *tx.Tx, p *payment.Payment) error { return b.reverse(t, p.Request()) }

func (b *Banks) reverse(t *tx.Tx, no uint64) error {
	req, err := readRequest(t, no)
	if err != nil {
		return err
	}
	req.Unknown("", t.Now)
	t.AfterCommit(func() { b.reversals.add(req, req.Tries > 0) })
	return b.requests.save(t, req)
}

// add puts req into its bank's queue. If the bank is not configured, req stays in the
// store, and the sweep puts it in doubt.
func (v *reversals) add(req *payment.Request, repeat bool) {
	if queue := v.queues[partyOf(req)]; queue != nil {
		queue.Add(req.No, req.Tries, repeat)
		return
	}
	v.cfg.Log.Error("reversal for a bank that is not configured", "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN)
}

// wake has the reversal of req tried at once, if it is queued.
func (v *reversals) wake(req *payment.Request) {
	if queue := v.queues[partyOf(req)]; queue != nil {
		queue.Wake(req.No)
	}
}

// sent returns how often the reversal of req was sent.
func (v *reversals) sent(req *payment.Request) int {
	if queue := v.queues[partyOf(req)]; queue != nil {
		return max(req.Tries, queue.Sent(req.No))
	}
	return req.Tries
}

// try sends one reversal, built from the request as it was stored, and records the
// outcome.
func (v *reversals) try(ctx context.Context, no uint64, repeat bool) Verdict {
	req, err := readRequest(v.cfg.Run.View(ctx), no)
	if err != nil {
		if v.cfg.matters(err) {
			v.cfg.Log.Error("reading a request to reverse failed", "err", err)
		}
		return Slowly
	}
	if req.Repeats() {
		return v.advise(ctx, req, repeat)
	}
	if !req.Reversing() {
		return Done
	}
	packed, err := v.cfg.openPacked(req)
	if err != nil {
		v.cfg.Log.Error("stored bank request cannot be opened", "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "err", err)
		return v.undecided(ctx, req, bank.Undo{Outcome: bank.UndoOperator}, causeUnreadable)
	}
	undo, err := v.cfg.Banks[req.Bank].Reverse(ctx, packed, repeat)
	switch {
	case err == nil && undo.Outcome == bank.UndoDone:
		return v.undone(ctx, req, undo)
	case ctx.Err() != nil:
		return Soon // the next start finds it in the store
	case errors.Is(err, bank.ErrDown) && !errors.Is(err, bank.ErrInvalid):
		return Unsent
	}
	v.cfg.Log.Warn("reversal not done", "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "code", undo.Code, "cause", bank.Cause(err), "err", err)
	verdict := v.undecided(ctx, req, undo, "")
	if err != nil && verdict == Slowly && undo.Outcome == bank.UndoAgain && req.State == payment.RequestReversing {
		return Soon // silence
	}
	return verdict
}

// undone records the bank's confirmation that it has undone the request. That
// ends the reversal, unless an approval came in after the reversal had been
// sent: the approval may be the later of the two.
func (v *reversals) undone(ctx context.Context, sent *payment.Request, said bank.Undo) Verdict {
	verdict := Done
	err := v.requests.change(ctx, sent.No, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
		verdict = Done
		switch {
		case !req.Reversing():
			return v.hear(t, req, p, payment.SaysReversed, said.Code)
		case req.Approvals != sent.Approvals:
			verdict = Soon
			return nil
		}
		req.State, req.Reversal, req.Back, req.Tries = payment.RequestReversed, said.Code, said.Settlement, v.sent(req)+1
		if err := v.cfg.Process.AdvanceIf(t, p, payment.Event{Kind: payment.Reversed, Reason: payment.UndoneAtBank, Request: req.No}); err != nil {
			return err
		}
		if req.Approvals > 0 {
			if err := v.suspense.end(t, req); err != nil {
				return err
			}
		}
		t.AfterCommit(func() {
			v.cfg.Log.Info("reversal done", "ref", p.Ref, "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "code", said.Code)
		})
		return v.requests.save(t, req)
	})
	if err != nil {
		if v.cfg.matters(err) {
			v.cfg.Log.Error("recording a reversal failed", "err", err)
		}
		return Soon
	}
	return verdict
}

// undecided records a try that ended nothing. A code that the table leaves to
// the operator puts the request in doubt at once, and the reversal is repeated
// all the same. A try that only repeats the last result is written the second,
// fourth, eighth … time: a bank that is silent for a day must not fill the
// journal.
func (v *reversals) undecided(ctx context.Context, sent *payment.Request, undo bank.Undo, cause string) Verdict {
	verdict := Slowly
	err := v.requests.change(ctx, sent.No, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
		if !req.Reversing() {
			verdict = Done
			return nil
		}
		tries := v.sent(req) + 1
		doubt := undo.Outcome == bank.UndoOperator && req.State == payment.RequestReversing
		if undo.Code == req.Reversal && !doubt && tries&(tries-1) != 0 {
			return nil
		}
		req.Tries = tries
		if undo.Code != "" {
			req.Reversal = undo.Code
		}
		if doubt {
			return v.doubt(t, req, p, cause)
		}
		return v.requests.save(t, req)
	})
	if v.cfg.matters(err) {
		v.cfg.Log.Error("recording a reversal failed", "err", err)
	}
	return verdict
}

// doubt puts a request that is being reversed, or an advice, in doubt, and its payment too
// if that still waits for it.
func (v *reversals) doubt(t *tx.Tx, req *payment.Request, p *payment.Payment, cause string) error {
	req.State = payment.RequestDoubt
	if cause != "" {
		req.Cause = cause
	}
	if err := v.cfg.Process.AdvanceIf(t, p, payment.Event{Kind: payment.Overdue, Reason: payment.InDoubt, Request: req.No}); err != nil {
		return err
	}
	t.AfterCommit(func() {
		v.cfg.Log.Error("bank request in doubt", "ref", p.Ref, "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN,
			"code", req.Code, "reversal_code", req.Reversal, "cause", req.Cause, "since", req.Since)
	})
	return v.requests.save(t, req)
}

// doubtRetry is how long a doubt that could not be written waits for another try.
const doubtRetry = 10 * time.Second

// Sweep puts in doubt what has been reversing, or repeated, for too long at now, and what no
// configured bank can be asked about. Wall-clock time counts, so a restart does
// not start the period again. It sends the totals that are due, too.
func (b *Banks) Sweep(now time.Time) {
	b.sendDue(now)
	v, rules := b.reversals, b.cfg.Reversals()
	due := b.requests.listed(func(one openRequest) bool {
		late := now.Sub(one.since) >= reversalOf(rules, one.bank).For
		waits := one.state == payment.RequestReversing || one.state == payment.RequestAdvising
		return waits && !now.Before(one.again) && (late || v.queues[one.party()] == nil)
	})
	for _, one := range due {
		cause := ""
		if v.queues[one.party()] == nil {
			cause = causeNoBank
		}
		err := b.requests.change(b.cfg.Context, one.no, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
			if req.State != payment.RequestReversing && req.State != payment.RequestAdvising {
				return nil
			}
			return v.doubt(t, req, p, cause)
		})
		if err != nil {
			if b.cfg.matters(err) {
				b.cfg.Log.Error("putting a bank request in doubt failed", "err", err)
			}
			b.requests.putOff(one.no, now.Add(doubtRetry))
		}
	}
}
