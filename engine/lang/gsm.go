package lang

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// gsmBasic are the characters of the GSM 7-bit default alphabet that are not between
// space and z in ASCII, 3GPP TS 23.038 6.2.1.
const gsmBasic = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r"

// gsmExtension are those beyond z that cost two septets, 3GPP TS 23.038
// 6.2.1.1.
const gsmExtension = "{}~|€\f"

// septets is the length of s in the GSM alphabet, where it has all characters of s.
func septets(text string) (int, bool) {
	n := 0
	for _, r := range text {
		switch {
		case r == '^', r == '[', r == ']', r == '\\':
			n += 2
		case r >= ' ' && r <= 'z' && r != '`', strings.ContainsRune(gsmBasic, r):
			n++
		case strings.ContainsRune(gsmExtension, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}

// toGSM writes a name in the basic GSM alphabet. It drops accents that the alphabet
// lacks, and characters that are neither letters nor digits. If a letter would be
// lost it returns nothing, since what is left would be another name.
func toGSM(name string) string {
	if n, ok := septets(name); ok && n == len(name) && !strings.ContainsAny(name, "\r\n") {
		return name
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(name) {
		if basic(r) {
			b.WriteRune(r)
			continue
		}
		for _, part := range norm.NFD.String(string(r)) {
			switch {
			case basic(part):
				b.WriteRune(part)
			case unicode.IsLetter(part), unicode.IsNumber(part):
				return ""
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// inUCS2 returns text with a shop's name that the GSM alphabet cannot write, if
// that still fits in one segment.
func (w *wording) inUCS2(text string) (string, bool) {
	name := w.a.Party.Name.In(w.l)
	if w.a.Party.Code == "" || name == "" || w.l == ZH || toGSM(name) != "" {
		return "", false
	}
	inGSM := w.name
	w.name = strings.TrimSpace(strings.Map(visible, name))
	s := w.fill(text)
	whole := w.name != "" && fits(s)
	w.name = inGSM
	return s, whole
}

// visible drops control characters, which show nothing.
func visible(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}

func basic(r rune) bool {
	n, ok := septets(string(r))
	return ok && n == 1 && r != '\n' && r != '\r'
}
