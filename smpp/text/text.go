package text

import (
	"bytes"
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
	UTF8
	GBK // the national alphabet of China, as some of its SMSCs send it
)

// The data_coding values that mpg names. SMPP 3.4 5.2.19
const (
	DataCodingDefault byte = 0x00
	DataCodingASCII   byte = 0x01
	DataCodingLatin1  byte = 0x03
	DataCodingUCS2    byte = 0x08
	// DataCodingGBK is reserved in SMPP 3.4; SMSCs of China mean GBK.
	DataCodingGBK byte = 0x0F
)

// ParseAlphabet returns the alphabet of that name in a configuration: gsm, ucs2,
// ascii, latin1, utf8 or gbk.
func ParseAlphabet(name string) (a Alphabet, ok bool) {
	switch name {
	case "gsm":
		return GSM, true
	case "ucs2":
		return UCS2, true
	case "ascii":
		return ASCII, true
	case "latin1":
		return Latin1, true
	case "utf8":
		return UTF8, true
	case "gbk":
		return GBK, true
	}
	return 0, false
}

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

// OfDataCoding returns the alphabet that data_coding names where data_coding 0 is
// GSM; ok is false for those that are not read. SMPP 3.4 5.2.19
func OfDataCoding(dataCoding byte) (a Alphabet, ok bool) {
	return Coding{DataCoding: dataCoding}.Alphabet()
}

// Coding is how the octets of a text are to be read.
type Coding struct {
	DataCoding byte
	Default    Alphabet // what data_coding 0 means at this SMSC; 0 is GSM

	// The national language tables that a user data header names; 0 is none.
	// 3GPP TS 23.038 6.2.1.2
	SingleShift, LockingShift byte
}

// The coding groups of data_coding values that SMPP leaves to GSM.
// 3GPP TS 23.038 4
const (
	groupMask       = 0xC0
	groupGeneral    = 0x00 // 00xx; SMPP has taken 0x00 to 0x0F for itself
	groupDeletion   = 0x40 // 01xx: to be deleted once it is read
	groupData       = 0xF0 // 1111: with a message class
	dataEightBit    = 0x04 // in groupData
	compressed      = 0x20 // in the other two
	alphabetMask    = 0x0C // in the other two
	alphabetSeptets = 0x00
	alphabetUCS2    = 0x08
	smppOwn         = 0x10 // the first value that SMPP has not taken
)

// Alphabet returns the alphabet of c; ok is false where there is none that is read.
// SMPP 3.4 5.2.19
func (c Coding) Alphabet() (a Alphabet, ok bool) {
	coding := c.DataCoding
	switch {
	case coding == DataCodingDefault && c.Default != 0:
		return c.Default, true
	case coding == DataCodingDefault:
		return GSM, true
	case coding == DataCodingASCII:
		return ASCII, true
	case coding == DataCodingLatin1:
		return Latin1, true
	case coding == DataCodingUCS2:
		return UCS2, true
	case coding == DataCodingGBK && c.Default == GBK:
		return GBK, true
	case coding < smppOwn:
		return 0, false
	case coding >= groupData:
		return GSM, coding&dataEightBit == 0
	case coding&groupMask != groupGeneral && coding&groupMask != groupDeletion, coding&compressed != 0:
		return 0, false
	case coding&alphabetMask == alphabetSeptets:
		return GSM, true
	case coding&alphabetMask == alphabetUCS2:
		return UCS2, true
	}
	return 0, false
}

// AppendDecode appends octets as UTF-8. Its errors are ErrAlphabet and ErrOctets,
// and leave dst as it was.
func (c Coding) AppendDecode(dst, octets []byte) ([]byte, error) {
	a, ok := c.Alphabet()
	if !ok {
		return dst, ErrAlphabet
	}
	switch a {
	case GSM:
		return c.appendFromGSM(dst, octets)
	case UCS2:
		return appendFromUCS2(dst, octets)
	case ASCII:
		return appendFromASCII(dst, octets)
	case UTF8:
		return appendFromUTF8(dst, octets)
	case GBK:
		return appendFromGBK(dst, octets)
	default:
		return appendFromLatin1(dst, octets), nil
	}
}

// TrimNULs removes NULs at the end, which are padding or terminate it like
// a C string: nobody ends a text with septet 0, which is "@" in GSM.
func (c Coding) TrimNULs(octets []byte) []byte {
	if a, ok := c.Alphabet(); !ok || a != UCS2 {
		return bytes.TrimRight(octets, "\x00")
	}
	// An odd octet at the end may be half of a unit that was cut off.
	for n := len(octets); n >= 2 && n%2 == 0 && octets[n-1] == 0 && octets[n-2] == 0; n -= 2 {
		octets = octets[:n-2]
	}
	return octets
}

// Decode reads octets. Its errors are ErrAlphabet and ErrOctets.
func Decode(dataCoding byte, octets []byte) (string, error) {
	dst, err := AppendDecode(nil, dataCoding, octets)
	return string(dst), err
}

// AppendDecode appends octets as UTF-8. An error leaves dst as it was.
func AppendDecode(dst []byte, dataCoding byte, octets []byte) ([]byte, error) {
	return Coding{DataCoding: dataCoding}.AppendDecode(dst, octets)
}

// Encode returns text in the cheapest alphabet that has all of it: GSM, otherwise UCS2. It
// does not limit the length; Segments does. Its error is ErrUTF8.
func Encode(text string) (dataCoding byte, b []byte, err error) {
	b, dataCoding, err = AppendEncode(nil, text)
	return dataCoding, b, err
}

// AppendEncode appends text as Encode does. An error leaves dst as it was.
func AppendEncode(dst []byte, text string) (_ []byte, dataCoding byte, err error) {
	if out, ok := appendGSM(dst, text); ok {
		return out, DataCodingDefault, nil
	}
	if !utf8.ValidString(text) {
		return dst, 0, ErrUTF8
	}
	return appendUCS2(dst, text), DataCodingUCS2, nil
}

// AppendEncodeFor appends text for an SMSC at which data_coding 0 means the alphabet
// def; for GSM it is AppendEncode. A text that such an SMSC can convert to septets
// is sent in def under data_coding 0, and any other in UCS2. If def itself is UCS2,
// septets are sent as IA5. An error leaves dst as it was.
func AppendEncodeFor(dst []byte, text string, def Alphabet) (_ []byte, dataCoding byte, err error) {
	switch {
	case def == 0 || def == GSM:
		return AppendEncode(dst, text)
	case !utf8.ValidString(text):
		return dst, 0, ErrUTF8
	case !inGSM(text):
		return appendUCS2(dst, text), DataCodingUCS2, nil
	case def == UTF8:
		return append(dst, text...), DataCodingDefault, nil
	case def == Latin1 && highest(text) <= 0xFF:
		return appendLatin1(dst, text), DataCodingDefault, nil
	case highest(text) >= utf8.RuneSelf:
		return appendUCS2(dst, text), DataCodingUCS2, nil
	case def == UCS2:
		return append(dst, text...), DataCodingASCII, nil
	}
	return append(dst, text...), DataCodingDefault, nil
}

// highest returns the highest code point of a text.
func highest(text string) (high rune) {
	for _, r := range text {
		high = max(high, r)
	}
	return high
}

// Segments says what a text costs: its alphabet, its length in that alphabet's units
// and how many short messages it takes, none of which would split a character.
// The empty text is one segment.
func Segments(text string) (a Alphabet, units, segments int) {
	width, whole, part := gsmWidth, GSMUnitsMax, GSMUnitsPartMax
	a = GSM
	if !inGSM(text) {
		a, width, whole, part = UCS2, ucs2Width, UCS2UnitsMax, UCS2UnitsPartMax
	}
	segments, room := 1, part
	for _, r := range text {
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
