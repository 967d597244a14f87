package smsc

import (
	"context"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// Deliver gives the ESME a text and waits for its deliver_sm_resp, over as many
// links as it takes. Its errors are ctx's, ErrClosed and those of DeliverAsync.
// After an error the text is still delivered.
func (s *Server) Deliver(ctx context.Context, from, to, text string) (pdu.Status, error) {
	answer := make(chan pdu.Status, 1)
	if err := s.DeliverAsync(from, to, text, func(st pdu.Status) { answer <- st }); err != nil {
		return 0, err
	}
	select {
	case st := <-answer:
		return st, nil
	case <-s.forward.closed:
		return 0, ErrClosed
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// DeliverAsync queues a text from a subscriber; done is called with the status
// of its deliver_sm_resp, once, from the goroutine that reads the link, and must
// not block. A nil done is not called. A sender or receiver that begins with +
// is international. Errors are those of smpp/text and smpp/pdu, and ErrClosed.
func (s *Server) DeliverAsync(from, to, body string, done func(pdu.Status)) error {
	octets, coding, err := text.AppendEncode(make([]byte, 0, 2*text.GSMUnitsMax), body)
	if err != nil {
		return err
	}
	m := pdu.SM{DataCoding: coding, ShortMessage: octets}
	m.SourceAddr, m.SourceAddrTON, m.SourceAddrNPI = address(from)
	m.DestinationAddr, m.DestAddrTON, m.DestAddrNPI = address(to)
	return s.Inject(&m, done)
}

// Inject queues any deliver_sm: a receipt, a part, a payload, binary. done is
// as in DeliverAsync.
func (s *Server) Inject(sm *pdu.SM, done func(pdu.Status)) error {
	frame, err := pdu.AppendSM(make([]byte, 0, 96+len(sm.ShortMessage)+len(sm.TLVs)), pdu.DeliverSM, 0, sm)
	if err != nil {
		return err
	}
	return s.forward.add(&message{frame: frame, tlvs: len(sm.TLVs), done: done}, s.faults.now().Duplicate)
}

// address is an address as a handset's SMSC writes it. SMPP 3.4 5.2.5, 5.2.6
func address(number string) ([]byte, pdu.TON, pdu.NPI) {
	if len(number) > 0 && number[0] == '+' {
		return []byte(number[1:]), pdu.TONInternational, pdu.NPIISDN
	}
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return []byte(number), pdu.TONAlphanumeric, pdu.NPIUnknown
		}
	}
	return []byte(number), pdu.TONUnknown, pdu.NPIUnknown
}
