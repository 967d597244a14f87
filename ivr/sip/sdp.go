package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Payload types of RFC 3551 6 and the one we offer for RFC 4733 events.
const (
	PCMU = 0 // G.711 mu-law, 8 kHz
	PCMA = 8 // G.711 A-law, 8 kHz
	// EventPT is the payload type of telephone-event in our offers. SIPp can
	// send no other, and every peer met so far follows the offer.
	EventPT = 96
)

// Limits of a session description.
const (
	sdpOctetsMax  = 64 << 10 // bytes in a description; a trunk sends about 300
	sdpFormatsMax = 64       // payload types looked at in an m= line
	sdpStreamsMax = 32       // m= lines looked at
	ptimeMS       = 20       // milliseconds of audio in a packet, both ways
)

// Direction says who may send audio (RFC 4566 6).
type Direction string

// The four directions; the zero value means sendrecv.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Media is one side's description of its audio: where it wants RTP and in what form.
type Media struct {
	Addr    netip.AddrPort // RTP goes here; see Host
	Formats []uint8        // PCMA and PCMU, in order of preference
	// Types are the payload types of Formats, one for each, where one of them
	// is not that of RFC 3551; nil: all are.
	Types    []uint8
	EventPT  uint8     // payload type of telephone-event/8000; 0: none
	Dir      Direction // as seen by the side that describes it
	ID       uint64    // o= session id; ours only
	Revision uint64    // o= session version; ours only
	// Host is the name that stands for the address, where the peer gave a name
	// (RFC 8866 5.7); Addr then holds the port alone until somebody resolves it.
	Host string

	profile string   // of the peer's m= line; empty: RTP/AVP
	before  []string // m= lines of the peer's other streams, without "m="
	after   []string // those that follow the audio stream
	notOurs bool     // the peer uses EventPT for something else
}

// ErrMedia is the error of a description that holds no audio we can use.
var ErrMedia = errors.New("no usable audio in the session description")

// Type is the payload type of the i-th format.
func (m Media) Type(place int) uint8 {
	if place < len(m.Types) {
		return m.Types[place]
	}
	return m.Formats[place]
}

// EventTypes returns the payload types under which the peer's keys must be accepted
// when own is our last description and m is the peer's: the type that we last gave
// (RFC 3264 6.1, 8.3.2), the one that we offered first, and the one that the peer gave,
// since some phones in the field send with that. 0 stands for none.
func (m Media) EventTypes(own Media) [3]uint8 {
	types := [3]uint8{own.EventPT, EventPT, m.EventPT}
	if m.notOurs && own.EventPT != EventPT {
		types[1] = 0
	}
	return types
}

// Marshal writes m as an SDP offer or answer (RFC 8866, RFC 3264 5). As the
// answer to an offer of several streams it has as many m= lines, the refused
// ones with port 0 (RFC 3264 6).
func (m Media) Marshal() ([]byte, error) {
	if !m.Addr.Addr().IsValid() || len(m.Formats) == 0 {
		return nil, fmt.Errorf("%w: nothing to say", ErrMedia)
	}
	var b strings.Builder
	version := "IP4"
	if m.Addr.Addr().Is6() {
		version = "IP6"
	}
	host := m.Addr.Addr().String()
	fmt.Fprintf(&b, "v=0\r\no=mpg %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		m.ID, m.Revision, version, host, version, host)
	for _, line := range m.before {
		b.WriteString("m=" + refused(line) + "\r\n")
	}
	m.writeAudio(&b)
	for _, line := range m.after {
		b.WriteString("m=" + refused(line) + "\r\n")
	}
	return []byte(b.String()), nil
}

// writeAudio writes our own stream.
func (m Media) writeAudio(out *strings.Builder) {
	profile := m.profile
	if profile == "" {
		profile = "RTP/AVP"
	}
	fmt.Fprintf(out, "m=audio %d %s", m.Addr.Port(), profile)
	for i := range m.Formats {
		fmt.Fprintf(out, " %d", m.Type(i))
	}
	if m.EventPT != 0 {
		fmt.Fprintf(out, " %d", m.EventPT)
	}
	out.WriteString("\r\n")
	for i, f := range m.Formats {
		fmt.Fprintf(out, "a=rtpmap:%d %s/8000\r\n", m.Type(i), codecName(f))
	}
	if m.EventPT != 0 {
		// RFC 4733 2.5.1.1: events 0 to 15 are the sixteen keys.
		fmt.Fprintf(out, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", m.EventPT, m.EventPT)
	}
	fmt.Fprintf(out, "a=ptime:%d\r\na=%s\r\n", ptimeMS, m.dir())
}

// refused returns an m= line with port 0: media, port, profile, formats.
func refused(line string) string {
	fields := strings.Fields(line)
	fields[1] = "0"
	return strings.Join(fields, " ")
}

func (m Media) dir() Direction {
	if m.Dir == "" {
		return SendRecv
	}
	return m.Dir
}

func codecName(pt uint8) string {
	if pt == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// Answer is our side's description in reply to the offer of a peer: the same
// address, the formats both know with the offer's payload types, the direction
// mirrored, a line for each of its streams (RFC 3264 6, 6.1).
func (m Media) Answer(offer Media) (Media, error) {
	ans := m
	ans.Formats, ans.Types = nil, nil
	for i, codec := range offer.Formats {
		if slices.Contains(m.Formats, codec) {
			ans.Formats = append(ans.Formats, codec)
			ans.Types = append(ans.Types, offer.Type(i))
		}
	}
	if len(ans.Formats) == 0 {
		return Media{}, fmt.Errorf("%w: no format in common", ErrMedia)
	}
	if slices.Equal(ans.Formats, ans.Types) {
		ans.Types = nil
	}
	// RFC 3264 6.1: the answer uses the payload type numbers of the offer.
	if ans.EventPT = offer.EventPT; m.EventPT == 0 {
		ans.EventPT = 0
	}
	ans.profile, ans.before, ans.after = offer.profile, offer.before, offer.after
	ans.Dir = mirror(offer.dir())
	return ans, nil
}

// same reports whether two descriptions of ours say the same.
func (m Media) same(other Media) bool {
	return m.dir() == other.dir() && m.EventPT == other.EventPT && m.profile == other.profile &&
		slices.Equal(m.Formats, other.Formats) && slices.Equal(m.Types, other.Types) &&
		slices.Equal(m.before, other.before) && slices.Equal(m.after, other.after)
}

func mirror(offered Direction) Direction {
	switch offered {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	case Inactive:
		return Inactive
	default:
		return SendRecv
	}
}

// Held reports whether the side that sent m wants no audio from us for now
// (RFC 3264 8.4): we must not send any then (6.1).
func (m Media) Held() bool { return m.dir() == SendOnly || m.dir() == Inactive }
