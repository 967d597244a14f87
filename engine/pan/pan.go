// Package pan finds card numbers in what people write, so that none is kept, logged or
// repeated: nobody may text one, and what must not be known cannot be stolen.
//
// A card number (primary account number, ISO/IEC 7812) has 13 to 19 digits, begins with digits
// that a card scheme was given, has one of the lengths of that scheme, and ends in a check
// digit. Digits may be of any script or form, and separated as people separate them.
//
//	pan.go      Redact, Holds       digits.go   the groups of digits in a text
//	scheme.go   what the schemes issue, and the check digit
//
// A phone number, a reference or an amount is not taken for one, nor is what several of
// them would make side by side: only groups that look like the print on a card count as one
// number. A digit sequence longer than a card number holds none.
//
// The package is pure. golang.org/x/text brings digits of other forms to those of ASCII.
package pan

import "strings"

// Lengths of a card number, and of what is shown of it.
const (
	digitsMin = 13
	digitsMax = 19
	shown     = 4
)

// span is where a card number stands in a text, in octets.
type span struct {
	start, end int
	last       string // its last digits
}

// Holds reports whether a text holds a card number.
func Holds(text string) bool { return len(find(text)) > 0 }

// Redact replaces each card number in a text by "[card number *1111]", with its last four
// digits, and reports whether there was one. A text without any is returned as it is.
func Redact(text string) (redacted string, found bool) {
	spans := find(text)
	if len(spans) == 0 {
		return text, false
	}
	var kept strings.Builder
	from := 0
	for _, one := range spans {
		kept.WriteString(text[from:one.start])
		kept.WriteString("[card number *" + one.last + "]")
		from = one.end
	}
	kept.WriteString(text[from:])
	return kept.String(), true
}

// find returns where the card numbers of a text stand, in order.
func find(text string) []span {
	if len(text) < digitsMin {
		return nil
	}
	var spans []span
	for _, line := range linesOf(text) {
		for first := 0; first < len(line); {
			count, digits := line[first:].card()
			if count == 0 {
				first++
				continue
			}
			spans = append(spans, span{line[first].start, line[first+count-1].end, digits[len(digits)-shown:]})
			first += count
		}
	}
	return spans
}

// card returns how many groups at the beginning of the line are a card number, and its
// digits; 0: none are.
func (l line) card() (count int, digits string) {
	if l[0].signed {
		return 0, ""
	}
	all := ""
	for i := range l {
		if all += l[i].digits; len(all) > digitsMax {
			break
		}
		if len(all) >= digitsMin && l[:i+1].printed() && issued(all) && checks(all) {
			count, digits = i+1, all
		}
	}
	return count, digits
}
