package engine

import (
	"context"
	"errors"
	"iter"
	"sync"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store/money"
)

// evidence queues what banks said when nobody was waiting for it, in the order
// in which it came. It stays in memory only until it is committed.
type evidence struct {
	mu    sync.Mutex
	queue []spoken
	busy  bool
	over  bool // nobody reads from the queue any more
	ready chan struct{}
}

// spoken is one answer of one bank.
type spoken struct {
	bank string
	late bank.Late
}

// add queues s, or reports false if nobody reads from the queue any more.
func (v *evidence) add(s spoken) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return false
	}
	v.queue = append(v.queue, s)
	select {
	case v.ready <- struct{}{}:
	default:
	}
	return true
}

// take returns the next answer. last says that the queue is over once it is empty.
func (v *evidence) take(last bool) (spoken, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy = len(v.queue) > 0
	if !v.busy {
		v.over = last
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

// LateAnswer takes in an answer that nothing is waiting for: it came after its
// time-out, after a restart, or was not the first. It blocks only once the
// engine is closed, until the answer is committed: the links stay open a little
// longer, and a bank may say it only once.
func (e *Engine) LateAnswer(bankName string, late bank.Late) {
	if s := (spoken{bankName, late}); !e.evidence.add(s) {
		e.hear(context.WithoutCancel(e.ctx), s)
	}
}

// runEvidence commits what banks say until ctx ends, and then whatever they had
// said by that time.
func (e *Engine) runEvidence(ctx context.Context) {
	keeping := context.WithoutCancel(ctx)
	for {
		over := ctx.Err() != nil
		s, ok := e.evidence.take(over)
		switch {
		case ok:
			e.hear(keeping, s)
			continue
		case over:
			return
		}
		select {
		case <-e.evidence.ready:
		case <-ctx.Done():
		}
	}
}

// hear finds the request and records what was said about it.
func (e *Engine) hear(ctx context.Context, s spoken) {
	no, err := e.findRequest(s.bank, named{s.late.STAN, s.late.RRN, s.late.Transmitted, false})
	switch {
	case errors.Is(err, errNamesakes):
		e.strayAnswer(s, "bank answer may belong to more than one request; it is taken for none")
		e.wakeNamesakes(s.bank, s.late.STAN)
		return
	case err != nil:
		e.logErr("late answer", "", err)
		return
	case no == 0:
		e.strayAnswer(s, "bank answer to a request that is not ours")
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

// strayAnswer logs and counts an answer that seems to belong to no request.
func (e *Engine) strayAnswer(s spoken, what string) {
	e.stats.StrayAnswers.Add(1)
	log := e.cfg.Log.Warn
	if s.late.Approved && !s.late.Reversal {
		log = e.cfg.Log.Error
	}
	log(what, "bank", s.bank, "stan", s.late.STAN, "rrn", s.late.RRN, "code", s.late.Code, "reversal", s.late.Reversal)
}

// keepIDs keeps what completing or disputing an approval needs.
func keepIDs(r *payment.Request, late *bank.Late) {
	if r.Approved {
		return // those of the answer that came in time stand
	}
	if late.AuthID != "" {
		r.AuthID = late.AuthID
	}
	if late.Settlement != "" {
		r.Settlement = late.Settlement
	}
}

// heardReversal takes in the late answer to a reversal of ours. It ends the
// reversal if it is about the same request and no approval can have come after
// it. In any case the reversal is tried again at once, since the bank is
// answering. For a request that people have ended meanwhile, the answer counts
// like any other word of the bank; see Request.Hear. For one that was never due
// for reversal it is not an answer, but belongs to another request with the
// same trace number.
func (w *work) heardReversal(r *payment.Request, p *payment.Payment, late *bank.Late) error {
	w.AfterCommit(func() { w.e.wake(r) })
	switch {
	case late.Code != codeUndone:
		return nil
	case r.Reversing():
		if why := notOf(r, late); why != "" {
			w.AfterCommit(func() {
				w.e.cfg.Log.Warn("late answer to a reversal is about something else; the reversal goes on", "ref", p.Ref, "bank", r.Bank,
					"stan", r.STAN, "rrn", r.RRN, "why", why)
			})
			return nil
		}
		if r.Approvals > 0 {
			return nil
		}
		r.Reversal = late.Code
	case r.State != payment.RequestResolved:
		return nil
	}
	return w.heard(r, p, payment.SaysReversed, late.Code)
}

// notOf says which part of a late answer differs from r as it was sent, or
// returns "".
func notOf(r *payment.Request, late *bank.Late) string {
	if late.AmountTold && late.Amount != r.Amount {
		return "another amount"
	}
	return late.Differs
}

// codeUndone says that a reversal is done. ISO 8583:1987 DE39
const codeUndone = "00"

// heard records a word about r that nobody was waiting for, and does what it
// means.
func (w *work) heard(r *payment.Request, p *payment.Payment, word payment.Word, code string) error {
	meaning := r.Hear(word, code, w.Now)
	if meaning == payment.Repeated {
		return nil
	}
	if meaning == payment.Undoes {
		if err := w.e.process.AdvanceIf(w.Tx, p, payment.Event{Kind: payment.Reversed, Reason: payment.UndoneAtBank}); err != nil {
			return err
		}
	}
	w.AfterCommit(func() { w.e.afterHearing(r, p.Ref, meaning, word, code) })
	return w.saveRequest(r)
}

// afterHearing raises the alarm, if there is one, once the word is committed.
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

// wake has the reversal of r tried at once, if it is queued.
func (e *Engine) wake(r *payment.Request) {
	if q := e.queues[r.Bank]; q != nil {
		q.Wake(r.No)
	}
}

// errPart says that the host may not have reversed the amount asked for.
var errPart = errors.New("engine: the host may have reversed another amount")

// HostReversal takes in a reversal that the host initiated, and reports whether
// it was recorded durably. If taken is false without an error, the reversal is
// about nothing that we asked. A reversal advice tells what its sender has
// already done, ISO 8583:1987 MTI 0420: it ends the reversal of a request whose
// outcome is unknown; for one that stands paid it is a dispute, which people
// decide.
func (e *Engine) HostReversal(bankName string, m bank.HostMessage) (taken bool, err error) {
	if err := e.ctx.Err(); err != nil {
		return false, err
	}
	no, stan, err := e.findReversed(bankName, m)
	if err != nil {
		e.logErr("host reversal", "", err)
		return false, err
	}
	if no == 0 {
		e.stats.StrayAnswers.Add(1)
		e.cfg.Log.Error("host reversed a request that is not ours", "bank", bankName, "stan", stan, "rrn", m.RRN, "doubtful", m.Doubtful)
		return false, nil
	}
	e.stats.HostReversals.Add(1)
	err = e.onRequest(e.ctx, no, func(w *work, r *payment.Request, p *payment.Payment) error {
		if (m.Doubtful != "" || partial(m.Amount, r.Amount)) && r.Reversing() {
			return errPart
		}
		return w.heard(r, p, payment.SaysReversed, m.MTI)
	})
	if errors.Is(err, errPart) {
		e.cfg.Log.Error("host may have reversed another amount than the request; our reversal goes on",
			"bank", bankName, "stan", stan, "rrn", m.RRN, "doubtful", m.Doubtful)
		return true, nil
	}
	e.logErr("host reversal", "", err)
	return err == nil, err
}

// findReversed returns the number of the request that a host reversed, or 0, and the
// trace number used to find it. A reversal that cannot be read to its end may lack the
// original data; then our reference, which ends with the trace number, may identify the
// request.
func (e *Engine) findReversed(bankName string, m bank.HostMessage) (no uint64, stan uint32, err error) {
	for _, stan = range []uint32{m.Original.STAN, m.STAN, bank.STANOf(m.RRN)} {
		if stan == 0 {
			continue
		}
		no, err = e.findRequest(bankName, named{stan, m.RRN, m.Original.Transmitted, true})
		if no != 0 || err != nil || m.Original.STAN != 0 {
			break
		}
	}
	return no, stan, err
}

// partial reports whether told names an amount other than asked; 0 names none.
func partial(told, asked money.Amount) bool { return told != 0 && told != asked }

// named is how a bank refers to one of our requests.
type named struct {
	stan        uint32
	rrn         string // ISO 8583:1987 DE37; empty: not told
	transmitted string // ISO 8583:1987 DE7 of the request, or the host's own
	surely      bool   // at least one of the two must match ours
}

// layoutTransmitted is the layout of ISO 8583:1987 DE7.
const layoutTransmitted = "0102150405"

// errNamesakes says that more than one request has the trace number that a bank gave,
// and that the bank gave nothing else.
var errNamesakes = errors.New("engine: more than one request has this trace number")

// findRequest returns the number of our newest request that n may name, or 0. A
// trace number repeats after 999,999 requests; a reference does not. A trace number
// alone identifies a request only if no other has it: an answer that belongs to one of
// several is evidence for none.
func (e *Engine) findRequest(bankName string, n named) (uint64, error) {
	only := uint64(0) // that the trace number alone names
	several := false
	for r, err := range e.namesakes(bankName, n.stan) {
		if err != nil {
			return 0, err
		}
		if n.rrn == r.RRN || n.transmitted == r.At.UTC().Format(layoutTransmitted) {
			return r.No, nil
		}
		only, several = r.No, only != 0
	}
	switch {
	case n.rrn != "" || n.surely:
		return 0, nil
	case several:
		return 0, errNamesakes
	}
	return only, nil
}

// namesakes walks the requests to a bank that have a trace number, newest first.
func (e *Engine) namesakes(bankName string, stan uint32) iter.Seq2[*payment.Request, error] {
	return func(yield func(*payment.Request, error) bool) {
		for no := range payment.Namesakes(stan, e.books.Requests.Load()) {
			r, err := tx.Read[payment.Request](e.view().Tx, payment.BankTable, payment.Key(no))
			if err == nil && (r == nil || r.Bank != bankName) {
				continue
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// wakeNamesakes has the reversals of all requests with a trace number tried at once.
// Their answers, which identify the request, decide.
func (e *Engine) wakeNamesakes(bankName string, stan uint32) {
	for r, err := range e.namesakes(bankName, stan) {
		if err != nil {
			e.logErr("late answer", "", err)
			return
		}
		e.wake(r)
	}
}
