package text

import (
	"errors"
	"unicode/utf8"
)

// Alphabet is how the octets of a text are to be read.
type Alphabet uint8

// The alphabets of this package.
const (
	GSM   Alphabet = iota + 1 // 3GPP TS 23.038 6.2.1, one septet an octet
	UCS2                      // 3GPP TS 23.038 6.2.3
	ASCII                     // IA5
	Latin1
)

// The data_coding values that are sent. SMPP 3.4 5.2.19
const (
	DataCodingDefault byte = 0x00
	DataCodingUCS2    byte = 0x08
)

// Lengths of one short message and of one part of a long one, in units:
// septets for GSM, UTF-16 code units for UCS2. 3GPP TS 23.040 9.2.3.24.1
const (
	GSMUnitsMax      = 160
	GSMUnitsPartMax  = 153
	UCS2UnitsMax     = 70
	UCS2UnitsPartMax = 67
)

// Why octets are not a text.
var (
	// ErrAlphabet: data_coding is binary, reserved or of an alphabet that is not read.
	ErrAlphabet = errors.New("smpp: data_coding names no alphabet that is read")
	// ErrOctets: the octets are not of the alphabet that data_coding names.
	ErrOctets = errors.New("smpp: octets outside their alphabet")
	// ErrUTF8: a text to be sent is not UTF-8.
	ErrUTF8 = errors.New("smpp: text is not UTF-8")
)

// OfDataCoding is the alphabet that data_coding names; ok is false for those
// that are not read. SMPP 3.4 5.2.19
func OfDataCoding(dataCoding byte) (a Alphabet, ok bool) {
	switch {
	case dataCoding == DataCodingDefault:
		return GSM, true
	case dataCoding == 0x01:
		return ASCII, true
	case dataCoding == 0x03:
		return Latin1, true
	case dataCoding == DataCodingUCS2:
		return UCS2, true
	case dataCoding >= 0xF0 && dataCoding&0x04 == 0: // 3GPP TS 23.038 4
		return GSM, true
	}
	return 0, false
}

// Decode reads b. Its errors are ErrAlphabet and ErrOctets.
func Decode(dataCoding byte, b []byte) (string, error) {
	dst, err := AppendDecode(nil, dataCoding, b)
	return string(dst), err
}

// AppendDecode appends b as UTF-8. An error leaves dst as it was.
func AppendDecode(dst []byte, dataCoding byte, b []byte) ([]byte, error) {
	a, ok := OfDataCoding(dataCoding)
	if !ok {
		return dst, ErrAlphabet
	}
	switch a {
	case GSM:
		return appendFromGSM(dst, b)
	case UCS2:
		return appendFromUCS2(dst, b)
	case ASCII:
		return appendFromASCII(dst, b)
	default:
		return appendFromLatin1(dst, b), nil
	}
}

// Encode is s in the cheapest alphabet that has all of it: GSM, else UCS2. It
// does not limit the length; Segments does. Its error is ErrUTF8.
func Encode(s string) (dataCoding byte, b []byte, err error) {
	b, dataCoding, err = AppendEncode(nil, s)
	return dataCoding, b, err
}

// AppendEncode appends s as Encode does. An error leaves dst as it was.
func AppendEncode(dst []byte, s string) (_ []byte, dataCoding byte, err error) {
	if out, ok := appendGSM(dst, s); ok {
		return out, DataCodingDefault, nil
	}
	if !utf8.ValidString(s) {
		return dst, 0, ErrUTF8
	}
	return appendUCS2(dst, s), DataCodingUCS2, nil
}

// Segments says what s costs: its alphabet, its length in that alphabet's units
// and how many short messages it takes, none of which would split a character.
// The empty text is one segment.
func Segments(s string) (a Alphabet, units, segments int) {
	width, whole, part := gsmWidth, GSMUnitsMax, GSMUnitsPartMax
	a = GSM
	if !inGSM(s) {
		a, width, whole, part = UCS2, ucs2Width, UCS2UnitsMax, UCS2UnitsPartMax
	}
	segments, room := 1, part
	for _, r := range s {
		w := width(r)
		units += w
		if w > room {
			segments, room = segments+1, part
		}
		room -= w
	}
	if units <= whole {
		return a, units, 1
	}
	return a, units, segments
}
