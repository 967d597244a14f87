package order

import (
	"strings"
	"unicode"
)

// finish reads memo and source behind the amount.
func (p *parser) finish(order Order, sum amount, rest string) (Order, Reason) {
	order.Amount, order.Currency, order.Written, order.Source = sum.value, p.g.Currency, p.written, p.source
	p.typed, p.marked = sum.typed, sum.marked
	rest = strings.Trim(rest, " .。,;:-")
	if p.asks && (rest == "" || strings.Trim(rest, "?! ") == "") {
		return order, TooMuch // 25?
	}
	if rest == "" {
		return order, ""
	}
	card, rest := p.words.sources.cutCard(rest)
	plate, rest := cutPlate(rest)
	if hasNumber(rest) {
		return order, TwoNumbers
	}
	if endsMonth(strings.TrimLeftFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })) {
		return order, BadAmount // 25元五、月份房租: the numeral may be the month's
	}
	ws, ok := split(rest)
	if !ok || p.asks && len(ws) > 0 {
		return order, TooMuch
	}
	judge := memoJudge{p.words.sources}
	if why := judge.faces(rest); why != "" {
		return order, why
	}
	from, source, why := p.words.sources.read(ws)
	if source != "" {
		if order.Source != "" && order.Source != source {
			why = BadSource
		}
		order.Source = source
	}
	if card != "" && order.Source != FromCard {
		why = BadSource
	}
	order.Card = card
	if said := judge.words(from.others(ws)); said != "" && said != BadSource || why == "" {
		why = said
	}
	if why != "" {
		return order, why
	}
	order.Memo = cutMemo(strings.TrimSpace(p.asWritten(plate) + " " + p.memo(rest, from)))
	return order, ""
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
	return memo
}

// cutMemo returns as much of a memo as is kept.
func cutMemo(memo string) string {
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
func hasNumber(text string) bool {
	if strings.ContainsFunc(text, unicode.IsNumber) || strings.ContainsAny(text, numberFaces) {
		return true
	}
	if isASCII(text) {
		return false
	}
	for word := range strings.FieldsSeq(text) {
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
