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
	LinkStats
	SubmitStats
	DeliverStats

	Received map[string]uint64 // PDUs by command
	Sent     map[string]uint64 // PDUs by command
	Statuses map[PDU]uint64    // PDUs with a command_status other than ESME_ROK
	Stray    uint64            // responses to no waiting request
	Early    uint64            // PDUs that came before the answer to the bind
}

// LinkStats says how the links came and went.
type LinkStats struct {
	Bound        bool
	Binds        uint64 // successful
	BindFailures uint64 // dial, refusal, silence
	LinksLost    uint64 // bound links that ended, however
}

// SubmitStats says what became of the submit_sm.
type SubmitStats struct {
	WindowUsed int               // without a response now
	Accepted   uint64            // by the SMSC
	Uncertain  uint64            // without an answer
	Refusals   map[string]uint64 // refused ones by command_status
	Throttled  uint64            // times that the rate was cut, after ESME_RTHROTTLED and its like
}

// DeliverStats says what became of the deliver_sm.
type DeliverStats struct {
	Unacked     int               // of the present link, not yet acknowledged
	Messages    map[string]uint64 // by Kind
	Unreadable  map[string]uint64 // of that Kind by Reason
	InboxFull   uint64            // answered ESME_RMSGQFUL
	Malformed   uint64            // that could not be decoded
	AcksLate    uint64            // acknowledgements that left too late to prove anything
	AcksDropped uint64            // Ack for a link that is gone; the SMSC delivers again
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

func (c *statuses) add(sent bool, header pdu.Header) {
	if header.CommandStatus == pdu.ROK {
		return
	}
	what := PDU{Sent: sent, Command: "other", Status: "other"}
	if low := uint32(header.CommandID &^ pdu.GenericNack); low < tallyLow {
		what.Command = header.CommandID.String()
	}
	if uint32(header.CommandStatus) < tallyLow {
		what.Status = header.CommandStatus.String()
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

// pduReceived counts a PDU of the SMSC.
func (c *counters) pduReceived(header pdu.Header) {
	c.received.command(header.CommandID)
	c.statuses.add(false, header)
}

// pduSent counts a PDU of ours.
func (c *counters) pduSent(header pdu.Header) {
	c.sent.command(header.CommandID)
	c.statuses.add(true, header)
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

func (t *tally) add(number uint32) {
	low := number &^ uint32(pdu.GenericNack)
	switch {
	case low >= tallyLow:
		t.other.Add(1)
	case low == number:
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

func commandName(number uint32) string { return pdu.CommandID(number).String() }
func statusName(number uint32) string  { return pdu.Status(number).String() }

// Stats is a snapshot.
func (s *Session) Stats() Stats {
	c := &s.count
	stats := Stats{
		LinkStats: LinkStats{Binds: c.binds.Load(), BindFailures: c.bindFailures.Load(), LinksLost: c.linksLost.Load()},
		SubmitStats: SubmitStats{
			WindowUsed: len(s.window), Accepted: c.accepted.Load(), Uncertain: c.uncertain.Load(),
			Refusals: c.refusals.named(statusName), Throttled: c.throttled.Load(),
		},
		DeliverStats: c.delivered(),
		Received:     c.received.named(commandName), Sent: c.sent.named(commandName),
		Statuses: c.statuses.snapshot(), Stray: c.stray.Load(), Early: c.early.Load(),
	}
	if current := s.link.Load(); current != nil {
		stats.Bound, stats.Unacked = true, int(current.inbox.unacked.Load())
	}
	return stats
}

func (c *counters) delivered() DeliverStats {
	stats := DeliverStats{
		Messages: make(map[string]uint64), Unreadable: make(map[string]uint64),
		InboxFull: c.inboxFull.Load(), Malformed: c.malformed.Load(),
		AcksLate: c.acksLate.Load(), AcksDropped: c.acksDropped.Load(),
	}
	for reason := ReasonNone + 1; reason < reasons; reason++ {
		if count := c.unreadable[reason].Load(); count > 0 {
			stats.Unreadable[reason.String()] = count
		}
	}
	for kind := Text; kind < kinds; kind++ {
		if count := c.messages[kind].Load(); count > 0 {
			stats.Messages[kind.String()] = count
		}
	}
	return stats
}
