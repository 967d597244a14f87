package smpp

import (
	"errors"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// read takes PDUs off the link until it ends, and ends it. It never waits for
// anything but the link.
func (l *link) read() {
	for {
		f, err := l.in.Next()
		switch {
		case errors.Is(err, wire.ErrLength):
			// The sequence_number cannot be known. SMPP 3.4 4.3.1
			l.leave(err, pdu.GenericNack, pdu.RInvCmdLen, 0)
			return
		case err != nil:
			l.fail(err)
			return
		}
		l.handle(f.Header(), f.Body())
	}
}

// leave sends one last PDU and lets the writer end the link behind it.
func (l *link) leave(why error, id pdu.CommandID, st pdu.Status, seq uint32) {
	l.note(why)
	l.bare(id, st, seq)
	l.out.CloseAfterFlush()
}

// handle obeys one PDU. A request and a response that have the same
// sequence_number have nothing to do with each other: either side counts its
// own. SMPP 3.4 5.1.4
func (l *link) handle(header pdu.Header, body []byte) {
	l.s.count.pduReceived(header)
	switch header.CommandID {
	case pdu.SubmitSMResp:
		l.submitResp(header, body)
	case pdu.DeliverSM:
		l.deliver(header.SequenceNumber, body)
	case pdu.EnquireLink: // SMPP 3.4 4.11
		l.bare(pdu.EnquireLinkResp, pdu.ROK, header.SequenceNumber)
	case pdu.EnquireLinkResp:
		l.enquireLinkResp(header)
	case pdu.GenericNack:
		l.nacked(header)
	case pdu.Unbind: // SMPP 3.4 4.2
		l.leave(errPeerUnbound, pdu.UnbindResp, pdu.ROK, header.SequenceNumber)
	case pdu.UnbindResp:
		l.unbindResp()
	case pdu.DataSM:
		// A known command that is not served. SMPP 3.4 4.7.2
		l.bare(pdu.DataSMResp, pdu.RInvCmdID, header.SequenceNumber)
	case pdu.AlertNotification: // has no response. SMPP 3.4 4.12.1
	default:
		l.unknown(header)
	}
}

// unknown refuses a request; a response to nothing is only counted.
// SMPP 3.4 4.3.1
func (l *link) unknown(request pdu.Header) {
	if request.CommandID.IsResponse() {
		l.s.count.stray.Add(1)
		return
	}
	l.bare(pdu.GenericNack, pdu.RInvCmdID, request.SequenceNumber)
}

// deliver accepts a message, or answers why it cannot be accepted.
func (l *link) deliver(seq uint32, body []byte) {
	leaving := l.requests.isClosed() || l.s.isDraining()
	if st := l.inbox.take(seq, body, leaving); st != pdu.ROK {
		l.deliverResp(st, seq)
	}
}

func (l *link) deliverResp(st pdu.Status, seq uint32) {
	var buf [pdu.HeaderLen + 1]byte
	_ = l.send(pdu.AppendDeliverSMResp(buf[:0], st, seq)) // only a dead link fails, and read sees that
}

// submitResp ends the submit_sm that it answers. SMPP 3.4 4.4.2
func (l *link) submitResp(resp pdu.Header, body []byte) {
	if resp.CommandStatus != pdu.ROK {
		l.answered(resp.SequenceNumber, Outcome{Verdict: Refused, Status: resp.CommandStatus})
		return
	}
	// Without a readable message_id it is accepted all the same.
	var r pdu.SMResp
	if err := r.Decode(body); err != nil {
		r.MessageID = nil
	}
	l.answered(resp.SequenceNumber, Outcome{Verdict: Accepted, MessageID: string(r.MessageID)})
}

// nacked ends whichever request it names. SMPP 3.4 4.3.1
func (l *link) nacked(nack pdu.Header) {
	if l.probeAnswered(nack.SequenceNumber) {
		l.forgotten(nack)
		return // a peer that does not know enquire_link is there nevertheless
	}
	st := nack.CommandStatus
	if st == pdu.ROK {
		st = pdu.RUnknownErr
	}
	l.answered(nack.SequenceNumber, Outcome{Verdict: Refused, Status: st})
}

func (l *link) answered(seq uint32, outcome Outcome) {
	if l.s.trouble.submitAnswered() {
		l.s.change.raise()
	}
	waiting, ok := l.requests.answered(seq)
	if !ok {
		l.s.count.stray.Add(1)
		return
	}
	l.proof.reached(waiting.acks)
	l.s.finish(waiting, outcome)
	if outcome.Status == pdu.RInvBndSts {
		l.fail(errForgotten)
	}
}

func (l *link) enquireLinkResp(resp pdu.Header) {
	if !l.probeAnswered(resp.SequenceNumber) {
		l.s.count.stray.Add(1)
		return
	}
	l.forgotten(resp)
}

// forgotten gives the link up if the answer to an enquire_link says that the SMSC
// no longer knows the bind, for example because another node has taken over.
// SMPP 3.4 5.1.3
func (l *link) forgotten(resp pdu.Header) {
	if resp.CommandStatus == pdu.RInvBndSts {
		l.fail(errForgotten)
	}
}

func (l *link) probeAnswered(seq uint32) bool {
	probe, ok := l.requests.probeAnswered(seq)
	if ok {
		l.proof.reached(probe.acks)
	}
	return ok
}

func (l *link) unbindResp() {
	select {
	case <-l.unbound:
	default:
		close(l.unbound) // read's own: there is one reader
	}
}
