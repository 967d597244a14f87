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

// newToken is a Call-ID or tag: 130 random bits (RFC 3261 19.3 asks for 32).
func newToken() string { return strings.ToLower(rand.Text()) }

// dialled writes the number as the trunk wants it.
func (a *Agent) dialled(to string) (string, error) {
	digits, ok := strings.CutPrefix(to, "+")
	if !ok || len(digits) < numberDigitsMin || len(digits) > numberDigitsMax || strings.Trim(digits, "0123456789") != "" {
		return "", fmt.Errorf("not an E.164 number with +: %s", Mask(to))
	}
	if a.cfg.Number == Plus {
		return to, nil
	}
	return digits, nil
}

// invite builds the INVITE (RFC 3261 13.2.1). Supported stays out: nothing is extended.
func (a *Agent) invite(call Call) (*sip.Request, error) {
	user, err := a.dialled(call.To)
	if err != nil {
		return nil, err
	}
	uri := *a.trunk.Clone()
	uri.User = user
	body, err := call.Media.Marshal()
	if err != nil {
		return nil, fmt.Errorf("session description: %w", err)
	}
	req := sip.NewRequest(sip.INVITE, uri)
	a.identify(req, uri, newToken())
	req.AppendHeader(sip.HeaderClone(&a.ep.Contact))
	// RFC 3325 9.1: the trunk is told who calls, by configuration alone.
	req.AppendHeader(sip.NewHeader("P-Asserted-Identity", "<"+a.identity().String()+">"))
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.AppendHeader(sip.NewHeader("User-Agent", "mpg"))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(body)
	if n := len(req.String()); n > inviteOctetsMax {
		return nil, fmt.Errorf("INVITE of %d octets does not fit into UDP", n)
	}
	return req, nil
}

func (a *Agent) identity() *sip.Uri {
	addr := a.ep.Addr()
	return &sip.Uri{Scheme: "sip", User: a.cfg.From, Host: uriHost(addr.Addr()), Port: int(addr.Port())}
}

// identify adds From, To, Call-ID, CSeq and Max-Forwards (RFC 3261 8.1.1).
func (a *Agent) identify(req *sip.Request, to sip.Uri, callID string) {
	from := sip.FromHeader{Address: *a.identity()}
	from.Params.Add("tag", newToken())
	id, forwards := sip.CallIDHeader(callID), sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&from)
	req.AppendHeader(&sip.ToHeader{Address: *to.Clone()})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: req.Method})
	req.AppendHeader(&forwards)
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
