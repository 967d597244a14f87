package sip

import (
	"bytes"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// readable rewrites the head of a datagram for the parser, which drops the whole
// message for things that RFC 3261 requires a receiver to tolerate: blank lines before
// the start line (7.5), a version in lower case (7.1), folded lines (7.3.1), malformed
// header fields (8.2.2). It also tolerates bare line feeds and a status line without a
// phrase. Nothing is copied if the head is already well formed.
func readable(data []byte) []byte {
	head, body, ok := cutHead(data)
	if !ok || isPlain(data, head) {
		return data
	}
	out := make([]byte, 0, len(data)+64)
	for _, field := range unfolded(head) {
		if len(out) == 0 {
			field = startLine(field)
		} else if bytes.IndexByte(field, ':') < 0 {
			continue
		}
		out = append(append(out, tight(field)...), "\r\n"...)
	}
	return append(append(out, "\r\n"...), body...)
}

// unfolded returns the lines of a head; a line that begins with a blank continues the
// one before (RFC 3261 7.3.1).
func unfolded(head []byte) (fields [][]byte) {
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		if last := len(fields) - 1; last > 0 && (line[0] == ' ' || line[0] == '\t') {
			fields[last] = append(append(fields[last], ' '), bytes.TrimLeft(line, " \t")...)
			continue
		}
		fields = append(fields, slices.Clip(line))
	}
	return fields
}

// cutHead splits a datagram before and after the blank line that ends its head;
// false: there is none.
func cutHead(data []byte) (head, body []byte, ok bool) {
	data = bytes.TrimLeft(data, "\r\n")
	for at := 0; at < len(data); {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			break
		}
		if len(bytes.TrimRight(data[at:at+end], "\r")) == 0 {
			return data[:at], data[at+end+1:], at > 0
		}
		at += end + 1
	}
	return nil, nil, false
}

// isPlain reports whether the parser can read a head as it is.
func isPlain(data, head []byte) bool {
	if len(head) == 0 || &data[0] != &head[0] || !bytes.HasPrefix(data[len(head):], []byte("\r\n")) {
		return false
	}
	first := true
	for line := range bytes.Lines(head) {
		text, ok := bytes.CutSuffix(line, []byte("\r\n"))
		switch {
		case !ok, bytes.HasSuffix(text, []byte("\r")):
			return false
		case first:
			if !bytes.Equal(text, startLine(text)) {
				return false
			}
		case text[0] == ' ', text[0] == '\t', bytes.IndexByte(text, ':') < 0, !bytes.Equal(text, tight(text)):
			return false
		}
		first = false
	}
	return true
}

// startLine returns the start line of a message, a status line in the form of RFC 3261 7.2.
func startLine(line []byte) []byte {
	if len(line) < len(version) || !strings.EqualFold(string(line[:len(version)]), version) {
		return line
	}
	code, phrase, _ := strings.Cut(strings.TrimSpace(string(line[len(version):])), " ")
	return []byte(version + " " + code + " " + strings.TrimSpace(phrase))
}

const version = "SIP/2.0"

// loose matches separators of parameters with blanks beside them.
var loose = regexp.MustCompile(`[ \t]+[;=][ \t]*|[;=][ \t]+`)

// tight removes the blanks around each ; and = of a Via, From or To, where they are
// allowed (RFC 3261 25.1 SEMI, EQUAL), unless something is quoted.
func tight(line []byte) []byte {
	name, _, _ := bytes.Cut(line, []byte(":"))
	switch strings.ToLower(string(bytes.TrimSpace(name))) {
	case "via", "v", "from", "f", "to", "t":
	default:
		return line
	}
	if bytes.IndexByte(line, '"') >= 0 || !loose.Match(line) {
		return line
	}
	return loose.ReplaceAllFunc(line, bytes.TrimSpace)
}

// lenient holds the parsers of header fields. A malformed field that no call needs is
// passed over, with one warning for each name.
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
				// RFC 3261 25.1: LWS is any number of blanks. Methods are in capitals.
				return parse(name, strings.ToUpper(strings.Join(strings.Fields(text), " ")))
			}
		default:
			all[name] = l.passOver(name, parse)
		}
	}
	return all
}

// passOver keeps a header that cannot be parsed as bare text, which nothing reads.
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
		l.log.Warn("a malformed SIP header was ignored; further ones of the same name are not reported", "header", name)
	}
}
