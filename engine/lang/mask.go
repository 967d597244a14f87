package lang

import (
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
