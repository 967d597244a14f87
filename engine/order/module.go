package order

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mpg/engine/lang"
)

// Word is a word that begins the texts of a module's own intent.
type Word struct {
	Text   string // as it is typed, in lower case
	Intent Intent
	Lang   lang.Lang // of Text
}

// With returns the grammar with the words of a module. The error names a word that is
// too short, is not in lower case, or could be misread: no word may equal another, and
// none in Chinese, where words are not separated, may begin with another.
func (g Grammar) With(words ...Word) (Grammar, error) {
	g.words = slices.Clone(g.words)
	for _, w := range words {
		if utf8.RuneCountInString(w.Text) < 2 || w.Text != lower(w.Text) || w.Text != strings.TrimSpace(w.Text) || w.Intent == "" {
			return g, fmt.Errorf("order: %q cannot begin the texts of %q: it needs two characters or more, in lower case", w.Text, w.Intent)
		}
		for k := range g.keywords {
			if k.word == w.Text || !isLatin(w.Text) && (strings.HasPrefix(k.word, w.Text) || strings.HasPrefix(w.Text, k.word)) {
				return g, fmt.Errorf("order: %q of %q could be read as %q of %q", w.Text, w.Intent, k.word, k.intent)
			}
		}
		g.words = append(g.words, keyword{word: w.Text, intent: w.Intent, lang: w.Lang, rest: true})
	}
	return g, nil
}
