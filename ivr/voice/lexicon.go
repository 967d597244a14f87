package voice

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
)

//go:embed lexicon.txt
var lexiconText string

// lexicon maps Chinese words to the pinyin that espeak-ng is given for them.
type lexicon struct {
	words   map[string]string
	longest int // octets of the longest word
	id      string
}

func builtinLexicon() *lexicon { return parseLexicon(lexiconText) }

// parseLexicon reads lines of a word, blanks and its pinyin; # begins a comment.
func parseLexicon(text string) *lexicon {
	sum := sha256.Sum256([]byte(text))
	l := &lexicon{words: make(map[string]string), id: hex.EncodeToString(sum[:4])}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		word, pinyin, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		l.words[word] = strings.TrimSpace(pinyin)
		l.longest = max(l.longest, len(word))
	}
	return l
}

// spell replaces words by their pinyin, from the left, the longest first.
func (l *lexicon) spell(text string) string {
	var b strings.Builder
	for text != "" {
		word, pinyin := l.match(text)
		if word == "" {
			word = firstRune(text)
			b.WriteString(word)
		} else {
			b.WriteString(" " + pinyin + " ")
		}
		text = text[len(word):]
	}
	return b.String()
}

// match is the longest word that text begins with, and its pinyin.
func (l *lexicon) match(text string) (word, pinyin string) {
	for n := min(l.longest, len(text)); n > 0; n-- {
		if pinyin, ok := l.words[text[:n]]; ok {
			return text[:n], pinyin
		}
	}
	return "", ""
}

func firstRune(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}
