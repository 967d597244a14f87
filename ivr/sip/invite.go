package sip

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Call is one call to be placed.
type Call struct {
	To    string // E.164 with +
	Ref   string // for logs
	Media Media  // our offer; Addr must be set, the rest has defaults
	// Ringing is told of 180 and 183, perhaps more than once; may be nil.
	Ringing func()
	// Info receives the bodies of SIP INFO (RFC 6086) and reports whether it
	// knows the type; may be nil. It must not block.
	Info func(contentType string, body []byte) bool
	// Changed gets the peer's audio and ours as a re-INVITE or UPDATE has changed
	// them; may be nil. It must not block.
	Changed func(peer, own Media)
}

// originator builds the requests that begin outside a call: it knows who calls, and over
// which trunk. RFC 3261 8.1.1
type originator struct {
	trunk   sip.Uri
	number  NumberFormat
	contact *sip.ContactHeader // ours, with Config.From as its user
}

// newToken is a Call-ID or tag: 130 random bits (RFC 3261 19.3 asks for 32).
func newToken() string { return strings.ToLower(rand.Text()) }

// dialled writes the number as the trunk wants it.
func (o *originator) dialled(to string) (string, error) {
	digits, ok := strings.CutPrefix(to, "+")
	if !ok || len(digits) < numberDigitsMin || len(digits) > numberDigitsMax || strings.Trim(digits, "0123456789") != "" {
		return "", fmt.Errorf("not an E.164 number with +: %s", Mask(to))
	}
	if o.number == Plus {
		return to, nil
	}
	return digits, nil
}

// invite builds the INVITE (RFC 3261 13.2.1). Supported stays out: nothing is extended.
func (o *originator) invite(call Call) (*sip.Request, error) {
	user, err := o.dialled(call.To)
	if err != nil {
		return nil, err
	}
	uri := *o.trunk.Clone()
	uri.User = user
	body, err := call.Media.Marshal()
	if err != nil {
		return nil, fmt.Errorf("session description: %w", err)
	}
	req := sip.NewRequest(sip.INVITE, uri)
	o.identify(req, uri, newToken())
	req.AppendHeader(sip.HeaderClone(o.contact))
	// RFC 3325 9.1: the trunk is told who calls, by configuration alone.
	req.AppendHeader(sip.NewHeader("P-Asserted-Identity", "<"+o.identity().String()+">"))
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.AppendHeader(sip.NewHeader("User-Agent", "mpg"))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(body)
	if n := len(req.String()); n > inviteOctetsMax {
		return nil, fmt.Errorf("INVITE of %d octets does not fit into UDP", n)
	}
	return req, nil
}

// identity says who calls, in From and P-Asserted-Identity: the address in the Contact.
func (o *originator) identity() *sip.Uri { return o.contact.Address.Clone() }

// identify adds From, To, Call-ID, CSeq and Max-Forwards (RFC 3261 8.1.1).
func (o *originator) identify(req *sip.Request, to sip.Uri, callID string) {
	from := sip.FromHeader{Address: *o.identity()}
	from.Params.Add("tag", newToken())
	id, forwards := sip.CallIDHeader(callID), sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&from)
	req.AppendHeader(&sip.ToHeader{Address: *to.Clone()})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: req.Method})
	req.AppendHeader(&forwards)
}

// options builds the OPTIONS that asks whether the trunk is there (RFC 3261 11.1).
func (o *originator) options() *sip.Request {
	req := sip.NewRequest(sip.OPTIONS, *o.trunk.Clone())
	o.identify(req, o.trunk, newToken())
	return req
}

// cancelOf builds the CANCEL of an INVITE: same Request-URI, Call-ID, To,
// From, Route, CSeq number and top Via (RFC 3261 9.1).
func cancelOf(inv *sip.Request) *sip.Request {
	req := sip.NewRequest(sip.CANCEL, *inv.Recipient.Clone())
	req.AppendHeader(sip.HeaderClone(inv.Via()))
	sip.CopyHeaders("Route", inv, req)
	req.AppendHeader(sip.HeaderClone(inv.From()))
	req.AppendHeader(sip.HeaderClone(inv.To()))
	req.AppendHeader(sip.HeaderClone(inv.CallID()))
	forwards := sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: inv.CSeq().SeqNo, MethodName: sip.CANCEL})
	req.AppendHeader(&forwards)
	return req
}
