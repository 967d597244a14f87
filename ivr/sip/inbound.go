package sip

import (
	"github.com/emiago/sipgo/sip"
)

// handle tells sipgo who answers what. Each handler runs in a goroutine of its own.
func (a *Agent) handle() {
	srv := a.ep.Server
	srv.OnInvite(a.onInvite)
	srv.OnAck(a.onAck)
	srv.OnBye(a.within(a.onBye))
	srv.OnInfo(a.within(a.onInfo))
	srv.OnUpdate(a.within(a.onUpdate))
	srv.OnOptions(a.onOptions)
	srv.OnCancel(func(req *sip.Request, tx sip.ServerTransaction) {
		// RFC 3261 9.2: no transaction of ours can be cancelled by it.
		a.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	})
	srv.OnNoRoute(func(req *sip.Request, tx sip.ServerTransaction) {
		// RFC 3261 8.2.1
		a.respond(tx, req, sip.StatusMethodNotAllowed, "Method Not Allowed", nil)
	})
}

// session finds the call that a request belongs to; nil: none.
func (a *Agent) session(req *sip.Request) *Session {
	id := req.CallID()
	if id == nil {
		return nil
	}
	a.mu.Lock()
	s := a.calls[id.Value()]
	a.mu.Unlock()
	if s == nil || !s.dialog.Owns(req) {
		return nil
	}
	return s
}

// within wraps a handler of requests that exist only inside a call.
func (a *Agent) within(f func(*Session, *sip.Request, sip.ServerTransaction)) func(*sip.Request, sip.ServerTransaction) {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		s, e := a.session(req), a.ofEarly(req)
		switch {
		case s == nil && e != nil:
			a.onEarly(e, req, tx)
		case s == nil:
			a.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
		case !s.dialog.InOrder(req):
			// RFC 3261 12.2.2
			a.respond(tx, req, sip.StatusInternalServerError, "Out Of Order", nil)
		default:
			f(s, req, tx)
		}
	}
}

func (a *Agent) onBye(s *Session, req *sip.Request, tx sip.ServerTransaction) {
	a.respond(tx, req, sip.StatusOK, "OK", nil)
	why := releaseOf(req)
	s.why.CompareAndSwap(nil, &why)
	s.end(true)
}

// onInfo passes keys that come by INFO. The body is never logged.
func (a *Agent) onInfo(s *Session, req *sip.Request, tx sip.ServerTransaction) {
	// RFC 6086 4.2.2: an INFO without a body is a keep-alive.
	known := len(req.Body()) == 0
	for _, p := range partsOf(req) {
		known = s.call.Info != nil && s.call.Info(p.full, p.body) || known
	}
	if !known {
		a.respond(tx, req, sip.StatusUnsupportedMediaType, "Unsupported Media Type", nil)
		return
	}
	a.respond(tx, req, sip.StatusOK, "OK", nil)
}

// onUpdate answers a refresh, or a change of audio, with what we said before (RFC 3311 5.2).
func (a *Agent) onUpdate(s *Session, req *sip.Request, tx sip.ServerTransaction) {
	if sdpOf(req) == nil {
		s.agree(tx, req, nil)
		return
	}
	if s.inviting.Load() {
		// RFC 3311 5.2: our own offer has not been answered yet.
		a.respond(tx, req, sip.StatusRequestPending, "Request Pending", nil)
		return
	}
	body, code := s.renegotiate(req)
	if code != sip.StatusOK {
		a.respond(tx, req, code, "Not Acceptable Here", nil)
		return
	}
	s.agree(tx, req, body)
}

// agree answers 200 to an UPDATE.
func (s *Session) agree(tx sip.ServerTransaction, req *sip.Request, body []byte) {
	s.a.retarget(s.dialog, req, req.Source())
	res := s.a.response(req, sip.StatusOK, "OK", body)
	s.agreeTimer(req, res)
	if err := tx.Respond(res); err != nil {
		s.a.log.Debug("response could not be sent", "code", res.StatusCode)
	}
}

func (a *Agent) onOptions(req *sip.Request, tx sip.ServerTransaction) {
	a.respond(tx, req, sip.StatusOK, "OK", nil)
}

// onInvite refuses calls to us, and answers re-INVITE.
func (a *Agent) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	s := a.session(req)
	switch {
	case s != nil && !s.dialog.InOrder(req):
		a.respond(tx, req, sip.StatusInternalServerError, "Out Of Order", nil)
	case s != nil:
		a.reinvite(s, req, tx)
	case tagOf(req.To()) != "":
		a.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	case req.CallID() != nil && a.isCall(req.CallID().Value()):
		// RFC 3261 8.2.2.2: our own INVITE has come back to us.
		a.respond(tx, req, sip.StatusLoopDetected, "Loop Detected", nil)
	default:
		a.respond(tx, req, sip.StatusForbidden, "Forbidden", nil)
	}
}

// reinvite answers the peer's new offer: hold, resume, another address (RFC 3261 14.2).
func (a *Agent) reinvite(s *Session, req *sip.Request, tx sip.ServerTransaction) {
	if s.inviting.Load() {
		// RFC 3261 14.2
		a.respond(tx, req, sip.StatusRequestPending, "Request Pending", nil)
		return
	}
	body, code := s.renegotiate(req)
	if code != sip.StatusOK {
		a.respond(tx, req, code, "Not Acceptable Here", nil)
		return
	}
	select {
	case <-s.acks:
	default:
	}
	a.retarget(s.dialog, req, req.Source())
	res := a.response(req, sip.StatusOK, "OK", body)
	s.agreeTimer(req, res)
	if !Final(tx, res, s.acks, s.done) {
		s.Hangup()
	}
}

// renegotiate applies an offer and returns our answer, or our offer where the
// request brings none; the code is 200 or 488.
func (s *Session) renegotiate(req *sip.Request) (body []byte, code int) {
	say := s.call.Media
	if sdpOf(req) != nil {
		var offer Media
		if offer, say, code = s.a.answerTo(say, req); code != sip.StatusOK {
			return nil, code
		}
		s.changed(offer, say)
	}
	s.mediaMu.Lock()
	defer s.mediaMu.Unlock()
	body, err := revise(&s.said, say)
	if err != nil {
		return nil, sip.StatusNotAcceptableHere
	}
	return body, sip.StatusOK
}

func (s *Session) changed(peer, own Media) {
	if s.call.Changed != nil {
		s.call.Changed(peer, own)
	}
}

// onAck takes the ACK to our answer to a re-INVITE. Where the re-INVITE had
// no offer the ACK brings the answer (RFC 3261 13.2.1).
func (a *Agent) onAck(req *sip.Request, _ sip.ServerTransaction) {
	s := a.session(req)
	if s == nil {
		return
	}
	select {
	case s.acks <- req:
	default:
	}
	if body := sdpOf(req); body != nil {
		if m, err := ParseMedia(body); err == nil && a.locate(a.life, &m) == nil {
			s.changed(m, s.Own())
		}
	}
}

func (a *Agent) response(req *sip.Request, code int, reason string, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(req, code, reason, body)
	if code == sip.StatusOK || code == sip.StatusMethodNotAllowed {
		res.AppendHeader(sip.NewHeader("Allow", allowed))
	}
	if code == sip.StatusOK && (req.Method == sip.INVITE || req.Method == sip.UPDATE) {
		res.AppendHeader(sip.HeaderClone(&a.ep.Contact))
	}
	if len(body) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	return res
}

func (a *Agent) respond(tx sip.ServerTransaction, req *sip.Request, code int, reason string, body []byte) {
	if err := tx.Respond(a.response(req, code, reason, body)); err != nil {
		a.log.Debug("response could not be sent", "code", code)
	}
}
