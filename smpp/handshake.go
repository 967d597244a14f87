package smpp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// bindSequence is the sequence_number of the bind, the first on each link.
const bindSequence = 1

// handshake is a connection before or without a link: it binds and unbinds, and answers
// what an SMSC sends meanwhile, without accepting anything.
type handshake struct {
	cfg   *Config
	count *counters
	conn  net.Conn
	in    *wire.Reader
}

// dial connects within the Dial timeout.
func dial(ctx context.Context, cfg *Config, count *counters) (*handshake, error) {
	dialing, cancel := context.WithTimeout(ctx, cfg.Timeouts.Dial)
	defer cancel()
	conn, err := cfg.Dial(dialing, cfg.Addr)
	if err != nil {
		return nil, err
	}
	return &handshake{cfg: cfg, count: count, conn: conn, in: wire.NewReader(conn, cfg.PDUMax)}, nil
}

// breakOff ends all waiting for the peer.
func (s *handshake) breakOff() { _ = s.conn.SetDeadline(time.Unix(1, 0)) }

// bind performs the handshake of SMPP 3.4 4.1, within the Bind timeout.
func (s *handshake) bind() error {
	command := s.cfg.Mode.command()
	request, err := s.cfg.bindPDU(bindSequence)
	if err != nil {
		return err
	}
	if err := s.conn.SetDeadline(time.Now().Add(s.cfg.Timeouts.Bind)); err != nil {
		return err
	}
	if _, err := s.conn.Write(request); err != nil {
		return fmt.Errorf("smpp: bind: %w", err)
	}
	s.count.sent.command(command)
	for {
		frame, err := s.in.Next()
		if err != nil {
			return fmt.Errorf("smpp: bind: %w", err)
		}
		header := frame.Header()
		s.count.pduReceived(header)
		if header.CommandID == command.Response() || header.CommandID == pdu.GenericNack {
			if err := bindAnswer(header); err != nil {
				return err
			}
			return s.conn.SetDeadline(time.Time{})
		}
		if isBindResp(header.CommandID) {
			return fmt.Errorf("smpp: %s answered by %s", command, header.CommandID)
		}
		if err := s.early(header); err != nil {
			return err
		}
	}
}

// bindAnswer reads the answer to the bind. It ignores the sequence_number: nothing
// else can be meant, and some SMSCs use a number of their own.
func bindAnswer(header pdu.Header) error {
	if header.CommandID == pdu.GenericNack || header.CommandStatus != pdu.ROK {
		return &BindError{Status: header.CommandStatus}
	}
	return nil
}

func isBindResp(id pdu.CommandID) bool {
	return id == pdu.BindTransceiverResp || id == pdu.BindTransmitterResp || id == pdu.BindReceiverResp
}

// unbind ends the bind, within the Unbind timeout. SMPP 3.4 4.2
func (s *handshake) unbind() error {
	if err := s.conn.SetDeadline(time.Now().Add(s.cfg.Timeouts.Unbind)); err != nil {
		return err
	}
	if _, err := s.conn.Write(pdu.AppendHeader(nil, pdu.Unbind, pdu.ROK, bindSequence+1)); err != nil {
		return fmt.Errorf("smpp: unbind: %w", err)
	}
	for {
		frame, err := s.in.Next()
		if err != nil {
			return fmt.Errorf("smpp: unbind: %w", err)
		}
		if frame.Header().CommandID == pdu.UnbindResp {
			return nil
		}
		if err := s.early(frame.Header()); errors.Is(err, errPeerUnbound) {
			return nil // both sides unbind
		} else if err != nil {
			return err
		}
	}
}

// early answers a PDU that comes before the answer to the bind, as SMSCs with waiting
// messages send them. Nothing is accepted: the SMSC delivers it again once the bind is up.
// SMPP 3.4 2.2
func (s *handshake) early(header pdu.Header) error {
	s.count.early.Add(1)
	var answer []byte
	switch {
	case header.CommandID == pdu.EnquireLink:
		answer = pdu.AppendHeader(nil, pdu.EnquireLinkResp, pdu.ROK, header.SequenceNumber)
	case header.CommandID == pdu.DeliverSM:
		answer = pdu.AppendDeliverSMResp(nil, pdu.RxTAppn, header.SequenceNumber)
	case header.CommandID == pdu.DataSM:
		answer = pdu.AppendHeader(nil, pdu.DataSMResp, pdu.RInvCmdID, header.SequenceNumber)
	case header.CommandID == pdu.Unbind:
		return errPeerUnbound // there is nothing to unbind
	case header.CommandID == pdu.AlertNotification, header.CommandID.IsResponse():
		return nil // neither has an answer. SMPP 3.4 4.12.1
	default:
		answer = pdu.AppendHeader(nil, pdu.GenericNack, pdu.RInvCmdID, header.SequenceNumber)
	}
	if _, err := s.conn.Write(answer); err != nil {
		return fmt.Errorf("smpp: bind: %w", err)
	}
	s.count.pduSent(pdu.Frame(answer).Header())
	return nil
}

// Try binds once and unbinds, to find out whether the account works. It sends no text
// and accepts none: a text that the SMSC delivers meanwhile is answered with
// ESME_RX_T_APPN, so that it is delivered again. The error is a *BindError if the SMSC
// refuses the bind. Try is for a Session that is not running.
func (s *Session) Try(ctx context.Context) error {
	shake, err := dial(ctx, &s.cfg, &s.count)
	if err != nil {
		return err
	}
	defer func() { _ = shake.conn.Close() }() // the bind has ended
	defer context.AfterFunc(ctx, shake.breakOff)()
	if err := shake.bind(); err != nil {
		return err
	}
	return shake.unbind()
}
