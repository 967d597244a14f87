package acquirer

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"mpg/engine/bank"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// Causes that mpg itself gives a request; the others come from bank.Cause.
const (
	causeRestart       = "restart"       // we stopped before the answer came
	causeRefused       = "books refused" // an approval that could not be posted
	causeContradiction = "contradiction" // the bank gave two answers
	causeUnpacked      = "not packed"    // no message could be made
	causeUnreadable    = "unreadable"    // the stored message cannot be opened
	causeNoBank        = "no such bank"  // it is not in the configuration
	causeNoAnswer      = "no answer"     // of a biller
	causeBillPending   = "pending"       // the biller has not decided
	causeInPart        = "in part"       // the bank approved less than was asked for
)

// errNoBank says that the bank is not in the configuration.
var errNoBank = errors.New("engine: the bank is not configured")

// errContradicted says that the bank has said otherwise meanwhile.
var errContradicted = errors.New("engine: the bank contradicts itself")

// Authorize stores the next request of p with its STAN, its RRN and the message as it will
// be sent; the first byte leaves only after the commit. A bank that is not in the
// configuration, or that no message can be made for, is not asked; an advice that cannot be
// sent is soon in doubt.
func (b *Banks) Authorize(t *tx.Tx, p *payment.Payment) error {
	if p.Increasing() != nil {
		return raises{b}.ask(t, p)
	}
	index := len(p.Requests)
	ask := p.Plan.Asks[index]
	no := b.cfg.Books.Requests.Add(1)
	p.Requests = append(p.Requests, no)
	req := &payment.Request{
		No: no, Payment: p.No, Ask: index, Kind: ask.Kind, Bank: ask.Bank, Account: ask.Account,
		Message: payment.Message{MTI: mtis[ask.Kind], STAN: payment.STAN(no), RRN: bank.RRN(t.Now.UTC(), uint64(payment.STAN(no))), At: t.Now.UTC()},
		Amount:  p.AskAmount(index), Currency: cmp.Or(ask.Currency, p.Currency), Shop: cmp.Or(p.Payee.Code, p.Payer.Code), State: payment.RequestSent, Card: ask.Card,
	}
	if ask.Kind == payment.Notify {
		req.Bill = ask.Bill
		return b.advise(t, req)
	}
	packed, err := b.pack(t, req, p)
	if err != nil {
		b.cfg.Log.Error("bank request cannot be made", "ref", p.Ref, "bank", req.Bank, "err", err)
	}
	if ask.Kind.Advice() {
		return b.advise(t, req)
	}
	partial, until := p.Plan.TakesLess(), onSignOn{b}.until(p)
	tx.Save(t, payment.BankTable, payment.Key(no), req)
	t.AfterCommit(func() { onSignOn{b}.send(until, *req, packed, p.Ref, partial) })
	return nil
}

// kinds maps the kinds of requests to those of the connector. The map is never modified.
var kinds = map[payment.Kind]bank.Kind{payment.Debit: bank.Debit, payment.Credit: bank.Credit, payment.Refund: bank.Refund,
	payment.PreAuth: bank.PreAuth, payment.Completion: bank.Completion}

// mtis holds the message types of the requests of each kind; billers have none. It is never
// modified.
var mtis = map[payment.Kind]string{payment.Debit: "0200", payment.Credit: "0200", payment.Refund: "0200", payment.PreAuth: "0100", payment.Completion: "0220"}

// pack builds the message of req and seals it into req. After an error nothing can be
// sent, and req holds the cause.
func (b *Banks) pack(t *tx.Tx, req *payment.Request, p *payment.Payment) (bank.Packed, error) {
	link := b.cfg.Banks[req.Bank]
	if link == nil {
		req.Cause = causeNoBank
		return nil, errNoBank
	}
	req.Cause = causeUnpacked
	account, err := b.cfg.Books.OpenAccount(t, req.Account)
	if err != nil {
		return nil, err
	}
	asked := bank.Request{Kind: kinds[req.Kind], STAN: req.STAN, RRN: req.RRN, At: req.At, Account: account, Amount: req.Amount,
		Currency: notice.Currency(req.Currency), Merchant: req.Shop, Ref: p.Ref, Card: req.Card}
	if err := b.requests.name(t, &asked, req, p); err != nil {
		return nil, err
	}
	packed, err := link.Prepare(asked)
	if err != nil {
		return nil, err
	}
	req.Cause, req.Packed = "", b.cfg.SealKey.Seal(packed, aboutRequest(req.No))
	return packed, nil
}

// name has asked name the earlier request that req is about, if it is about one: the one that
// holds the money of p or, if p is a refund, the one by which the bank paid what it refunds.
func (l *requests) name(t *tx.Tx, asked *bank.Request, req *payment.Request, p *payment.Payment) error {
	first, of := p, p.PreAuth()
	switch {
	case req.Kind == payment.Refund:
		var err error
		if first, err = t.Payment(p.Of); err != nil {
			return err
		}
		of = payment.PaidBy(first)
	case req.Kind != payment.Completion && !req.Increases:
		return nil
	}
	earlier, err := readRequest(t, of)
	if err != nil {
		return err
	}
	if asked.Of, err = l.cfg.openPacked(earlier); err != nil {
		return err
	}
	if asked.AuthID = earlier.AuthID; earlier.Kind == payment.Completion {
		auth, err := readRequest(t, first.PreAuth())
		if err != nil {
			return err
		}
		asked.AuthID = auth.AuthID
	}
	return nil
}

// aboutRequest names what the stored message of a request is sealed about. The
// message holds an account number; sealed this way it cannot be opened as
// another request's.
func aboutRequest(no uint64) string { return fmt.Sprintf("request/%d", no) }

// openPacked opens the message of req as it was sent.
func (c *Config) openPacked(req *payment.Request) (bank.Packed, error) {
	return c.SealKey.Open(req.Packed, aboutRequest(req.No))
}

// send sends a stored request and turns the answer, or the silence, into an event. partial
// says that an approval of less is good enough. It returns at once.
func (b *Banks) send(req payment.Request, packed bank.Packed, ref string, partial bool) {
	link := b.cfg.Banks[req.Bank]
	waits := int64(1)
	if patient(link) {
		waits = 0 // a stop need not wait for the answer
	}
	b.asking.Add(waits)
	b.asks.Go(func() {
		defer b.asking.Add(-waits)
		if link == nil || packed == nil {
			b.answered(req, ref, unasked(req.Cause))
			return
		}
		b.Counters.BankAsked.Add(1)
		ctx := b.cfg.Context
		reply, err := link.Authorize(ctx, packed)
		if err != nil && !errors.Is(err, bank.ErrDown) && ctx.Err() != nil {
			return // stopping: the restart finds it sent, and reverses it or asks again
		}
		if err != nil {
			b.cfg.Log.Warn("bank request not answered", "ref", ref, "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "cause", bank.Cause(err), "err", err)
		}
		if !errors.Is(err, bank.ErrDown) {
			b.breakers[req.Bank].note(failed(reply, err))
		}
		b.answered(req, ref, answerOf(reply, err, partial))
	})
}

// answer says how a request came back: an event, and what goes into its record.
type answer struct {
	event payment.Event
	reply bank.Reply
	cause string
}

// unasked describes a request that never left.
func unasked(cause string) answer {
	return answer{event: payment.Event{Kind: payment.Decline, Reason: payment.BankAway}, cause: cause}
}

// silent describes a request whose outcome is not known.
func silent(cause string) answer {
	return answer{event: payment.Event{Kind: payment.Silence, Reason: payment.BankSilent}, cause: cause}
}

// answerOf turns what came back into an event. Only an answer decides: a
// request that was certainly not sent is declined, and anything else is
// silence, which means unknown and is reversed, never sent again. So is an approval in part
// unless that is good enough.
func answerOf(reply bank.Reply, err error, partial bool) answer {
	var came answer
	switch {
	case err == nil && reply.Granted > 0 && !partial:
		came = silent(causeInPart)
	case errors.Is(err, bank.ErrDown):
		came = unasked(bank.Cause(err))
	case err != nil:
		came = silent(bank.Cause(err))
	case reply.Approved:
		came = answer{event: payment.Event{Kind: payment.Approval, Granted: reply.Granted}, cause: reply.Cause}
	default:
		came = answer{event: payment.Event{Kind: payment.Decline, Reason: payment.BankDeclined, DeclineReason: string(reply.Reason)}, cause: reply.Cause}
	}
	came.reply = reply
	return came
}

// answered records what the bank said. It retries when another step came in
// between. An approval that the books refuse is reversed, and so is an answer
// that the bank has contradicted meanwhile.
func (b *Banks) answered(req payment.Request, ref string, came answer) {
	if req.Increases {
		if err := (raises{b}).raised(req, ref, came); b.cfg.matters(err) {
			b.cfg.Log.Error("recording a bank answer failed", "ref", ref, "err", err)
		}
		return
	}
	err := b.fire(req, came)
	var refused tx.Refused
	switch {
	case errors.Is(err, errContradicted):
		b.Counters.LateApprovals.Add(1)
		b.cfg.Log.Error("bank gave two answers to one request; it is reversed", "ref", ref, "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN)
		err = b.fire(req, answer{silent(causeContradiction).event, came.reply, causeContradiction})
	case came.event.Kind == payment.Approval && errors.As(err, &refused):
		if b.cfg.matters(err) {
			b.cfg.Log.Error("recording a bank approval that is now reversed failed", "ref", ref, "err", err)
		}
		undone := silent(causeRefused)
		if undone.reply = came.reply; came.reply.Granted > 0 {
			undone.event.Reason = payment.PurseShort
		}
		err = b.fire(req, undone)
	}
	if !errors.Is(err, payment.ErrLate) && b.cfg.matters(err) {
		b.cfg.Log.Error("recording a bank answer failed", "ref", ref, "err", err)
	}
}

// fire commits the event together with the request's record, also while mpg is stopping:
// the bank has decided, and what it said would otherwise be undone at the next start.
func (b *Banks) fire(req payment.Request, came answer) error {
	came.event.Request = req.No
	keeping := context.WithoutCancel(b.cfg.Context)
	for {
		err := b.cfg.Process.Answer(keeping, req.Payment, came.event, func(t *tx.Tx, _ *payment.Payment) error { return b.keepAnswer(t, req.No, came) })
		if !errors.Is(err, tx.ErrContended) {
			return err
		}
	}
}

// keepAnswer writes the answer into the record of request no, as part of the step that
// its event is.
func (b *Banks) keepAnswer(t *tx.Tx, no uint64, came answer) error {
	req, err := readRequest(t, no)
	if err != nil {
		return err
	}
	if came.event.Kind != payment.Silence {
		approved := came.event.Kind == payment.Approval
		if req.Contradicted(approved) {
			return errContradicted
		}
		req.State, req.Approved, req.Granted = payment.RequestAnswered, approved, came.reply.Granted
	} else if req.Kind == payment.PreAuth {
		req.Granted = came.reply.Granted // not enough for the payment, but whoever resolves it may need to know how much
	}
	if came.reply.Code != "" {
		req.Code, req.AuthID, req.Settlement, req.Answered = came.reply.Code, came.reply.AuthID, came.reply.Settlement, t.Now.UTC()
	}
	if came.cause != "" {
		req.Cause = came.cause
	}
	return b.requests.save(t, req)
}
