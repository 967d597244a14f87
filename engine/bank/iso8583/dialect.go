package iso8583

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The names of the dialects; see the package comment.
const (
	ISO87       = "iso87"
	ISO87Binary = "iso87-binary"
)

// dialects lists what each dialect is made of. It is never written to.
var dialects = [...]struct {
	name string
	rows []row
	form form
}{
	{ISO87, iso87[:], form{}},
	{ISO87Binary, iso87[:], form{packed: true, binary: true}},
}

// Dialect packs and unpacks messages by a table of data elements. It may be used
// from any goroutine.
type Dialect struct {
	name string
	rows [deMax + 1]row
	form form
}

// Named returns the dialect called name, or an error that names those there are.
func Named(name string) (*Dialect, error) {
	for _, known := range dialects {
		if known.name != name {
			continue
		}
		d := &Dialect{name: name, form: known.form}
		for _, r := range known.rows {
			d.rows[r.de] = r
		}
		return d, nil
	}
	var names []string
	for _, known := range dialects {
		names = append(names, strconv.Quote(known.name))
	}
	return nil, fmt.Errorf("iso8583: no dialect %q; there are %s", name, strings.Join(names, ", "))
}

// Name is what the configuration calls the dialect.
func (d *Dialect) Name() string { return d.name }

// FormatError says which element of a message cannot be written or read. It
// never quotes its content, which may be an account.
type FormatError struct {
	DE  int // number of the element; 0 the message type, 1 the bitmap
	Why string
}

func (e *FormatError) Error() string {
	return "iso8583: field " + strconv.Itoa(e.DE) + " " + e.Why
}

// Pack writes message without a frame. Its errors are *FormatError.
func (d *Dialect) Pack(message *Message) ([]byte, error) {
	if !message.MTI.valid() {
		return nil, &FormatError{fieldMTI, "is no message type"}
	}
	present := make([]DE, 0, len(message.fields))
	for de := range message.fields {
		present = append(present, de)
	}
	slices.Sort(present)
	packed := make([]byte, 0, packedRoom)
	packed, _ = d.form.appendDigits(packed, string(message.MTI))
	packed = d.appendBitmaps(packed, present)
	for _, de := range present {
		var err error
		if packed, err = d.appendElement(packed, de, message.fields[de]); err != nil {
			return nil, err
		}
	}
	return packed, nil
}

// packedRoom is the length of most messages, so that a message is made in one piece.
const packedRoom = 512

// appendBitmaps appends one bitmap, or both if an element above the first is present.
func (d *Dialect) appendBitmaps(dst []byte, present []DE) []byte {
	var bits [2 * bitmapOctets]byte
	mark := func(de DE) { bits[(de-1)/8] |= 0x80 >> ((de - 1) % 8) }
	count := 1
	for _, de := range present {
		if de < deFirst || de > deMax {
			continue // appendElement refuses it
		}
		if mark(de); de > bitmapOctets*8 {
			count = 2
		}
	}
	if count == 2 {
		mark(fieldBitmap)
	}
	octets := bits[:count*bitmapOctets]
	if d.form.binary {
		return append(dst, octets...)
	}
	return append(dst, upperHex(octets)...)
}

// appendElement appends the length of value, if it is not fixed, and value.
func (d *Dialect) appendElement(dst []byte, de DE, value string) ([]byte, error) {
	if err := d.check(de, value); err != nil {
		return nil, err
	}
	r := d.rows[de]
	if digits := r.size.digits(); digits > 0 {
		dst, _ = d.form.appendDigits(dst, fmt.Sprintf("%0*d", digits, len(value)))
	}
	dst, ok := d.form.appendContent(dst, r, value)
	if !ok {
		return nil, &FormatError{int(de), "cannot be written"}
	}
	return dst, nil
}

// check compares the length and the characters of value with the row of de.
func (d *Dialect) check(de DE, value string) error {
	if de > deMax || d.rows[de].de != de || de < deFirst {
		return &FormatError{int(de), "is not in the dialect"}
	}
	r := d.rows[de]
	short := len(value) < r.max && r.size == fixed && r.kind != ans
	if len(value) > r.max || short {
		return &FormatError{int(de), "has a wrong length"}
	}
	for i := range len(value) {
		if !r.allows(i, value[i]) {
			return &FormatError{int(de), "holds a character it may not"}
		}
	}
	return nil
}

// allows reports whether c may stand at place i.
func (r row) allows(i int, c byte) bool {
	digit := c >= '0' && c <= '9'
	switch r.kind {
	case n:
		return digit
	case xn:
		return digit && i > 0 || i == 0 && (c == 'C' || c == 'D')
	case b:
		return digit || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
	case ans, z:
		return c >= ' ' && c <= '~'
	}
	return false
}
