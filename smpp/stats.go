package smpp

import (
	"maps"
	"sync"
	"sync/atomic"

	"mpg/smpp/pdu"
)

// Stats is what a Session has done since New. Its maps hold what is not 0, by
// the names of the standard.
type Stats struct {
	Bound      bool
	WindowUsed int // submit_sm without a response now
	Unacked    int // deliver_sm of the present link not yet acknowledged

	Binds        uint64 // successful
	BindFailures uint64 // dial, refusal, silence
	LinksLost    uint64 // bound links that ended, however

	Received map[string]uint64 // PDUs by command
	Sent     map[string]uint64 // PDUs by command
	Refusals map[string]uint64 // refused submit_sm by command_status
	Messages map[string]uint64 // deliver_sm by Kind

	Unreadable map[string]uint64 // deliver_sm of that Kind by Reason
	Statuses   map[PDU]uint64    // PDUs with a command_status other than ESME_ROK

	Accepted    uint64 // submit_sm
	Uncertain   uint64 // submit_sm without an answer
	InboxFull   uint64 // deliver_sm answered ESME_RMSGQFUL
	Malformed   uint64 // deliver_sm that could not be decoded
	Stray       uint64 // responses to no request under way
	Early       uint64 // PDUs that came before the answer to the bind
	AcksLate    uint64 // acknowledgements that left too late to prove anything
	AcksDropped uint64 // Ack for a link that is gone; the SMSC delivers again
	Throttled   uint64 // times that the rate was cut, after ESME_RTHROTTLED and its like
}

// PDU is a kind of PDU, named as in the standard.
type PDU struct {
	Sent            bool // and not received
	Command, Status string
}

// counters are what Stats is made of; all but statuses are written without a
// lock.
type counters struct {
	binds, bindFailures, linksLost           atomic.Uint64
	accepted, uncertain, inboxFull           atomic.Uint64
	malformed, stray, acksDropped, throttled atomic.Uint64
	early, acksLate                          atomic.Uint64

	received, sent tally
	refusals       tally
	messages       [kinds]atomic.Uint64
	unreadable     [reasons]atomic.Uint64
	statuses       statuses
}

// statusesMax is how many kinds of PDU statuses counts separately.
const statusesMax = 256

// statuses counts the few PDUs whose command_status is not ESME_ROK.
type statuses struct {
	mu sync.Mutex
	n  map[PDU]uint64
}

func (c *statuses) add(sent bool, h pdu.Header) {
	if h.CommandStatus == pdu.ROK {
		return
	}
	what := PDU{Sent: sent, Command: "other", Status: "other"}
	if low := uint32(h.CommandID &^ pdu.GenericNack); low < tallyLow {
		what.Command = h.CommandID.String()
	}
	if uint32(h.CommandStatus) < tallyLow {
		what.Status = h.CommandStatus.String()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[PDU]uint64)
	}
	if _, known := c.n[what]; !known && len(c.n) >= statusesMax {
		what = PDU{Sent: sent, Command: what.Command, Status: "other"}
	}
	c.n[what]++
}

func (c *statuses) snapshot() map[PDU]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}

// received counts a PDU of the SMSC.
func (s *Session) received(h pdu.Header) {
	s.count.received.command(h.CommandID)
	s.count.statuses.add(false, h)
}

// sent counts a PDU of ours.
func (s *Session) sent(h pdu.Header) {
	s.count.sent.command(h.CommandID)
	s.count.statuses.add(true, h)
}

// tallyLow is the first number that a tally does not hold apart: all
// command_status of the standard and all requests but three are below.
const tallyLow = 0x108

// tally counts by command_id or command_status. Requests and statuses have a
// place each, responses as well; whatever else a peer makes up shares one.
type tally struct {
	requests, responses [tallyLow]atomic.Uint64
	other               atomic.Uint64
}

func (t *tally) add(n uint32) {
	low := n &^ uint32(pdu.GenericNack)
	switch {
	case low >= tallyLow:
		t.other.Add(1)
	case low == n:
		t.requests[low].Add(1)
	default:
		t.responses[low].Add(1)
	}
}

func (t *tally) command(id pdu.CommandID) { t.add(uint32(id)) }

// named is what t has counted, by name.
func (t *tally) named(name func(uint32) string) map[string]uint64 {
	m := make(map[string]uint64)
	for i := range tallyLow {
		if n := t.requests[i].Load(); n > 0 {
			m[name(uint32(i))] += n
		}
		if n := t.responses[i].Load(); n > 0 {
			m[name(uint32(i)|uint32(pdu.GenericNack))] += n
		}
	}
	if n := t.other.Load(); n > 0 {
		m["other"] = n
	}
	return m
}

func commandName(n uint32) string { return pdu.CommandID(n).String() }
func statusName(n uint32) string  { return pdu.Status(n).String() }

// Stats is a snapshot.
func (s *Session) Stats() Stats {
	c := &s.count
	st := Stats{
		Binds: c.binds.Load(), BindFailures: c.bindFailures.Load(), LinksLost: c.linksLost.Load(),
		Received: c.received.named(commandName), Sent: c.sent.named(commandName),
		Refusals: c.refusals.named(statusName), Messages: make(map[string]uint64),
		Accepted: c.accepted.Load(), Uncertain: c.uncertain.Load(), InboxFull: c.inboxFull.Load(),
		Malformed: c.malformed.Load(), Stray: c.stray.Load(), AcksDropped: c.acksDropped.Load(),
		Throttled: c.throttled.Load(), WindowUsed: len(s.window),
		Early: c.early.Load(), AcksLate: c.acksLate.Load(),
		Unreadable: make(map[string]uint64), Statuses: c.statuses.snapshot(),
	}
	for r := ReasonNone + 1; r < reasons; r++ {
		if n := c.unreadable[r].Load(); n > 0 {
			st.Unreadable[r.String()] = n
		}
	}
	for k := Text; k < kinds; k++ {
		if n := c.messages[k].Load(); n > 0 {
			st.Messages[k.String()] = n
		}
	}
	if l := s.link.Load(); l != nil {
		st.Bound, st.Unacked = true, int(l.unacked.Load())
	}
	return st
}
