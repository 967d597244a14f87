package sip

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ParseMedia reads an offer or an answer. It looks only at the audio stream (its m=,
// c= and a= lines, else the session's c= and direction) and ignores everything else,
// in any order and form: gateways write session descriptions that RFC 8866 does not
// allow, but what they say about the audio is right. A description that it cannot use
// is an error that wraps ErrMedia.
func ParseMedia(body []byte) (Media, error) {
	if len(body) > sdpOctetsMax {
		return Media{}, fmt.Errorf("%w: %d octets", ErrMedia, len(body))
	}
	session, streams := readSections(body)
	err := fmt.Errorf("%w: no audio stream", ErrMedia)
	for i, stream := range streams {
		// RFC 3264 6: port 0 means that the stream is refused.
		if !stream.isAudio() || stream.port() == "0" {
			continue
		}
		m, failed := stream.read(session)
		if failed != nil {
			err = failed
			continue
		}
		for j, other := range streams {
			switch line := strings.Join(other.media, " "); {
			case j < i:
				m.before = append(m.before, line)
			case j > i:
				m.after = append(m.after, line)
			}
		}
		return m, nil
	}
	return Media{}, err
}

// section is the session's part of a description, or a stream's.
type section struct {
	media []string    // fields of the m= line; nil: the session's part
	addr  []string    // fields of the first c= line
	attrs [][2]string // names in lower case, and values, of a= lines
}

// readSections cuts a description into the session's part and its streams.
func readSections(body []byte) (session section, streams []section) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // some encoders begin with a byte order mark
	now := &session
	for line := range bytes.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' || r == 0 }) {
		kind, value, ok := strings.Cut(string(line), "=")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "m":
			fields := strings.Fields(value)
			if len(fields) < 3 || len(streams) == sdpStreamsMax {
				now = &section{} // what follows belongs to nothing we can answer
				continue
			}
			streams = append(streams, section{media: fields})
			now = &streams[len(streams)-1]
		case "c":
			if now.addr == nil {
				now.addr = strings.Fields(value)
			}
		case "a":
			name, rest, _ := strings.Cut(value, ":")
			now.attrs = append(now.attrs, [2]string{strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(rest)})
		}
	}
	return session, streams
}

func (s *section) isAudio() bool { return strings.EqualFold(s.media[0], "audio") }

// port is the port of the m= line, without the "/number of ports".
func (s *section) port() string {
	port, _, _ := strings.Cut(s.media[1], "/")
	return port
}

// read interprets an audio stream.
func (s *section) read(session section) (Media, error) {
	var m Media
	switch profile := strings.ToUpper(s.media[2]); profile {
	case "RTP/AVP":
	case "RTP/AVPF":
		// RFC 4585: the same packets; the feedback it allows is not required of us.
		m.profile = profile
	default:
		return Media{}, fmt.Errorf("%w: profile %q", ErrMedia, profile)
	}
	if err := m.readAddr(s, session); err != nil {
		return Media{}, err
	}
	m.Dir = direction(s.attrs, session.attrs)
	// RFC 3264 8.4: the old way to put a call on hold was the address 0.0.0.0.
	if m.Host == "" && m.Addr.Addr().IsUnspecified() {
		m.Dir = Inactive
	}
	m.readFormats(s)
	if len(m.Formats) == 0 {
		return Media{}, fmt.Errorf("%w: neither PCMA nor PCMU", ErrMedia)
	}
	return m, nil
}

// readAddr joins the port of the m= line with the c= line of the stream, else of the
// session: "IN IP4 192.0.2.1", perhaps with a TTL after a slash, or a name.
func (m *Media) readAddr(part *section, session section) error {
	number, err := strconv.ParseUint(part.port(), 10, 16)
	if err != nil || number == 0 {
		return fmt.Errorf("%w: port", ErrMedia)
	}
	fields := part.addr
	if fields == nil {
		fields = session.addr
	}
	if len(fields) < 3 || !strings.EqualFold(fields[0], "IN") {
		return fmt.Errorf("%w: no connection address", ErrMedia)
	}
	host, _, _ := strings.Cut(fields[2], "/")
	ip, err := netip.ParseAddr(host)
	if err != nil && isHostName(host) {
		m.Host, m.Addr = host, netip.AddrPortFrom(netip.Addr{}, uint16(number))
		return nil
	}
	if err != nil || ip.Zone() != "" || !usable(ip) {
		return fmt.Errorf("%w: connection address", ErrMedia)
	}
	m.Addr = netip.AddrPortFrom(ip.Unmap(), uint16(number))
	return nil
}

// usable reports whether RTP can be sent to ip, or ip means that none is to be.
func usable(ip netip.Addr) bool {
	return !ip.IsMulticast() && ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// isHostName reports whether name may be a DNS name (RFC 1123 2.1). If its last label is
// all digits, it is a malformed address.
func isHostName(name string) bool {
	if len(name) == 0 || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	last := name[strings.LastIndexByte(strings.TrimSuffix(name, "."), '.')+1:]
	return strings.Trim(last, "0123456789.") != ""
}

// readFormats keeps the payload types of the m= line that we support, in the peer's order.
func (m *Media) readFormats(audio *section) {
	dynamic := false
	for i, f := range audio.media[3:] {
		pt, err := strconv.ParseUint(f, 10, 7)
		if err != nil || i >= sdpFormatsMax {
			continue
		}
		name := audio.rtpmap(pt)
		codec, known := codecOf(uint8(pt), name)
		switch {
		case known && len(m.Formats) < 2*sdpFormatsMax:
			m.Formats = append(m.Formats, codec)
			m.Types = append(m.Types, uint8(pt))
			dynamic = dynamic || codec != uint8(pt)
		case m.EventPT == 0 && audio.isEvents(pt, name):
			m.EventPT = uint8(pt)
		}
		m.notOurs = m.notOurs || pt == EventPT && name != "" && name != "telephone-event/8000"
	}
	if !dynamic {
		m.Types = nil
	}
	for pt := uint64(dynamicMin); m.EventPT == 0 && pt < 128; pt++ {
		if audio.rtpmap(pt) == events { // described, but left out of the m= line
			m.EventPT = uint8(pt)
		}
	}
}

const (
	events     = "telephone-event/8000" // others run at the clock rate of other codecs
	customary  = 101                    // their payload type at most peers
	dynamicMin = 96                     // payload types without a fixed meaning, RFC 3551 6
)

// isEvents reports whether a payload type is that of telephone-event. Some peers leave
// out the rtpmap; then the list of keys (RFC 4733 2.4.1), the payload type that we
// offered, or the customary one tells.
func (s *section) isEvents(pt uint64, name string) bool {
	if name != "" {
		return name == events && pt != 0
	}
	if pt == EventPT || pt == customary {
		return true
	}
	for _, attr := range s.attrs {
		fields := strings.Fields(attr[1])
		if attr[0] == "fmtp" && len(fields) == 2 && fields[0] == strconv.FormatUint(pt, 10) && strings.HasPrefix(fields[1], "0-1") {
			return pt >= dynamicMin
		}
	}
	return false
}

// codecOf returns PCMA or PCMU, by the static payload type (RFC 3551 6) or by the name
// that the peer gave the type.
func codecOf(pt uint8, name string) (codec uint8, ok bool) {
	switch {
	case name == "pcma/8000", name == "" && pt == PCMA:
		return PCMA, true
	case name == "pcmu/8000", name == "" && pt == PCMU:
		return PCMU, true
	}
	return 0, false
}

// rtpmap returns the "name/rate" that the stream gives a payload type, in lower case; "" if none.
func (s *section) rtpmap(pt uint64) string {
	for _, attr := range s.attrs {
		if attr[0] != "rtpmap" {
			continue
		}
		fields := strings.Fields(attr[1])
		if len(fields) < 2 {
			continue
		}
		if number, err := strconv.ParseUint(fields[0], 10, 7); err == nil && number == pt {
			// PCMA/8000/1 names the channel count, which defaults to one; some
			// leave out the rate.
			name := strings.TrimSuffix(strings.ToLower(fields[1]), "/1")
			if !strings.Contains(name, "/") {
				name += "/8000"
			}
			return name
		}
	}
	return ""
}

// direction takes the stream's direction, else the session's, else sendrecv.
func direction(stream, session [][2]string) Direction {
	for _, attrs := range [][][2]string{stream, session} {
		for _, attr := range attrs {
			switch dir := Direction(attr[0]); dir {
			case SendRecv, SendOnly, RecvOnly, Inactive:
				return dir
			}
		}
	}
	return SendRecv
}
