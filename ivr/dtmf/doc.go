// Package dtmf reads and writes telephone keys: RFC 4733 events in RTP, bodies
// of SIP INFO, and tones. It does no I/O and reads no clock; a packet brings the
// time of its arrival along.
//
//	digits.go   Digits: what a subscriber keyed, as a secret
//	event.go    keys, event codes and the four octets of an RFC 4733 payload
//	decode.go   Decoder: event packets of one stream -> keys, each once
//	encode.go   Encoder: keys -> event packets, for the side that presses them
//	info.go     keys in the body of a SIP INFO
//	tones.go    Tones: keys heard in the sound itself (Goertzel)
//
// # What the Decoder is built for
//
// A PIN with one key too few or too many is a wrong PIN, so the Decoder goes
// by what networks do to events, not by what they look like on paper:
//
//	one press is one (SSRC, timestamp); the marker bit is never looked at
//	a press is reported by its first packet, whichever that is: begin, update
//	  or end; nothing waits for an end, so lost ends cost nothing
//	ends to which a relay gave new timestamps are one press (restampMax), and
//	  so are packets without an end, each restamped (followMax), as long as
//	  their timestamps leave no room for a release in between
//	a clock that stands still between presses does not hide one: what was sent
//	  after the end, by its sequence number, is another press
//	the same key twice in a row is two presses, however short the pause
//	a key held for longer than 8.19 s is one press, in several segments
//	late and repeated packets of the last eight presses are recognised
//	duration and volume are never a reason to drop a press
//
// Take keys from one source per call: events if they were negotiated, else
// INFO, else tones. Mixing them doubles keys.
//
// # Rules
//
// Imports nothing of ours and no library. Whoever handles keys here must keep
// them out of errors and logs: Digits prints asterisks in every form, and no
// error of this package quotes what it read.
package dtmf
