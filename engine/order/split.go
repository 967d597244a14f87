package order

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// word is one word of a memo: letters of one script with nothing between them.
type word struct {
	text       string // folded: no accents, no apostrophes
	start, end int
	han        bool
	odd        bool // its accents were dropped
}

// split divides a memo at every character that is not a letter, and where the
// script changes. It fails at letters of scripts in which the grammar knows no
// words: what they say about the amount, or which Latin letters they resemble, is
// not known.
func split(text string) ([]word, bool) {
	ws := make([]word, 0, 4)
	open := false
	for i, r := range text {
		n := i + len(string(r))
		han := unicode.Is(unicode.Han, r)
		last := len(ws) - 1
		switch {
		case isApostrophe(r) && open && !ws[last].han:
		case unicode.Is(unicode.M, r) && open:
			if ws[last].han {
				return nil, false
			}
			ws[last].odd, ws[last].end = true, n
		case !unicode.IsLetter(r):
			open = false
		case !han && !unicode.Is(unicode.Latin, r):
			return nil, false
		case open && ws[last].han == han:
			ws[last].end = n
		default:
			ws = append(ws, word{start: i, end: n, han: han})
			open = true
		}
	}
	for i := range ws {
		ws[i].text = text[ws[i].start:ws[i].end]
		if !ws[i].han {
			ws[i].plainLatin()
		}
	}
	return ws, true
}

func isApostrophe(r rune) bool { return strings.ContainsRune("'’‘`´", r) }

// plainLatin drops accents and apostrophes from the text of a word.
func (w *word) plainLatin() {
	if isASCII(w.text) && !strings.ContainsAny(w.text, "'`") {
		return
	}
	plain := strings.Map(func(r rune) rune {
		if isApostrophe(r) || unicode.Is(unicode.M, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(w.text))
	w.odd = w.odd || !isASCII(strings.Map(dropApostrophe, w.text))
	w.text = plain
}

func dropApostrophe(r rune) rune {
	if isApostrophe(r) {
		return -1
	}
	return r
}
