package smpp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// Try binds once and unbinds, to find out whether the account works. It sends no text
// and accepts none: a text that the SMSC delivers meanwhile is answered with
// ESME_RX_T_APPN, so that it is delivered again. The error is a *BindError if the SMSC
// refuses the bind. Try is for a Session that is not running.
func (s *Session) Try(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, s.cfg.Timeouts.Dial)
	defer cancel()
	conn, err := s.cfg.Dial(dialing, s.cfg.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the bind has ended
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	in := wire.NewReader(conn, s.cfg.PDUMax)
	if err := s.bind(conn, in); err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Now().Add(s.cfg.Timeouts.Unbind)); err != nil {
		return err
	}
	if _, err := conn.Write(pdu.AppendHeader(nil, pdu.Unbind, pdu.ROK, bindSequence+1)); err != nil {
		return fmt.Errorf("smpp: unbind: %w", err)
	}
	for {
		f, err := in.Next()
		if err != nil {
			return fmt.Errorf("smpp: unbind: %w", err)
		}
		if f.Header().CommandID == pdu.UnbindResp {
			return nil
		}
		if err := s.early(conn, f.Header()); errors.Is(err, errPeerUnbound) {
			return nil // both sides leave
		} else if err != nil {
			return err
		}
	}
}
