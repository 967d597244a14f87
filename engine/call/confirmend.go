package call

import (
	"errors"

	"mpg/engine/cdr"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// ended turns the end of the call into an event. If the payment has moved on
// during the call, the event is too late and nothing happens.
func (c *confirmCall) ended(out outcome) {
	if out.End == EndNotMe {
		if !c.blocked { // the commit failed in the call, or nobody asked for it
			c.onNotMe(c.d.ctx)
		}
		c.keepRecord(out)
		return
	}
	ev := payment.Event{Kind: payment.CallFailed, Reason: reasonOf(out.End)}
	switch {
	case !c.d.cfg.Now().Before(c.p.Deadline):
		ev = payment.Event{Kind: payment.Expired, Reason: payment.TimedOut}
	case c.ourFault:
		ev.Reason = payment.CallBroken
	case c.wrong > 0:
		ev.Reason = payment.WrongPIN
	}
	record := c.record(out)
	err := c.d.cfg.Process.Fire(c.d.ctx, c.p.No, ev, func(t *tx.Tx, _ *payment.Payment) error {
		if out.placedAt.IsZero() {
			return nil
		}
		return keepRecord(t, &record)
	})
	if errors.Is(err, payment.ErrLate) {
		c.keepRecord(out)
		return
	}
	if c.d.failed(err) {
		c.d.cfg.Log.Error("recording the end of a call failed", "ref", c.p.Ref, "err", err)
	}
}

// record returns the record of the call.
func (c *confirmCall) record(out outcome) cdr.Record {
	r := recordOf(out, c.wrong)
	r.Purpose, r.User, r.Payment, r.Try = cdr.ForPayment, c.p.Orderer().User, c.p.No, c.p.Calls
	return r
}

// keepRecord keeps the record of a call whose end moves the payment no further.
func (c *confirmCall) keepRecord(out outcome) {
	if !out.placedAt.IsZero() {
		c.d.records.add(c.record(out))
	}
}

// reasonOf returns the reason for which a payment waits after a call with that end.
func reasonOf(end End) payment.Reason {
	switch end {
	case EndBusy:
		return payment.LineBusy
	case EndNoAnswer:
		return payment.NoAnswer
	case EndRejected:
		return payment.CallRefused
	case EndSilent:
		return payment.NoKeys
	case EndHungUp, EndFinished:
		return payment.HungUp
	case EndNotMe: // see confirmCall.ended
	case EndUnreachable:
		return payment.CallBroken
	case EndFailed:
		return payment.NotPlaced
	}
	return payment.CallBroken
}
