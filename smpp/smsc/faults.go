package smsc

import (
	"sync"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// Faults are what goes wrong for as long as they are set. The zero Faults is an
// SMSC that works.
type Faults struct {
	Down      bool          // no links: present ones are dropped, new connections closed at once
	Bind      pdu.Status    // answers each bind, as RBindFail or RAlyBnd
	Submit    pdu.Status    // answers each submit_sm, as RThrottled or RSubmitFail
	Rate      int           // submit_sm a second, in bursts of a second's worth; the rest is answered RThrottled
	Delay     time.Duration // before each submit_sm_resp
	Mute      bool          // nothing of the ESME is answered, a bind included
	LoseAcks  bool          // deliver_sm_resp are read and forgotten
	Duplicate bool          // each message is delivered twice

	MuteSubmits bool // submit_sm are read and not answered; everything else is
	Forgotten   bool // the binds are no longer known: submit_sm and enquire_link get RInvBndSts
	Early       bool // an enquire_link, an alert_notification and the first waiting message come ahead of the answer to a bind
	Padding     int  // NULs after each short_message that sm_length does not count
}

// faultState holds the faults in force, and the token bucket of Faults.Rate.
type faultState struct {
	mu     sync.Mutex
	faults Faults
	tokens float64
	filled time.Time
}

func (s *faultState) set(faults Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = faults
	s.tokens, s.filled = float64(faults.Rate), time.Now()
}

func (s *faultState) now() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

// throttled reports whether one more submit_sm is over the rate in force.
func (s *faultState) throttled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	rate := float64(s.faults.Rate)
	if rate == 0 {
		return false
	}
	now := time.Now()
	s.tokens = min(rate, s.tokens+now.Sub(s.filled).Seconds()*rate)
	s.filled = now
	if s.tokens < 1 {
		return true
	}
	s.tokens--
	return false
}

// SetFaults replaces the faults in force.
func (s *Server) SetFaults(faults Faults) {
	s.faults.set(faults)
	if faults.Down {
		s.DropLinks()
	}
}

// DropLinks closes every connection without a word.
func (s *Server) DropLinks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Unbind asks every ESME to leave. SMPP 3.4 4.2
func (s *Server) Unbind() {
	s.forward.each(func(bound *link) { bound.bare(pdu.Unbind, pdu.ROK, bound.sequence()) })
}

// Raw sends octets as they are on every link, after what is queued there.
func (s *Server) Raw(octets []byte) {
	s.forward.each(func(bound *link) { _ = bound.out.Append(wire.Bulk, octets) })
}

// Garbage sends what is no PDU at all.
func (s *Server) Garbage() { s.Raw([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }

// HalfFrame sends the beginning of a deliver_sm; the rest never comes, so that
// everything behind it is misread. No message of the link has its
// sequence_number, so what is answered to it refuses none.
func (s *Server) HalfFrame() {
	whole := pdu.AppendHeader(nil, pdu.DeliverSM, pdu.ROK, pdu.SequenceMax)
	whole[3] = 60 // command_length of a PDU with a body
	s.Raw(append(whole, "CMT\x00\x01\x01861"...))
}
