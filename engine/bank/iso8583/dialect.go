package iso8583

import (
	"fmt"
	"strconv"
	"strings"

	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/field"
)

// The names of the dialects; see the package comment.
const (
	ISO87       = "iso87"
	ISO87Binary = "iso87-binary"
	ISO93       = "iso93"
	ISO93Binary = "iso93-binary"
)

// dialects lists what each dialect is made of. It is never written to.
var dialects = [...]struct {
	name    string
	rows    []row
	form    form
	since93 bool
}{
	{ISO87, iso87[:], form{}, false},
	{ISO87Binary, iso87[:], form{packed: true, binary: true}, false},
	{ISO93, iso93(), form{}, true},
	{ISO93Binary, iso93(), form{packed: true, binary: true}, true},
}

// Dialect packs and unpacks messages by a table of data elements. It may be used
// from any goroutine.
type Dialect struct {
	name string
	rows [deMax + 1]row
	form form
	spec *moov.MessageSpec
	// since93 has the messages in the words of 1993; see edition93.go.
	since93 bool
}

// Named returns the dialect called name, or an error that names those there are.
func Named(name string) (*Dialect, error) {
	var names []string
	for _, known := range dialects {
		if known.name == name {
			return newDialect(name, known.rows, known.form, known.since93), nil
		}
		names = append(names, strconv.Quote(known.name))
	}
	return nil, fmt.Errorf("iso8583: no dialect %q; there are %s", name, strings.Join(names, ", "))
}

func newDialect(name string, rows []row, form form, since93 bool) *Dialect {
	d := &Dialect{name: name, form: form, since93: since93}
	fields := map[int]field.Field{fieldMTI: field.NewString(form.spec(row{kind: n, size: fixed, max: mtiDigits})), fieldBitmap: field.NewBitmap(form.bitmap())}
	for _, r := range rows {
		d.rows[r.de] = r
		fields[int(r.de)] = field.NewString(form.spec(r))
	}
	d.spec = &moov.MessageSpec{Name: name, Fields: fields}
	return d
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
	if d.since93 {
		message = message.in93()
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
	case z:
		return nibble(c) != packedFill
	case ans:
		return c >= ' ' && c <= '~'
	}
	return false
}
