package sip

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Release is the network's reason why a call was not answered, or ended, as far as it
// gives one in a Reason header (RFC 3326).
type Release struct {
	Cause int    // ITU-T Q.850; 0: none was given
	Text  string // the network's own words; may be empty
}

// causeMax is the greatest cause: seven bits, ITU-T Q.850 2.2.5.
const causeMax = 127

// releaseOf reads the first Reason of the protocol Q.850, as in
// Q.850;cause=17;text="User busy". If there is none and the message is a response, the text is
// that of the status line.
func releaseOf(message sip.Message) Release {
	if r := reasonOf(message, "Q.850", causeMax); r.Cause != 0 {
		return r
	}
	if res, ok := message.(*sip.Response); ok {
		return Release{Text: res.Reason}
	}
	return Release{}
}

// reasonOf reads the first Reason of a protocol whose cause is at most the given one.
func reasonOf(message sip.Message, protocol string, most int) Release {
	for _, h := range message.GetHeaders("Reason") {
		for _, value := range split(h.Value(), ',') {
			params := split(value, ';')
			if !strings.EqualFold(strings.TrimSpace(params[0]), protocol) {
				continue
			}
			if r := releaseFrom(params[1:], most); r.Cause != 0 {
				return r
			}
		}
	}
	return Release{}
}

func releaseFrom(params []string, most int) Release {
	var r Release
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "cause":
			if cause, err := strconv.Atoi(value); err == nil && cause > 0 && cause <= most {
				r.Cause = cause
			}
		case "text":
			r.Text = value
		}
	}
	return r
}

// split cuts text at each sep outside quoted strings.
func split(text string, sep byte) []string {
	var parts []string
	quoted, from := false, 0
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quoted:
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == sep && !quoted:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}
