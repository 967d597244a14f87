package smsc

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
	"mpg/smpp/wire"
)

// message is a deliver_sm until it is acknowledged.
type message struct {
	frame pdu.Frame
	tlvs  int    // octets of optional parameters at the end of frame
	seq   uint32 // of its last delivery; 0: never sent
	done  func(pdu.Status)
}

// queue holds the messages that wait for a link, oldest first.
type queue struct {
	items []*message
	head  int
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) push(m *message) { q.items = append(q.items, m) }

func (q *queue) pop() *message {
	m := q.items[q.head]
	q.items[q.head] = nil
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return m
}

// pushFront puts ms, in their order, ahead of all others.
func (q *queue) pushFront(ms []*message) {
	q.items = slices.Concat(ms, q.items[q.head:])
	q.head = 0
}

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
	case <-s.closed:
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
func (s *Server) Inject(m *pdu.SM, done func(pdu.Status)) error {
	frame, err := pdu.AppendSM(make([]byte, 0, 96+len(m.ShortMessage)+len(m.TLVs)), pdu.DeliverSM, 0, m)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return ErrClosed
	}
	s.queue.push(&message{frame: frame, tlvs: len(m.TLVs), done: done})
	if s.faults.Duplicate {
		s.queue.push(&message{frame: slices.Clone(frame), tlvs: len(m.TLVs)})
	}
	s.dispatch()
	return nil
}

// address is an address as a handset's SMSC writes it. SMPP 3.4 5.2.5, 5.2.6
func address(a string) ([]byte, pdu.TON, pdu.NPI) {
	if len(a) > 0 && a[0] == '+' {
		return []byte(a[1:]), pdu.TONInternational, pdu.NPIISDN
	}
	for i := range len(a) {
		if a[i] < '0' || a[i] > '9' {
			return []byte(a), pdu.TONAlphanumeric, pdu.NPIUnknown
		}
	}
	return []byte(a), pdu.TONUnknown, pdu.NPIUnknown
}

// dispatch moves messages onto links that have room, turn by turn. The caller
// holds mu.
func (s *Server) dispatch() {
	for busy := 0; s.queue.len() > 0 && busy < len(s.links); {
		l := s.links[0]
		s.links = append(s.links[1:], l) // the next one's turn
		if !l.receives || len(l.inflight) >= s.cfg.Window {
			busy++
			continue
		}
		busy = 0
		s.send(l, s.queue.pop())
	}
}

// send puts m on l. The caller holds mu. A link that fails here is about to end,
// and gives m back then.
func (s *Server) send(l *link, m *message) {
	if m.seq != 0 {
		s.count.redelivered.Add(1)
	}
	if m.seq == 0 || !s.cfg.KeepSequence || l.inflight[m.seq] != nil {
		m.seq = l.sequence()
	}
	l.inflight[m.seq] = m
	m.frame.SetSequence(m.seq)
	_ = l.out.Append(wire.Bulk, m.padded(s.faults.Padding))
	if s.cfg.AckWithin > 0 {
		s.giveUp(l, m, m.seq)
	}
}

// padded returns the frame of m with NULs after its short_message.
func (m *message) padded(nuls int) pdu.Frame {
	if nuls <= 0 {
		return m.frame
	}
	end := len(m.frame) - m.tlvs
	frame := slices.Concat(m.frame[:end], make(pdu.Frame, nuls), m.frame[end:])
	binary.BigEndian.PutUint32(frame, uint32(len(frame)))
	return frame
}

// giveUp delivers m again if it is not acknowledged within AckWithin.
func (s *Server) giveUp(l *link, m *message, seq uint32) {
	s.later(s.cfg.AckWithin, func() {
		if l.inflight[seq] != m {
			return
		}
		delete(l.inflight, seq)
		s.queue.pushFront([]*message{m})
		s.dispatch()
	})
}

// later runs fn after wait, with the lock held, unless the server is closed first.
func (s *Server) later(wait time.Duration, fn func()) {
	s.tasks.Go(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.closed:
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		fn()
	})
}

// first returns the oldest message that waits, or nil.
func (s *Server) first() *message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.len() == 0 {
		return nil
	}
	return s.queue.items[s.queue.head]
}

// deliverSMResp ends the deliver_sm that it answers, or sends it again later.
// SMPP 3.4 4.6.2
func (s *Server) deliverSMResp(l *link, h pdu.Header) {
	s.mu.Lock()
	m := l.inflight[h.SequenceNumber]
	if m == nil || s.faults.LoseAcks {
		s.mu.Unlock()
		return
	}
	delete(l.inflight, h.SequenceNumber)
	again := h.CommandStatus.Transient() && s.cfg.RetryAfter > 0
	if again {
		s.retry(m)
	}
	s.dispatch()
	s.mu.Unlock()
	if again {
		return
	}
	if h.CommandStatus == pdu.ROK {
		s.count.delivered.Add(1)
	}
	if m.done != nil {
		m.done(h.CommandStatus)
	}
}

// retry queues m again after RetryAfter.
func (s *Server) retry(m *message) {
	s.later(s.cfg.RetryAfter, func() {
		s.queue.push(m)
		s.dispatch()
	})
}

// bound adds l and gives it work.
func (s *Server) bound(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.binds.Add(1)
	s.links = append(s.links, l)
	s.linksChanged()
	s.dispatch()
}

// unbound removes l and takes back what it had not acknowledged, in the order
// in which it was sent.
func (s *Server) unbound(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.links, l)
	if i < 0 {
		return
	}
	s.links = slices.Delete(s.links, i, i+1)
	back := make([]*message, 0, len(l.inflight))
	for _, m := range l.inflight {
		back = append(back, m)
	}
	slices.SortFunc(back, func(a, b *message) int { return int(a.seq) - int(b.seq) })
	clear(l.inflight)
	s.queue.pushFront(back)
	s.linksChanged()
	s.dispatch()
}
