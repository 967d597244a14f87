package smpp

import (
	"net"
	"sync/atomic"
	"time"
)

// mute counts the consecutive submit_sm that were not answered. An SMSC whose
// front end still answers enquire_link may have lost what is behind it.
type mute struct {
	inRow int
	since time.Time // when the first of them was sent
}

func (m *mute) unanswered(sent time.Time) {
	if m.inRow == 0 || sent.Before(m.since) {
		m.since = sent
	}
	m.inRow++
}

func (m *mute) answered() { m.inRow = 0 }

// proved reports whether to give the link up. A burst that is answered a little
// late is allowed twice the time of one response. If there are too few texts to tell,
// a text after which nothing is answered counts, but only after a longer wait: the next
// try of it may be minutes away.
func (m *mute) proved(now time.Time, response time.Duration) bool {
	waited := now.Sub(m.since)
	return m.inRow >= unansweredMax && waited >= 2*response || m.inRow > 0 && waited >= unansweredMax*response
}

// Times that reveal a process that stood still because of a stopped machine, a
// stalled disk or a starved core.
const (
	stallMin  = time.Second // longer than the normal interval between two looks at the clock
	stallWake = time.Second // the time in which everything left unread has been read
)

// stall finds how old a PDU that was just read may be. The clock is normally read
// at least every tickMax. If two readings are further apart, the process stood
// still in between, and what it reads next may have been waiting that long. Times
// are Unix nanoseconds of the wall clock, since the monotonic clock stops while a
// machine sleeps.
type stall struct {
	last    atomic.Int64 // latest look at the clock
	before  atomic.Int64 // the last look before the stall
	noticed atomic.Int64 // the first look after it
}

// beat notes one look at the clock.
func (s *stall) beat(now time.Time) {
	at := now.UnixNano()
	if last := s.last.Load(); last > 0 && at-last > int64(stallMin) {
		s.before.Store(last)
		s.noticed.Store(at)
	}
	s.last.Store(at)
}

// earliest returns the earliest time at which a PDU read at now can have arrived.
func (s *stall) earliest(now time.Time) int64 {
	at := now.UnixNano()
	earliest := min(at, s.last.Load())
	if noticed := s.noticed.Load(); noticed > 0 && at-noticed <= int64(stallWake) {
		earliest = min(earliest, s.before.Load())
	}
	return earliest
}

// timed is the connection as the Writer sees it. Acknowledgements held up in a slow
// Write left late.
type timed struct {
	net.Conn
	link *link
}

// Write writes octets and notes how long that took.
func (c timed) Write(octets []byte) (int, error) {
	now := c.link.s.cfg.Now
	begun := now()
	n, err := c.Conn.Write(octets)
	if now().Sub(begun) > ackInTime/2 {
		c.link.proof.doubt()
	}
	return n, err
}
