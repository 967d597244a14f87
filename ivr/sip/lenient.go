package sip

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// readable takes out of a datagram the header lines without a colon, which
// the parser would give the whole message up for. RFC 3261 8.2.2 and 16.3 want
// header fields that nobody needs ignored. Nothing is copied if all is well.
func readable(data []byte) []byte {
	var out []byte
	rest, kept, first := data, 0, true
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		line := bytes.TrimRight(rest[:end], "\r")
		at := len(data) - len(rest)
		rest = rest[end+1:]
		if len(line) == 0 && !first {
			break // the body follows
		}
		if !first && bytes.IndexByte(line, ':') < 0 && line[0] != ' ' && line[0] != '\t' {
			out = append(out, data[kept:at]...)
			kept = len(data) - len(rest)
		}
		first = false
	}
	if kept == 0 {
		return data
	}
	return append(out, data[kept:]...)
}

// lenient are the parsers of header fields. One that no call needs, or can do
// without, is passed over when it makes no sense, with one warning for each name.
type lenient struct {
	log    *slog.Logger
	mu     sync.Mutex
	warned map[string]bool
}

// parsers wraps those of sipgo.
func (l *lenient) parsers() sip.HeadersParser {
	all := sip.HeadersParser{}
	for name, parse := range sip.DefaultHeadersParser() {
		switch name {
		case "via", "v", "from", "f", "to", "t", "call-id", "i":
			all[name] = parse
		case "cseq":
			all[name] = func(name []byte, text string) (sip.Header, error) {
				// RFC 3261 25.1: LWS is any number of blanks.
				return parse(name, strings.Join(strings.Fields(text), " "))
			}
		default:
			all[name] = l.passOver(name, parse)
		}
	}
	return all
}

// passOver keeps a header that cannot be parsed as bare text, which nobody asks for.
func (l *lenient) passOver(name string, parse sip.HeaderParser) sip.HeaderParser {
	return func(given []byte, text string) (sip.Header, error) {
		h, err := parse(given, text)
		if err == nil || isComma(err) {
			return h, err
		}
		l.warn(name)
		return sip.NewHeader("X-Malformed", ""), nil
	}
}

// isComma reports whether a parser stopped at the comma before another value.
func isComma(err error) bool { return err.Error() == "comma detected" }

func (l *lenient) warn(name string) {
	l.mu.Lock()
	first := !l.warned[name]
	l.warned[name] = true
	l.mu.Unlock()
	if first {
		l.log.Warn("a malformed SIP header was passed over; more of its name are not reported", "header", name)
	}
}
