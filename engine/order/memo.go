package order

import (
	"strings"
	"unicode"
)

// finish reads memo and source behind the amount.
func (p *parser) finish(o Order, a amount, rest string) (Order, Reason) {
	o.Amount, o.Currency, o.Written, o.Source = a.value, p.g.Currency, p.written, p.source
	p.typed = a.typed
	rest = strings.Trim(rest, " .。,;:-")
	if p.asks && (rest == "" || strings.Trim(rest, "?! ") == "") {
		return o, TooMuch // 25?
	}
	if rest == "" {
		return o, ""
	}
	if hasNumber(rest) {
		return o, TwoNumbers
	}
	if endsMonth(strings.TrimLeftFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })) {
		return o, BadAmount // 25元五、月份房租: the numeral may be the month's
	}
	ws, ok := split(rest)
	if !ok || p.asks && len(ws) > 0 {
		return o, TooMuch
	}
	judge := memoJudge{p.words.sources}
	if why := judge.faces(rest); why != "" {
		return o, why
	}
	from, source, why := p.words.sources.read(ws)
	if source != "" {
		if o.Source != "" && o.Source != source {
			why = BadSource
		}
		o.Source = source
	}
	if said := judge.words(from.others(ws)); said != "" && said != BadSource || why == "" {
		why = said
	}
	if why != "" {
		return o, why
	}
	o.Memo = p.memo(rest, from)
	return o, ""
}

// memo returns what a memo holds before and after the way of paying, without
// the brackets and commas around that.
func (p *parser) memo(rest string, from sourceSpan) string {
	memo := p.asWritten(rest)
	if from.start < from.end {
		const ends = " .。,;:-!()[]【】<>《》『』「」·—~\"'“”‘’"
		before, behind := strings.Trim(rest[:from.start], ends), strings.Trim(rest[from.end:], ends)
		memo = strings.TrimSpace(p.asWritten(before) + " " + p.asWritten(behind))
	}
	if r := []rune(memo); len(r) > MemoRunesMax {
		memo = string(r[:MemoRunesMax])
	}
	return strings.TrimSpace(memo)
}

// asWritten returns a part of the text as it was written, before it was folded to
// lower case and simplified characters.
func (p *parser) asWritten(part string) string {
	if i := strings.LastIndex(p.text, part); i >= 0 {
		return p.plain[i : i+len(part)]
	}
	return part
}

// hasNumber reports whether a memo holds what could be one more number: a digit
// of any kind, or a word of Chinese numerals alone.
func hasNumber(s string) bool {
	if strings.ContainsFunc(s, unicode.IsNumber) || strings.ContainsAny(s, numberFaces) {
		return true
	}
	if isASCII(s) {
		return false
	}
	for word := range strings.FieldsSeq(s) {
		if n, rest := run(trimPunctuation(word)); n != "" && rest == "" {
			return true
		}
	}
	return false
}

// trimPunctuation removes everything but letters, digits and currency symbols from the
// ends of a word.
func trimPunctuation(word string) string {
	return strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !isMoneySign(r) })
}
