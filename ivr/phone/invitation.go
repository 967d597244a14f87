package phone

import (
	"crypto/rand"
	"log/slog"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// invitation is the INVITE of a call, from its arrival to the ACK, and what the person or
// the script does while the handset rings.
type invitation struct {
	id      string // Call-ID
	tag     string // ours
	req     *sip.Request
	tx      sip.ServerTransaction
	contact *sip.ContactHeader // ours
	log     *slog.Logger

	decide    chan decision
	cancelled chan struct{} // closed by CANCEL
	acks      chan *sip.Request

	mu      sync.Mutex
	crossed bool
}

// decision says how the ringing ends.
type decision struct {
	code   int // 200 or a failure
	reason string
}

func newInvitation(exchange *Exchange, req *sip.Request, tx sip.ServerTransaction) *invitation {
	return &invitation{
		id: req.CallID().Value(), tag: rand.Text(), req: req, tx: tx, contact: &exchange.ep.Contact, log: exchange.log,
		decide: make(chan decision, 4), cancelled: make(chan struct{}), acks: make(chan *sip.Request, 4),
	}
}

func (v *invitation) settle(how decision) {
	select {
	case v.decide <- how:
	default: // decided already
	}
}

// cross answers, once, when CANCEL comes, as if the 200 had already been sent. RFC 3261 9.1
func (v *invitation) cross() (first bool) {
	v.mu.Lock()
	first, v.crossed = !v.crossed, true
	v.mu.Unlock()
	if first {
		v.settle(decision{200, "OK"})
	}
	return first
}

// acked records the ACK. RFC 3261 13.3.1.4
func (v *invitation) acked(ack *sip.Request) {
	select {
	case v.acks <- ack:
	default:
	}
}

// response builds a response with the tag of this handset (RFC 3261 8.2.6.2).
func (v *invitation) response(code int, reason string, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(v.req, code, reason, body)
	if to := res.To(); to != nil {
		to.Params.Remove("tag")
		to.Params.Add("tag", v.tag)
	}
	res.AppendHeader(sip.HeaderClone(v.contact))
	if len(body) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	return res
}

func (v *invitation) send(res *sip.Response) {
	if err := v.tx.Respond(res); err != nil {
		v.log.Debug("handset could not respond", "code", res.StatusCode)
	}
}
