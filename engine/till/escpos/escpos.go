// Package escpos writes slips for receipt printers, in the commands that nearly all of them
// know: ESC/POS.
//
// Nothing of what a slip tells can become a command: control characters are left out, and
// what the printer's character set lacks becomes a question mark. The package imports nothing
// of ours; golang.org/x/text has the character sets.
package escpos

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Page is the character set of a printer, and with it the language of slips.
type Page string

// The character sets.
const (
	GB18030 Page = "gb18030" // Chinese
	CP437   Page = "cp437"   // English
)

// Paper is what a printer prints on.
type Paper struct {
	Width int // characters of ASCII in a line
	Page  Page
}

// Slip says that a payment was made. Empty members are left out.
type Slip struct {
	Shop     string
	Amount   string
	Currency string
	Ref      string
	Payer    string // masked
	Time     string
	Note     string // what the customer wrote
	Ticket   bool   // the reference is the number of a ticket
	Reprint  bool   // the slip may have been printed before
}

// words are the fixed words of a slip.
type words struct {
	paid, reprint, ref, ticket, payer, time, note string
}

// wordsOf returns the words in the language of a character set.
func wordsOf(page Page) words {
	if page == GB18030 {
		return words{"已付款", "重印", "编号", "票号", "付款人", "时间", "备注"}
	}
	return words{"PAID", "REPRINT", "Ref", "Ticket", "From", "Time", "Note"}
}

// Commands of ESC/POS.
const (
	initialise  = "\x1b@"
	page437     = "\x1bt\x00"
	chineseMode = "\x1c&"
	centre      = "\x1ba\x01"
	left        = "\x1ba\x00"
	boldOn      = "\x1bE\x01"
	boldOff     = "\x1bE\x00"
	large       = "\x1d!\x11" // twice as wide and twice as high
	normal      = "\x1d!\x00"
	feedAndCut  = "\x1dVB\x03"
)

// Bytes returns what is sent to the printer for a slip.
func (p Paper) Bytes(slip Slip) []byte {
	w, out := wordsOf(p.Page), new(strings.Builder)
	out.WriteString(initialise)
	if p.Page == GB18030 {
		out.WriteString(chineseMode)
	} else {
		out.WriteString(page437)
	}
	out.WriteString(centre + boldOn)
	p.lines(out, slip.Shop, p.Width)
	if slip.Reprint {
		p.lines(out, "*** "+w.reprint+" ***", p.Width)
	}
	out.WriteString(large)
	p.lines(out, w.paid, p.Width/2)
	p.lines(out, slip.Currency+" "+slip.Amount, p.Width/2)
	out.WriteString(normal + boldOff + left)
	number := w.ref
	if slip.Ticket {
		number = w.ticket
	}
	for _, row := range [][2]string{{number, slip.Ref}, {w.note, slip.Note}, {w.payer, slip.Payer}, {w.time, slip.Time}} {
		if row[1] != "" {
			p.row(out, row[0], row[1])
		}
	}
	if slip.Reprint {
		out.WriteString(centre)
		p.lines(out, "*** "+w.reprint+" ***", p.Width)
	}
	out.WriteString(feedAndCut)
	return []byte(out.String())
}

// row writes a name at the left and a value at the right, or in a line of its own if both are
// too long for one.
func (p Paper) row(out *strings.Builder, name, value string) {
	head, body := p.encode(name), p.encode(value)
	gap := p.Width - columns(head) - columns(body)
	if gap < 1 {
		p.lines(out, name, p.Width)
		p.lines(out, value, p.Width)
		return
	}
	writeChars(out, head)
	out.WriteString(strings.Repeat(" ", gap))
	writeChars(out, body)
	out.WriteByte('\n')
}

// lines writes text in lines of at most that many columns.
func (p Paper) lines(out *strings.Builder, text string, width int) {
	used := 0
	for _, char := range p.encode(text) {
		if used+len(char.shape()) > width && used > 0 {
			out.WriteByte('\n')
			used = 0
		}
		out.WriteString(string(char))
		used += len(char.shape())
	}
	if used > 0 {
		out.WriteByte('\n')
	}
}

// char is a character as the printer reads it.
type char string

// shape returns something as long as the character is wide: what is not ASCII takes two
// columns in Chinese, however many bytes it has.
func (c char) shape() string { return string(c[:min(len(c), 2)]) }

func columns(chars []char) int {
	width := 0
	for _, c := range chars {
		width += len(c.shape())
	}
	return width
}

func writeChars(out *strings.Builder, chars []char) {
	for _, c := range chars {
		out.WriteString(string(c))
	}
}

// encode returns text as the printer reads it.
func (p Paper) encode(text string) []char {
	var chars []char
	chinese := simplifiedchinese.GB18030.NewEncoder()
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			chars = append(chars, " ")
		case !unicode.IsPrint(r):
			continue
		case r < unicode.MaxASCII:
			chars = append(chars, char(r))
		case p.Page == GB18030:
			encoded, err := chinese.String(string(r))
			if err != nil || r == unicode.ReplacementChar {
				encoded = "?"
			}
			chars = append(chars, char(encoded))
		default:
			code, ok := charmap.CodePage437.EncodeRune(r)
			if !ok || code < 0x80 {
				code = '?'
			}
			chars = append(chars, char([]byte{code}))
		}
	}
	return chars
}
