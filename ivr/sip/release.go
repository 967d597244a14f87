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
// Q.850;cause=17;text="User busy". If there is none and m is a response, the text is
// that of the status line.
func releaseOf(m sip.Message) Release {
	if r := reasonOf(m, "Q.850", causeMax); r.Cause != 0 {
		return r
	}
	if res, ok := m.(*sip.Response); ok {
		return Release{Text: res.Reason}
	}
	return Release{}
}

// reasonOf reads the first Reason of a protocol whose cause is at most the given one.
func reasonOf(m sip.Message, protocol string, most int) Release {
	for _, h := range m.GetHeaders("Reason") {
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

// split cuts s at each sep outside quoted strings.
func split(s string, sep byte) []string {
	var parts []string
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}
