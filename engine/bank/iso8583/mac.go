package iso8583

import (
	"encoding/hex"
	"errors"
)

// The elements that hold a message authentication code (MAC), each the last of its message:
// DEMAC where no element above it is there, DESecondMAC otherwise. ISO 8583:1987
const (
	DEMAC       DE = 64
	DESecondMAC DE = 128
)

// macOctets is the length of a MAC.
const macOctets = 8

// Code is the value of a MAC.
type Code [macOctets]byte

// errHasMAC says that a message has a MAC already.
var errHasMAC = errors.New("iso8583: the message has a MAC already")

// Authenticate returns a packed message with a MAC at its end, which sum makes of the message
// up to there, with the bitmap that announces it. The message as it was packed is not
// changed.
func (d *Dialect) Authenticate(packed []byte, sum func(data []byte) (Code, error)) ([]byte, error) {
	m, ok := d.readBitmaps(packed)
	if !ok {
		return nil, &FormatError{fieldBitmap, "cannot be read"}
	}
	if m.has(DEMAC) || m.has(DESecondMAC) {
		return nil, errHasMAC
	}
	data := make([]byte, len(packed), len(packed)+d.macLength())
	copy(data, packed)
	d.announce(data, m)
	code, err := sum(data)
	if err != nil {
		return nil, err
	}
	if d.form.binary {
		return append(data, code[:]...), nil
	}
	return append(data, upperHex(code[:])...), nil
}

// MAC returns the MAC at the end of a packed message, and what it is made of. It is false if
// there is none, or not at the end.
func (d *Dialect) MAC(packed []byte) (data []byte, code Code, found bool) {
	m, ok := d.readBitmaps(packed)
	if !ok || !m.endsWithMAC() || len(packed)-m.end < d.macLength() {
		return nil, Code{}, false
	}
	at := len(packed) - d.macLength()
	if d.form.binary {
		return packed[:at], Code(packed[at:]), true
	}
	if n, err := hex.Decode(code[:], packed[at:]); err != nil || n != macOctets {
		return nil, Code{}, false
	}
	return packed[:at], code, true
}

// macLength is how many octets a MAC takes up in a packed message.
func (d *Dialect) macLength() int { return d.form.bitmapLength() }

// announce sets the bit of the MAC in the last bitmap of data.
func (d *Dialect) announce(data []byte, m bitmaps) {
	last := &data[m.end-1]
	if d.form.binary {
		*last |= 1
		return
	}
	var octet [1]byte
	digits := data[m.end-2 : m.end]
	if _, err := hex.Decode(octet[:], digits); err == nil {
		octet[0] |= 1
		copy(digits, upperHex(octet[:]))
	}
}

// bitmaps are the bitmaps of a packed message, and where they end.
type bitmaps struct {
	bits [2 * bitmapOctets]byte
	two  bool
	end  int
}

// readBitmaps reads the bitmaps of a packed message.
func (d *Dialect) readBitmaps(packed []byte) (m bitmaps, ok bool) {
	r := reader{dialect: d, octets: packed, at: d.form.mtiLength()}
	if r.at > len(packed) || !r.bits(m.bits[:bitmapOctets]) {
		return m, false
	}
	if m.two = m.has(fieldBitmap); m.two && !r.bits(m.bits[bitmapOctets:]) {
		return m, false
	}
	m.end = r.at
	return m, true
}

// has reports whether the bit of de is set.
func (m *bitmaps) has(de DE) bool {
	at := int(de) - 1
	return m.bits[at/8]&(0x80>>(at%8)) != 0
}

// endsWithMAC reports whether the last element is a MAC. A host may announce a second bitmap
// and leave it empty.
func (m *bitmaps) endsWithMAC() bool {
	if m.has(DESecondMAC) {
		return true
	}
	for _, octet := range m.bits[bitmapOctets:] {
		if octet != 0 {
			return false
		}
	}
	return m.has(DEMAC)
}
