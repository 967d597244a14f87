package acquirer

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// evidence queues what banks said when nobody was waiting for it, in the order
// in which it came. It stays in memory only until it is committed.
type evidence struct {
	cfg       *Config
	counters  *Counters
	requests  *requests
	reversals *reversals

	mu    sync.Mutex
	queue []lateAnswer
	busy  bool
	over  bool // nobody reads from the queue any more
	ready chan struct{}
}

// lateAnswer is one answer of one bank.
type lateAnswer struct {
	bank string
	late bank.Late
}

// add queues an answer, or reports false if nobody reads from the queue any more.
func (v *evidence) add(one lateAnswer) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return false
	}
	v.queue = append(v.queue, one)
	select {
	case v.ready <- struct{}{}:
	default:
	}
	return true
}

// take returns the next answer. last says that the queue is over once it is empty.
func (v *evidence) take(last bool) (lateAnswer, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy = len(v.queue) > 0
	if !v.busy {
		v.over = last
		return lateAnswer{}, false
	}
	one := v.queue[0]
	v.queue = v.queue[1:]
	return one, true
}

func (v *evidence) idle() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.busy && len(v.queue) == 0
}

// LateAnswer takes in an answer that nothing is waiting for: it came after its
// time-out, after a restart, or was not the first. It blocks only once the
// engine is closed, until the answer is committed: the links stay open a little
// longer, and a bank may say it only once.
func (b *Banks) LateAnswer(bankName string, late bank.Late) {
	if one := (lateAnswer{bankName, late}); !b.evidence.add(one) {
		_ = b.evidence.record(context.WithoutCancel(b.cfg.Context), one) // it is in the log
	}
}

// RecordLate is Banks.LateAnswer for a connector that can wait until the answer is committed.
// After an error the answer must come again.
func RecordLate(b *Banks, bankName string, late bank.Late) error {
	return b.evidence.record(context.WithoutCancel(b.cfg.Context), lateAnswer{bankName, late})
}

// run commits what banks say until ctx ends, and then whatever they had said by that
// time.
func (v *evidence) run(ctx context.Context) {
	keeping := context.WithoutCancel(ctx)
	for {
		over := ctx.Err() != nil
		one, ok := v.take(over)
		switch {
		case ok:
			_ = v.record(keeping, one) // it is in the log
			continue
		case over:
			return
		}
		select {
		case <-v.ready:
		case <-ctx.Done():
		}
	}
}

// record finds the request of an answer and commits what was said about it. Its error is logged.
func (v *evidence) record(ctx context.Context, one lateAnswer) error {
	late := &one.late
	no, err := v.requests.find(ctx, one.bank, named{late.STAN, late.RRN, late.Transmitted, false})
	switch {
	case errors.Is(err, errNamesakes):
		log, level := v.stray(one)
		log.Log(ctx, level, "bank answer may belong to more than one request; it is matched to none")
		v.wakeNamesakes(ctx, one.bank, late.STAN)
		return nil
	case err != nil:
		if v.cfg.matters(err) {
			v.cfg.Log.Error("recording a late answer failed", "err", err)
		}
		return err
	case no == 0 && v.requests.isCheck(ctx, one):
		v.cfg.Log.Info("late answer to the verification of a card", "bank", one.bank, "stan", late.STAN, "code", late.Code)
		return nil
	case no == 0:
		log, level := v.stray(one)
		log.Log(ctx, level, "bank answer to a request that is not ours")
		return nil
	}
	if !late.Reversal && !late.Approved && bank.ReasonOf(late.Code) == bank.Unclear {
		v.cfg.Log.Warn("late answer that decides nothing", "bank", one.bank, "stan", late.STAN, "rrn", late.RRN, "code", late.Code)
		return nil
	}
	err = v.requests.change(ctx, no, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error { return v.hear(t, req, p, late) })
	if v.cfg.matters(err) {
		v.cfg.Log.Error("recording a late answer failed", "err", err)
	}
	return err
}

// hear records, in the step, what a bank says about a request, and does what it means.
func (v *evidence) hear(t *tx.Tx, req *payment.Request, p *payment.Payment, late *bank.Late) error {
	switch {
	case late.Reversal:
		return v.reversals.hearReversal(t, req, p, late)
	case req.Repeats() && !v.reversals.answersAdvice(t, req, late):
		return nil
	case late.Approved:
		keepIDs(req, late)
		return v.reversals.hear(t, req, p, payment.SaysApproved, late.Code)
	}
	return v.reversals.hear(t, req, p, payment.SaysDeclined, late.Code)
}

// stray counts an answer that seems to belong to no request, and returns how it is
// logged: an approval is money that may be missing.
func (v *evidence) stray(one lateAnswer) (*slog.Logger, slog.Level) {
	v.counters.StrayAnswers.Add(1)
	late := &one.late
	level := slog.LevelWarn
	if late.Approved && !late.Reversal {
		level = slog.LevelError
	}
	return v.cfg.Log.With("bank", one.bank, "stan", late.STAN, "rrn", late.RRN, "code", late.Code, "reversal", late.Reversal), level
}

// wakeNamesakes has the reversals of all requests with a trace number tried at once.
// Their answers, which identify the request, decide.
func (v *evidence) wakeNamesakes(ctx context.Context, bankName string, stan uint32) {
	for req, err := range v.requests.namesakes(ctx, bankName, stan) {
		if err != nil {
			if v.cfg.matters(err) {
				v.cfg.Log.Error("recording a late answer failed", "err", err)
			}
			return
		}
		v.reversals.wake(req)
	}
}
