package dtmf

import (
	"bytes"
	"errors"
	"mime"
	"strings"
)

// Content types of a SIP INFO that brings a key. Neither has an RFC; both are
// what gateways and softphones send.
const (
	TypeRelay = "application/dtmf-relay" // "Signal=5\r\nDuration=160"
	TypePlain = "application/dtmf"       // "5"
)

// infoOctetsMax is the longest INFO body looked at, in octets.
const infoOctetsMax = 512

// Errors of ParseInfo.
var (
	// ErrInfoType says that the content type is none for keys: answer 415.
	ErrInfoType = errors.New("not a content type for telephone keys")
	// ErrInfoBody says that the body names no key. It does not quote the body.
	ErrInfoBody = errors.New("no telephone key in the INFO body")
)

// ParseInfo reads the key in the body of a SIP INFO.
func ParseInfo(contentType string, body []byte) (key byte, err error) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		// Parameters that make no sense do not hide a type that does.
		kind, _, _ = strings.Cut(contentType, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	if len(body) > infoOctetsMax {
		return 0, ErrInfoBody
	}
	switch kind {
	case TypeRelay:
		return relayKey(body)
	case TypePlain:
		return oneKey(body)
	}
	return 0, ErrInfoType
}

// relayKey finds the line "Signal=5", in whatever order, case and spacing.
func relayKey(body []byte) (byte, error) {
	for line := range bytes.Lines(body) {
		name, value, ok := bytes.Cut(line, []byte{'='})
		if ok && bytes.EqualFold(bytes.TrimSpace(name), []byte("signal")) {
			return oneKey(value)
		}
	}
	return 0, ErrInfoBody
}

// oneKey reads a key, or an event code of two digits ("10" is *, "11" is #),
// as some gateways send.
func oneKey(b []byte) (byte, error) {
	b = bytes.TrimSpace(b)
	if len(b) == 2 && b[0] == '1' && b[1] >= '0' && b[1] <= '5' {
		key, _ := KeyOf(10 + b[1] - '0')
		return key, nil
	}
	if len(b) != 1 {
		return 0, ErrInfoBody
	}
	key := b[0]
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	if _, ok := EventOf(key); !ok {
		return 0, ErrInfoBody
	}
	return key, nil
}
