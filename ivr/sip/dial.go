package sip

import (
	"context"
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Dial places a call and returns when it was answered, with the ACK sent, or
// with a *Failure. It obeys ctx by CANCEL and still waits for the peer's last
// word, since that may be a 200: at worst for 64*T1 = 32 s, so that on return
// no phone rings any more.
func (a *Agent) Dial(ctx context.Context, call Call) (*Session, error) {
	if call.Media.Formats == nil {
		call.Media.Formats, call.Media.EventPT = []uint8{PCMA, PCMU}, EventPT
	}
	inv, err := a.origin.invite(call)
	if err != nil {
		return nil, &Failure{Cause: Failed, Err: err}
	}
	id := inv.CallID().Value()
	e := newEarly(call, inv)
	if !a.life.open() {
		return nil, &Failure{Cause: Failed, Err: ErrClosed}
	}
	defer a.life.finish()
	a.book.ring(id, e)
	s, fail := a.attempts(ctx, call, inv, e)
	if fail != nil {
		a.book.forget(id)
		a.peers.linger(id, true)
		if fail.Cause == Failed && fail.last != nil {
			a.log.Warn("the trunk refused a call", "ref", call.Ref, "code", fail.Code, "q850", fail.Release.Cause)
		}
		return nil, &fail.Failure
	}
	return s, nil
}

// attempts sends the INVITE, and sends it again for each response that asks for a
// change: a proxy may demand credentials and then the far side (RFC 3261 22.3), a
// nonce may be stale, an extension missing.
func (a *Agent) attempts(ctx context.Context, call Call, inv *sip.Request, ringing *early) (*Session, *failed) {
	auth := a.newCredentials()
	for tries := 0; ; tries++ {
		s, fail := a.dial(ctx, call, inv, ringing, auth)
		if fail == nil || fail.last == nil || tries == authTriesMax {
			return s, fail
		}
		next := again(inv)
		if !auth.learn(inv, fail.last) && !extend(next, fail.last) {
			return s, fail
		}
		inv = next
		auth.sign(inv)
	}
}

// again returns the INVITE to send next (RFC 3261 22.2): the same call, the next CSeq
// number, a new branch. It is a clone, so that the first transaction keeps its request
// as it was sent, for its own ACKs.
func again(inv *sip.Request) *sip.Request {
	next := inv.Clone()
	next.RemoveHeader("Via")
	next.SetDestination("")
	next.CSeq().SeqNo++
	return next
}

func (a *Agent) newCredentials() *credentials {
	return &credentials{username: a.cfg.Username, password: a.cfg.Password}
}

// failed is a Failure and, where the peer refused the INVITE, its response.
type failed struct {
	Failure
	last *sip.Response
}

// dialling is an INVITE transaction under way.
type dialling struct {
	a    *Agent
	call Call
	inv  *sip.Request
	tx   sip.ClientTransaction
	auth *credentials

	early       *early        // the ringing phones
	provisional bool          // a 1xx has come, so CANCEL may go (RFC 3261 9.1)
	gaveUp      *Failure      // why we no longer want the call; nil: we do
	cancelled   bool          // CANCEL has gone
	hopeless    *time.Timer   // 64*T1 after CANCEL; stopped before
	decided     chan struct{} // closed when the first final response is dealt with
	session     *Session      // set before decided is closed, if answered
}

func (a *Agent) dial(ctx context.Context, call Call, inv *sip.Request, ringing *early, auth *credentials) (*Session, *failed) {
	if err := ctx.Err(); err != nil {
		return nil, &failed{Failure: Failure{Cause: Cancelled, Err: err}}
	}
	// The context only bounds name resolution here; it must not end the transaction.
	tx, err := a.ep.Client.TransactionRequest(ctx, inv)
	if err != nil {
		return nil, &failed{Failure: Failure{Cause: Failed, Err: errors.New("INVITE could not be sent")}}
	}
	d := &dialling{a: a, call: call, inv: inv, tx: tx, auth: auth, early: ringing, decided: make(chan struct{})}
	tx.OnRetransmission(d.again)
	d.hopeless = time.NewTimer(time.Hour)
	d.hopeless.Stop()
	defer d.hopeless.Stop()
	return d.wait(ctx)
}

// wait is the INVITE loop: it ends with the first final response, with Timer
// B, or 64*T1 after CANCEL.
func (d *dialling) wait(ctx context.Context) (*Session, *failed) {
	defer close(d.decided)
	ring := time.NewTimer(d.a.cfg.Ring)
	defer ring.Stop()
	quit, closing := ctx.Done(), d.a.life.closing
	for {
		select {
		case res := <-d.tx.Responses():
			if !res.IsProvisional() {
				return d.final(ctx, res)
			}
			d.progress(res)
		case <-d.tx.Done():
			return nil, d.silent()
		case <-ring.C:
			d.giveUp(&Failure{Cause: NoAnswer})
		case <-quit:
			quit = nil
			d.giveUp(&Failure{Cause: Cancelled, Err: context.Cause(ctx)})
		case <-closing:
			closing = nil
			d.giveUp(&Failure{Cause: Cancelled, Err: ErrClosed})
		case <-d.hopeless.C:
			d.tx.Terminate()
			return nil, d.silent()
		case <-d.a.life.over.Done():
			d.tx.Terminate()
			return nil, d.silent()
		}
	}
}

// progress takes a provisional response. There may be any number of them.
func (d *dialling) progress(res *sip.Response) {
	d.provisional = true
	if body := sdpOf(res); body != nil {
		if m, err := ParseMedia(body); err == nil && d.a.names.locate(d.a.life.over, &m) == nil {
			d.early.describe(tagOf(res.To()), m)
		}
	}
	d.prack(res)
	switch {
	case res.StatusCode == 181:
		// RFC 3261 21.1.3: the call is being forwarded, to somebody else's phone.
		d.giveUp(&Failure{Cause: Forwarded, Code: res.StatusCode})
	case res.StatusCode > 100 && d.call.Ringing != nil:
		d.call.Ringing()
	}
	d.cancel()
}

// giveUp remembers that the call is no longer wanted, and why. The first reason stays.
func (d *dialling) giveUp(why *Failure) {
	if d.gaveUp == nil {
		d.gaveUp = why
	}
	d.cancel()
}

// cancel sends CANCEL once it is both wanted and allowed (RFC 3261 9.1: not
// before a provisional response). The INVITE's own final response still follows.
func (d *dialling) cancel() {
	if d.gaveUp == nil || !d.provisional || d.cancelled {
		return
	}
	d.cancelled = true
	d.hopeless.Reset(timeoutFactor * sip.T1)
	req := cancelOf(d.inv)
	d.a.life.background(func(ctx context.Context) {
		if _, err := d.a.ep.Client.Do(ctx, req); err != nil {
			d.a.log.Debug("CANCEL was not answered", "ref", d.call.Ref)
		}
	})
}

// final takes the response that ends the INVITE.
func (d *dialling) final(ctx context.Context, res *sip.Response) (*Session, *failed) {
	if res.IsSuccess() {
		return d.answered(ctx, res)
	}
	if d.gaveUp != nil {
		d.gaveUp.Code = max(d.gaveUp.Code, res.StatusCode)
		return nil, &failed{Failure: *d.gaveUp}
	}
	return nil, &failed{Failure: Failure{Cause: causeOfResponse(res), Code: res.StatusCode, Release: releaseOf(res)}, last: res}
}

// answered acknowledges a 2xx, and hangs up at once where the call is not
// wanted any more or its audio is of no use.
func (d *dialling) answered(ctx context.Context, res *sip.Response) (*Session, *failed) {
	s, err := d.a.establish(d, res)
	if err != nil {
		return nil, &failed{Failure: Failure{Cause: Failed, Code: res.StatusCode, Err: err}}
	}
	d.session = s
	d.auth.renew(res)
	if d.gaveUp != nil {
		// CANCEL crossed the 200. RFC 3261 9.1: it has no effect; RFC 3261 15: BYE ends the call.
		s.Hangup()
		return nil, &failed{Failure: *d.gaveUp}
	}
	remote, err := d.mediaOf(ctx, res)
	if err != nil {
		d.a.log.Warn("the call's audio cannot be used: hung up", "ref", d.call.Ref, "err", err)
		s.Hangup()
		return nil, &failed{Failure: Failure{Cause: Failed, Code: res.StatusCode, Err: err}}
	}
	s.remote = remote
	return s, nil
}

// silent is the failure of an INVITE that no final response ended.
func (d *dialling) silent() *failed {
	if d.gaveUp != nil {
		return &failed{Failure: *d.gaveUp}
	}
	return &failed{Failure: Failure{Cause: Failed, Err: errors.New("the trunk did not answer")}}
}

// again takes each further 2xx of the transaction: a retransmission, or the
// answer of another phone that the trunk rang.
func (d *dialling) again(res *sip.Response) {
	select {
	case <-d.decided:
	case <-d.a.life.over.Done():
		return
	}
	if d.session != nil && tagOf(res.To()) == d.session.dialog.RemoteTag {
		d.session.acknowledge(true)
		return
	}
	d.a.strays.refuse(res, func() {})
}
