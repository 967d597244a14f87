package smpp

import (
	"fmt"
	"net"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// bindSequence is the sequence_number of the bind, the first on each link.
const bindSequence = 1

// bind performs the handshake of SMPP 3.4 4.1, within the Bind timeout.
func (s *Session) bind(conn net.Conn, in *wire.Reader) error {
	request, err := s.cfg.bindPDU(bindSequence)
	if err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Now().Add(s.cfg.Timeouts.Bind)); err != nil {
		return err
	}
	if _, err := conn.Write(request); err != nil {
		return fmt.Errorf("smpp: bind: %w", err)
	}
	s.count.sent.command(s.cfg.Mode.command())
	for {
		f, err := in.Next()
		if err != nil {
			return fmt.Errorf("smpp: bind: %w", err)
		}
		h := f.Header()
		s.received(h)
		if h.CommandID == s.cfg.Mode.command().Response() || h.CommandID == pdu.GenericNack {
			if err := bindAnswer(h); err != nil {
				return err
			}
			return conn.SetDeadline(time.Time{})
		}
		if isBindResp(h.CommandID) {
			return fmt.Errorf("smpp: %s answered by %s", s.cfg.Mode.command(), h.CommandID)
		}
		if err := s.early(conn, h); err != nil {
			return err
		}
	}
}

// bindAnswer reads the answer to the bind. It ignores the sequence_number: nothing
// else can be meant, and some SMSCs use a number of their own.
func bindAnswer(h pdu.Header) error {
	if h.CommandID == pdu.GenericNack || h.CommandStatus != pdu.ROK {
		return &BindError{Status: h.CommandStatus}
	}
	return nil
}

func isBindResp(id pdu.CommandID) bool {
	return id == pdu.BindTransceiverResp || id == pdu.BindTransmitterResp || id == pdu.BindReceiverResp
}

// early answers a PDU that comes before the answer to the bind, as SMSCs with
// waiting messages send them. Nothing is taken in: the SMSC delivers it again once
// the bind is up. SMPP 3.4 2.2
func (s *Session) early(conn net.Conn, h pdu.Header) error {
	s.count.early.Add(1)
	var answer []byte
	switch {
	case h.CommandID == pdu.EnquireLink:
		answer = pdu.AppendHeader(nil, pdu.EnquireLinkResp, pdu.ROK, h.SequenceNumber)
	case h.CommandID == pdu.DeliverSM:
		answer = pdu.AppendDeliverSMResp(nil, pdu.RxTAppn, h.SequenceNumber)
	case h.CommandID == pdu.DataSM:
		answer = pdu.AppendHeader(nil, pdu.DataSMResp, pdu.RInvCmdID, h.SequenceNumber)
	case h.CommandID == pdu.Unbind:
		return errPeerUnbound // there is nothing to unbind
	case h.CommandID == pdu.AlertNotification, h.CommandID.IsResponse():
		return nil // neither has an answer. SMPP 3.4 4.12.1
	default:
		answer = pdu.AppendHeader(nil, pdu.GenericNack, pdu.RInvCmdID, h.SequenceNumber)
	}
	if _, err := conn.Write(answer); err != nil {
		return fmt.Errorf("smpp: bind: %w", err)
	}
	s.sent(pdu.Frame(answer).Header())
	return nil
}
