package dtmf

import (
	"bytes"
	"errors"
	"mime"
	"strings"
)

// Content types of a SIP INFO that carries a key. No RFC defines them; gateways and
// softphones send them all, each with either form of body.
const (
	TypeRelay  = "application/dtmf-relay"                // "Signal=5\r\nDuration=160"
	TypePlain  = "application/dtmf"                      // "5" or "d=5"
	TypeEvent  = "audio/telephone-event"                 // "5", or the four octets of RFC 4733
	TypeEvent2 = "application/telephone-event"           // the same
	TypeNortel = "application/vnd.nortelnetworks.digits" // "p=Digit-Collection\r\ny=Digits\r\nd=5"
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
	case TypeRelay, TypePlain, TypeNortel:
		return infoKey(body)
	case TypeEvent, TypeEvent2:
		if ev, ok := ParseEvent(body); ok && len(body) == PayloadSize {
			return eventKey(ev)
		}
		return infoKey(body)
	}
	return 0, ErrInfoType
}

// eventKey returns the key of an RFC 4733 payload in an INFO. Its end, if it comes in
// an INFO of its own, is not a second key.
func eventKey(ev Event) (byte, error) {
	key, ok := KeyOf(ev.Code)
	if !ok || ev.End && ev.Duration > 0 {
		return 0, ErrInfoBody
	}
	return key, nil
}

// infoKey reads a body that is a key, or has a line "Signal=5" or "d=5" in any order,
// case and spacing.
func infoKey(body []byte) (byte, error) {
	named := false
	for line := range bytes.Lines(body) {
		at := bytes.IndexAny(line, "=:")
		if at < 0 {
			continue
		}
		named = true
		switch name := bytes.ToLower(bytes.TrimSpace(line[:at])); string(name) {
		case "signal", "d", "digit", "dtmf", "event":
			// Nortel's says "d=Digits" first.
			if key, err := oneKey(line[at+1:]); err == nil {
				return key, nil
			}
		}
	}
	if named {
		return 0, ErrInfoBody
	}
	return oneKey(body)
}

// oneKey reads a key, or an event code of two digits ("10" is *, "11" is #),
// as some gateways send. Quotes around it mean nothing.
func oneKey(word []byte) (byte, error) {
	word = bytes.Trim(word, " \t\r\n\x00\"")
	if len(word) == 2 && word[0] == '1' && word[1] >= '0' && word[1] <= '5' {
		key, _ := KeyOf(10 + word[1] - '0')
		return key, nil
	}
	if len(word) != 1 {
		return 0, ErrInfoBody
	}
	key := word[0]
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	if _, ok := EventOf(key); !ok {
		return 0, ErrInfoBody
	}
	return key, nil
}
