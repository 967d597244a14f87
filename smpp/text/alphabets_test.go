package text

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAlphabetNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Alphabet{"gsm": GSM, "ucs2": UCS2, "ascii": ASCII, "latin1": Latin1, "utf8": UTF8, "gbk": GBK} {
		if a, ok := ParseAlphabet(name); !ok || a != want {
			t.Errorf("%s: %d, %v", name, a, ok)
		}
	}
	for _, name := range []string{"", "GSM", "utf-8", "gb2312", "ucs2 "} {
		if a, ok := ParseAlphabet(name); ok || a != 0 {
			t.Errorf("%q: %d, %v", name, a, ok)
		}
	}
}

// Every data_coding there is: SMPP 3.4 5.2.19 takes those below 0x10, and 3GPP TS
// 23.038 4 says what the others are.
func TestEveryDataCoding(t *testing.T) {
	t.Parallel()
	want := map[Alphabet][]byte{
		GSM: {
			0x00, 0x10, 0x11, 0x12, 0x13, // general, uncompressed, with a class
			0x40, 0x41, 0x42, 0x43, 0x50, 0x51, 0x52, 0x53, // the same, to be deleted
			0xF0, 0xF1, 0xF2, 0xF3, 0xF8, 0xF9, 0xFA, 0xFB, // with a class, not of eight bits
		},
		UCS2:   {0x08, 0x18, 0x19, 0x1A, 0x1B, 0x48, 0x49, 0x4A, 0x4B, 0x58, 0x59, 0x5A, 0x5B},
		ASCII:  {0x01},
		Latin1: {0x03},
	}
	for coding := range 256 {
		a, ok := OfDataCoding(byte(coding))
		expected := Alphabet(0)
		for of, codings := range want {
			if slices.Contains(codings, byte(coding)) {
				expected = of
			}
		}
		if ok != (expected != 0) || ok && a != expected {
			t.Errorf("data_coding 0x%02x: alphabet %d, %v, want %d", coding, a, ok, expected)
		}
	}
}

// What data_coding 0 means is the SMSC's to say; no other value changes with it, but
// for the one that China's SMSCs use.
func TestTheDefaultAlphabet(t *testing.T) {
	t.Parallel()
	for _, def := range []Alphabet{GSM, UCS2, ASCII, Latin1, UTF8, GBK} {
		if a, ok := (Coding{Default: def}).Alphabet(); a != def || !ok {
			t.Errorf("default %d: %d", def, a)
		}
		for coding := 1; coding < 256; coding++ {
			a, ok := Coding{DataCoding: byte(coding), Default: def}.Alphabet()
			plain, known := OfDataCoding(byte(coding))
			if byte(coding) == DataCodingGBK && def == GBK {
				plain, known = GBK, true
			}
			if a != plain || ok != known {
				t.Errorf("default %d changes 0x%02x to %d", def, coding, a)
			}
		}
	}
}

func TestOctetsOfEachAlphabet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		coding Coding
		octets string
		want   string
		err    error
	}{
		{"ASCII", Coding{DataCoding: DataCodingASCII}, "PAY 8001 128.50", "PAY 8001 128.50", nil},
		{"ASCII with a high octet", Coding{DataCoding: DataCodingASCII}, "PAY \xe9", "", ErrOctets},
		{"Latin 1", Coding{DataCoding: DataCodingLatin1}, "caf\xe9 \xa3 5", "café £ 5", nil},
		{"Latin 1 by default", Coding{Default: Latin1}, "\xc4\xd6\xdc", "ÄÖÜ", nil},
		{"UTF-8", Coding{Default: UTF8}, "支付 8001", "支付 8001", nil},
		{"UTF-8 cut within a character", Coding{Default: UTF8}, "支付"[:5], "", ErrOctets},
		{"GBK", Coding{Default: GBK}, "\xd6\xa7\xb8\xb6 8001", "支付 8001", nil},
		{"GBK where SMPP reserves", Coding{DataCoding: DataCodingGBK, Default: GBK}, "\xd6\xa7", "支", nil},
		{"GBK at an SMSC that has none", Coding{DataCoding: DataCodingGBK}, "\xd6\xa7", "", ErrAlphabet},
		{"GBK cut within a character", Coding{Default: GBK}, "\xd6\xa7\xb8", "", ErrOctets},
		{"GBK of no character", Coding{Default: GBK}, "\xff\xff", "", ErrOctets},
		{"UCS-2 of odd length", Coding{DataCoding: DataCodingUCS2}, "\x65\x2f\x4e", "", ErrOctets},
		{"UTF-16 pair", Coding{DataCoding: DataCodingUCS2}, "\xd8\x3d\xde\x00", "😀", nil},
		{"half a pair", Coding{DataCoding: DataCodingUCS2}, "\x00A\xd8\x3d", "A\uFFFD", nil},
		{"binary", Coding{DataCoding: 0x04}, "\x01", "", ErrAlphabet},
		{"nothing", Coding{DataCoding: DataCodingUCS2}, "", "", nil},
	} {
		out, err := c.coding.AppendDecode([]byte("> "), []byte(c.octets))
		if !errors.Is(err, c.err) || string(out) != "> "+c.want {
			t.Errorf("%s: %q, %v", c.name, out, err)
		}
	}
}

func TestNULsAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		coding     byte
		octets     string
		want, what string
	}{
		{DataCodingDefault, "BAL\x00\x00", "BAL", "padding"},
		{DataCodingDefault, "\x00BAL", "\x00BAL", "@ in front"},
		{DataCodingDefault, "\x00\x00", "", "nothing else"},
		{DataCodingUCS2, "\x00A\x00\x00\x00\x00", "\x00A", "padding of whole units"},
		{DataCodingUCS2, "\x4e\x00", "\x4e\x00", "一, whose low octet is 0"},
		{DataCodingUCS2, "\x00A\x00", "\x00A\x00", "half a unit stays, and is refused"},
		{0x04, "\x01\x00", "\x01", "binary"},
	} {
		if got := (Coding{DataCoding: c.coding}).TrimNULs([]byte(c.octets)); string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// anyText draws texts of the alphabets that subscribers and operators use.
func anyText() *rapid.Generator[string] {
	chars := []rune("PAY 8001 128.50\n@£$¥èéùìòÇØøÅå_^{}\\[~]|€ÆæßÉ¤ÄÖÑÜ§¿äöñüà支付余额元ñçê½😀Δ–’\x00\x1b\u00a0")
	return rapid.Map(rapid.SliceOfN(rapid.SampledFrom(chars), 0, 200), func(r []rune) string { return string(r) })
}

// Whatever an SMSC means by data_coding 0, it reads what was sent to it, and a text is
// sent in no alphabet that lacks a character of it.
func TestEveryDefaultReadsWhatIsSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		def := rapid.SampledFrom([]Alphabet{0, GSM, UCS2, ASCII, Latin1, UTF8, GBK}).Draw(t, "default")
		text := anyText().Draw(t, "text")
		out, coding, err := AppendEncodeFor([]byte("head"), text, def)
		if err != nil || !strings.HasPrefix(string(out), "head") {
			t.Fatalf("%q: %v", out, err)
		}
		back, err := Coding{DataCoding: coding, Default: def}.AppendDecode(nil, out[len("head"):])
		if err != nil || string(back) != text {
			t.Fatalf("default %d, data_coding %d: sent %q, read %q, %v", def, coding, text, back, err)
		}
	})
}

// A text that is not UTF-8 is sent to nobody, and nothing is appended for it.
func TestOnlyUTF8IsSent(t *testing.T) {
	t.Parallel()
	for _, def := range []Alphabet{0, GSM, UCS2, ASCII, Latin1, UTF8, GBK} {
		for _, text := range []string{"\xff", "PAY \xe6\x94", "支\x80付"} {
			if out, _, err := AppendEncodeFor([]byte("head"), text, def); !errors.Is(err, ErrUTF8) || string(out) != "head" {
				t.Errorf("default %d, %q: %q, %v", def, text, out, err)
			}
		}
	}
}

// Segments agrees with what Encode makes, and with the room of a part.
func TestSegmentsAgreeWithEncode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := anyText().Draw(t, "text")
		a, units, segments := Segments(text)
		coding, octets, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		whole, part, size := GSMUnitsMax, GSMUnitsPartMax, 1
		if a == UCS2 {
			whole, part, size = UCS2UnitsMax, UCS2UnitsPartMax, 2
		}
		if (coding == DataCodingUCS2) != (a == UCS2) || len(octets) != units*size {
			t.Fatalf("%q: alphabet %d, %d units; data_coding %d, %d octets", text, a, units, coding, len(octets))
		}
		if (segments == 1) != (units <= whole) {
			t.Fatalf("%d units in %d segments", units, segments)
		}
		// A part may be one unit short, where a character of two would be split.
		if segments > 1 && (segments*part < units || (segments-1)*(part-1) >= units) {
			t.Fatalf("%d units in %d parts of %d", units, segments, part)
		}
		if utf8.RuneCountInString(text) > units {
			t.Fatalf("%d characters in %d units", utf8.RuneCountInString(text), units)
		}
	})
}
