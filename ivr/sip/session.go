package sip

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Session is an answered call.
type Session struct {
	a      *Agent
	call   Call
	dialog *Dialog
	auth   *credentials
	remote Media // as answered; set by Dial

	mediaMu sync.Mutex
	said    Media // our last description

	ackMu sync.Mutex // sipgo writes into the request it sends
	ack   *sip.Request

	once   sync.Once
	done   chan struct{}
	byPeer bool                    // set before done is closed
	why    atomic.Pointer[Release] // of the peer's BYE
	free   chan struct{}           // closed when the peer knows too

	acks chan *sip.Request // ACKs to our answers to re-INVITE

	knowsUpdate bool        // the peer allows UPDATE
	inviting    atomic.Bool // a re-INVITE of ours is under way

	refreshMu sync.Mutex
	refreshes *time.Timer   // the refresh that is due next; nil: none
	interval  time.Duration // of the session timer; 0: none, or the peer refreshes
}

// establish makes the session of a 2xx and acknowledges it. A session that
// Close came too early to see is not wanted any more.
func (a *Agent) establish(attempt *dialling, res *sip.Response) (*Session, error) {
	dialog, err := DialogUAC(attempt.inv, res)
	if err != nil {
		return nil, err
	}
	a.out.reach(a.life.over, dialog, res.Source())
	f := attempt.early.find(dialog.RemoteTag)
	dialog.goOn(f)
	s := &Session{
		a: a, call: attempt.call, dialog: dialog, auth: attempt.auth, said: f.said,
		ack:  ackOf(dialog, attempt.inv),
		done: make(chan struct{}), free: make(chan struct{}), acks: make(chan *sip.Request, 1),
		knowsUpdate: slices.Contains(options(res, "Allow"), "update"),
	}
	a.book.answer(dialog.CallID, s)
	if a.life.isClosed() && attempt.gaveUp == nil {
		attempt.gaveUp = &Failure{Cause: Cancelled, Err: ErrClosed}
	}
	s.acknowledge(false)
	s.keepAlive(res)
	if attempt.early.find(dialog.RemoteTag).over { // perhaps only now
		s.end(true)
	}
	return s, nil
}

// ackOf returns the ACK of an answered INVITE. It carries the same credentials
// (RFC 3261 13.2.2.4).
func ackOf(dialog *Dialog, inv *sip.Request) *sip.Request {
	ack := dialog.ACK(inv.CSeq().SeqNo)
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		for _, h := range inv.GetHeaders(name) {
			ack.AppendHeader(sip.HeaderClone(h))
		}
	}
	return ack
}

// acknowledge sends the ACK, the same one for each 2xx of the dialog (RFC 3261
// 13.2.2.4); again says that the peer seems not to have received it.
func (s *Session) acknowledge(again bool) {
	if again {
		s.dialog.doubtHop()
	}
	s.ackMu.Lock()
	defer s.ackMu.Unlock()
	if err := s.a.out.write(s.dialog, s.ack, again); err != nil {
		s.a.log.Warn("ACK could not be sent", "ref", s.call.Ref)
	}
}

// Remote is the peer's audio as it answered.
func (s *Session) Remote() Media { return s.remote }

// Own returns our audio as we last described it.
func (s *Session) Own() Media {
	s.mediaMu.Lock()
	defer s.mediaMu.Unlock()
	return s.said
}

// Done is closed when the call is over, whoever ended it.
func (s *Session) Done() <-chan struct{} { return s.done }

// Free is closed when the peer's line is free again: it has hung up, or has
// answered our BYE, or not within 64*T1. A call placed before finds it busy.
func (s *Session) Free() <-chan struct{} { return s.free }

// HungUp reports whether the peer ended the call. It is false while Done is open.
func (s *Session) HungUp() bool {
	select {
	case <-s.done:
		return s.byPeer
	default:
		return false
	}
}

// Release returns the peer's reason for ending the call, if it gave one. It is empty
// until Done is closed.
func (s *Session) Release() Release {
	if why := s.why.Load(); why != nil && s.HungUp() {
		return *why
	}
	return Release{}
}

// Hangup ends the call with BYE (RFC 3261 15.1.1). It does not wait for the
// answer, may be called at any time, and more than once.
func (s *Session) Hangup() {
	if s.end(false) {
		_ = s.a.out.bye(s.dialog, s.auth, s.call.Ref, func() { close(s.free) }) // once closed, nobody waits
	}
}

// end closes the session once and reports whether this call did it.
func (s *Session) end(byPeer bool) (first bool) {
	s.once.Do(func() {
		first = true
		s.byPeer = byPeer
		s.a.book.forget(s.dialog.CallID)
		// The peer may repeat its BYE.
		s.a.peers.linger(s.dialog.CallID, false)
		close(s.done)
		s.refreshAfter(0, 0)
		if byPeer {
			close(s.free)
		}
	})
	return first
}
