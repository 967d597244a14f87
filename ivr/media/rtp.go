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

// parseRTP splits a packet into header and payload, which lies in b. It
// reports false for anything that is not whole.
func parseRTP(b []byte) (h header, payload []byte, ok bool) {
	if len(b) < headerSize || b[0]>>6 != rtpVersion {
		return h, nil, false
	}
	h = header{
		payloadType: b[1] & maskType,
		marker:      b[1]&maskMarker != 0,
		sequence:    binary.BigEndian.Uint16(b[offSequence:]),
		timestamp:   binary.BigEndian.Uint32(b[offTimestamp:]),
		ssrc:        binary.BigEndian.Uint32(b[offSSRC:]),
	}
	payload, ok = rtpPayload(b)
	return h, payload, ok
}

// rtpPayload skips CSRCs and extension and cuts the padding off (RFC 3550 5.1, 5.3.1).
func rtpPayload(b []byte) ([]byte, bool) {
	start, end := headerSize+int(b[0]&maskCSRCs)*csrcSize, len(b)
	if b[0]&maskExtension != 0 {
		if start+extHeaderSize > end {
			return nil, false
		}
		words := int(binary.BigEndian.Uint16(b[start+2:]))
		start += extHeaderSize + words*4
	}
	if start > end {
		return nil, false
	}
	if b[0]&maskPadding != 0 {
		padding := int(b[end-1])
		if padding == 0 || start+padding > end {
			return nil, false
		}
		end -= padding
	}
	return b[start:end], true
}

// putRTP writes a header without CSRCs, extension or padding.
func putRTP(b *[headerSize]byte, h header) {
	b[0] = rtpVersion << 6
	b[1] = h.payloadType & maskType
	if h.marker {
		b[1] |= maskMarker
	}
	binary.BigEndian.PutUint16(b[offSequence:], h.sequence)
	binary.BigEndian.PutUint32(b[offTimestamp:], h.timestamp)
	binary.BigEndian.PutUint32(b[offSSRC:], h.ssrc)
}
