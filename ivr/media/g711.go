package media

import "math/bits"

// Codec is a G.711 law (RFC 3551 4.5.14); its value is the RTP payload type
// (RFC 3551 6).
type Codec uint8

// The two laws of G.711.
const (
	PCMU Codec = 0 // mu-law
	PCMA Codec = 8 // A-law
)

// String is the encoding name of RFC 3551.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	}
	return "unknown"
}

// Silence is the octet that decodes to the smallest level.
func (c Codec) Silence() byte {
	if c == PCMA {
		return 0xD5
	}
	return 0xFF
}

// Encode appends the octets of pcm to dst.
func (c Codec) Encode(dst []byte, pcm []int16) []byte {
	encode := encodeULaw
	if c == PCMA {
		encode = encodeALaw
	}
	for _, s := range pcm {
		dst = append(dst, encode(s))
	}
	return dst
}

// Decode appends the samples of payload to dst, 16 bits each.
func (c Codec) Decode(dst []int16, payload []byte) []int16 {
	decode := decodeULaw
	if c == PCMA {
		decode = decodeALaw
	}
	for _, b := range payload {
		dst = append(dst, decode(b))
	}
	return dst
}

const (
	aLawInvert = 0x55 // ITU-T G.711 table 1a note 2: even bits are inverted
	muLawBias  = 33   // ITU-T G.711 table 2a: segments begin at 33 less a bias, in 14 bits
	muLawMax   = 8158 // largest magnitude of 14 bits
	stepBits   = 4    // bits of the step within a segment
)

// encodeALaw takes the upper 13 bits of a sample (ITU-T G.711 table 1a): a sign, a
// segment of three bits, a step of four.
func encodeALaw(sample int16) byte {
	v, sign := int(sample)>>3, byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	segment := max(bits.Len(uint(v))-5, 0)
	step := v >> max(segment, 1) & 0xF
	return (sign | byte(segment)<<stepBits | byte(step)) ^ aLawInvert
}

// decodeALaw returns the middle of the step (ITU-T G.711 table 1a), in 16 bits.
func decodeALaw(octet byte) int16 {
	octet ^= aLawInvert
	segment, step := int(octet>>stepBits&7), int(octet&0xF)
	v := step<<1 | 1
	if segment > 0 {
		v = (v | 0x20) << (segment - 1)
	}
	if octet&0x80 == 0 {
		v = -v
	}
	return int16(v << 3)
}

// encodeULaw takes the upper 14 bits of a sample (ITU-T G.711 table 2a).
func encodeULaw(sample int16) byte {
	v, sign := int(sample)>>2, byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	v = min(v, muLawMax) + muLawBias
	segment := bits.Len(uint(v)) - 6
	step := v >> (segment + 1) & 0xF
	return sign | (byte(segment)<<stepBits | byte(step)) ^ 0x7F
}

// decodeULaw returns the middle of the step (ITU-T G.711 table 2a), in 16 bits.
func decodeULaw(octet byte) int16 {
	inverted := ^octet
	segment, step := int(inverted>>stepBits&7), int(inverted&0xF)
	v := (step<<1|muLawBias)<<segment - muLawBias
	if octet&0x80 == 0 {
		v = -v
	}
	return int16(v << 2)
}
