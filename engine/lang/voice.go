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

// Ref words a reference or a code character by character: in Chinese 1 is 幺, as on the
// telephone; letters stay letters.
func Ref(l Lang, ref string) string {
	digits, sep := enSmall[:10], ", "
	if l == ZH {
		digits, sep = zhDigitNames[:], " "
	}
	words := make([]string, 0, len(ref))
	for _, r := range strings.ToUpper(ref) {
		switch {
		case r >= '0' && r <= '9':
			words = append(words, digits[r-'0'])
		case r >= 'A' && r <= 'Z':
			words = append(words, string(r))
		}
	}
	return strings.Join(words, sep)
}

// groupDigits is how many digits of a number are read out in one breath.
const groupDigits = 4

// digitGroups words a phone number in the groups in which people say it: 138,
// 0000, 0002.
func digitGroups(l Lang, number string) string {
	number = strings.TrimPrefix(number, "+")
	var groups []string
	for len(number) > 0 {
		n := min(groupDigits, len(number))
		if rest := len(number) % groupDigits; rest != 0 {
			n = rest
		}
		groups = append(groups, strings.ReplaceAll(Ref(l, number[:n]), ",", ""))
		number = number[n:]
	}
	if l == ZH {
		return strings.Join(groups, "，")
	}
	return strings.Join(groups, ", ")
}

// zhDigitNames are the digits of a number that is read out. Never written to.
var zhDigitNames = [10]string{"零", "幺", "二", "三", "四", "五", "六", "七", "八", "九"}
