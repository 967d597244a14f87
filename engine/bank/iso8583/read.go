package iso8583

import (
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// deExtended is the mark of a third bitmap, "bit map, extended" in ISO 8583:1987
// table 3. The edition defines no element behind it, and hosts write it in
// different widths; see reader.extended.
const deExtended DE = 65

const bitmapDigits = 2 * bitmapOctets

// Unpack reads one message without its frame and refuses one of which a part
// cannot be read. Its errors are *FormatError.
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

// Read reads of a message what can be read, for a host may send elements or
// characters that the dialect does not have beside those that matter. An error, a
// *FormatError, means that nothing of it can be trusted.
//
// An element whose place is known and whose content is not allowed is left out
// and named by Unread. Where the place of the next element is not known, or bytes
// follow the last one, Whole is false: the elements that were found may then be
// misplaced, and whoever uses them needs a proof that they are not.
func (d *Dialect) Read(octets []byte) (*Message, error) {
	if len(octets) < mtiDigits || !MTI(octets[:mtiDigits]).valid() {
		return nil, &FormatError{fieldMTI, "is no message type"}
	}
	r := reader{dialect: d, octets: octets, at: mtiDigits, m: New(MTI(octets[:mtiDigits]))}
	present, ok := r.bitmap(nil, fieldBitmap)
	if ok && len(present) > 0 && present[0] == fieldBitmap {
		present, ok = r.bitmap(present[1:], deExtended)
	}
	if !ok {
		return nil, &FormatError{fieldBitmap, "cannot be read"}
	}
	r.walk(present)
	return r.m, nil
}

// reader is a message that is being read.
type reader struct {
	dialect *Dialect
	octets  []byte
	at      int // place of the next element
	m       *Message
}

// bitmap reads sixteen hexadecimal digits and adds the elements of its bits to
// present. first is the number of the first bit.
func (r *reader) bitmap(present []DE, first DE) ([]DE, bool) {
	if len(r.octets)-r.at < bitmapDigits {
		return nil, false
	}
	var bits [bitmapOctets]byte
	if _, err := hex.Decode(bits[:], r.octets[r.at:r.at+bitmapDigits]); err != nil {
		return nil, false
	}
	r.at += bitmapDigits
	for i := range bitmapOctets * 8 {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			present = append(present, first+DE(i))
		}
	}
	return present, true
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
		r.stop(fieldBitmap, "does not tell the whole message")
	}
}

// stop gives up at de: the place of what follows is not known.
func (r *reader) stop(de DE, why string) {
	r.m.cut = true
	r.m.odd = append(r.m.odd, &FormatError{int(de), why})
}

// element reads de. The error, a word for FormatError, says that its end is not
// known.
func (r *reader) element(de DE) (why string) {
	row := r.dialect.rows[de]
	if row.de != de {
		return "is not in the dialect"
	}
	length, ok := r.length(row)
	if !ok {
		return "has no length"
	}
	if len(r.octets)-r.at < length {
		return "is cut short"
	}
	v := string(r.octets[r.at : r.at+length])
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

// length reads how long the next element is.
func (r *reader) length(row row) (int, bool) {
	digits := 0
	switch row.size {
	case ll:
		digits = 2
	case lll:
		digits = 3
	default:
		return row.max, true
	}
	if len(r.octets)-r.at < digits {
		return 0, false
	}
	v, err := strconv.ParseUint(string(r.octets[r.at:r.at+digits]), 10, 16)
	r.at += digits
	return int(v), err == nil
}

// extended passes over a third bitmap. Hosts write it as sixteen hexadecimal
// digits, as the other two, or as one byte in two digits, or as one character: it
// has the width with which the rest of the message comes out even, if only one
// does.
func (r *reader) extended(rest []DE) {
	before := len(r.m.odd)
	r.m.odd = append(r.m.odd, &FormatError{int(deExtended), "is not in the dialect"})
	var fits []*reader
	for _, width := range []int{bitmapDigits, 2, 1} {
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
		MTI: m.MTI, fields: maps.Clone(m.fields), unread: slices.Clone(m.unread), odd: slices.Clone(m.odd), cut: m.cut,
	}
}

// Unread reports whether de is in the message with a content that could not be
// read. Get then gives "".
func (m *Message) Unread(de DE) bool { return slices.Contains(m.unread, de) }

// Whole reports whether the message was read to its end.
func (m *Message) Whole() bool { return !m.cut }

// Odd returns what could not be read, in the order of the message; each error is
// a *FormatError. It is empty for a message that was not read.
func (m *Message) Odd() []error { return m.odd }
