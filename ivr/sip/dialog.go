package sip

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// Dialog is what both sides of an answered call must agree on (RFC 3261 12).
// It builds the requests within the call, for the caller and the called alike.
type Dialog struct {
	CallID    string
	LocalTag  string
	RemoteTag string // empty for a peer that gave none (RFC 3261 12.1.2)

	from   sip.FromHeader // ours, with our tag
	to     sip.ToHeader   // the peer's, with its tag
	routes []sip.Uri      // in the order of sending

	mu        sync.Mutex
	localSeq  uint32  // of our last request
	remoteSeq uint32  // of the peer's last request; 0: none yet
	target    sip.Uri // the peer's Contact
	// hop is where requests go, "address:port", and source is where the peer
	// answered from, to try next; empty: sipgo works it out. See sender.reach.
	hop, source string
	doubted     bool // the source is tried first
}

var errNoDialog = errors.New("message creates no dialog: From, To, Call-ID or CSeq is missing")

// DialogUAC makes the dialog of the caller from its INVITE and a 2xx (RFC 3261 12.1.2).
// If the peer names no Contact, against 12.1.1, the URI of the INVITE is used.
func DialogUAC(inv *sip.Request, res *sip.Response) (*Dialog, error) {
	return dialogOfResponse(res, inv.From(), inv.Recipient)
}

// dialogOfResponse makes the caller's dialog from a 2xx alone: From, Call-ID
// and CSeq are copied into each response (RFC 3261 8.2.6.2), so that a 2xx
// whose INVITE is forgotten can still be ended. Neither a To tag nor a Contact is
// required: an answered call must always be possible to hang up.
func dialogOfResponse(res *sip.Response, from *sip.FromHeader, called sip.Uri) (*Dialog, error) {
	to, id, seq := res.To(), res.CallID(), res.CSeq()
	if from == nil || to == nil || id == nil || seq == nil {
		return nil, errNoDialog
	}
	d := &Dialog{CallID: id.Value(), from: *from, to: *to, localSeq: seq.SeqNo}
	d.target = contactOf(res, called)
	d.LocalTag = tagIn(from.Params)
	// RFC 3261 12.1.2: a UAC MUST be prepared for a response without a tag in To.
	d.RemoteTag = tagIn(to.Params)
	if d.LocalTag == "" {
		return nil, errNoDialog
	}
	// RFC 3261 12.1.2: the route set is the Record-Route of the response, reversed.
	d.routes = recordRoute(res)
	slices.Reverse(d.routes)
	return d, nil
}

// contactOf returns the first Contact that is a SIP address, else the one given.
func contactOf(message sip.Message, instead sip.Uri) sip.Uri {
	for _, h := range message.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if ok && c.Address.Host != "" && !c.Address.Wildcard && (c.Address.Scheme == "sip" || c.Address.Scheme == "sips" || c.Address.Scheme == "") {
			return *c.Address.Clone()
		}
	}
	return *instead.Clone()
}

// DialogUAS makes the dialog of the called from an INVITE and the 2xx it answers with (RFC
// 3261 12.1.1).
func DialogUAS(inv *sip.Request, res *sip.Response) (*Dialog, error) {
	from, to, id, seq, contact := inv.From(), res.To(), inv.CallID(), inv.CSeq(), inv.Contact()
	if from == nil || to == nil || id == nil || seq == nil || contact == nil {
		return nil, errNoDialog
	}
	d := &Dialog{
		CallID: id.Value(), from: to.AsFrom(), to: from.AsTo(),
		target: *contact.Address.Clone(), remoteSeq: seq.SeqNo,
		routes: recordRoute(inv),
	}
	d.LocalTag = tagIn(to.Params)
	d.RemoteTag = tagIn(from.Params)
	if d.LocalTag == "" || d.RemoteTag == "" {
		return nil, errNoDialog
	}
	return d, nil
}

// recordRoute returns the route of a message, without malformed headers.
func recordRoute(message sip.Message) []sip.Uri {
	var routes []sip.Uri
	for _, h := range message.GetHeaders("Record-Route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok && r.Address.Host != "" {
			routes = append(routes, *r.Address.Clone())
		}
	}
	return routes
}

// Owns reports whether a request of the peer belongs to d (RFC 3261 12.2.2). A peer
// that gave no tag before may give one now.
func (d *Dialog) Owns(req *sip.Request) bool {
	id, from, to := req.CallID(), req.From(), req.To()
	if id == nil || from == nil || to == nil || id.Value() != d.CallID {
		return false
	}
	return (d.RemoteTag == "" || tagIn(from.Params) == d.RemoteTag) && tagIn(to.Params) == d.LocalTag
}

// InOrder reports whether the CSeq of a request of the peer is above all
// before it, and remembers it. An older one is answered 500 (RFC 3261 12.2.2).
// A BYE may have the number of the last one: it ends the call twice at worst.
func (d *Dialog) InOrder(req *sip.Request) bool {
	seq := req.CSeq()
	if seq == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.remoteSeq != 0
	if known && (seq.SeqNo < d.remoteSeq || seq.SeqNo == d.remoteSeq && req.Method != sip.BYE) {
		return false
	}
	d.remoteSeq = seq.SeqNo
	return true
}

// goOn continues the sequence numbers of the early dialog that became d (RFC 3261
// 12.2.1.1).
func (d *Dialog) goOn(phone fork) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remoteSeq = phone.seq
	if phone.dialog != nil {
		phone.dialog.mu.Lock()
		defer phone.dialog.mu.Unlock()
		d.localSeq = max(d.localSeq, phone.dialog.localSeq)
	}
}

// Request builds the next request within the call (RFC 3261 12.2.1.1).
func (d *Dialog) Request(method sip.RequestMethod) *sip.Request {
	d.mu.Lock()
	d.localSeq++
	seq := d.localSeq
	d.mu.Unlock()
	return d.build(method, seq)
}

// ACK builds the acknowledgement of a 2xx. It has the CSeq number of the
// INVITE and a transaction of its own (RFC 3261 13.2.2.4).
func (d *Dialog) ACK(inviteSeq uint32) *sip.Request { return d.build(sip.ACK, inviteSeq) }

func (d *Dialog) build(method sip.RequestMethod, seq uint32) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	recipient, routes := d.path()
	req := sip.NewRequest(method, recipient)
	for _, r := range routes {
		req.AppendHeader(sip.NewHeader("Route", "<"+r.String()+">"))
	}
	callID, forwards := sip.CallIDHeader(d.CallID), sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(sip.HeaderClone(&d.from))
	req.AppendHeader(sip.HeaderClone(&d.to))
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	req.AppendHeader(&forwards)
	if d.hop != "" {
		req.SetTransport("UDP") // whatever the Contact asks for: nothing else is spoken
		req.SetDestination(d.hop)
	}
	return req
}

// hops returns the addresses to send requests to, in the order in which to try them.
func (d *Dialog) hops() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.source == "" || d.source == d.hop:
		return []string{d.hop}
	case d.doubted:
		return []string{d.source, d.hop}
	}
	return []string{d.hop, d.source}
}

// doubtHop makes further requests go first to the address that the peer answered from:
// an ACK sent to the hop seems not to have arrived.
func (d *Dialog) doubtHop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.doubted = true
}

// path returns the Request-URI and the Route of requests within the call. A first
// route without lr is a strict router: it wants its own address as Request-URI and the
// peer's as the last route (RFC 3261 12.2.1.1).
func (d *Dialog) path() (recipient sip.Uri, routes []sip.Uri) {
	if len(d.routes) == 0 || isLoose(d.routes[0]) {
		return *d.target.Clone(), d.routes
	}
	first := *d.routes[0].Clone()
	first.Headers = nil // RFC 3261 19.1.1: not allowed in a Request-URI
	return first, append(slices.Clone(d.routes[1:]), d.target)
}

// nextHop returns the address that requests within the call must be sent to.
func (d *Dialog) nextHop() sip.Uri {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.routes) > 0 {
		return d.routes[0]
	}
	return d.target
}

func isLoose(route sip.Uri) bool {
	for _, name := range route.UriParams.Keys() {
		if strings.EqualFold(name, "lr") {
			return true
		}
	}
	return false
}

func tagOf(to *sip.ToHeader) string {
	if to == nil {
		return ""
	}
	return tagIn(to.Params)
}

// tagIn returns the tag among the parameters of a From or To, in any case and with any
// blanks (RFC 3261 7.3.1).
func tagIn(params sip.HeaderParams) string {
	for _, p := range params {
		if strings.EqualFold(strings.TrimSpace(p.K), "tag") {
			return strings.TrimSpace(p.V)
		}
	}
	return ""
}
