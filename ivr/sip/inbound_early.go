package sip

import "github.com/emiago/sipgo/sip"

// onEarly answers the requests of a ringing phone: UPDATE, which our INVITE allows
// (RFC 3311 5.1), INFO, and a BYE that has overtaken the answer. Any answer other than
// 2xx would make the peer give up the call (RFC 3261 12.2.1.2).
func (n *inbound) onEarly(ringing *early, req *sip.Request, tx sip.ServerTransaction) {
	tag := tagIn(req.From().Params)
	ringing.mu.Lock()
	f := ringing.fork(tag)
	inOrder := f != nil && (f.seq == 0 || req.CSeq().SeqNo > f.seq)
	if inOrder {
		f.seq = req.CSeq().SeqNo
	}
	if inOrder && req.Method == sip.BYE {
		f.over = true
	}
	answered := f != nil && f.known
	ringing.mu.Unlock()
	switch {
	case !inOrder:
		// RFC 3261 12.2.2
		n.respond(tx, req, sip.StatusInternalServerError, "Out Of Order", nil)
	case req.Method == sip.BYE:
		n.respond(tx, req, sip.StatusOK, "OK", nil)
		// The call may have been answered since it was looked up, and not have seen that it is
		// over.
		if s := n.book.session(req); s != nil {
			s.hungUp(req)
		}
	case req.Method != sip.UPDATE || sdpOf(req) == nil:
		n.respond(tx, req, sip.StatusOK, "OK", nil)
	case !answered:
		// RFC 3311 5.2: our own offer has not been answered yet.
		n.respond(tx, req, sip.StatusRequestPending, "Request Pending", nil)
	default:
		n.updateEarly(ringing, f, req, tx)
	}
}

// updateEarly answers an offer that comes before any audio is sent.
func (n *inbound) updateEarly(ringing *early, phone *fork, req *sip.Request, tx sip.ServerTransaction) {
	offer, say, code := n.answerTo(ringing.call.Media, req)
	if code != sip.StatusOK {
		n.respond(tx, req, code, "Not Acceptable Here", nil)
		return
	}
	ringing.mu.Lock()
	body, err := revise(&phone.said, say)
	phone.remote = offer
	ringing.mu.Unlock()
	if err != nil {
		n.respond(tx, req, sip.StatusNotAcceptableHere, "Not Acceptable Here", nil)
		return
	}
	n.respond(tx, req, sip.StatusOK, "OK", body)
}
