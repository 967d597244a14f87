package text_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fiorix/go-smpp/smpp/pdu/pdutext"
	"pgregory.net/rapid"

	"mpg/smpp/text"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		coding byte
		hex    string
		want   string
		err    error
	}{
		{"plain", 0x00, hex.EncodeToString([]byte("PAY 8001 128.50")), "PAY 8001 128.50", nil},
		{"at, pound, dollar, yen", 0x00, "00010203", "@£$¥", nil},
		{"extension", 0x00, "1b651b281b291b3c1b3e1b2f1b3d1b401b141b0a", "€{}[]\\~|^\f", nil},
		{"escape before a free place", 0x00, "1b41", "A", nil},
		{"escape at the end", 0x00, "411b", "A ", nil},
		{"escape twice", 0x00, "1b1b65", " €", nil},
		{"umlauts are not Latin 1", 0x00, "c4", "", text.ErrOctets},
		{"escape before an octet", 0x00, "1bc4", "", text.ErrOctets},
		{"message class 1", 0xF1, "41", "A", nil},
		{"message class 1, 8-bit", 0xF5, "41", "", text.ErrAlphabet},
		{"ASCII", 0x01, "40245b", "@$[", nil},
		{"ASCII is 7-bit", 0x01, "80", "", text.ErrOctets},
		{"Latin 1", 0x03, "a5e9", "¥é", nil},
		{"UCS-2", 0x08, "4ed80020003500305143", "付 50元", nil},
		{"surrogates", 0x08, "d83dde00", "😀", nil},
		{"half a pair at the end", 0x08, "0041d83d", "A\uFFFD", nil},
		{"half a pair in the middle", 0x08, "d83d0041", "\uFFFDA", nil},
		{"pair the wrong way round", 0x08, "de00d83d", "\uFFFD\uFFFD", nil},
		{"byte order mark", 0x08, "feff0041", "A", nil},
		{"odd", 0x08, "004100", "", text.ErrOctets},
		{"empty", 0x08, "", "", nil},
		{"binary", 0x04, "41", "", text.ErrAlphabet},
		{"octet", 0x02, "41", "", text.ErrAlphabet},
		{"Cyrillic", 0x06, "41", "", text.ErrAlphabet},
		{"message waiting", 0xC8, "41", "", text.ErrAlphabet},
		{"reserved", 0x7F, "41", "", text.ErrAlphabet},
	} {
		octets, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := text.Decode(c.coding, octets); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got, err, c.want, c.err)
		}
	}
}

func TestEncodeTakesTheCheapest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		coding byte
		hex    string
	}{
		{"", 0x00, ""},
		{"A@_$", 0x00, "41001102"},
		{"5€", 0x00, "351b65"},
		{"Ω", 0x00, "15"},
		{"é", 0x00, "05"},
		{"ê", 0x08, "00ea"},
		{"`", 0x08, "0060"}, // not in the GSM alphabet
		{"\x1b", 0x08, "001b"},
		{"￥5", 0x08, "ffe50035"},
		{"付5", 0x08, "4ed80035"},
		{"😀", 0x08, "d83dde00"},
	} {
		coding, octets, err := text.Encode(c.text)
		if err != nil || coding != c.coding || hex.EncodeToString(octets) != c.hex {
			t.Errorf("%q: %#x %x, %v, want %#x %s", c.text, coding, octets, err, c.coding, c.hex)
		}
	}
	dst, _, err := text.AppendEncode([]byte("kept"), "5\xff")
	if !errors.Is(err, text.ErrUTF8) || string(dst) != "kept" {
		t.Errorf("broken UTF-8: %q, %v", dst, err)
	}
	dst, err = text.AppendDecode([]byte("kept"), 0, []byte{0x41, 0xFF})
	if !errors.Is(err, text.ErrOctets) || string(dst) != "kept" {
		t.Errorf("bad septet: %q, %v", dst, err)
	}
}

// A handset's language changes the tables, and never a digit or a letter of
// ASCII: what an order is made of reads alike in all.
func TestNationalTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		single, locking byte
		hex, want       string
		err             error
	}{
		{1, 0, "1b471b671b491b691b531b731b631b65", "ĞğİıŞşç€", nil},
		{1, 1, "0b0c1c1d4007600424", "ĞğŞşİıç€¤", nil},
		{2, 0, "1b411b611b491b691b4f1b6f1b551b751b09", "ÁáÍíÓóÚúç", nil},
		{3, 0, "1b051b1f1b0b1b0c1b0e1b0f1b5b1b7b1b5c1b7c", "êÊÔôÁáÃãÕõ", nil},
		{3, 3, "04060708090b0c0e0f12131415161718191a1c1d1e24405b5c5d607b7c7d", "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊºÍÃÕÚ~ãõ`", nil},
		{4, 0, "50415920352e3530", "PAY 5.50", nil}, // Bengali, and nothing of it is used
		{4, 0, "501b19", "", text.ErrAlphabet},
		{0, 4, "50", "", text.ErrAlphabet},
		{99, 99, "50", "", text.ErrAlphabet},
		{1, 1, "80", "", text.ErrOctets},
	} {
		octets, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		got, err := text.Coding{SingleShift: c.single, LockingShift: c.locking}.AppendDecode(nil, octets)
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("tables %d and %d, %s: %q, %v, want %q", c.single, c.locking, c.hex, got, err, c.want)
		}
	}
	const digits = "0123456789 PAYSEND.,:*# pay"
	for language := byte(1); language <= 3; language++ {
		for _, coding := range []text.Coding{{SingleShift: language}, {LockingShift: language}} {
			if got, err := coding.AppendDecode(nil, []byte(digits)); err == nil && string(got) != digits {
				t.Errorf("%+v: %q", coding, got)
			}
		}
	}
}

func TestLittleEndianSaysSo(t *testing.T) {
	t.Parallel()
	octets, err := hex.DecodeString("fffed84e2000350043513dd800de")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := text.Decode(8, octets); err != nil || got != "付 5元😀" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		text     string
		alphabet text.Alphabet
		units    int
		segments int
	}{
		{"empty", "", text.GSM, 0, 1},
		{"160 septets", strings.Repeat("x", 160), text.GSM, 160, 1},
		{"161 septets", strings.Repeat("x", 161), text.GSM, 161, 2},
		{"306 septets", strings.Repeat("x", 306), text.GSM, 306, 2},
		{"307 septets", strings.Repeat("x", 307), text.GSM, 307, 3},
		{"80 escapes", strings.Repeat("€", 80), text.GSM, 160, 1},
		{"an escape on the seam", strings.Repeat("x", 152) + "€" + strings.Repeat("x", 152), text.GSM, 306, 3},
		{"70 units", strings.Repeat("付", 70), text.UCS2, 70, 1},
		{"71 units", strings.Repeat("付", 71), text.UCS2, 71, 2},
		{"35 emoji", strings.Repeat("😀", 35), text.UCS2, 70, 1},
		{"an emoji on the seam", strings.Repeat("付", 66) + "😀" + strings.Repeat("付", 66), text.UCS2, 134, 3},
		{"one character makes it UCS-2", strings.Repeat("x", 70) + "付", text.UCS2, 71, 2},
	} {
		a, units, segments := text.Segments(c.text)
		if a != c.alphabet || units != c.units || segments != c.segments {
			t.Errorf("%s: %d, %d units, %d segments, want %d, %d, %d", c.name, a, units, segments, c.alphabet, c.units, c.segments)
		}
	}
}

// What is sent comes back, and Segments counts what Encode makes.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringOfN(rapid.RuneFrom([]rune("PAY 8001.50@€[]Ωé\n")), 0, 200, -1),
			rapid.String(),
			rapid.StringOfN(rapid.RuneFrom([]rune("付转余额元 8001😀")), 0, 100, -1),
		).Draw(t, "text")
		if strings.HasPrefix(s, "\uFEFF") || strings.HasPrefix(s, "\uFFFE") {
			t.Skip("read as a byte order mark")
		}
		coding, octets, err := text.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := text.Decode(coding, octets)
		if err != nil || back != s {
			t.Fatalf("%q came back as %q, %v", s, back, err)
		}
		a, units, segments := text.Segments(s)
		per, whole := 1, text.GSMUnitsMax
		if a == text.UCS2 {
			per, whole = 2, text.UCS2UnitsMax
		}
		if units*per != len(octets) || (segments == 1) != (units <= whole) {
			t.Fatalf("%q: %d units in %d segments, %d octets", s, units, segments, len(octets))
		}
	})
}

// go-smpp's tables are the second opinion on ours.
func TestGSMAgreesWithGoSMPP(t *testing.T) {
	t.Parallel()
	for septet := range 128 {
		if septet == 0x1B || septet == 0x09 { // escape; go-smpp has a small cedilla where the standard has a capital
			continue
		}
		octets := []byte{byte(septet)}
		ours, err := text.Decode(0, octets)
		if theirs := string(pdutext.GSM7(octets).Decode()); err != nil || ours != theirs {
			t.Errorf("%#x: %q, %v, go-smpp %q", septet, ours, err, theirs)
		}
	}
	for _, r := range "€[]{}\\^~|\f" {
		_, octets, err := text.Encode(string(r))
		if theirs := pdutext.GSM7(string(r)).Encode(); err != nil || !bytes.Equal(octets, theirs) {
			t.Errorf("%q: %x, %v, go-smpp %x", r, octets, err, theirs)
		}
	}
}

// FuzzDecode: octets are read whole or refused, and no reading has more
// characters than octets.
func FuzzDecode(f *testing.F) {
	f.Add(byte(0), []byte("PAY 8001 128.50"))
	f.Add(byte(0), []byte{0x1b, 0x65, 0x1b})
	f.Add(byte(8), []byte{0x4e, 0xd8, 0xd8, 0x3d, 0xde, 0x00})
	f.Add(byte(3), []byte{0xa5})
	f.Add(byte(0xF0), []byte("x"))
	f.Fuzz(func(t *testing.T, coding byte, octets []byte) {
		s, err := text.Decode(coding, octets)
		switch {
		case err != nil && (s != "" || !errors.Is(err, text.ErrAlphabet) && !errors.Is(err, text.ErrOctets)):
			t.Errorf("%q, %v", s, err)
		case err == nil && (!utf8.ValidString(s) || utf8.RuneCountInString(s) > len(octets)):
			t.Errorf("%#x %x gives %q", coding, octets, s)
		}
		if dataCoding, again, encErr := text.Encode(s); err == nil && encErr == nil && dataCoding == coding {
			if back, err := text.Decode(dataCoding, again); err != nil || back != s && !strings.HasPrefix(s, "\uFEFF") && !strings.HasPrefix(s, "\uFFFE") {
				t.Errorf("%q came back as %q, %v", s, back, err)
			}
		}
	})
}

func TestNothingIsAllocated(t *testing.T) {
	buf := make([]byte, 0, 1024)
	for _, s := range []string{"Paid 128.50 to BLUEBIRD [8001]", "已付 128.50 元给蓝鸟花店"} {
		coding, octets, err := text.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() {
			buf, _, _ = text.AppendEncode(buf[:0], s)
			buf, _ = text.AppendDecode(buf[:0], coding, octets)
			text.Segments(s)
		}); n != 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
	}
}

func BenchmarkAppendEncode(b *testing.B) {
	for name, s := range map[string]string{
		"gsm":  strings.Repeat("PAID 128.50 TO BLUE ", 5),
		"ucs2": strings.Repeat("已付 128.50 元给蓝鸟花店 ", 3),
	} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				buf, _, _ = text.AppendEncode(buf[:0], s)
			}
		})
	}
}

func BenchmarkAppendDecode(b *testing.B) {
	coding, octets, err := text.Encode(strings.Repeat("PAID 128.50 TO BLUE ", 5))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = text.AppendDecode(buf[:0], coding, octets); err != nil {
			b.Fatal(err)
		}
	}
}
