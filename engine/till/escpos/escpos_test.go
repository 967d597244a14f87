package escpos_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"mpg/engine/till/escpos"
)

// slip is one with everything on it.
func slip() escpos.Slip {
	return escpos.Slip{Shop: "蓝鸟花店", Amount: "128.50", Currency: "CNY", Ref: "PLYSSAYH", Payer: "138****0001", Time: "2026-11-26 14:05:09"}
}

// shown writes slips as a printer would read them: each command by name, and the text.
func shown(t *testing.T, page escpos.Page, slips []byte) string {
	t.Helper()
	text := string(slips)
	if page == escpos.GB18030 {
		var err error
		if text, err = simplifiedchinese.GB18030.NewDecoder().String(text); err != nil {
			t.Fatal(err)
		}
	}
	for command, name := range map[string]string{"\x1b@": "<init>", "\x1bt\x00": "<cp437>", "\x1c&": "<chinese>", "\x1ba\x01": "<centre>", "\x1ba\x00": "<left>", "\x1bE\x01": "<bold>", "\x1bE\x00": "</bold>",
		"\x1d!\x11": "<large>", "\x1d!\x00": "</large>", "\x1dVB\x03": "<cut>\n"} {
		text = strings.ReplaceAll(text, command, name)
	}
	return text
}

// TestSlips compares the bytes of slips with those in testdata, in a readable form.
func TestSlips(t *testing.T) {
	t.Parallel()
	english := slip()
	english.Shop = "BLUEBIRD FLORIST"
	reprint, car, ticket, long := slip(), english, english, english
	reprint.Reprint = true
	car.Shop, car.Note = "CAR PARK", "SH A12345"
	ticket.Shop, ticket.Ticket, ticket.Reprint = "TICKETS", true, true
	long.Shop, long.Payer, long.Currency, long.Amount = "THE LONGEST NAME OF A SHOP THAT ANYBODY HAS REGISTERED", strings.Repeat("9", 30), "IDR", "123456789012345.00"
	got := ""
	for _, one := range []struct {
		paper escpos.Paper
		slip  escpos.Slip
	}{
		{escpos.Paper{Width: 32, Page: escpos.GB18030}, slip()}, {escpos.Paper{Width: 48, Page: escpos.GB18030}, reprint}, {escpos.Paper{Width: 32, Page: escpos.CP437}, english},
		{escpos.Paper{Width: 32, Page: escpos.CP437}, car}, {escpos.Paper{Width: 48, Page: escpos.CP437}, ticket}, {escpos.Paper{Width: 32, Page: escpos.CP437}, long},
	} {
		got += shown(t, one.paper.Page, one.paper.Bytes(one.slip)) + "\n"
	}
	want, err := os.ReadFile("testdata/slips.txt")
	if err != nil || got != string(want) {
		t.Errorf("%v; the slips are now:\n%s", err, got)
	}
}

// TestCharacters: what a character set lacks is a question mark, and what is no character is
// left out.
func TestCharacters(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		page       escpos.Page
		text, want string
	}{
		{escpos.CP437, "Café 5€ 蓝", "Caf\x82 5? ?"}, {escpos.CP437, "a\tb\nc\r\x1b@d\x00", "a b c @d"}, {escpos.CP437, "\x7f\u200e\ufffd", "?"},
		{escpos.GB18030, "蓝€", "\xc0\xb6\xa2\xe3"}, {escpos.GB18030, "😀", "\x94\x39\xfc\x36"}, {escpos.GB18030, "\ufffd\x1d", "?"},
	} {
		got := string(escpos.Paper{Width: 32, Page: tt.page}.Bytes(escpos.Slip{Shop: tt.text}))
		_, got, _ = strings.Cut(got, "\x1bE\x01")
		got, _, _ = strings.Cut(got, "\n")
		if got != tt.want {
			t.Errorf("%q in %s: %q, want %q", tt.text, tt.page, got, tt.want)
		}
	}
}

// FuzzSlip: whatever a name is, it changes nothing but text: the commands of a slip are the
// same, and no line is wider than the paper.
func FuzzSlip(f *testing.F) {
	f.Add("BLUEBIRD FLORIST", true, true)
	f.Add("蓝鸟花店", true, false)
	f.Add("\x1b@\x1dVB\x03\n\n", false, true)
	f.Add("\xff\xfe😀", false, false)
	f.Fuzz(func(t *testing.T, name string, wide, chinese bool) {
		paper := escpos.Paper{Width: 32, Page: escpos.CP437}
		if wide {
			paper.Width = 48
		}
		if chinese {
			paper.Page = escpos.GB18030
		}
		one := slip()
		one.Shop, one.Payer, one.Note = name, name, name
		got, plain := paper.Bytes(one), slip()
		plain.Note = "A"
		if commands(got) != commands(paper.Bytes(plain)) {
			t.Errorf("%q: the commands are %q", name, commands(got))
		}
		for line := range bytes.Lines(got) {
			if width := columns(line, chinese); width > paper.Width {
				t.Errorf("%q: a line of %d columns: %q", name, width, line)
			}
		}
	})
}

// commands returns the commands in slips: each begins with a control character.
func commands(slips []byte) string {
	all := ""
	for i := 0; i < len(slips); i++ {
		switch length := map[byte]int{0x1b: 3, 0x1c: 2, 0x1d: 3}[slips[i]]; {
		case length == 0 && slips[i] < ' ' && slips[i] != '\n':
			all += fmt.Sprintf("stray %x", slips[i])
		case length > 0:
			if slips[i+1] == '@' {
				length = 2
			}
			if slips[i+1] == 'V' {
				length = 4
			}
			all += fmt.Sprintf("%q ", slips[i:i+length])
			i += length - 1
		}
	}
	return all
}

// columns returns how wide a line is, its commands apart.
func columns(line []byte, chinese bool) int {
	text := string(line)
	for _, command := range []string{"\x1b@", "\x1bt\x00", "\x1c&", "\x1ba\x01", "\x1ba\x00", "\x1bE\x01", "\x1bE\x00", "\x1d!\x11", "\x1d!\x00", "\x1dVB\x03", "\n"} {
		text = strings.ReplaceAll(text, command, "")
	}
	if !chinese {
		return len(text)
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().String(text)
	if err != nil || !utf8.ValidString(decoded) {
		return 1000
	}
	width := 0
	for _, r := range decoded {
		if r < 0x80 {
			width++
		} else {
			width += 2
		}
	}
	return width
}
