package iso8583

import "encoding/hex"

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

// appendContent appends value, which check has let pass. It is false if the form cannot say
// it.
func (f form) appendContent(dst []byte, r row, value string) ([]byte, bool) {
	switch {
	case r.kind == xn && f.packed:
		return f.appendDigits(append(dst, value[0]), value[1:])
	case r.kind == n || r.kind == z:
		return f.appendDigits(dst, value)
	case r.kind == b && f.binary:
		octets, err := hex.AppendDecode(dst, []byte(value))
		return octets, err == nil
	case r.kind == ans && r.size == fixed:
		dst = append(dst, value...)
		for range r.max - len(value) {
			dst = append(dst, ' ')
		}
		return dst, true
	}
	return append(dst, value...), true
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

// digits returns so many digits of octets. What is no digit is given as a letter, which no
// element of digits may hold.
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
