package iso8583

import (
	"fmt"
	"strconv"

	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/padding"
	"github.com/moov-io/iso8583/prefix"
)

// ISO87 is the name of the only dialect so far; see the package comment.
const ISO87 = "iso87"

// Dialect packs and unpacks messages by a table of data elements. It may be used
// from any goroutine.
type Dialect struct {
	name string
	rows [deMax + 1]row
	spec *moov.MessageSpec
}

// Named returns the dialect called name, or an error that names those there are.
func Named(name string) (*Dialect, error) {
	if name != ISO87 {
		return nil, fmt.Errorf("iso8583: no dialect %q; there is %q", name, ISO87)
	}
	return newDialect(name, iso87[:]), nil
}

func newDialect(name string, rows []row) *Dialect {
	d := &Dialect{name: name}
	fields := map[int]field.Field{
		fieldMTI: field.NewString(&field.Spec{Length: mtiDigits, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed}),
		fieldBitmap: field.NewBitmap(&field.Spec{
			Length: bitmapOctets, Enc: encoding.BytesToASCIIHex, Pref: prefix.Hex.Fixed,
		}),
	}
	for _, r := range rows {
		d.rows[r.de] = r
		fields[int(r.de)] = field.NewString(r.spec())
	}
	d.spec = &moov.MessageSpec{Name: name, Fields: fields}
	return d
}

// Name is what the configuration calls the dialect.
func (d *Dialect) Name() string { return d.name }

// spec is the row as the library wants it. Text of fixed length is filled up
// with spaces on the right; numbers are never padded, so that a STAN keeps its
// zeros and a short amount is an error.
func (r row) spec() *field.Spec {
	s := &field.Spec{Length: r.max, Description: r.name, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed}
	switch {
	case r.size == ll:
		s.Pref = prefix.ASCII.LL
	case r.size == lll:
		s.Pref = prefix.ASCII.LLL
	case r.kind == ans:
		s.Pad = padding.Right(' ')
	}
	return s
}

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
	out := moov.NewMessage(d.spec)
	out.MTI(string(message.MTI))
	for de, v := range message.fields {
		if err := d.check(de, v); err != nil {
			return nil, err
		}
		if err := out.Field(int(de), v); err != nil {
			return nil, &FormatError{int(de), "cannot be written"}
		}
	}
	packed, err := out.Pack()
	if err != nil {
		return nil, &FormatError{fieldBitmap, "cannot be written"}
	}
	return packed, nil
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
	case ans:
		return c >= ' ' && c <= '~'
	}
	return false
}
