package order

import (
	"strings"
	"unicode"
)

// finish reads memo and source behind the amount.
func (p *parser) finish(o Order, a amount, rest string) (Order, Reason) {
	o.Amount, o.Currency, o.Written, o.Source = a.value, p.g.Currency, p.written, p.source
	rest = strings.Trim(rest, " .。,;:-")
	switch {
	case rest == "":
		return o, ""
	case hasNumber(rest):
		return o, TwoNumbers
	case undoes(rest):
		return o, TooMuch
	case p.foreign(rest):
		return o, OtherMoney
	case changes(rest):
		return o, BadAmount
	}
	memo, source, ok := cutSource(rest)
	if source != "" && o.Source != "" && source != o.Source {
		ok = false
	}
	if source != "" {
		o.Source = source
	}
	if !ok {
		return o, BadSource
	}
	o.Memo = p.asWritten(memo)
	return o, ""
}

// asWritten is a memo in the case it was written in, cut to its longest.
func (p *parser) asWritten(memo string) string {
	if i := strings.LastIndex(p.text, memo); i >= 0 {
		memo = p.plain[i : i+len(memo)]
	}
	if r := []rune(memo); len(r) > MemoRunesMax {
		memo = string(r[:MemoRunesMax])
	}
	return strings.TrimSpace(memo)
}

// cutSource finds the way of paying: alone, or at either end with FROM or 用. A
// bare word for one beside other words, such as in "bank holiday", may be meant
// or not: that is not guessed.
func cutSource(s string) (memo string, source Source, ok bool) {
	if source, ok := sourceOf(s); ok {
		return "", source, true
	}
	words := strings.Fields(s)
	for _, n := range []int{1, 2} {
		if n >= len(words) {
			break
		}
		for _, at := range []int{0, len(words) - n} {
			part := strings.Join(words[at:at+n], " ")
			source, named := sourceOf(part)
			if !named {
				continue
			}
			memo := strings.Join(append(words[:at:at], words[at+n:]...), " ")
			if bare := sources[part] != ""; bare && !by(words, at) {
				return "", source, false
			} else if !bare {
				return memo, source, true
			}
		}
	}
	return s, "", true
}

// by reports whether the word at a place is led by FROM, BY or 用.
func by(words []string, at int) bool {
	if at == 0 {
		return false
	}
	_, led := sourceOf(words[at-1] + " " + words[at])
	return led
}

// numberFaces are numbers among the faces that phones offer.
const numberFaces = "💯🔟"

// hasNumber reports whether a memo holds what could be one more number: a digit
// of any kind, or a word of Chinese numerals alone.
func hasNumber(s string) bool {
	if strings.ContainsFunc(s, unicode.IsNumber) || strings.ContainsAny(s, numberFaces) {
		return true
	}
	for _, word := range strings.Fields(s) {
		if n, rest := run(trimSigns(word)); n != "" && rest == "" {
			return true
		}
	}
	return false
}
