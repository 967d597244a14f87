package iso8583

import (
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// deExtended marks a third bitmap, "bit map, extended" in ISO 8583:1987
// table 3. The edition defines no element behind it, and hosts write it in
// different widths; see reader.extended.
const deExtended DE = 65

// Unpack reads one message without its frame, and refuses one that cannot be read
// completely. Its errors are of type *FormatError.
func (d *Dialect) Unpack(octets []byte) (*Message, error) {
	m, err := d.Read(octets)
	if err != nil {
		return nil, err
	}
	if len(m.odd) > 0 {
		return nil, m.odd[0]
	}
	return m, nil
}

// Read reads as much of a message as it can, since a host may send elements or
// characters that the dialect lacks beside those that matter. An error, of type
// *FormatError, means that nothing in the message can be trusted.
//
// An element whose place is known but whose content is not allowed is left out
// and named by Unread. If the place of the next element is not known, or bytes
// follow the last one, Whole returns false: the elements that were found may then
// be misplaced, and the caller needs proof that they are not.
func (d *Dialect) Read(octets []byte) (*Message, error) {
	mti, ok := d.readMTI(octets)
	if !ok {
		return nil, &FormatError{fieldMTI, "is no message type"}
	}
	r := reader{dialect: d, octets: octets, at: d.form.mtiLength(), m: New(mti)}
	present, ok := r.bitmap(nil, fieldBitmap)
	if ok && len(present) > 0 && present[0] == fieldBitmap {
		present, ok = r.bitmap(present[1:], deExtended)
	}
	if !ok {
		return nil, &FormatError{fieldBitmap, "cannot be read"}
	}
	r.walk(present)
	if d.since93 {
		return r.m.from93(), nil
	}
	return r.m, nil
}

// readMTI reads the type of a packed message.
func (d *Dialect) readMTI(octets []byte) (MTI, bool) {
	length := d.form.mtiLength()
	if len(octets) < length {
		return "", false
	}
	mti := MTI(d.form.digits(octets[:length], mtiDigits))
	return mti, mti.valid()
}

// reader is a message that is being read.
type reader struct {
	dialect *Dialect
	octets  []byte
	at      int // offset of the next element
	m       *Message
}

// bitmap reads a bitmap and adds the elements of its bits to present. first is the number
// of the first bit.
func (r *reader) bitmap(present []DE, first DE) ([]DE, bool) {
	var bits [bitmapOctets]byte
	if !r.bits(bits[:]) {
		return nil, false
	}
	for i := range bitmapOctets * 8 {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			present = append(present, first+DE(i))
		}
	}
	return present, true
}

// bits reads a bitmap into octets.
func (r *reader) bits(octets []byte) bool {
	length := r.dialect.form.bitmapLength()
	if len(r.octets)-r.at < length {
		return false
	}
	read := r.octets[r.at : r.at+length]
	r.at += length
	if r.dialect.form.binary {
		copy(octets, read)
		return true
	}
	_, err := hex.Decode(octets, read)
	return err == nil
}

// walk reads the elements of present in their order, to the end of the message.
func (r *reader) walk(present []DE) {
	for i, de := range present {
		if de == deExtended {
			r.extended(present[i+1:])
			return
		}
		if why := r.element(de); why != "" {
			r.m.unread = append(r.m.unread, de)
			r.stop(de, why)
			return
		}
	}
	if r.at != len(r.octets) {
		r.stop(fieldBitmap, "does not describe the whole message")
	}
}

// stop gives up at de: the place of what follows is not known.
func (r *reader) stop(de DE, why string) {
	r.m.cut = true
	r.m.odd = append(r.m.odd, &FormatError{int(de), why})
}

// element reads de. why, if not empty, says for a FormatError why the end of the
// element is not known.
func (r *reader) element(de DE) (why string) {
	row := r.dialect.rows[de]
	if row.de != de {
		return "is not in the dialect"
	}
	told, ok := r.length(row)
	if !ok {
		return "has no length"
	}
	length := r.dialect.form.length(row, told)
	if length < 0 || len(r.octets)-r.at < length {
		return "is cut short"
	}
	v := r.dialect.form.content(row, r.octets[r.at:r.at+length], told)
	r.at += length
	if row.size == fixed && row.kind == ans {
		v = strings.TrimRight(v, " ")
	}
	if v == "" {
		return ""
	}
	if err := r.dialect.check(de, v); err != nil {
		r.m.unread = append(r.m.unread, de)
		r.m.odd = append(r.m.odd, err)
		return ""
	}
	r.m.Set(de, v)
	return ""
}

// length reads how long the next element is, in characters.
func (r *reader) length(row row) (int, bool) {
	digits := row.size.digits()
	if digits == 0 {
		return row.max, true
	}
	length := r.dialect.form.digitsLength(digits)
	if len(r.octets)-r.at < length {
		return 0, false
	}
	v, err := strconv.ParseUint(r.dialect.form.digits(r.octets[r.at:r.at+length], digits), 10, 16)
	r.at += length
	if row.kind == b && r.dialect.form.binary {
		v *= digitsPerOctet
	}
	return int(v), err == nil
}

// extended skips a third bitmap. Hosts write it like the other two, as two digits, or as
// one character. The width is the one with
// which the rest of the message fits exactly, if there is only one such width.
func (r *reader) extended(rest []DE) {
	before := len(r.m.odd)
	r.m.odd = append(r.m.odd, &FormatError{int(deExtended), "is not in the dialect"})
	var fits []*reader
	for _, width := range []int{r.dialect.form.bitmapLength(), 2, 1} {
		if len(r.octets)-r.at < width {
			continue
		}
		tried := *r
		tried.m = r.m.clone()
		tried.at += width
		tried.walk(rest)
		if !tried.m.cut && len(tried.m.odd) == before+1 {
			fits = append(fits, &tried)
		}
	}
	if len(fits) != 1 {
		r.m.cut = true
		return
	}
	*r = *fits[0]
}

func (m *Message) clone() *Message {
	return &Message{
		MTI: m.MTI, fields: maps.Clone(m.fields), unread: slices.Clone(m.unread), odd: slices.Clone(m.odd), cut: m.cut, year: m.year, of: m.of,
	}
}

// Unread reports whether de is in the message but its content could not be read.
// Get then returns "".
func (m *Message) Unread(de DE) bool { return slices.Contains(m.unread, de) }

// Whole reports whether the message was read to its end.
func (m *Message) Whole() bool { return !m.cut }

// Odd returns what could not be read, in the order of the message; each error is
// of type *FormatError. It is empty for a message that was built and not read.
func (m *Message) Odd() []error { return m.odd }
