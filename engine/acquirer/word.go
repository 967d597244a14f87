package acquirer

import (
	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store/money"
)

// codeUndone says that a reversal is done. ISO 8583:1987 DE39
const codeUndone = "00"

// hear records a word about req that nobody was waiting for, and does what it
// means.
func (v *reversals) hear(t *tx.Tx, req *payment.Request, p *payment.Payment, word payment.Word, code string) error {
	meaning := req.Hear(word, code, t.Now)
	if meaning == payment.Repeated {
		return nil
	}
	switch meaning {
	case payment.Accepts, payment.Rejects:
		t.AfterCommit(func() { v.afterHearing(req, p.Ref, meaning, word, code) })
		if meaning == payment.Accepts {
			return v.accept(t, req, p, reply{code: code})
		}
		return v.refuse(t, req, p, reply{code: code})
	case payment.Reopens:
		if err := v.suspense.begin(t, req, p); err != nil {
			return err
		}
	case payment.Undoes:
		if err := v.cfg.Process.AdvanceIf(t, p, payment.Event{Kind: payment.Reversed, Reason: payment.UndoneAtBank, Request: req.No}); err != nil {
			return err
		}
	}
	t.AfterCommit(func() { v.afterHearing(req, p.Ref, meaning, word, code) })
	return v.requests.save(t, req)
}

// afterHearing raises the alarm, if there is one, once the word is committed.
func (v *reversals) afterHearing(req *payment.Request, ref string, meaning payment.Meaning, word payment.Word, code string) {
	log := v.cfg.Log.With("ref", ref, "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "says", word, "code", code, "request", req.State)
	if word == payment.SaysApproved {
		v.counters.LateApprovals.Add(1)
	}
	switch meaning {
	case payment.Reopens:
		log.Error("bank approved a request that had ended unpaid; it is reversed")
		v.add(req, req.Tries > 0)
	case payment.Disputes:
		v.counters.Disputes.Add(1)
		log.Error("bank goes back on how a payment stands")
	case payment.Confirms:
		log.Warn("late approval of a request that is being reversed")
		v.wake(req)
	case payment.Undoes:
		log.Warn("bank says that the request is reversed")
		v.wake(req)
	case payment.Accepts, payment.Rejects:
		log.Warn("late answer to an advice")
		v.wake(req)
	case payment.Noted, payment.Repeated:
		log.Warn("late answer of a bank, noted")
		v.wake(req)
	}
}

// hearReversal takes in the late answer to a reversal of ours. It ends the
// reversal if it is about the same request and no approval can have come after
// it. In any case the reversal is tried again at once, since the bank is
// answering. For a request that people have ended meanwhile, the answer counts
// like any other word of the bank; see Request.Hear. For one that was never due
// for reversal it is not an answer, but belongs to another request with the
// same trace number.
func (v *reversals) hearReversal(t *tx.Tx, req *payment.Request, p *payment.Payment, late *bank.Late) error {
	t.AfterCommit(func() { v.wake(req) })
	switch {
	case late.Code != codeUndone:
		return nil
	case req.Reversing():
		if why := notOf(req, late); why != "" {
			t.AfterCommit(func() {
				v.cfg.Log.Warn("late answer to a reversal is about something else; the reversal goes on", "ref", p.Ref, "bank", req.Bank,
					"stan", req.STAN, "rrn", req.RRN, "why", why)
			})
			return nil
		}
		if req.Approvals > 0 {
			return nil
		}
		req.Reversal, req.Back = late.Code, late.Settlement
	case req.State != payment.RequestResolved:
		return nil
	}
	return v.hear(t, req, p, payment.SaysReversed, late.Code)
}

// notOf says which part of a late answer differs from req as it was sent, or
// returns "".
func notOf(req *payment.Request, late *bank.Late) string {
	switch {
	case late.AmountTold && late.Amount != req.Amount:
		return "another amount"
	case otherKind(late.Processing, req):
		return "another kind of request"
	}
	return late.Differs
}

// otherKind reports whether a processing code names a kind of request other than that of
// req; "" names none. ISO 8583:1987 DE3
func otherKind(processing string, req *payment.Request) bool {
	return processing != "" && processing != kinds[req.Kind].Processing()
}

// keepIDs keeps what completing or disputing an approval needs.
func keepIDs(req *payment.Request, late *bank.Late) {
	if req.Approved {
		return // those of the answer that came in time stand
	}
	if late.AuthID != "" {
		req.AuthID = late.AuthID
	}
	if late.Settlement != "" {
		req.Settlement = late.Settlement
	}
}

// partial reports whether told names an amount other than asked; 0 names none.
func partial(told, asked money.Amount) bool { return told != 0 && told != asked }
