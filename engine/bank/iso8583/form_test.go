package iso8583_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/padding"
	"github.com/moov-io/iso8583/prefix"

	"mpg/engine/bank/iso8583"
)

// all returns the dialects.
func all(t testing.TB) []*iso8583.Dialect {
	t.Helper()
	var every []*iso8583.Dialect
	for _, name := range []string{iso8583.ISO87, iso8583.ISO87Binary} {
		d, err := iso8583.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		every = append(every, d)
	}
	return every
}

func packedDialect(t testing.TB) *iso8583.Dialect { t.Helper(); return all(t)[1] }

// binaryOracle reads what mpg sends and gets in the binary form with a library's reader.
func binaryOracle() *moov.MessageSpec {
	digits := func(n int) field.Field {
		return field.NewString(&field.Spec{Length: n, Enc: encoding.BCD, Pref: prefix.BCD.Fixed})
	}
	text := func(n int) field.Field {
		return field.NewString(&field.Spec{Length: n, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed, Pad: padding.Right(' ')})
	}
	short := func(n int) field.Field {
		return field.NewString(&field.Spec{Length: n, Enc: encoding.ASCII, Pref: prefix.BCD.LL})
	}
	return &moov.MessageSpec{Fields: map[int]field.Field{
		0: digits(4),
		1: field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Hex.Fixed}),
		3: digits(6), 4: digits(12), 7: digits(10), 11: digits(6), 12: digits(6), 13: digits(4), 15: digits(4), 18: digits(4), 25: digits(2),
		32: field.NewString(&field.Spec{Length: 11, Enc: encoding.BCD, Pref: prefix.BCD.LL}),
		37: text(12), 38: text(6), 39: text(2), 41: text(8), 42: text(15), 49: text(3),
		48: field.NewString(&field.Spec{Length: 999, Enc: encoding.ASCII, Pref: prefix.BCD.LLL}),
		64: field.NewBinary(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
		70: digits(3), 90: digits(42), 102: short(28), 103: short(28),
		128: field.NewBinary(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
	}}
}

// TestBinaryAgainstTheLibrary: each message of the vectors, packed here in the binary form, is
// what the library makes of it, and is read by it as it was meant.
func TestBinaryAgainstTheLibrary(t *testing.T) {
	t.Parallel()
	d := packedDialect(t)
	for name, message := range vectors() {
		packed, err := d.Pack(message)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		theirs := moov.NewMessage(binaryOracle())
		if err := theirs.Unpack(packed); err != nil {
			t.Errorf("%s: the library cannot read %X: %v", name, packed, err)
			continue
		}
		if mti, _ := theirs.GetMTI(); mti != string(message.MTI) {
			t.Errorf("%s: the library reads a %s", name, mti)
		}
		for de := iso8583.DE(2); de <= 128; de++ {
			want := message.Get(de)
			got, err := theirs.GetString(int(de))
			if got != want || err != nil && want != "" {
				t.Errorf("%s: the library reads %q in DE%d, want %q (%v)", name, got, de, want, err)
			}
		}
		if again, err := theirs.Pack(); err != nil || !bytes.Equal(again, packed) {
			t.Errorf("%s: the library packs\n%X, want\n%X (%v)", name, again, packed, err)
		}
		read, err := d.Unpack(packed)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		same(t, read, message)
	}
}

// TestPackedForms has the odd cases of binary coded decimals, made by hand.
func TestPackedForms(t *testing.T) {
	t.Parallel()
	d := packedDialect(t)
	for _, tt := range []struct {
		name  string
		bits  string // first bitmap
		rest  string // elements
		de    iso8583.DE
		value string // "": the element is unread
	}{
		{"a PAN of 19 digits", "4000000000000000", "19" + "06222000000000000012", 2, "6222000000000000012"},
		{"the same, filled on the right", "4000000000000000", "19" + "6222000000000000012F", 2, "6222000000000000012"},
		{"a PAN of 19 digits, said to have 18", "4000000000000000", "18" + "622200000000000001", 2, "622200000000000001"},
		{"no digit", "2000000000000000", "00000A", 3, ""},
		{"entry mode, three digits", "0000040000000000", "0012", 22, "012"},
		{"a fourth digit where there are three", "0000040000000000", "9012", 22, ""},
		{"a fee", "0000001000000000", "44" + "00000125", 28, "D00000125"},
		{"a track", "0000000020000000", "11" + "0123456D7810", 35, "123456=7810"},
		{"a track with no digit", "0000000020000000", "11" + "0123456D781A", 35, ""},
		{"a MAC", "0000000000000001", "0123456789ABCDEF", 64, "0123456789ABCDEF"},
	} {
		octets, err := hex.DecodeString("0210" + tt.bits + tt.rest)
		if err != nil {
			t.Fatal(err)
		}
		m, err := d.Read(octets)
		if err != nil || !m.Whole() {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := m.Get(tt.de); got != tt.value || m.Unread(tt.de) != (tt.value == "") {
			t.Errorf("%s: DE%d is %q, want %q; %v", tt.name, tt.de, got, tt.value, m.Odd())
		}
		if tt.value == "" || strings.Contains(tt.rest, "F") && tt.de != iso8583.DEMAC {
			continue
		}
		if again, err := d.Pack(m); err != nil || !bytes.Equal(again, octets) {
			t.Errorf("%s: packed again as %X, %v; want %X", tt.name, again, err, octets)
		}
	}
}

// FuzzBinary: anything is read or refused, and what is read can be written and read again.
func FuzzBinary(f *testing.F) {
	d := packedDialect(f)
	for _, message := range vectors() {
		packed, err := d.Pack(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Add([]byte("\x02\x00\x80\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, octets []byte) { writesWhatItReads(t, d, octets) })
}
