package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/emiago/sipgo/sip"
)

const (
	partsMax = 16 // parts of a body looked at
	depthMax = 3  // bodies within bodies
)

// part is a body, or a part of one, and its type.
type part struct {
	kind string // media type without parameters, in lower case; empty: none was given
	full string // as written
	body []byte
}

// sdpOf returns the session description of a message; nil: it has none. It may be one
// of several bodies (RFC 5621 3.1: multipart/mixed must be understood), since gateways
// between networks send the ISUP message along.
func sdpOf(message sip.Message) []byte {
	for _, p := range partsOf(message) {
		if p.kind == "" || p.kind == "application/sdp" || bytes.HasPrefix(p.body, []byte("v=0")) {
			return p.body
		}
	}
	return nil
}

// partsOf lists the bodies of a message, the only one or the parts.
func partsOf(message sip.Message) []part {
	if len(message.Body()) == 0 {
		return nil
	}
	kind := ""
	for _, h := range message.GetHeaders("Content-Type") {
		kind = h.Value()
	}
	return appendParts(nil, kind, message.Body(), 0)
}

func appendParts(parts []part, full string, body []byte, depth int) []part {
	kind, params, err := mime.ParseMediaType(full)
	if err != nil {
		// Malformed parameters do not make the type unreadable.
		kind, _, _ = strings.Cut(full, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return append(parts, part{kind, full, body})
	}
	boundary := params["boundary"]
	if depth == depthMax || boundary == "" {
		return parts
	}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for len(parts) < partsMax {
		p, err := r.NextRawPart()
		if err != nil {
			return parts
		}
		// A last part that is cut short is still read.
		content, _ := io.ReadAll(p)
		// RFC 2046 5.1: a part without a type is plain text, which we do not look for.
		inner := p.Header.Get("Content-Type")
		if inner == "" {
			inner = "text/plain"
		}
		parts = appendParts(parts, inner, content, depth+1)
	}
	return parts
}
