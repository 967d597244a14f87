package order

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// pinForms are texts that hold a PIN: digits alone, also spaced out; digits
// after a word for it; and six digits behind an order that is complete.
var pinForms = []*regexp.Regexp{
	regexp.MustCompile(`^[^\p{L}\p{N}]*[0-9]([ .-]?[0-9]){3,7}[^\p{L}\p{N}]*$`),
	regexp.MustCompile(`(pin|mima|passw(or)?d|pwd|code|密码|改密码?|口令|\bgm)[\s:=,.]*(is|to|number|no|code|为|是|改为|改成|改|号码?|码)*[\s:=,.#]*[0-9]([ .-]?[0-9]){3,7}([^0-9]|$)`),
	regexp.MustCompile(`[0-9][0-9.,元块]*[^0-9.]+[0-9][0-9.,元块]*[^0-9.]+[0-9]{6}[^\p{L}\p{N}]*$`),
}

// LooksLikePIN reports whether a text may hold a PIN. It must be asked before
// the text is kept, logged or digested anywhere.
func LooksLikePIN(text string) bool {
	s := strings.ToLower(norm.NFKC.String(text))
	for _, f := range pinForms {
		if f.MatchString(s) {
			return true
		}
	}
	return false
}

// Redact is what may be kept of a text that looks like a PIN: every digit, of
// any script, is an asterisk.
func Redact(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || unicode.IsNumber(r) {
			return '*'
		}
		return r
	}, text)
}
