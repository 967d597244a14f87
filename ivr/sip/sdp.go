package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
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
	sdpOctetsMax  = 8 << 10 // octets of a description; a trunk sends about 300
	sdpFormatsMax = 64      // payload types looked at in an m= line
	ptimeMS       = 20      // milliseconds of audio in a packet, both ways
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

// Media is what one side says of its audio: where it wants RTP and in what form.
type Media struct {
	Addr     netip.AddrPort // RTP goes here
	Formats  []uint8        // PCMA and PCMU, in order of preference
	EventPT  uint8          // payload type of telephone-event/8000; 0: none
	Dir      Direction      // as seen by the side that says it
	ID       uint64         // o= session id; ours only
	Revision uint64         // o= session version; ours only
}

// ErrMedia is the error of a description that holds no audio we can use.
var ErrMedia = errors.New("no usable audio in the session description")

// Marshal writes m as an SDP offer or answer (RFC 4566, RFC 3264 5).
func (m Media) Marshal() ([]byte, error) {
	addrType := "IP4"
	if m.Addr.Addr().Is6() {
		addrType = "IP6"
	}
	host := m.Addr.Addr().String()
	d := &sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "mpg", SessionID: m.ID, SessionVersion: m.Revision,
			NetworkType: "IN", AddressType: addrType, UnicastAddress: host,
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: addrType, Address: &sdp.Address{Address: host},
		},
		TimeDescriptions:  []sdp.TimeDescription{{}},
		MediaDescriptions: []*sdp.MediaDescription{m.audio()},
	}
	return d.Marshal()
}

func (m Media) audio() *sdp.MediaDescription {
	a := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(m.Addr.Port())}, Protos: []string{"RTP", "AVP"},
	}}
	for _, pt := range m.Formats {
		a.WithCodec(pt, codecName(pt), 8000, 0, "")
	}
	if m.EventPT != 0 {
		// RFC 4733 2.5.1.1: events 0 to 15 are the sixteen keys.
		a.WithCodec(m.EventPT, "telephone-event", 8000, 0, "0-15")
	}
	a.WithValueAttribute("ptime", strconv.Itoa(ptimeMS))
	return a.WithPropertyAttribute(string(m.dir()))
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

// ParseMedia reads an offer or an answer. It is strict in what it uses
// (address, port, profile, PCMA or PCMU at 8 kHz) and tolerant of all else.
// What it cannot use is an error that wraps ErrMedia.
func ParseMedia(body []byte) (Media, error) {
	if len(body) > sdpOctetsMax {
		return Media{}, fmt.Errorf("%w: %d octets", ErrMedia, len(body))
	}
	var d sdp.SessionDescription
	if err := d.Unmarshal(body); err != nil {
		return Media{}, fmt.Errorf("%w: %v", ErrMedia, err)
	}
	for _, a := range d.MediaDescriptions {
		// RFC 3264 6: port 0 is a stream refused.
		if strings.EqualFold(a.MediaName.Media, "audio") && a.MediaName.Port.Value != 0 {
			return readAudio(&d, a)
		}
	}
	return Media{}, fmt.Errorf("%w: no audio stream", ErrMedia)
}

func readAudio(d *sdp.SessionDescription, a *sdp.MediaDescription) (Media, error) {
	if proto := strings.Join(a.MediaName.Protos, "/"); !strings.EqualFold(proto, "RTP/AVP") {
		return Media{}, fmt.Errorf("%w: profile %q", ErrMedia, proto)
	}
	addr, err := readAddr(d, a)
	if err != nil {
		return Media{}, err
	}
	m := Media{Addr: addr, Dir: readDirection(d, a)}
	// RFC 2543 B.5: the old way to put a call on hold was the address 0.0.0.0.
	if addr.Addr().IsUnspecified() {
		m.Dir = Inactive
	}
	readFormats(&m, a)
	if len(m.Formats) == 0 {
		return Media{}, fmt.Errorf("%w: neither PCMA nor PCMU", ErrMedia)
	}
	return m, nil
}

// readAddr joins the port of the m= line to the c= line of the stream, else of the session.
func readAddr(d *sdp.SessionDescription, a *sdp.MediaDescription) (netip.AddrPort, error) {
	c := a.ConnectionInformation
	if c == nil {
		c = d.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return netip.AddrPort{}, fmt.Errorf("%w: no connection address", ErrMedia)
	}
	ip, err := netip.ParseAddr(c.Address.Address)
	if err != nil || ip.Zone() != "" || ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return netip.AddrPort{}, fmt.Errorf("%w: connection address", ErrMedia)
	}
	port := a.MediaName.Port.Value
	if port < 1 || port > 65535 {
		return netip.AddrPort{}, fmt.Errorf("%w: port %d", ErrMedia, port)
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(port)), nil
}

// readFormats keeps the payload types of the m= line that we speak, in the peer's order.
func readFormats(m *Media, a *sdp.MediaDescription) {
	for i, f := range a.MediaName.Formats {
		pt, err := strconv.ParseUint(f, 10, 7)
		if err != nil || i >= sdpFormatsMax {
			continue
		}
		switch name := rtpmap(a, f); {
		case pt == PCMA && (name == "" || name == "pcma/8000"), pt == PCMU && (name == "" || name == "pcmu/8000"):
			m.Formats = append(m.Formats, uint8(pt))
		case name == "telephone-event/8000" && m.EventPT == 0 && pt != 0:
			// Peers that also offer 16 kHz codecs list events at both
			// clock rates; ours run at 8 kHz only.
			m.EventPT = uint8(pt)
		}
	}
}

// rtpmap returns the "name/rate" that the stream gives a payload type, in lower case; "" if none.
func rtpmap(a *sdp.MediaDescription, format string) string {
	for _, attr := range a.Attributes {
		if attr.Key != "rtpmap" {
			continue
		}
		pt, name, ok := strings.Cut(strings.TrimSpace(attr.Value), " ")
		if ok && pt == format {
			// PCMA/8000/1 names the channel count, which defaults to one.
			return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), "/1")
		}
	}
	return ""
}

// readDirection takes the stream's direction, else the session's, else sendrecv.
func readDirection(d *sdp.SessionDescription, a *sdp.MediaDescription) Direction {
	for _, attrs := range [][]sdp.Attribute{a.Attributes, d.Attributes} {
		for _, attr := range attrs {
			switch dir := Direction(attr.Key); dir {
			case SendRecv, SendOnly, RecvOnly, Inactive:
				return dir
			}
		}
	}
	return SendRecv
}

// Answer is our side's description in reply to the offer of a peer: the same
// address, the formats both know, the direction mirrored (RFC 3264 6.1).
func (m Media) Answer(offer Media) (Media, error) {
	ans := m
	ans.Formats = nil
	for _, pt := range offer.Formats {
		for _, own := range m.Formats {
			if pt == own {
				ans.Formats = append(ans.Formats, pt)
			}
		}
	}
	if len(ans.Formats) == 0 {
		return Media{}, fmt.Errorf("%w: no format in common", ErrMedia)
	}
	// RFC 3264 6.1: the answer uses the payload type numbers of the offer.
	if ans.EventPT = offer.EventPT; m.EventPT == 0 {
		ans.EventPT = 0
	}
	ans.Dir = mirror(offer.dir())
	return ans, nil
}

func mirror(d Direction) Direction {
	switch d {
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

// Held reports whether the side that sent m wants no audio from us for now.
func (m Media) Held() bool { return m.dir() == SendOnly || m.dir() == Inactive }
