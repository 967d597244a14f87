package acquirer

import (
	"cmp"
	"context"
	"errors"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// advise stores an advice in the step. After the commit it is sent, and repeated, by the
// queue of its bank or biller.
func (b *Banks) advise(t *tx.Tx, req *payment.Request) error {
	req.State, req.Since = payment.RequestAdvising, t.Now.UTC()
	t.AfterCommit(func() { b.reversals.add(req, false) })
	return b.requests.save(t, req)
}

// reply is the answer to an advice.
type reply struct {
	code       string
	authID     string
	settlement string
	cause      string
}

// advise sends an advice once and records the answer. Only an answer ends it; a bank that is
// not working for the moment has not given one.
func (v *reversals) advise(ctx context.Context, req *payment.Request, repeat bool) Verdict {
	if req.Kind == payment.Notify {
		return v.tell(ctx, req, repeat)
	}
	packed, err := v.cfg.openPacked(req)
	if err != nil {
		v.cfg.Log.Error("stored bank request cannot be opened", "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "err", err)
		return v.unanswered(ctx, req, cmp.Or(req.Cause, causeUnreadable), true)
	}
	said, err := v.cfg.Banks[req.Bank].Advise(ctx, packed, repeat)
	was := reply{said.Code, said.AuthID, said.Settlement, said.Cause}
	switch {
	case err == nil && said.Approved:
		return v.settle(ctx, req, payment.SaysApproved, was)
	case err == nil && said.Reason != bank.Unavailable:
		return v.settle(ctx, req, payment.SaysDeclined, was)
	case err != nil && ctx.Err() != nil:
		return Soon // the next start finds it in the store
	case errors.Is(err, bank.ErrDown) && !errors.Is(err, bank.ErrInvalid):
		return Unsent
	}
	v.cfg.Log.Warn("advice not answered", "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "code", said.Code, "cause", bank.Cause(err), "err", err)
	verdict := v.unanswered(ctx, req, bank.Cause(err), errors.Is(err, bank.ErrInvalid))
	if err != nil && verdict == Slowly {
		return Soon // silence
	}
	return verdict
}

// settle commits an answer, which people may have forestalled. If that fails, the advice is
// sent again, and answered again.
func (v *reversals) settle(ctx context.Context, sent *payment.Request, word payment.Word, was reply) Verdict {
	err := v.requests.change(context.WithoutCancel(ctx), sent.No, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
		req.Tries = max(req.Tries, v.sent(req)+1)
		switch {
		case !req.Repeats():
			return v.hear(t, req, p, word, was.code)
		case word == payment.SaysApproved:
			return v.accept(t, req, p, was)
		}
		return v.refuse(t, req, p, was)
	})
	if err != nil {
		if v.cfg.matters(err) {
			v.cfg.Log.Error("recording the answer to an advice failed", "err", err)
		}
		return Soon
	}
	return Done
}

// accept records that an advice was accepted. Its payment is then made.
func (v *reversals) accept(t *tx.Tx, req *payment.Request, p *payment.Payment, was reply) error {
	req.State, req.Approved = payment.RequestAnswered, true
	was.keep(t, req)
	if err := v.cfg.Process.AdvanceIf(t, p, payment.Event{Kind: payment.Accepted, Request: req.No}); err != nil {
		return err
	}
	return v.requests.save(t, req)
}

// refuse records that an advice was refused. A bank that refuses to take what it held
// leaves the payment in doubt: it may have taken it all the same, or nobody has the
// money. A biller that the payment waits for ends it; what any other biller refuses is left
// to people.
func (v *reversals) refuse(t *tx.Tx, req *payment.Request, p *payment.Payment, was reply) error {
	event := payment.Event{Kind: payment.Refused, Reason: payment.InDoubt, Request: req.No}
	req.State = payment.RequestDoubt
	if req.Kind == payment.Notify {
		event = payment.Event{Kind: payment.Rejected, Reason: payment.BillerRefused, Request: req.No}
		if p.Plan.Asks[req.Ask].Waits {
			req.State = payment.RequestAnswered
		}
	}
	was.keep(t, req)
	if err := v.cfg.Process.AdvanceIf(t, p, event); err != nil {
		return err
	}
	t.AfterCommit(func() {
		v.cfg.Log.Error("advice refused", "ref", p.Ref, "to", req.Bank, "kind", req.Kind, "stan", req.STAN, "rrn", req.RRN, "code", was.code)
	})
	return v.requests.save(t, req)
}

// keep writes the answer into the record of an advice.
func (r reply) keep(t *tx.Tx, req *payment.Request) {
	req.Code, req.Answered, req.Cause = r.code, t.Now.UTC(), r.cause
	if r.authID != "" {
		req.AuthID = r.authID
	}
	if r.settlement != "" {
		req.Settlement = r.settlement
	}
}

// unanswered records a try that was not answered, the second, fourth, eighth … time. never
// says that no try can succeed, which puts the advice in doubt at once.
func (v *reversals) unanswered(ctx context.Context, sent *payment.Request, cause string, never bool) Verdict {
	verdict := Slowly
	err := v.requests.change(ctx, sent.No, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
		if !req.Repeats() {
			verdict = Done
			return nil
		}
		tries, doubt := v.sent(req)+1, never && req.State == payment.RequestAdvising
		if !doubt && tries&(tries-1) != 0 {
			return nil
		}
		req.Tries = tries
		if cause != "" {
			req.Cause = cause
		}
		if doubt {
			return v.doubt(t, req, p, cause)
		}
		return v.requests.save(t, req)
	})
	if v.cfg.matters(err) {
		v.cfg.Log.Error("recording an advice failed", "err", err)
	}
	return verdict
}

// answersAdvice reports whether a late answer ends the advice in req. If it is about
// something else, or only says that the bank is not working, the advice is repeated at once.
func (v *reversals) answersAdvice(t *tx.Tx, req *payment.Request, late *bank.Late) bool {
	if !late.Approved && bank.ReasonOf(late.Code) == bank.Unavailable || late.Code != codeUndone && late.Approved || notOf(req, late) != "" {
		t.AfterCommit(func() { v.wake(req) })
		return false
	}
	keepIDs(req, late)
	return true
}
