package lang

import "strings"

// Voice is prompt p in l: finished sentences for the synthesiser, in the order
// in which they are said. A sentence without a value in it is the same each
// time, so that it can be kept. An unknown p gives none.
func Voice(l Lang, p Prompt, a Args) []string {
	sentences := promptsEN[p]
	if l == ZH {
		sentences = promptsZH[p]
	}
	w := wording{l: l, a: a}
	said := make([]string, len(sentences))
	for i, s := range sentences {
		said[i] = w.fill(s)
	}
	return said
}

// Ref words a reference or a code sign by sign: in Chinese 1 is 幺, as on the
// telephone; letters stay letters.
func Ref(l Lang, ref string) string {
	digits, sep := enSmall[:10], ", "
	if l == ZH {
		digits, sep = zhDigitNames[:], " "
	}
	signs := make([]string, 0, len(ref))
	for _, r := range strings.ToUpper(ref) {
		switch {
		case r >= '0' && r <= '9':
			signs = append(signs, digits[r-'0'])
		case r >= 'A' && r <= 'Z':
			signs = append(signs, string(r))
		}
	}
	return strings.Join(signs, sep)
}

// zhDigitNames are the digits of a number that is read out. Never written to.
var zhDigitNames = [10]string{"零", "幺", "二", "三", "四", "五", "六", "七", "八", "九"}
