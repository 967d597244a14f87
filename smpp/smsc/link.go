package smsc

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
	"mpg/smpp/wire"
)

// link is one connection. serve runs on the goroutine that reads it; inflight
// and seq belong to the lock of forward.
type link struct {
	s    *Server
	conn net.Conn
	in   *wire.Reader
	out  *wire.Writer

	inflight map[uint32]*message
	seq      uint32

	receives, sends bool // what the ESME bound for; set before it is bound

	sm      pdu.SM // of the reading goroutine alone
	scratch []byte
}

func newLink(server *Server, conn net.Conn) *link {
	return &link{
		s: server, conn: conn,
		in:       wire.NewReader(conn, 0),
		out:      wire.NewWriter(conn, WriteTimeout),
		inflight: make(map[uint32]*message, server.cfg.Window),
	}
}

// sequence is the next sequence_number of this side. SMPP 3.4 5.1.4
func (l *link) sequence() uint32 {
	for {
		l.seq = l.seq%pdu.SequenceMax + 1
		if l.inflight[l.seq] == nil {
			return l.seq
		}
	}
}

// serve is the life of the connection: bind, then PDUs until it ends.
func (l *link) serve() {
	if !l.bind() {
		return
	}
	l.s.tasks.Go(func() {
		_ = l.out.Run()
		_ = l.conn.Close() // ends read
	})
	l.s.binds.Add(1)
	l.s.forward.join(l)
	l.read()
	l.s.forward.part(l)
}

// bind takes the first PDU and answers it. SMPP 3.4 4.1
func (l *link) bind() bool {
	if l.conn.SetDeadline(time.Now().Add(BindTimeout)) != nil {
		return false
	}
	f, err := l.in.Next()
	if err != nil {
		return false
	}
	h := f.Header()
	faults := l.s.faults.now()
	if faults.Mute {
		return l.drain()
	}
	var resp []byte
	st := l.admit(h, f.Body(), faults)
	switch {
	case !isBind(h.CommandID):
		resp = pdu.AppendHeader(nil, pdu.GenericNack, st, h.SequenceNumber)
	case st != pdu.ROK:
		resp = pdu.AppendHeader(nil, h.CommandID.Response(), st, h.SequenceNumber)
	default:
		own := pdu.BindResp{}
		if !l.s.cfg.LongCredentials {
			own.SystemID = []byte(l.s.cfg.SystemID)
		}
		if resp, err = pdu.AppendBindResp(l.early(faults), h.CommandID.Response(), st, h.SequenceNumber, &own); err != nil {
			return false
		}
	}
	l.receives, l.sends = h.CommandID != pdu.BindTransmitter, h.CommandID != pdu.BindReceiver
	_, err = l.conn.Write(resp)
	return err == nil && st == pdu.ROK && l.conn.SetDeadline(time.Time{}) == nil
}

func isBind(id pdu.CommandID) bool {
	return id == pdu.BindTransceiver || id == pdu.BindTransmitter || id == pdu.BindReceiver
}

// early returns what a faulty SMSC sends ahead of its answer to a bind. The message
// stays in the queue and is delivered again once the bind is up.
func (l *link) early(faults Faults) []byte {
	if !faults.Early {
		return nil
	}
	frames := pdu.AppendHeader(nil, pdu.EnquireLink, pdu.ROK, l.sequence())
	// alert_notification: source, ESME. SMPP 3.4 4.12.1
	body := "\x01\x018613800000001\x00\x00\x008888\x00"
	alert := pdu.AppendHeader(nil, pdu.AlertNotification, pdu.ROK, l.sequence())
	alert[3] += byte(len(body))
	frames = append(append(frames, alert...), body...)
	if m := l.s.forward.first(); m != nil {
		frame := slices.Clone(m.frame)
		frame.SetSequence(l.sequence())
		frames = append(frames, frame...)
	}
	return frames
}

// admit is the status for a bind.
func (l *link) admit(request pdu.Header, body []byte, faults Faults) pdu.Status {
	if !isBind(request.CommandID) {
		return pdu.RInvBndSts // SMPP 3.4 5.1.3
	}
	b := pdu.Bind{LongCredentials: l.s.cfg.LongCredentials}
	if err := b.Decode(body); err != nil {
		return statusOf(err)
	}
	switch {
	case faults.Bind != pdu.ROK:
		return faults.Bind
	case string(b.SystemID) != l.s.cfg.SystemID:
		return pdu.RInvSysID
	case string(b.Password) != l.s.cfg.Password:
		return pdu.RInvPaswd
	}
	return pdu.ROK
}

// drain reads and answers nothing until the peer gives up.
func (l *link) drain() bool {
	for {
		if _, err := l.in.Next(); err != nil {
			return false
		}
	}
}

// read obeys the ESME until the connection ends.
func (l *link) read() {
	defer l.out.Close()
	for {
		f, err := l.in.Next()
		if errors.Is(err, wire.ErrLength) { // SMPP 3.4 4.3.1
			l.bare(pdu.GenericNack, pdu.RInvCmdLen, 0)
			l.out.CloseAfterFlush()
			l.drain()
			return
		}
		if err != nil {
			return
		}
		if !l.handle(f.Header(), f.Body()) {
			l.out.CloseAfterFlush()
			l.drain() // until the writer has closed the connection
			return
		}
	}
}

// handle obeys one PDU; false ends the link behind the last answer.
func (l *link) handle(header pdu.Header, body []byte) bool {
	faults := l.s.faults.now()
	if header.CommandID == pdu.SubmitSM {
		l.s.submits.Add(1)
	}
	switch {
	case header.CommandID == pdu.DeliverSMResp:
		l.s.forward.answered(l, header)
	case faults.Mute, faults.MuteSubmits && header.CommandID == pdu.SubmitSM:
	case faults.Forgotten && (header.CommandID == pdu.SubmitSM || header.CommandID == pdu.EnquireLink), header.CommandID == pdu.SubmitSM && !l.sends:
		l.bare(header.CommandID.Response(), pdu.RInvBndSts, header.SequenceNumber) // SMPP 3.4 5.1.3
	case header.CommandID == pdu.SubmitSM:
		l.submit(header.SequenceNumber, body, faults)
	case header.CommandID == pdu.EnquireLink:
		l.bare(pdu.EnquireLinkResp, pdu.ROK, header.SequenceNumber)
	case header.CommandID == pdu.Unbind:
		l.bare(pdu.UnbindResp, pdu.ROK, header.SequenceNumber)
		return false
	case header.CommandID == pdu.UnbindResp:
		return false
	case !header.CommandID.IsResponse():
		l.bare(pdu.GenericNack, pdu.RInvCmdID, header.SequenceNumber)
	}
	return true
}

// submit answers a submit_sm. SMPP 3.4 4.4.2
func (l *link) submit(seq uint32, body []byte, faults Faults) {
	if err := l.sm.Decode(body); err != nil {
		l.bare(pdu.SubmitSMResp, statusOf(err), seq)
		return
	}
	var id [16]byte
	messageID, st := id[:0], faults.Submit
	if st == pdu.ROK && faults.Rate > 0 && l.s.faults.throttled() {
		st = pdu.RThrottled
	}
	if st == pdu.ROK {
		messageID, st = l.accept(id[:0])
	}
	if st != pdu.ROK {
		l.later(pdu.AppendHeader(l.scratch[:0], pdu.SubmitSMResp, st, seq), faults.Delay)
		return
	}
	resp, err := pdu.AppendSMResp(l.scratch[:0], pdu.SubmitSMResp, st, seq, &pdu.SMResp{MessageID: messageID})
	if err != nil {
		resp = pdu.AppendHeader(l.scratch[:0], pdu.SubmitSMResp, statusOf(err), seq)
	}
	l.later(resp, faults.Delay)
}

// accept asks OnSubmit about the decoded submit_sm.
func (l *link) accept(id []byte) ([]byte, pdu.Status) {
	if l.s.cfg.OnSubmit == nil {
		return strconv.AppendUint(id, l.s.messages.Add(1), 16), pdu.ROK
	}
	sub := Submit{
		From: number(l.sm.SourceAddr, l.sm.SourceAddrTON), FromTON: l.sm.SourceAddrTON,
		To: number(l.sm.DestinationAddr, l.sm.DestAddrTON), ToTON: l.sm.DestAddrTON,
		DataCoding: l.sm.DataCoding,
	}
	sub.Text, sub.Err = text.Decode(l.sm.DataCoding, l.sm.ShortMessage)
	given, st := l.s.cfg.OnSubmit(sub)
	if given == "" {
		return strconv.AppendUint(id, l.s.messages.Add(1), 16), st
	}
	return append(id, given...), st
}

// number is an address with the + of an international one.
func number(addr []byte, ton pdu.TON) string {
	if ton == pdu.TONInternational {
		return "+" + string(addr)
	}
	return string(addr)
}

// later queues a response at once, or after the delay of a fault. frame is the
// link's scratch.
func (l *link) later(frame []byte, delay time.Duration) {
	l.scratch = frame
	if delay <= 0 {
		_ = l.out.Append(wire.Control, frame) // only a dead link fails, and read sees that
		return
	}
	held := append([]byte(nil), frame...)
	l.s.tasks.Go(func() {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			_ = l.out.Append(wire.Control, held)
		case <-l.s.forward.closed:
		}
	})
}

// bare sends a PDU that has no body.
func (l *link) bare(id pdu.CommandID, st pdu.Status, seq uint32) {
	var buf [pdu.HeaderLen]byte
	_ = l.out.Append(wire.Control, pdu.AppendHeader(buf[:0], id, st, seq))
}

// statusOf is the command_status for a PDU that cannot be.
func statusOf(err error) pdu.Status {
	var e *pdu.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return pdu.RSysErr
}
