package engine

import (
	"context"
	"errors"
	"sync"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/store/money"
)

// evidence is what banks said when nobody waited for it, in the order in which
// it came. It waits in memory for its commit only.
type evidence struct {
	mu    sync.Mutex
	queue []spoken
	busy  bool
	ready chan struct{}
}

// spoken is one answer of one bank.
type spoken struct {
	bank string
	late bank.Late
}

func (v *evidence) add(s spoken) {
	v.mu.Lock()
	v.queue = append(v.queue, s)
	v.mu.Unlock()
	select {
	case v.ready <- struct{}{}:
	default:
	}
}

func (v *evidence) take() (spoken, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy = len(v.queue) > 0
	if !v.busy {
		return spoken{}, false
	}
	s := v.queue[0]
	v.queue = v.queue[1:]
	return s, true
}

func (v *evidence) idle() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.busy && len(v.queue) == 0
}

// LateAnswer takes in an answer of a bank that nothing waits for: it came after
// its time, after a restart, or was not the first. It does not block.
func (e *Engine) LateAnswer(bankName string, late bank.Late) { e.evidence.add(spoken{bankName, late}) }

// runEvidence keeps what banks say until ctx ends.
func (e *Engine) runEvidence(ctx context.Context) {
	for ctx.Err() == nil {
		s, ok := e.evidence.take()
		if ok {
			e.hear(ctx, s)
			continue
		}
		select {
		case <-e.evidence.ready:
		case <-ctx.Done():
		}
	}
}

// hear finds the request and keeps what was said of it.
func (e *Engine) hear(ctx context.Context, s spoken) {
	no, err := e.findRequest(s.bank, named{s.late.STAN, s.late.RRN, s.late.Transmitted, false})
	if err != nil {
		e.logErr("late answer", "", err)
		return
	}
	if no == 0 {
		e.strayAnswer(s)
		return
	}
	if !s.late.Reversal && !s.late.Approved && bank.ReasonOf(s.late.Code) == bank.Unclear {
		e.cfg.Log.Warn("late answer that decides nothing", "bank", s.bank, "stan", s.late.STAN, "rrn", s.late.RRN, "code", s.late.Code)
		return
	}
	err = e.onRequest(ctx, no, func(w *work, r *payment.Request, p *payment.Payment) error {
		switch {
		case s.late.Reversal:
			return w.heardReversal(r, p, &s.late)
		case s.late.Approved:
			keepIDs(r, &s.late)
			return w.heard(r, p, payment.SaysApproved, s.late.Code)
		}
		return w.heard(r, p, payment.SaysDeclined, s.late.Code)
	})
	e.logErr("late answer", "", err)
}

// strayAnswer is one to nothing that was ever asked.
func (e *Engine) strayAnswer(s spoken) {
	e.stats.StrayAnswers.Add(1)
	log := e.cfg.Log.Warn
	if s.late.Approved && !s.late.Reversal {
		log = e.cfg.Log.Error
	}
	log("bank answer to a request that is not ours", "bank", s.bank, "stan", s.late.STAN, "rrn", s.late.RRN, "code", s.late.Code, "reversal", s.late.Reversal)
}

// keepIDs keeps what completion and dispute of an approval need.
func keepIDs(r *payment.Request, late *bank.Late) {
	if r.Approved {
		return // those of the answer in time stand
	}
	if late.AuthID != "" {
		r.AuthID = late.AuthID
	}
	if late.Settlement != "" {
		r.Settlement = late.Settlement
	}
}

// heardReversal takes in the late answer to a reversal of ours. It ends the
// reversing where no approval can be the later of the two, and where it speaks of
// what was to be undone; in any case it is worth asking again at once, for the
// bank is awake. Of a request that is not being reversed any more, since people
// have ended it as paid, it is what any word of the bank is: see Request.Hear.
func (w *work) heardReversal(r *payment.Request, p *payment.Payment, late *bank.Late) error {
	w.then(func() { w.e.wake(r) })
	if late.Code != codeUndone {
		return nil
	}
	if r.Reversing() {
		if why := notOf(r, late); why != "" {
			w.then(func() {
				w.e.cfg.Log.Warn("late answer to a reversal is of something else; ours goes on", "ref", p.Ref, "bank", r.Bank,
					"stan", r.STAN, "rrn", r.RRN, "why", why)
			})
			return nil
		}
		if r.Approvals > 0 {
			return nil
		}
		r.Reversal = late.Code
	}
	return w.heard(r, p, payment.SaysReversed, late.Code)
}

// notOf says what a late answer tells that is not as r was sent; empty: nothing.
func notOf(r *payment.Request, late *bank.Late) string {
	if late.AmountTold && late.Amount != r.Amount {
		return "another amount"
	}
	return late.Differs
}

// codeUndone is the bank's word that a reversal is done. ISO 8583:1987 DE39
const codeUndone = "00"

// heard takes in a word about r that nobody waited for, and does what it means.
func (w *work) heard(r *payment.Request, p *payment.Payment, word payment.Word, code string) error {
	meaning := r.Hear(word, code, w.now)
	if meaning == payment.Repeated {
		return nil
	}
	if meaning == payment.Undoes {
		if err := w.advanceIf(p, payment.Event{Kind: payment.Reversed, Reason: payment.UndoneAtBank}); err != nil {
			return err
		}
	}
	w.then(func() { w.e.afterHearing(r, p.Ref, meaning, word, code) })
	return w.saveRequest(r)
}

// afterHearing raises the alarm where there is one, once the word is kept.
func (e *Engine) afterHearing(r *payment.Request, ref string, m payment.Meaning, word payment.Word, code string) {
	log := e.cfg.Log.With("ref", ref, "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN, "says", word, "code", code, "request", r.State)
	if word == payment.SaysApproved {
		e.stats.LateApprovals.Add(1)
	}
	switch m {
	case payment.Reopens:
		log.Error("bank approved a request that had ended unpaid; it is reversed")
		e.reverse(r, r.Tries > 0)
	case payment.Disputes:
		e.stats.Disputes.Add(1)
		log.Error("bank goes back on a payment that stands paid")
	case payment.Confirms:
		log.Warn("late approval of a request that is being reversed")
		e.wake(r)
	case payment.Undoes:
		log.Warn("bank says that the request is reversed")
		e.wake(r)
	case payment.Noted, payment.Repeated:
		log.Warn("late answer of a bank, noted")
		e.wake(r)
	}
}

// wake has the reversal of r tried at once, if it is in the queue.
func (e *Engine) wake(r *payment.Request) {
	if q := e.queues[r.Bank]; q != nil {
		q.Wake(r.No)
	}
}

// errPart says that the host reversed another amount than was asked.
var errPart = errors.New("engine: the host reversed a part")

// HostReversal takes in a reversal of the host's own and reports whether that was
// done durably; false without an error: it is of nothing that we asked. A reversal advice tells what its sender has done, ISO 8583:1987
// MTI 0420: it ends the reversing of a request whose answer is unknown, and is a
// dispute of one that stands paid, which people decide.
func (e *Engine) HostReversal(bankName string, m bank.HostMessage) (taken bool, err error) {
	if err := e.ctx.Err(); err != nil {
		return false, err
	}
	stan := m.Original.STAN
	if stan == 0 {
		stan = m.STAN
	}
	no, err := e.findRequest(bankName, named{stan, m.RRN, m.Original.Transmitted, true})
	if err != nil {
		e.logErr("host reversal", "", err)
		return false, err
	}
	if no == 0 {
		e.stats.StrayAnswers.Add(1)
		e.cfg.Log.Error("host reversed a request that is not ours", "bank", bankName, "stan", stan, "rrn", m.RRN)
		return false, nil
	}
	e.stats.HostReversals.Add(1)
	err = e.onRequest(e.ctx, no, func(w *work, r *payment.Request, p *payment.Payment) error {
		if partial(m.Amount, r.Amount) && r.Reversing() {
			return errPart
		}
		return w.heard(r, p, payment.SaysReversed, m.MTI)
	})
	if errors.Is(err, errPart) {
		e.cfg.Log.Error("host reversed a part of a request; ours goes on", "bank", bankName, "stan", stan, "rrn", m.RRN)
		return true, nil
	}
	e.logErr("host reversal", "", err)
	return err == nil, err
}

// partial reports whether told is an amount other than asked.
func partial(told, asked money.Amount) bool { return told != 0 && told != asked }

// named is how a bank names a request of ours.
type named struct {
	stan        uint32
	rrn         string // ISO 8583:1987 DE37; empty: not told
	transmitted string // ISO 8583:1987 DE7 of the request, or the host's own
	surely      bool   // one of the two has to be ours
}

// layoutTransmitted is ISO 8583:1987 DE7.
const layoutTransmitted = "0102150405"

// findRequest is the newest request of ours that n may name; 0: none. The trace
// number comes again after 999,999 requests, the reference does not.
func (e *Engine) findRequest(bankName string, n named) (uint64, error) {
	w := &work{e: e}
	newest := uint64(0) // that the trace number alone names
	for no := range payment.Namesakes(n.stan, e.nextRequest.Load()) {
		r, err := read[payment.Request](w, payment.BankTable, payment.Key(no))
		if err != nil {
			return 0, err
		}
		if r == nil || r.Bank != bankName {
			continue
		}
		if n.rrn == r.RRN || n.transmitted == r.At.UTC().Format(layoutTransmitted) {
			return no, nil
		}
		newest = max(newest, no)
	}
	if n.rrn != "" || n.surely {
		return 0, nil
	}
	return newest, nil
}
