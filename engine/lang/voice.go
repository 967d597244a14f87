package lang

import (
	"maps"
	"slices"
	"strings"
)

// Voice returns prompt in language in the built-in texts; see Texts.Voice.
func Voice(language Lang, prompt Prompt, args Args) []string {
	return Builtin().Voice(language, prompt, args)
}

// Voice returns prompt in language: complete sentences for the synthesiser, in the order in
// which they are said. A sentence without a value in it is the same each time, so that it
// can be kept. A sentence that begins with … is said after a pause. An unknown prompt has
// no sentences.
func (t *Texts) Voice(language Lang, prompt Prompt, args Args) []string {
	w := wording{l: language, book: t.in(language), a: args}
	said := make([]string, len(w.book.call[prompt]))
	for i, sentence := range w.book.call[prompt] {
		said[i] = w.fill(sentence)
	}
	return said
}

// Fixed returns the sentences of calls in language that do not depend on a payment, so that
// they can be made before any call; those that every call uses come first.
func (t *Texts) Fixed(language Lang) []string {
	prompts := t.in(language).call
	order := append([]Prompt{Guard, AskPIN, FromPurse, Paid}, slices.Sorted(maps.Keys(prompts))...)
	var all []string
	for _, p := range order {
		for _, sentence := range prompts[p] {
			for _, said := range t.variants(language, sentence) {
				if !slices.Contains(all, said) {
					all = append(all, said)
				}
			}
		}
	}
	return all
}

// variants returns everything that a sentence can say; nothing if it names a payment.
func (t *Texts) variants(language Lang, sentence string) []string {
	book := t.in(language)
	var args []Args
	switch {
	case strings.Contains(sentence, "{tries}"):
		for left := 1; left < triesMax; left++ {
			args = append(args, Args{Tries: left})
		}
	case strings.Contains(sentence, "{reason}"):
		for reason := range book.reason {
			args = append(args, Args{Reason: reason})
		}
	case !strings.Contains(sentence, "{"):
		return []string{sentence}
	}
	var all []string
	for _, a := range args {
		w := wording{l: language, book: book, a: a}
		all = append(all, w.fill(sentence))
	}
	return all
}

// triesMax is how many wrong PINs lock a subscriber; callers hear how many are left.
const triesMax = 3

// Ref words a reference or a code character by character: in Chinese 1 is 幺, as on the
// telephone; letters stay letters.
func Ref(language Lang, ref string) string {
	digits, sep := enSmall[:10], ", "
	if language == ZH {
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
func digitGroups(language Lang, number string) string {
	number = strings.TrimPrefix(number, "+")
	var groups []string
	for len(number) > 0 {
		n := min(groupDigits, len(number))
		if rest := len(number) % groupDigits; rest != 0 {
			n = rest
		}
		groups = append(groups, strings.ReplaceAll(Ref(language, number[:n]), ",", ""))
		number = number[n:]
	}
	if language == ZH {
		return strings.Join(groups, "，")
	}
	return strings.Join(groups, ", ")
}

// zhDigitNames are the digits of a number that is read out. Never written to.
var zhDigitNames = [10]string{"零", "幺", "二", "三", "四", "五", "六", "七", "八", "九"}
