package iso8583

import (
	"errors"

	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/padding"
	"github.com/moov-io/iso8583/prefix"
)

// form says how a dialect writes what is not text. The same elements travel in the one or
// the other form, host by host.
type form struct {
	// packed has the message type, the elements of digits and the lengths as binary coded
	// decimals, two digits in an octet; otherwise each digit is one of ASCII. An odd number
	// of digits has a zero in front.
	packed bool
	// binary has the bitmaps and the elements of bits as octets; otherwise as hexadecimal
	// digits of ASCII.
	binary bool
}

// hexDigits are the values of four bits.
const hexDigits = "0123456789ABCDEF"

// trackSeparator stands between the parts of a magnetic track, and packedSeparator is its
// value in four bits. ISO 7813
const (
	trackSeparator  = '='
	packedSeparator = 0xD
	packedFill      = 0xF // at the end of an odd number of digits, at hosts that fill on the right
)

// mtiLength returns how many octets a message type takes up.
func (f form) mtiLength() int { return f.digitsLength(mtiDigits) }

// bitmapLength returns how many octets a bitmap takes up, and an element of 64 bits.
func (f form) bitmapLength() int {
	if f.binary {
		return bitmapOctets
	}
	return 2 * bitmapOctets
}

// digitsLength returns how many octets so many digits take up.
func (f form) digitsLength(digits int) int {
	if f.packed {
		return (digits + 1) / 2
	}
	return digits
}

// length returns how many octets the content of r takes up that is said to have a length of
// told characters.
func (f form) length(r row, told int) int {
	switch r.kind {
	case n, z:
		return f.digitsLength(told)
	case xn:
		return 1 + f.digitsLength(told-1)
	case b:
		if f.binary {
			return told / 2
		}
	case ans:
	}
	return told
}

// spec returns the row as the library wants it. Text of fixed length is filled up
// with spaces on the right; numbers are never padded, so that a STAN keeps its
// zeros and a short amount is an error.
func (f form) spec(r row) *field.Spec {
	s := &field.Spec{Length: r.max, Description: r.name, Enc: encoding.ASCII}
	prefixes := prefix.ASCII
	if f.packed {
		prefixes = prefix.BCD
	}
	switch r.size {
	case ll:
		s.Pref = prefixes.LL
	case lll:
		s.Pref = prefixes.LLL
	default:
		s.Pref = prefixes.Fixed
	}
	switch {
	case r.kind == ans && r.size == fixed:
		s.Pad = padding.Right(' ')
	case r.kind == b && f.binary:
		s.Enc = encoding.ASCIIHexToBytes
		if r.size != fixed {
			s.Pref = octets{s.Pref}
		}
	case f.packed && r.kind == n:
		s.Enc = encoding.BCD
	case f.packed && (r.kind == xn || r.kind == z):
		s.Enc = mixed{f, r}
	}
	return s
}

// digitsPerOctet is how many characters an octet has in a Message.
const digitsPerOctet = 2

// octets tells the length of an element in octets, where the library tells that in
// hexadecimal digits.
type octets struct{ prefix.Prefixer }

// EncodeLength implements prefix.Prefixer.
func (o octets) EncodeLength(greatest, digits int) ([]byte, error) {
	return o.Prefixer.EncodeLength(greatest, digits/digitsPerOctet)
}

// DecodeLength implements prefix.Prefixer.
func (o octets) DecodeLength(greatest int, data []byte) (digits, read int, err error) {
	length, read, err := o.Prefixer.DecodeLength(greatest, data)
	return digitsPerOctet * length, read, err
}

// bitmap is the first and the second bitmap as the library wants them.
func (f form) bitmap() *field.Spec {
	s := &field.Spec{Length: bitmapOctets, Enc: encoding.BytesToASCIIHex, Pref: prefix.Hex.Fixed}
	if f.binary {
		s.Enc = encoding.Binary
	}
	return s
}

// mixed encodes a row whose content is not digits alone, which the library has no encoding
// for: a sign and digits, or a track.
type mixed struct {
	form form
	row  row
}

// errMixed says that a content has a character that it may not have.
var errMixed = errors.New("iso8583: not a sign and digits, nor a track")

// Encode implements encoding.Encoder.
func (m mixed) Encode(value []byte) ([]byte, error) {
	var octets []byte
	if m.row.kind == xn {
		octets, value = value[:1:1], value[1:]
	}
	octets, ok := m.form.appendDigits(octets, string(value))
	if !ok {
		return nil, errMixed
	}
	return octets, nil
}

// Decode implements encoding.Encoder.
func (m mixed) Decode(octets []byte, length int) (value []byte, read int, err error) {
	read = m.form.length(m.row, length)
	if read < 0 || read > len(octets) {
		return nil, 0, errMixed
	}
	return []byte(m.form.content(m.row, octets[:read], length)), read, nil
}

// appendDigits appends digits, and separators of tracks.
func (f form) appendDigits(dst []byte, digits string) ([]byte, bool) {
	if !f.packed {
		return append(dst, digits...), true
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	for i := 0; i < len(digits); i += 2 {
		high, low := nibble(digits[i]), nibble(digits[i+1])
		if high > packedSeparator || low > packedSeparator {
			return dst, false
		}
		dst = append(dst, high<<4|low)
	}
	return dst, true
}

// nibble returns the four bits of a digit or a separator; packedFill: it is neither.
func nibble(character byte) byte {
	switch {
	case character >= '0' && character <= '9':
		return character - '0'
	case character == trackSeparator, character == 'D':
		return packedSeparator
	}
	return packedFill
}

// content returns the text of the content of r, which has a length of told characters.
func (f form) content(r row, octets []byte, told int) string {
	switch {
	case r.kind == xn && f.packed:
		return string(octets[:1]) + f.digits(octets[1:], told-1)
	case r.kind == n || r.kind == z:
		return f.digits(octets, told)
	case r.kind == b && f.binary:
		return string(upperHex(octets))
	}
	return string(octets)
}

// digits returns that many digits of octets. Four bits that are no digit become a letter,
// which no element of digits may hold.
func (f form) digits(octets []byte, digits int) string {
	if !f.packed {
		return string(octets)
	}
	text := make([]byte, 0, 2*len(octets))
	for _, octet := range octets {
		for _, four := range [...]byte{octet >> 4, octet & 0xf} {
			if four == packedSeparator {
				text = append(text, trackSeparator)
				continue
			}
			text = append(text, hexDigits[four])
		}
	}
	switch spare := len(text) - digits; {
	case spare <= 0:
		return string(text)
	case text[len(text)-1] == hexDigits[packedFill]:
		return string(text[:digits])
	case text[0] != '0':
		return string(text) // too long for what was told, and so refused
	}
	return string(text[1:])
}

// upperHex returns the hexadecimal digits of octets.
func upperHex(octets []byte) []byte {
	out := make([]byte, 0, 2*len(octets))
	for _, octet := range octets {
		out = append(out, hexDigits[octet>>4], hexDigits[octet&0xf])
	}
	return out
}
