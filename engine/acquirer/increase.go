package acquirer

import (
	"cmp"
	"context"
	"errors"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// raises asks banks to hold more for a payment than they do.
type raises struct{ *Banks }

// ask stores the request for the last increase of p: a PreAuth of its own, with its own
// STAN and RRN, that names the first one. It is sent after the commit.
func (b raises) ask(t *tx.Tx, p *payment.Payment) error {
	asked, ask := p.Increasing(), p.Plan.Asks[0]
	no := b.cfg.Books.Requests.Add(1)
	asked.Request = no
	req := &payment.Request{
		No: no, Payment: p.No, Kind: payment.PreAuth, Bank: ask.Bank, Account: ask.Account,
		Message: payment.Message{MTI: mtis[payment.PreAuth], STAN: payment.STAN(no), RRN: bank.RRN(t.Now.UTC(), uint64(payment.STAN(no))), At: t.Now.UTC()},
		Amount:  asked.Charged, Currency: cmp.Or(ask.Currency, p.Currency), Shop: p.Payee.Code, State: payment.RequestSent, Card: ask.Card, Increases: true,
	}
	packed, err := b.pack(t, req, p)
	if err != nil {
		b.cfg.Log.Error("bank request cannot be made", "ref", p.Ref, "bank", req.Bank, "err", err)
	}
	tx.Save(t, payment.BankTable, payment.Key(no), req)
	t.AfterCommit(func() { b.send(*req, packed, p.Ref, false) })
	return nil
}

// raised records what the bank said to an increase, and adds it to the payment if the bank
// approves. An approval that the books refuse is reversed.
func (b raises) raised(sent payment.Request, ref string, came answer) error {
	err := b.keep(sent, came)
	var refused tx.Refused
	if came.event.Kind == payment.Approval && errors.As(err, &refused) {
		b.cfg.Log.Error("an increase that the bank approved cannot be held; it is reversed", "ref", ref, "err", err)
		err = b.keep(sent, answer{silent(causeRefused).event, came.reply, causeRefused})
	}
	return err
}

// keep is one try of raised.
func (b raises) keep(sent payment.Request, came answer) error {
	return b.requests.change(context.WithoutCancel(b.cfg.Context), sent.No, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
		if req.State != payment.RequestSent { // the payment has ended, and the request is being reversed
			switch came.event.Kind {
			case payment.Approval:
				return b.reversals.hear(t, req, p, payment.SaysApproved, came.reply.Code)
			case payment.Decline:
				return b.reversals.hear(t, req, p, payment.SaysDeclined, came.reply.Code)
			}
			return nil
		}
		event := payment.Event{Kind: payment.NotRaised, Reason: came.event.Reason, Request: req.No}
		approved := came.event.Kind == payment.Approval
		if req.Code, req.AuthID, req.Settlement = came.reply.Code, came.reply.AuthID, came.reply.Settlement; req.Code != "" {
			req.Answered = t.Now.UTC()
		}
		req.Cause = cmp.Or(came.cause, req.Cause)
		switch contradicted := req.Contradicted(approved); {
		case came.event.Kind == payment.Silence || contradicted:
			event.Reason = payment.BankSilent
			if contradicted {
				came.cause = causeContradiction
			}
			req.Unknown(came.cause, t.Now)
			t.AfterCommit(func() { b.reversals.add(req, false) })
		case approved:
			event.Kind = payment.Raised
			req.State, req.Approved = payment.RequestAnswered, true
		default:
			req.State = payment.RequestAnswered
		}
		event.At = t.Now
		if err := b.cfg.Process.Advance(t, p, event); err != nil {
			return err
		}
		return b.requests.save(t, req)
	})
}

// resume ends the increase of p that was not answered when we stopped, in the way in which
// ResumeSent does.
func (b raises) resume(p *payment.Payment) error {
	asked := p.Increasing()
	if asked == nil {
		return nil
	}
	req, err := readRequest(b.cfg.Run.View(b.cfg.Context), asked.Request)
	if err != nil {
		return err
	}
	came := silent(causeRestart)
	if req.Packed == nil {
		came = unasked(req.Cause)
	}
	return b.raised(*req, p.Ref, came)
}

// Release marks what a bank holds for p for reversal, in the commit that ends the
// payment without it, with an increase that it has not answered.
func (b *Banks) Release(t *tx.Tx, p *payment.Payment) error {
	if err := b.reverse(t, p.PreAuth()); err != nil {
		return err
	}
	for i := range p.Increases {
		req, err := readRequest(t, p.Increases[i].Request)
		if err != nil {
			return err
		}
		if p.Increases[i].State != payment.IncreaseApproved && req.State != payment.RequestSent {
			continue
		}
		if err := b.reverse(t, req.No); err != nil {
			return err
		}
	}
	return nil
}
