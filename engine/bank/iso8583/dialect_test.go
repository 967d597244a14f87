package iso8583_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/bank/iso8583"
)

func TestNamedRefusesOthers(t *testing.T) {
	t.Parallel()
	if _, err := iso8583.Named("iso03"); err == nil || !strings.Contains(err.Error(), `"iso87"`) {
		t.Errorf("an unknown dialect gives %v, which does not name those there are", err)
	}
	if got := dialect(t).Name(); got != "iso87" {
		t.Errorf("name is %q", got)
	}
}

func TestPackRefuses(t *testing.T) {
	t.Parallel()
	d := dialect(t)
	for _, tt := range []struct {
		name string
		mti  iso8583.MTI
		de   iso8583.DE
		v    string
		at   int // element that the error names
	}{
		{"a type of letters", "02A0", 0, "", 0},
		{"a type too short", "020", 0, "", 0},
		{"no type", "", 0, "", 0},
		{"an amount too long", "0200", 4, "1000000000000", 4},
		{"an amount too short", "0200", 4, "4500", 4},
		{"an amount below nothing", "0200", 4, "-00000004500", 4},
		{"a STAN of letters", "0200", 11, "00004X", 11},
		{"an account too long", "0200", 102, strings.Repeat("6", 29), 102},
		{"an account in Chinese", "0200", 102, "账号", 102},
		{"a reference with a line end", "0200", 48, "A\nB", 48},
		{"a fee without a sign", "0200", 28, "000000100", 28},
		{"a fee with a sign inside", "0200", 28, "D0000C100", 28},
		{"a MAC that is not hexadecimal", "0200", 64, "0123456789ABCDEG", 64},
		{"the second bitmap as an element", "0200", 65, "1", 65},
		{"the first bitmap as an element", "0200", 1, "1", 1},
		{"an element beyond the last", "0200", 129, "1", 129},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := iso8583.New(tt.mti)
			m.Set(tt.de, tt.v)
			packed, err := d.Pack(m)
			var bad *iso8583.FormatError
			if !errors.As(err, &bad) || bad.DE != tt.at {
				t.Fatalf("packed %q, %v; want an error of element %d", packed, err, tt.at)
			}
			if len(tt.v) > 1 && strings.Contains(err.Error(), tt.v) {
				t.Errorf("%v quotes the content", err)
			}
		})
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	d := dialect(t)
	whole := vector(t, "0200")[2:]
	change := func(from, to string) []byte { return bytes.Replace(whole, []byte(from), []byte(to), 1) }
	for _, tt := range []struct {
		name   string
		octets []byte
	}{
		{"nothing", nil},
		{"noise", []byte(strings.Repeat("\x00\xff", 40))},
		{"a type only", []byte("0200")},
		{"a type of letters", change("0200", "02AB")},
		{"a bitmap that is not hexadecimal", change("B238", "B23G")},
		{"a third bitmap", []byte("0200" + "8000000000000000" + "8000000000000000" + "0000000000000000")},
		{"half of it", whole[:len(whole)/2]},
		{"all but one octet", whole[:len(whole)-1]},
		{"one octet more", append(bytes.Clone(whole), '0')},
		{"another message behind", append(bytes.Clone(whole), whole...)},
		{"an amount of letters", change("000000004500", "00000000450O")},
		{"a length of letters", change("1662220000", "1X62220000")},
		{"a length below nothing", change("1662220000", "-162220000")},
		{"a length beyond the end", change("1662220000", "2862220000")},
		{"a length beyond the element", change("1662220000", "9962220000")},
		{"a sign that is not ASCII", change("MPG00001", "MPG0000\xe9")},
		{"a control sign", change("MPG00001", "MPG0000\x07")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := d.Unpack(tt.octets)
			var bad *iso8583.FormatError
			if !errors.As(err, &bad) {
				t.Fatalf("read as %v, %v", m, err)
			}
			if strings.Contains(err.Error(), "622200") {
				t.Errorf("%v quotes the account", err)
			}
		})
	}
}

// TestForeignElements reads what mpg never asks for: a host may send it.
func TestForeignElements(t *testing.T) {
	t.Parallel()
	d := dialect(t)
	m := florist().Request().Answer("00")
	for de, v := range map[iso8583.DE]string{
		2: "6222000000000001", 28: "D00000100", 44: "extra", 54: "0001156C000000012345",
		55: "9F2608", 60: "local", 63: "more", 64: "0123456789ABCDEF", 103: "savings", 127: "notes", 128: "FEDCBA9876543210",
	} {
		m.Set(de, v)
	}
	packed, err := d.Pack(m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, m)
}

// TestRoundTrip packs messages of any elements and reads the same.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dialects := all(t)
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(dialects).Draw(t, "dialect")
		tr := florist()
		tr.STAN = rapid.Uint32Range(1, 999_999).Draw(t, "stan")
		tr.RRN = rapid.StringMatching(`[0-9A-Z]{12}`).Draw(t, "rrn")
		tr.Account = rapid.StringMatching(`[!-~]{1,28}`).Draw(t, "account")
		tr.Merchant = rapid.StringMatching(`[0-9A-Za-z]{0,15}`).Draw(t, "merchant")
		tr.Reference = rapid.StringMatching(`[ -~]{0,999}`).Draw(t, "reference")
		m := tr.Request()
		if rapid.Bool().Draw(t, "reversal") {
			m = iso8583.Reversal(tr.Request(), tr.At, rapid.Bool().Draw(t, "repeat"), iso8583.TooLate)
		}
		packed, err := d.Pack(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.Unpack(packed)
		if err != nil {
			t.Fatal(err)
		}
		for de := iso8583.DE(2); de <= 128; de++ {
			if again.Get(de) != m.Get(de) {
				t.Fatalf("DE%d is %q, was %q", de, again.Get(de), m.Get(de))
			}
		}
	})
}

// FuzzUnpack holds that anything is read or refused, and that what is read can be
// written and read again to the same.
func FuzzUnpack(f *testing.F) {
	d := dialect(f)
	for name := range vectors() {
		f.Add(vector(f, name)[2:])
	}
	f.Add([]byte(strings.Repeat("\x00\xff", 40)))
	f.Add([]byte("0200" + "8000000000000000" + "8000000000000000"))
	f.Fuzz(func(t *testing.T, octets []byte) { writesWhatItReads(t, d, octets) })
}

// writesWhatItReads wants a message that can be read to be written, and to be read again as
// the same.
func writesWhatItReads(t *testing.T, d *iso8583.Dialect, octets []byte) {
	t.Helper()
	m, err := d.Unpack(octets)
	if err != nil {
		return
	}
	packed, err := d.Pack(m)
	if err != nil {
		t.Fatalf("%s was read and cannot be written: %v", m.MTI, err)
	}
	again, err := d.Unpack(packed)
	if err != nil {
		t.Fatalf("%s was written and cannot be read: %v", m.MTI, err)
	}
	same(t, again, m)
}

func BenchmarkPackRequest(b *testing.B) {
	d, m := dialect(b), florist().Request()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Pack(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnpackAnswer(b *testing.B) {
	d, octets := dialect(b), vector(b, "0210-approved")[2:]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Unpack(octets); err != nil {
			b.Fatal(err)
		}
	}
}
