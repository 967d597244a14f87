package smpp

import (
	"net"
	"sync/atomic"
	"time"
)

// mute counts the submit_sm in a row that were not answered. An SMSC whose front
// end still answers enquire_link may have lost what is behind it.
type mute struct {
	inRow int
	since time.Time // the first of the row was sent
}

func (m *mute) unanswered(sent time.Time) {
	if m.inRow == 0 || sent.Before(m.since) {
		m.since = sent
	}
	m.inRow++
}

func (m *mute) answered() { m.inRow = 0 }

// proved reports whether the link is to be given up. A burst that is answered a
// little late has twice the time of one response.
func (m *mute) proved(now time.Time, response time.Duration) bool {
	return m.inRow >= unansweredMax && now.Sub(m.since) >= 2*response
}

// Times by which a process that stood still is known: a stopped machine, a
// stalled disk, a starved core.
const (
	stallMin  = time.Second // longer than any two looks at the clock are apart
	stallWake = time.Second // within which all that lay unread has been read
)

// stall finds how old a PDU may be that was read just now. The clock is looked
// at every tickMax at most; where two looks are further apart, the process stood
// still between them, and what it reads next may have lain there as long. Times
// are Unix nanoseconds of the wall clock: a machine that sleeps stops the other.
type stall struct {
	last    atomic.Int64 // look at the clock
	before  atomic.Int64 // the look before the last stall
	noticed atomic.Int64 // the look after it
}

// beat is one look at the clock.
func (s *stall) beat(now time.Time) {
	at := now.UnixNano()
	if last := s.last.Load(); last > 0 && at-last > int64(stallMin) {
		s.before.Store(last)
		s.noticed.Store(at)
	}
	s.last.Store(at)
}

// earliest is the earliest time at which what is read at now can have come in.
func (s *stall) earliest(now time.Time) int64 {
	at := now.UnixNano()
	earliest := min(at, s.last.Load())
	if noticed := s.noticed.Load(); noticed > 0 && at-noticed <= int64(stallWake) {
		earliest = min(earliest, s.before.Load())
	}
	return earliest
}

// timed is the connection as the Writer sees it. Acknowledgements that lay in a
// Write which took long have left late.
type timed struct {
	net.Conn
	link *link
}

// Write writes octets and looks at how long that took.
func (c timed) Write(octets []byte) (int, error) {
	now := c.link.s.cfg.Now
	begun := now()
	n, err := c.Conn.Write(octets)
	if now().Sub(begun) > ackInTime/2 {
		c.link.proof.doubt()
	}
	return n, err
}
