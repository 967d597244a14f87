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
		l.heard.Store(l.s.cfg.Now().UnixNano())
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
func (l *link) handle(h pdu.Header, body []byte) {
	l.s.count.received.command(h.CommandID)
	switch h.CommandID {
	case pdu.SubmitSMResp:
		l.submitResp(h, body)
	case pdu.DeliverSM:
		l.deliver(h.SequenceNumber, body)
	case pdu.EnquireLink:
		l.bare(pdu.EnquireLinkResp, pdu.ROK, h.SequenceNumber)
	case pdu.EnquireLinkResp:
		l.probed(h.SequenceNumber)
	case pdu.GenericNack:
		l.nacked(h)
	case pdu.Unbind:
		l.leave(errPeerUnbound, pdu.UnbindResp, pdu.ROK, h.SequenceNumber)
	case pdu.UnbindResp:
		l.unbindResp()
	case pdu.DataSM:
		// A known command that is not served. SMPP 3.4 4.7.2
		l.bare(pdu.DataSMResp, pdu.RInvCmdID, h.SequenceNumber)
	case pdu.AlertNotification: // has no response. SMPP 3.4 4.12.1
	default:
		l.unknown(h)
	}
}

// unknown refuses a request; a response to nothing is only counted.
// SMPP 3.4 4.3.1
func (l *link) unknown(h pdu.Header) {
	if h.CommandID.IsResponse() {
		l.s.count.stray.Add(1)
		return
	}
	l.bare(pdu.GenericNack, pdu.RInvCmdID, h.SequenceNumber)
}

// deliver hands a message on, or answers for it where that cannot be.
func (l *link) deliver(seq uint32, body []byte) {
	if err := l.sm.Decode(body); err != nil {
		l.s.count.malformed.Add(1)
		l.deliverResp(refusal(err), seq)
		return
	}
	if l.isLeaving() || l.s.isDraining() {
		l.deliverResp(pdu.RxTAppn, seq)
		return
	}
	if !l.inbox(seq) {
		l.s.count.inboxFull.Add(1)
		l.deliverResp(pdu.RMsgQFul, seq)
	}
}

// inbox gives the decoded deliver_sm to Deliver.
func (l *link) inbox(seq uint32) bool {
	if l.unacked.Load() >= int64(l.s.cfg.InboxMax) {
		return false
	}
	var m Message
	m, l.scratch = newMessage(&l.sm, l.scratch)
	m.Delivery = Delivery{epoch: l.epoch, seq: seq}
	m.At = l.s.cfg.Now()
	l.unacked.Add(1) // before Deliver, which may acknowledge at once
	if !l.s.cfg.Deliver(m) {
		l.unacked.Add(-1)
		return false
	}
	l.s.count.messages[m.Kind].Add(1)
	return true
}

func (l *link) deliverResp(st pdu.Status, seq uint32) {
	var buf [pdu.HeaderLen + 1]byte
	_ = l.send(pdu.AppendDeliverSMResp(buf[:0], st, seq)) // only a dead link fails, and read sees that
}

// refusal is the command_status for a PDU that could not be decoded.
func refusal(err error) pdu.Status {
	var e *pdu.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return pdu.RSysErr
}

// submitResp ends the submit_sm that it answers. SMPP 3.4 4.4.2
func (l *link) submitResp(h pdu.Header, body []byte) {
	if h.CommandStatus != pdu.ROK {
		l.answered(h.SequenceNumber, Outcome{Verdict: Refused, Status: h.CommandStatus})
		return
	}
	// Without a readable message_id it is accepted all the same.
	var r pdu.SMResp
	if err := r.Decode(body); err != nil {
		r.MessageID = nil
	}
	l.answered(h.SequenceNumber, Outcome{Verdict: Accepted, MessageID: string(r.MessageID)})
}

// nacked ends whichever request it names. SMPP 3.4 4.3.1
func (l *link) nacked(h pdu.Header) {
	if l.probeAnswered(h.SequenceNumber) {
		return // a peer that does not know enquire_link is there nevertheless
	}
	st := h.CommandStatus
	if st == pdu.ROK {
		st = pdu.RUnknownErr
	}
	l.answered(h.SequenceNumber, Outcome{Verdict: Refused, Status: st})
}

func (l *link) answered(seq uint32, o Outcome) {
	waiting, ok := l.take(seq)
	if !ok {
		l.s.count.stray.Add(1)
		return
	}
	l.proof.reached(waiting.acks)
	l.s.finish(waiting, o)
}

func (l *link) probed(seq uint32) {
	if !l.probeAnswered(seq) {
		l.s.count.stray.Add(1)
	}
}

func (l *link) probeAnswered(seq uint32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.probe.seq == 0 || l.probe.seq != seq {
		return false
	}
	l.proof.reached(l.probe.acks)
	l.probe = slot{}
	return true
}

func (l *link) unbindResp() {
	select {
	case <-l.unbound:
	default:
		close(l.unbound) // read's own: there is one reader
	}
}

func (l *link) isLeaving() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leaving
}
