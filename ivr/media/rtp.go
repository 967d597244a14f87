package media

import "encoding/binary"

// The RTP header (RFC 3550 5.1).
const (
	headerSize    = 12
	rtpVersion    = 2
	maskPadding   = 0x20
	maskExtension = 0x10
	maskCSRCs     = 0x0F
	maskMarker    = 0x80
	maskType      = 0x7F
	offSequence   = 2
	offTimestamp  = 4
	offSSRC       = 8
	csrcSize      = 4
	extHeaderSize = 4
)

// header is what is read of an RTP header.
type header struct {
	payloadType uint8
	marker      bool
	sequence    uint16
	timestamp   uint32
	ssrc        uint32
}

// parseRTP splits a packet into header and payload, which lies in it. It reports false for
// anything incomplete, by the checks of RFC 3550 A.1.
func parseRTP(packet []byte) (h header, payload []byte, ok bool) {
	if len(packet) < headerSize || packet[0]>>6 != rtpVersion {
		return h, nil, false
	}
	h = header{
		payloadType: packet[1] & maskType,
		marker:      packet[1]&maskMarker != 0,
		sequence:    binary.BigEndian.Uint16(packet[offSequence:]),
		timestamp:   binary.BigEndian.Uint32(packet[offTimestamp:]),
		ssrc:        binary.BigEndian.Uint32(packet[offSSRC:]),
	}
	payload, ok = rtpPayload(packet)
	return h, payload, ok
}

// rtpPayload skips CSRCs and extension and cuts the padding off (RFC 3550 5.1, 5.3.1).
func rtpPayload(packet []byte) ([]byte, bool) {
	start, end := headerSize+int(packet[0]&maskCSRCs)*csrcSize, len(packet)
	if packet[0]&maskExtension != 0 {
		if start+extHeaderSize > end {
			return nil, false
		}
		words := int(binary.BigEndian.Uint16(packet[start+2:]))
		start += extHeaderSize + words*4
	}
	if start > end {
		return nil, false
	}
	if packet[0]&maskPadding != 0 {
		padding := int(packet[end-1])
		if padding == 0 || start+padding > end {
			return nil, false
		}
		end -= padding
	}
	return packet[start:end], true
}

// putRTP writes a header without CSRCs, extension or padding (RFC 3550 5.1).
func putRTP(dst *[headerSize]byte, fields header) {
	dst[0] = rtpVersion << 6
	dst[1] = fields.payloadType & maskType
	if fields.marker {
		dst[1] |= maskMarker
	}
	binary.BigEndian.PutUint16(dst[offSequence:], fields.sequence)
	binary.BigEndian.PutUint32(dst[offTimestamp:], fields.timestamp)
	binary.BigEndian.PutUint32(dst[offSSRC:], fields.ssrc)
}
