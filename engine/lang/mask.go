package lang

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// surnames of two characters, the common ones. Never written to.
var surnames = [...]string{"欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "端木", "南宫"}

// maskedName returns a person's name as a payer hears it before the PIN: 李姓用户
// of 李雷, "Li L" of Li Lei. It is empty if the voice of the language cannot
// say the name.
func maskedName(language Lang, called Name) string {
	name := strings.TrimSpace(called.In(language))
	if han(name) {
		if language != ZH {
			return ""
		}
		return surname(name) + "姓用户"
	}
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	first, last := words[0], words[len(words)-1]
	if len(words) == 1 {
		return initial(first)
	}
	return first + " " + initial(last)
}

// maskedRunesMax is the longest masked name that a text shows.
const maskedRunesMax = 16

// Masked returns as much of a person's name as others are shown, in each language: Li L of Li
// Lei.
func Masked(called Name) Name {
	short := func(language Lang) string {
		r := []rune(maskedName(language, called))
		return string(r[:min(len(r), maskedRunesMax)])
	}
	return Name{EN: short(EN), ZH: short(ZH)}
}

// MaskName hides most of a person's name from those who may not see it: Wang Fang is
// Wang F…, and 王芳 is 王*.
func MaskName(name string) string {
	if name = strings.TrimSpace(name); han(name) {
		return surname(name) + "*"
	}
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	first, last := words[0], words[len(words)-1]
	if len(words) == 1 {
		return initial(first) + "…"
	}
	return first + " " + initial(last) + "…"
}

// han reports whether a name is written in Chinese characters.
func han(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return unicode.Is(unicode.Han, r)
}

func surname(name string) string {
	for _, s := range surnames {
		if strings.HasPrefix(name, s) && len(name) > len(s) {
			return s
		}
	}
	return initial(name)
}

func initial(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r))
}

// numberRun is what may be a phone number, or part of one, in a text that people wrote: six
// digits or more in any script, with what people write between them.
var numberRun = regexp.MustCompile(`[+＋]?\p{Nd}(?:[ ().\-/]*\p{Nd}){5,}`)

// MaskText hides what may be somebody's number in a text that people wrote, as Mask does.
func MaskText(text string) string {
	return numberRun.ReplaceAllStringFunc(text, func(run string) string { return Mask(plainDigits(run)) })
}

// Forms of what a command may be about that hide nothing: the code of a shop, the reference
// of a payment, and one word, such as the name of a member of staff or of an account.
var (
	codeObject = regexp.MustCompile(`^[0-9]{4,6}$`)
	refObject  = regexp.MustCompile(`^[2-9A-HJ-NP-Z]{8}$`)
	wordObject = regexp.MustCompile(`^[A-Za-z0-9._:+-]+$`)
)

// MaskObject hides the person that a command was about. A code or a reference is shown as it
// is, and a number or a word as MaskText does; any other text is not shown at all, since it
// may hold a name, which nothing marks as one.
func MaskObject(object string) string {
	switch {
	case codeObject.MatchString(object), refObject.MatchString(object) && strings.ContainsFunc(object, unicode.IsLetter):
		return object
	case object == "", wordObject.MatchString(object):
		return MaskText(object)
	}
	return "…"
}

// plainDigits returns the digits of a number, and its plus sign, in ASCII; digits of other
// scripts than ASCII and full width become 0.
func plainDigits(written string) string {
	return strings.Map(func(char rune) rune {
		switch {
		case char == '+' || '0' <= char && char <= '9':
			return char
		case char == '＋':
			return '+'
		case '０' <= char && char <= '９':
			return char - '０' + '0'
		case unicode.IsDigit(char):
			return '0'
		}
		return -1
	}, written)
}
