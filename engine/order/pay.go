package order

import (
	"regexp"
	"strings"
)

// codeForm is a merchant code: 4 to 6 digits, and then no digit, point or unit.
var codeForm = regexp.MustCompile(`^[0-9]{4,6}`)

// pay reads CODE AMOUNT, AMOUNT to CODE, and, where the amount is marked by a
// point or a unit, AMOUNT CODE; then memo and source.
func (p *parser) pay(s string) (Order, *Refusal) {
	s, _ = cutTo(s)
	if code, rest, ok := cutCode(s); ok {
		p.to = code
		a, rest, reason := p.readAmount(rest)
		if reason != "" {
			return p.refuse(reason, Pay)
		}
		return p.finish(Order{Intent: Pay, To: code}, a, rest)
	}
	a, rest, reason := p.readAmount(s)
	if reason != "" {
		return p.refuse(p.codeOr(reason, s), Pay)
	}
	rest, to := cutTo(rest)
	code, rest, ok := cutCode(rest)
	if !ok || (!to && !a.marked) {
		return p.refuse(BadCode, Pay)
	}
	p.to = code
	return p.finish(Order{Intent: Pay, To: code}, a, rest)
}

// codeOr says that the code is missing where the text has no number at all.
func (p *parser) codeOr(r Reason, s string) Reason {
	if r == BadAmount && !hasNumber(s) {
		return BadCode
	}
	return r
}

// cutCode takes a merchant code off the front. What goes on as a number, or is
// followed by a unit, is an amount.
func cutCode(s string) (code, rest string, ok bool) {
	s = strings.TrimLeft(s, " #")
	code = codeForm.FindString(s)
	if code == "" {
		return "", s, false
	}
	rest = s[len(code):]
	if unit, _ := cutUnit(rest); unit != "" && !startsAmount(rest) {
		return "", s, false
	}
	if rest != "" && (rest[0] >= '0' && rest[0] <= '9' || len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && rest[1] >= '0' && rest[1] <= '9') {
		return "", s, false
	}
	if n, after := run(rest); n != "" && strings.ContainsAny(string([]rune(n)[:1]), "十百千万亿点角毛分") && after == "" {
		return "", s, false // 8001万 is a number
	}
	return code, strings.TrimLeft(rest, " :-,"), true
}

// startsAmount reports whether a unit before a number begins the rest: the ¥ in
// 8001 ¥128.50.
func startsAmount(s string) bool {
	_, rest := cutUnit(s)
	n, _ := run(rest)
	return n != ""
}

// finish reads memo and source behind the amount.
func (p *parser) finish(o Order, a amount, rest string) (Order, *Refusal) {
	o.Amount, o.Currency, o.Written, o.Source = a.value, p.g.Currency, p.written, p.source
	rest = strings.Trim(rest, " .。,;:")
	if rest == "" {
		return o, nil
	}
	if hasNumber(rest) {
		return p.refuse(TwoNumbers, o.Intent)
	}
	memo, source, ok := cutSource(rest)
	if !ok || (source != "" && o.Source != "" && source != o.Source) {
		return p.refuse(BadSource, o.Intent)
	}
	if source != "" {
		o.Source = source
	}
	if r := []rune(memo); len(r) > MemoRunesMax {
		memo = string(r[:MemoRunesMax])
	}
	o.Memo = memo
	return o, nil
}

// cutSource finds the way of paying: the whole rest, its first word, or its end
// after FROM or 用. A way of paying that is the last word of a longer memo may
// be meant or not: that is not guessed.
func cutSource(s string) (memo string, source Source, ok bool) {
	if source, ok := sourceOf(s); ok {
		return "", source, true
	}
	words := strings.Fields(s)
	if source, ok := sourceOf(words[0]); ok {
		return strings.Join(words[1:], " "), source, true
	}
	last := words[len(words)-1]
	if _, named := sources[last]; named {
		if n := len(words); n >= 2 && (words[n-2] == "from" || words[n-2] == "by" || words[n-2] == "用") {
			return strings.Join(words[:n-2], " "), sources[last], true
		}
		return "", "", len(words) == 1
	}
	if source, ok := sourceOf(last); ok {
		return strings.Join(words[:len(words)-1], " "), source, true
	}
	return s, "", true
}
