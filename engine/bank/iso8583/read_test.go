package iso8583_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/padding"
	"github.com/moov-io/iso8583/prefix"

	"mpg/engine/bank/iso8583"
)

// TestRead reads answers that hold more, or other, than the dialect has: what can
// be read is, and what cannot is named.
func TestRead(t *testing.T) {
	t.Parallel()
	d := dialect(t)
	const head, tail = "0210", "00"
	for _, tt := range []struct {
		name   string
		octets string
		code   string       // DE39
		above  string       // DE102
		unread []iso8583.DE // announced, content not readable
		cut    bool
		odd    string // words of Odd
	}{
		{name: "plain", octets: head + "0000000002000000" + tail, code: "00"},
		{name: "small letters", octets: head + "0000000002c00000" + tail + "MPG00001" + "shop           ", code: "00"},
		{name: "an empty second bitmap", octets: head + "8000000002000000" + "0000000000000000" + tail, code: "00"},
		{name: "DE102", octets: head + "8000000002000000" + "0000000004000000" + tail + "03abc", code: "00", above: "abc"},
		{name: "DE65 of one character", octets: head + "8000000002000000" + "8000000004000000" + tail + "1" + "03abc", code: "00", above: "abc", odd: "field 65"},
		{name: "DE65 of one byte", octets: head + "8000000002000000" + "8000000004000000" + tail + "80" + "03abc", code: "00", above: "abc", odd: "field 65"},
		{name: "DE65 of eight bytes", octets: head + "8000000002000000" + "8000000004000000" + tail + "0000000000000000" + "03abc", code: "00", above: "abc", odd: "field 65"},
		{name: "DE65 of five", octets: head + "8000000002000000" + "8000000004000000" + tail + "12345" + "03abc", code: "00", cut: true, odd: "field 65"},
		{name: "DE65 of one or two", octets: head + "8000000002000000" + "8000000004000000" + tail + "8110" + "ABCDEFGHIJ", code: "00", cut: true, odd: "field 65"},
		{name: "DE65 last", octets: head + "8000000002000000" + "8000000000000000" + tail + "1", code: "00", odd: "field 65"},
		{name: "latin1 in DE44", octets: head + "0000000002100000" + tail + "02\xe9!", code: "00", unread: []iso8583.DE{44}, odd: "field 44"},
		{name: "DE44 too long", octets: head + "0000000002100000" + tail + "30" + strings.Repeat("x", 30), code: "00", unread: []iso8583.DE{44}, odd: "field 44"},
		{name: "a date of letters", octets: head + "0002000002000000" + "12AB" + tail, code: "00", unread: []iso8583.DE{15}, odd: "field 15"},
		{name: "a MAC of eight bytes", octets: head + "0000000002000001" + tail + "\x01\x02\x03\x04\x05\x06\x07\x08", code: "00", cut: true, odd: "field 64"},
		{name: "a length of letters", octets: head + "0000000002100000" + tail + "XX", code: "00", cut: true, odd: "field 44"},
		{name: "a trailer", octets: head + "0000000002000000" + tail + "\x03", code: "00", cut: true, odd: "field 1"},
		{name: "cut short", octets: head + "0000000002800000" + tail + "MPG", code: "00", unread: []iso8583.DE{41}, cut: true, odd: "field 41"},
		{name: "no length of DE44", octets: head + "0000000002100000" + tail, code: "00", cut: true, odd: "field 44"},
		{name: "an empty DE44", octets: head + "0000000002100000" + tail + "00", code: "00"},
		{name: "blanks for a code", octets: head + "0000000002000000" + "  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := d.Read([]byte(tt.octets))
			if err != nil {
				t.Fatal(err)
			}
			if m.Get(iso8583.DEResponse) != tt.code || m.Get(iso8583.DEAccount) != tt.above || m.Whole() == tt.cut {
				t.Errorf("code %q, account %q, whole %v", m.Get(iso8583.DEResponse), m.Get(iso8583.DEAccount), m.Whole())
			}
			for _, de := range tt.unread {
				if !m.Unread(de) || m.Get(de) != "" {
					t.Errorf("DE%d: unread %v, %q", de, m.Unread(de), m.Get(de))
				}
			}
			if said := fmt.Sprint(m.Odd()); !strings.Contains(said, tt.odd) || (len(m.Odd()) == 0) != (tt.odd == "") {
				t.Errorf("odd: %s, want %q", said, tt.odd)
			}
			if _, err := d.Unpack([]byte(tt.octets)); (err == nil) != (tt.odd == "") {
				t.Errorf("Unpack: %v, want an error for what is odd", err)
			}
		})
	}
}

// TestReadRefuses: messages of which nothing can be trusted.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, octets := range []string{
		"", "02", "0210", "02A0" + "0000000002000000" + "00", "0210" + "000000000200000", "0210" + "00000000020000zz",
		"0210" + "8000000002000000" + "00", "0210" + "8000000002000000" + "000000000000000", "\x60\x00\x00\x00\x00" + "0210",
	} {
		if m, err := dialect(t).Read([]byte(octets)); err == nil {
			t.Errorf("%q is read as %s", octets, m.MTI)
		}
	}
}

// oracle reads the elements that mpg sends and gets with the library's reader.
func oracle() *moov.MessageSpec {
	fixed := func(n int) field.Field {
		return field.NewString(&field.Spec{Length: n, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed})
	}
	text := func(n int) field.Field {
		return field.NewString(&field.Spec{Length: n, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed, Pad: padding.Right(' ')})
	}
	short := func(n int) field.Field {
		return field.NewString(&field.Spec{Length: n, Enc: encoding.ASCII, Pref: prefix.ASCII.LL})
	}
	return &moov.MessageSpec{Fields: map[int]field.Field{
		0: fixed(4),
		1: field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.BytesToASCIIHex, Pref: prefix.Hex.Fixed}),
		3: fixed(6), 4: fixed(12), 7: fixed(10), 11: fixed(6), 12: fixed(6), 13: fixed(4), 15: fixed(4), 18: fixed(4),
		32: short(11), 37: text(12), 38: text(6), 39: text(2), 41: text(8), 42: text(15), 44: short(25), 49: text(3),
		48: field.NewString(&field.Spec{Length: 999, Enc: encoding.ASCII, Pref: prefix.ASCII.LLL}),
		70: fixed(3), 90: fixed(42), 102: short(28), 103: short(28),
	}}
}

// FuzzRead compares the reader with the library's: what that reads, ours reads the
// same; and whatever comes, ours ends, and never reads an element that is not
// announced.
func FuzzRead(f *testing.F) {
	d, spec := dialect(f), oracle()
	for name := range vectors() {
		f.Add(vector(f, name)[2:])
	}
	f.Add([]byte("0210" + "8000000002000000" + "8000000004000000" + "00" + "12345" + "03abc"))
	f.Add([]byte("0210" + "0000000002100000" + "00" + "02\xe9!"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		ours, err := d.Read(octets)
		if err != nil {
			return
		}
		if ours.Whole() && len(ours.Odd()) == 0 {
			if _, err := d.Pack(ours); err != nil {
				t.Fatalf("read and not written: %v", err)
			}
		}
		theirs := moov.NewMessage(spec)
		if theirs.Unpack(octets) != nil {
			return
		}
		packed, err := theirs.Pack()
		if err != nil || !bytes.EqualFold(packed, octets) {
			return // the library has not read all of it
		}
		for id, element := range theirs.GetFields() {
			want, err := element.String()
			if err != nil || id < 2 || ours.Unread(iso8583.DE(id)) {
				continue
			}
			if got := ours.Get(iso8583.DE(id)); got != want {
				t.Errorf("DE%d is %q, the library reads %q", id, got, want)
			}
		}
	})
}
