package order

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Full-width forms stand at one distance from the characters of ASCII.
const (
	wideFirst = '！'
	wideLast  = '～'
	wideShift = wideFirst - '!'
)

// mirrors are the characters after which a phone shows numbers from right to left,
// or two numbers in the other order: 521 for a 125 that was sent. The marks for
// left to right, which phones put around a pasted number, change nothing.
const mirrors = "\u200f\u061c\u202b\u202e\u2067"

// fold turns full-width forms into plain ones and every run of white space and
// control characters into one blank, and drops characters without a width. It
// folds nothing else: compatibility forms would make 102 of 10². A text with a
// character that was lost on its way is not folded, since that may have been a
// decimal point; nor is one that is shown in another order than it was sent.
func fold(text string) (string, bool) {
	if strings.ContainsRune(text, utf8.RuneError) || !utf8.ValidString(text) || strings.ContainsAny(text, mirrors) {
		return "", false
	}
	if isFolded(text) {
		return text, true
	}
	var b strings.Builder
	b.Grow(len(text))
	blank, last := false, rune(0)
	for i, r := range text {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			blank = true
			continue
		case r >= utf8.RuneSelf && unicode.Is(unicode.Cf, r):
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = (r == '，' && !(wideDigit(last) && nextWide(text[i+len("，"):]))) || r == '、'
		b.WriteRune(narrow(r))
		last = r
	}
	return b.String(), true
}

// isFolded reports whether fold has nothing to do: most texts are of printable
// ASCII, with one blank between words.
func isFolded(text string) bool {
	last := byte(' ')
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' || text[i] == ' ' && last == ' ' {
			return false
		}
		last = text[i]
	}
	return last != ' '
}

// nextWide reports whether a full-width digit comes next: only there can a
// full-width comma stand within a number.
func nextWide(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return wideDigit(r)
}

func wideDigit(r rune) bool { return r >= '０' && r <= '９' }

// narrow is the plain form of a full-width character.
func narrow(r rune) rune {
	switch {
	case r >= wideFirst && r <= wideLast:
		return r - wideShift
	case r == '￥':
		return '¥'
	case r == '、':
		return ','
	case r == '｡':
		return '。'
	}
	return r
}

// lower returns text with ASCII letters in lower case and traditional Chinese in
// simplified: as long as text, so that a memo can be found in the text as it was written.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		case r >= utf8.RuneSelf:
			return simplified(r)
		}
		return r
	}, text)
}

// isLatinLetter reports whether text, which is folded, begins with a letter of ASCII.
func isLatinLetter(text string) bool { return text != "" && text[0] >= 'a' && text[0] <= 'z' }

// isDigit reports whether text begins with a digit.
func isDigit(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }
