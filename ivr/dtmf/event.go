package dtmf

import "encoding/binary"

// Limits and units of RFC 4733 events.
const (
	ClockRate   = 8000   // timestamp units per second; telephone-event/8000 only
	PayloadSize = 4      // octets of an event payload, RFC 4733 2.3
	durationMax = 0xFFFF // timestamp units in one segment, RFC 4733 2.5.1.3
	maskEnd     = 0x80   // E bit in the second octet, RFC 4733 2.3.2
	maskVolume  = 0x3F   // volume in the second octet, RFC 4733 2.3.4
	events      = 16     // codes 0 to 15 are keys, RFC 4733 3.2
	keysInOrder = "0123456789*#ABCD"
)

// Event is the payload of an RFC 4733 packet.
type Event struct {
	Code     uint8  // 0 to 15 are keys
	End      bool   // E bit: the key was released
	Volume   uint8  // level below 0 dBm0, 0 to 63; senders fill it at will
	Duration uint16 // timestamp units since the packet's timestamp
}

// ParseEvent reads an event payload (RFC 4733 2.3). Octets beyond the fourth
// are ignored: some senders pad. It reports false when there are fewer.
func ParseEvent(payload []byte) (Event, bool) {
	if len(payload) < PayloadSize {
		return Event{}, false
	}
	return Event{
		Code:     payload[0],
		End:      payload[1]&maskEnd != 0,
		Volume:   payload[1] & maskVolume,
		Duration: binary.BigEndian.Uint16(payload[2:]),
	}, true
}

// Put writes the event into payload (RFC 4733 2.3).
func (e Event) Put(payload *[PayloadSize]byte) {
	payload[0] = e.Code
	payload[1] = e.Volume & maskVolume
	if e.End {
		payload[1] |= maskEnd
	}
	binary.BigEndian.PutUint16(payload[2:], e.Duration)
}

// KeyOf is the key of an event code; false for codes that are no key
// (16 is flash, 17 and up are tones).
func KeyOf(code uint8) (key byte, ok bool) {
	if code >= events {
		return 0, false
	}
	return keysInOrder[code], true
}

// EventOf is the event code of a key: 0-9, *, #, A-D.
func EventOf(key byte) (code uint8, ok bool) {
	switch {
	case key >= '0' && key <= '9':
		return key - '0', true
	case key == '*':
		return 10, true
	case key == '#':
		return 11, true
	case key >= 'A' && key <= 'D':
		return key - 'A' + 12, true
	}
	return 0, false
}
