package text

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// byteOrderMark is sent first by a few handsets and is not part of the text. Read
// in the wrong byte order it is not a character, which reveals that the sender
// wrote little endian.
const (
	byteOrderMark = 0xFEFF
	wrongEndian   = 0xFFFE
)

// appendFromUCS2 reads UTF-16 big endian, as every handset with an emoji writes
// it. Half a surrogate pair, which is what a handset that counts units leaves at
// the end of a full message, becomes U+FFFD.
func appendFromUCS2(dst, octets []byte) ([]byte, error) {
	if len(octets)%2 != 0 {
		return dst, ErrOctets
	}
	var order binary.ByteOrder = binary.BigEndian
	if len(octets) > 0 {
		switch binary.BigEndian.Uint16(octets) {
		case byteOrderMark:
			octets = octets[2:]
		case wrongEndian:
			order, octets = binary.LittleEndian, octets[2:]
		}
	}
	for ; len(octets) > 0; octets = octets[2:] {
		r := rune(order.Uint16(octets))
		if utf16.IsSurrogate(r) {
			low := rune(utf8.RuneError)
			if len(octets) >= 4 {
				low = rune(order.Uint16(octets[2:]))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				octets = octets[2:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, nil
}

func appendUCS2(dst []byte, text string) []byte {
	for _, r := range text {
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			dst = binary.BigEndian.AppendUint16(dst, uint16(high))
			dst = binary.BigEndian.AppendUint16(dst, uint16(low))
			continue
		}
		dst = binary.BigEndian.AppendUint16(dst, uint16(r))
	}
	return dst
}

func ucs2Width(char rune) int {
	if char > 0xFFFF {
		return 2
	}
	return 1
}
