package engine

import (
	"errors"
	"fmt"

	"mpg/engine/bank"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// Causes that the engine itself gives a request; the others come from bank.Cause.
const (
	causeRestart       = "restart"       // we stopped before the answer came
	causeRefused       = "books refused" // an approval that could not be posted
	causeContradiction = "contradiction" // the bank gave two answers
	causeUnpacked      = "not packed"    // no message could be made
	causeUnreadable    = "unreadable"    // the stored message cannot be opened
	causeNoBank        = "no such bank"  // it is not in the configuration
)

// errNoBank says that the bank is not in the configuration.
var errNoBank = errors.New("engine: the bank is not configured")

// errContradicted says that the bank has said otherwise meanwhile.
var errContradicted = errors.New("engine: the bank contradicts itself")

// answered says how a request came back: an event, and what goes into its
// record.
type answered struct {
	ev    payment.Event
	reply bank.Reply
	cause string
}

// ask stores the bank request with its STAN, its RRN and the message as it will
// be sent; the first byte leaves only after the commit. A bank that is not in the
// configuration, or that no message can be made for, is not asked.
func (w *work) ask(p *payment.Payment) error {
	ask := p.Plan.Asks[len(p.Requests)]
	no := w.e.books.Requests.Add(1)
	p.Requests = append(p.Requests, no)
	r := &payment.Request{
		No: no, Payment: p.No, Kind: "debit", MTI: "0200", Bank: ask.Bank, Account: ask.Account,
		STAN: payment.STAN(no), RRN: bank.RRN(w.Now.UTC(), uint64(payment.STAN(no))), At: w.Now.UTC(),
		Amount: ask.Amount, Currency: p.Currency, Shop: p.Payee.Code, State: payment.RequestSent,
	}
	packed, err := w.pack(r, p.Ref)
	if err != nil {
		w.e.cfg.Log.Error("bank request cannot be made", "ref", p.Ref, "bank", r.Bank, "err", err)
	}
	tx.Save(w.Tx, payment.BankTable, payment.Key(no), r)
	w.AfterCommit(func() { w.e.goAuthorize(*r, packed, p.Ref) })
	return nil
}

// pack builds the message of r and seals it into r. After an error nothing can
// be sent, and r holds the cause.
func (w *work) pack(r *payment.Request, ref string) (bank.Packed, error) {
	link := w.e.cfg.Ports.Banks[r.Bank]
	if link == nil {
		r.Cause = causeNoBank
		return nil, errNoBank
	}
	r.Cause = causeUnpacked
	account, err := w.e.books.OpenAccount(w.Tx, r.Account)
	if err != nil {
		return nil, err
	}
	packed, err := link.Prepare(bank.Request{STAN: r.STAN, RRN: r.RRN, At: r.At, Account: account, Amount: r.Amount,
		Currency: notice.Currency(r.Currency), Merchant: r.Shop, Ref: ref})
	if err != nil {
		return nil, err
	}
	r.Cause, r.Packed = "", w.e.cfg.SealKey.Seal(packed, aboutRequest(r.No))
	return packed, nil
}

// aboutRequest names what the stored message of a request is sealed about. The
// message holds an account number; sealed this way it cannot be opened as
// another request's.
func aboutRequest(no uint64) string { return fmt.Sprintf("request/%d", no) }

// openPacked opens the message of r as it was sent.
func (e *Engine) openPacked(r *payment.Request) (bank.Packed, error) {
	return e.cfg.SealKey.Open(r.Packed, aboutRequest(r.No))
}

// goAuthorize sends a stored request and turns the answer, or the silence, into
// an event.
func (e *Engine) goAuthorize(r payment.Request, packed bank.Packed, ref string) {
	e.asking.Add(1)
	e.asks.Go(func() {
		defer e.asking.Add(-1)
		link := e.cfg.Ports.Banks[r.Bank]
		if link == nil || packed == nil {
			e.bankEvent(r, ref, unasked(r.Cause))
			return
		}
		e.stats.BankAsked.Add(1)
		reply, err := link.Authorize(e.ctx, packed)
		if err != nil && !errors.Is(err, bank.ErrDown) && e.ctx.Err() != nil {
			return // stopping: the restart finds it sent, and reverses it
		}
		if err != nil {
			e.cfg.Log.Warn("bank request not answered", "ref", ref, "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN, "cause", bank.Cause(err), "err", err)
		}
		e.bankEvent(r, ref, answerOf(reply, err))
	})
}

// unasked describes a request that never left.
func unasked(cause string) answered {
	return answered{ev: payment.Event{Kind: payment.Decline, Reason: payment.BankAway}, cause: cause}
}

// silent describes a request whose outcome is not known.
func silent(cause string) answered {
	return answered{ev: payment.Event{Kind: payment.Silence, Reason: payment.BankSilent}, cause: cause}
}

// answerOf turns what came back into an event. Only an answer decides: a
// request that was certainly not sent is declined, and anything else is
// silence, which means unknown and is reversed, never sent again.
func answerOf(reply bank.Reply, err error) answered {
	var a answered
	switch {
	case errors.Is(err, bank.ErrDown):
		a = unasked(bank.Cause(err))
	case err != nil:
		a = silent(bank.Cause(err))
	case reply.Approved:
		a = answered{ev: payment.Event{Kind: payment.Approval}, cause: reply.Cause}
	default:
		a = answered{ev: payment.Event{Kind: payment.Decline, Reason: payment.BankDeclined, Bank: string(reply.Reason)}, cause: reply.Cause}
	}
	a.reply = reply
	return a
}

// bankEvent records what the bank said. It retries when another step came in
// between. An approval that the books refuse is reversed, and so is an answer
// that the bank has contradicted meanwhile.
func (e *Engine) bankEvent(r payment.Request, ref string, a answered) {
	err := e.keepAnswer(r, a)
	var no tx.Refused
	switch {
	case errors.Is(err, errContradicted):
		e.stats.LateApprovals.Add(1)
		e.cfg.Log.Error("bank gave two answers to one request; it is reversed", "ref", ref, "bank", r.Bank, "stan", r.STAN, "rrn", r.RRN)
		err = e.keepAnswer(r, answered{silent(causeContradiction).ev, a.reply, causeContradiction})
	case a.ev.Kind == payment.Approval && errors.As(err, &no):
		e.logErr("bank approval that is now reversed", ref, err)
		err = e.keepAnswer(r, answered{silent(causeRefused).ev, a.reply, causeRefused})
	}
	if !errors.Is(err, payment.ErrLate) {
		e.logErr("bank answer", ref, err)
	}
}

// keepAnswer commits the event together with the request's record.
func (e *Engine) keepAnswer(r payment.Request, a answered) error {
	a.ev.Request = r.No
	for {
		err := e.fire(e.ctx, r.Payment, a.ev, func(w *work, _ *payment.Payment) error { return w.keepAnswer(r.No, a) })
		if !errors.Is(err, tx.ErrContended) {
			return err
		}
	}
}

func (w *work) keepAnswer(no uint64, a answered) error {
	r, err := w.request(no)
	if err != nil {
		return err
	}
	if a.ev.Kind != payment.Silence {
		if r.Contradicted(a.ev.Kind == payment.Approval) {
			return errContradicted
		}
		r.State, r.Approved = payment.RequestAnswered, a.ev.Kind == payment.Approval
	}
	if a.reply.Code != "" {
		r.Code, r.AuthID, r.Settlement, r.Answered = a.reply.Code, a.reply.AuthID, a.reply.Settlement, w.Now.UTC()
	}
	if a.cause != "" {
		r.Cause = a.cause
	}
	return w.saveRequest(r)
}

// request reads the request with number no.
func (w *work) request(no uint64) (*payment.Request, error) {
	r, err := tx.Read[payment.Request](w.Tx, payment.BankTable, payment.Key(no))
	if err != nil || r == nil {
		return nil, errors.Join(err, errors.New("engine: bank request is gone"))
	}
	return r, nil
}

// saveRequest writes r and keeps the list of requests that a restart must look
// at.
func (w *work) saveRequest(r *payment.Request) error {
	key := payment.Key(r.No)
	tx.Save(w.Tx, payment.BankTable, key, r)
	listed, err := tx.Read[struct{}](w.Tx, payment.OpenRequestTable, key)
	if err != nil {
		return err
	}
	switch {
	case r.Listed() && listed == nil:
		tx.Save(w.Tx, payment.OpenRequestTable, key, &struct{}{})
	case !r.Listed():
		tx.Drop(w.Tx, payment.OpenRequestTable, key)
	}
	w.AfterCommit(func() { w.e.logErr("listing a bank request", "", w.e.requests.keep(w.e.view(), r.No)) })
	return nil
}
