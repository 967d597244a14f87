package order

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
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
	if why := p.judgeFaces(rest); why != "" {
		return o, why
	}
	from, source, why := readSource(ws)
	if source != "" {
		if o.Source != "" && o.Source != source {
			why = BadSource
		}
		o.Source = source
	}
	if said := p.judge(from.others(ws)); said != "" && said != BadSource || why == "" {
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
func split(s string) ([]word, bool) {
	ws := make([]word, 0, 4)
	open := false
	for i, r := range s {
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
		ws[i].text = s[ws[i].start:ws[i].end]
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

// Faces and pictures that say more than a smile does.
const (
	numberFaces = "💯🔟"                   // numbers
	undoFaces   = "❌✖✗✘❎🚫🛑⛔👎✋🙅↩⏪⏸⏹⏳⌛🔙🔄🈚" // not to be paid
	sourceFaces = "💳🏦🏧👛👝"                // ways of paying
	moneyFaces  = "💵💶💷💴💲💰🪙"              // other money
)

// judgeFaces refuses a memo for what its pictures may say.
func (p *parser) judgeFaces(s string) Reason {
	switch {
	case strings.ContainsAny(s, undoFaces), strings.ContainsFunc(s, isBoxedLetter):
		return TooMuch
	case strings.ContainsAny(s, moneyFaces), strings.ContainsFunc(s, isMoneySign):
		return OtherMoney
	case strings.ContainsAny(s, sourceFaces):
		return BadSource
	}
	return ""
}

// isBoxedLetter reports whether r is a letter in a circle or a box, which are no
// letters to Unicode: they may spell a word.
func isBoxedLetter(r rune) bool { return r >= 'Ⓐ' && r <= 'ⓩ' || r >= '🄰' && r <= '🆊' }

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

// judge refuses the words of a memo for the first that may change the amount,
// the currency or the way of paying, or take the order back.
func (p *parser) judge(ws []word) Reason {
	latin := make([]string, 0, len(ws))
	for _, w := range ws {
		if !w.han {
			latin = append(latin, w.text)
		}
	}
	at, why := 0, Reason("")
	for i, w := range ws {
		said := Reason("")
		if w.han {
			said = judgeHan(w.text)
		} else {
			said = p.judgeLatin(latin, at, i == 0)
			at++
		}
		if said == "" && w.odd && looksLikeSource(w.text) {
			said = BadSource
		}
		if why == "" || why == BadSource && said != "" {
			why = said
		}
	}
	if why == "" {
		why = misspeltSource(ws)
	}
	return why
}
