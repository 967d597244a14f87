package sip

import (
	"log/slog"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// inbound answers the requests of the peer, inside and outside calls (RFC 3261 8.2).
type inbound struct {
	contact *sip.ContactHeader // ours
	log     *slog.Logger
	book    *book
	names   resolver
	out     *sender
	life    *lifetime
}

// handle tells sipgo who answers what. Each handler runs in a goroutine of its own.
func (n *inbound) handle(srv *sipgo.Server) {
	srv.OnInvite(n.onInvite)
	srv.OnAck(n.onAck)
	srv.OnBye(n.within(n.onBye))
	srv.OnInfo(n.within(n.onInfo))
	srv.OnUpdate(n.within(n.onUpdate))
	srv.OnOptions(n.onOptions)
	srv.OnCancel(func(req *sip.Request, tx sip.ServerTransaction) {
		// RFC 3261 9.2: no transaction of ours can be cancelled by it.
		n.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	})
	srv.OnNoRoute(func(req *sip.Request, tx sip.ServerTransaction) {
		// RFC 3261 8.2.1
		n.respond(tx, req, sip.StatusMethodNotAllowed, "Method Not Allowed", nil)
	})
}

// within wraps a handler of requests that exist only inside a call.
func (n *inbound) within(handler func(*Session, *sip.Request, sip.ServerTransaction)) func(*sip.Request, sip.ServerTransaction) {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		// In this order, because the call may be answered at this moment.
		e, s := n.book.early(req), n.book.session(req)
		switch {
		case s == nil && e != nil:
			n.onEarly(e, req, tx)
		case s == nil:
			n.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
		case !s.dialog.InOrder(req):
			// RFC 3261 12.2.2
			n.respond(tx, req, sip.StatusInternalServerError, "Out Of Order", nil)
		default:
			handler(s, req, tx)
		}
	}
}

// onBye ends the call (RFC 3261 15.1.2).
func (n *inbound) onBye(session *Session, req *sip.Request, tx sip.ServerTransaction) {
	n.respond(tx, req, sip.StatusOK, "OK", nil)
	session.hungUp(req)
}

// hungUp ends the session as the BYE of the peer says.
func (s *Session) hungUp(bye *sip.Request) {
	why := releaseOf(bye)
	s.why.CompareAndSwap(nil, &why)
	s.end(true)
}

// onInfo passes keys that come by INFO. The body is never logged.
func (n *inbound) onInfo(session *Session, req *sip.Request, tx sip.ServerTransaction) {
	// RFC 6086 4.2.2: an INFO without a body is a keep-alive.
	known := len(req.Body()) == 0
	for _, p := range partsOf(req) {
		known = session.call.Info != nil && session.call.Info(p.full, p.body) || known
	}
	if !known {
		n.respond(tx, req, sip.StatusUnsupportedMediaType, "Unsupported Media Type", nil)
		return
	}
	n.respond(tx, req, sip.StatusOK, "OK", nil)
}

// onUpdate answers a refresh, or a change of audio, with what we said before (RFC 3311 5.2).
func (n *inbound) onUpdate(session *Session, req *sip.Request, tx sip.ServerTransaction) {
	if sdpOf(req) == nil {
		session.agree(tx, req, nil)
		return
	}
	if session.inviting.Load() {
		// RFC 3311 5.2: our own offer has not been answered yet.
		n.respond(tx, req, sip.StatusRequestPending, "Request Pending", nil)
		return
	}
	body, code := session.renegotiate(req)
	if code != sip.StatusOK {
		n.respond(tx, req, code, "Not Acceptable Here", nil)
		return
	}
	session.agree(tx, req, body)
}

// agree answers 200 to an UPDATE.
func (s *Session) agree(tx sip.ServerTransaction, req *sip.Request, body []byte) {
	s.a.out.retarget(s.dialog, req, req.Source())
	res := s.a.in.response(req, sip.StatusOK, "OK", body)
	s.agreeTimer(req, res)
	if err := tx.Respond(res); err != nil {
		s.a.log.Debug("response could not be sent", "code", res.StatusCode)
	}
}

// onOptions says that we are here, and what we allow (RFC 3261 11.2).
func (n *inbound) onOptions(req *sip.Request, tx sip.ServerTransaction) {
	n.respond(tx, req, sip.StatusOK, "OK", nil)
}

// onInvite refuses calls to us (RFC 3261 21.4.4) and answers re-INVITE.
func (n *inbound) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	s := n.book.session(req)
	switch {
	case s != nil && !s.dialog.InOrder(req):
		// RFC 3261 12.2.2
		n.respond(tx, req, sip.StatusInternalServerError, "Out Of Order", nil)
	case s != nil:
		n.reinvite(s, req, tx)
	case tagOf(req.To()) != "":
		// RFC 3261 12.2.2: a dialog that is over, or never was.
		n.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	case req.CallID() != nil && n.book.has(req.CallID().Value()):
		// RFC 3261 8.2.2.2: our own INVITE has come back to us.
		n.respond(tx, req, sip.StatusLoopDetected, "Loop Detected", nil)
	default:
		n.respond(tx, req, sip.StatusForbidden, "Forbidden", nil)
	}
}

// reinvite answers the peer's new offer: hold, resume, another address (RFC 3261 14.2).
func (n *inbound) reinvite(session *Session, req *sip.Request, tx sip.ServerTransaction) {
	if session.inviting.Load() {
		// RFC 3261 14.2
		n.respond(tx, req, sip.StatusRequestPending, "Request Pending", nil)
		return
	}
	body, code := session.renegotiate(req)
	if code != sip.StatusOK {
		n.respond(tx, req, code, "Not Acceptable Here", nil)
		return
	}
	select {
	case <-session.acks:
	default:
	}
	n.out.retarget(session.dialog, req, req.Source())
	res := n.response(req, sip.StatusOK, "OK", body)
	session.agreeTimer(req, res)
	if !Final(tx, res, session.acks, session.done) {
		session.Hangup()
	}
}

// renegotiate applies an offer and returns our answer, or our offer where the
// request brings none; the code is 200 or 488.
func (s *Session) renegotiate(req *sip.Request) (body []byte, code int) {
	say := s.call.Media
	if sdpOf(req) != nil {
		var offer Media
		if offer, say, code = s.a.in.answerTo(say, req); code != sip.StatusOK {
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

// answerTo reads the offer of a request and returns our answer to it.
func (n *inbound) answerTo(own Media, req *sip.Request) (offer, answer Media, code int) {
	offer, err := ParseMedia(sdpOf(req))
	if err == nil {
		err = n.names.locate(n.life.over, &offer)
	}
	if err == nil {
		answer, err = own.Answer(offer)
	}
	if err != nil {
		return Media{}, Media{}, sip.StatusNotAcceptableHere
	}
	return offer, answer, sip.StatusOK
}

func (s *Session) changed(peer, own Media) {
	if s.call.Changed != nil {
		s.call.Changed(peer, own)
	}
}

// onAck takes the ACK to our answer to a re-INVITE. Where the re-INVITE had
// no offer the ACK brings the answer (RFC 3261 13.2.1).
func (n *inbound) onAck(req *sip.Request, _ sip.ServerTransaction) {
	s := n.book.session(req)
	if s == nil {
		return
	}
	select {
	case s.acks <- req:
	default:
	}
	if body := sdpOf(req); body != nil {
		if m, err := ParseMedia(body); err == nil && n.names.locate(n.life.over, &m) == nil {
			s.changed(m, s.Own())
		}
	}
}

// response builds a response (RFC 3261 8.2.6), with Allow (RFC 3261 20.5) and, if it may
// change where requests are sent, Contact (RFC 3261 12.2.1.2).
func (n *inbound) response(req *sip.Request, code int, reason string, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(req, code, reason, body)
	if code == sip.StatusOK || code == sip.StatusMethodNotAllowed {
		res.AppendHeader(sip.NewHeader("Allow", allowed))
	}
	if code == sip.StatusOK && (req.Method == sip.INVITE || req.Method == sip.UPDATE) {
		res.AppendHeader(sip.HeaderClone(n.contact))
	}
	if len(body) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	return res
}

func (n *inbound) respond(tx sip.ServerTransaction, req *sip.Request, code int, reason string, body []byte) {
	if err := tx.Respond(n.response(req, code, reason, body)); err != nil {
		n.log.Debug("response could not be sent", "code", code)
	}
}
