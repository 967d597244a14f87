package order

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mpg/engine/lang"
	"mpg/store/money"
)

// textRunesMax bounds what is read; an SMS has at most 160 characters.
const textRunesMax = 200

// Grammar reads texts for one operator.
type Grammar struct {
	Currency money.Currency // of amounts without one
	Country  string         // ISO 3166 code: how numbers without + are read
}

// Parse reads a text. Exactly one of the results is set.
func (g Grammar) Parse(text string) (Order, *Refusal) {
	p := parser{g: g, text: fold(text)}
	p.written = languageOf(p.text)
	if LooksLikePIN(text) {
		return p.refuse(PINInText, "")
	}
	if len(p.text) > 4*textRunesMax {
		return p.refuse(Unknown, Pay)
	}
	if s, source, ok := cutSourceFirst(p.text); ok {
		p.source, p.text = source, s
	}
	if p.text == "?" {
		return p.simple(keyword{intent: Help}, "")
	}
	p.text = strings.TrimRight(p.text, " .。!！?、,，;；~～…\"'”’")
	p.text = strings.TrimLeft(p.text, " .。!\"'“‘")
	k, rest, ok := findKeyword(p.text)
	if !ok {
		return p.refuse(Unknown, nearest(p.text))
	}
	if p.written == "" || isLatin(k.word) {
		p.written = k.lang
	}
	return p.obey(k, rest)
}

// obey reads what stands behind the keyword.
func (p *parser) obey(k keyword, rest string) (Order, *Refusal) {
	switch k.intent {
	case Pay:
		return p.pay(rest)
	case Send:
		return p.send(rest)
	}
	if p.source != "" {
		return p.refuse(BadSource, k.intent)
	}
	return p.simple(k, rest)
}

// parser reads one text.
type parser struct {
	g       Grammar
	text    string // folded
	written lang.Lang
	source  Source
	to      string // as far as it was read, for the hint
}

// fold brings full-width forms to plain ones, all letters to lower case and
// every run of white space to one blank.
func fold(text string) string {
	s := strings.ToLower(norm.NFKC.String(text))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '。' || r == '｡':
			return '。'
		case r == '，' || r == '、':
			return ','
		case unicode.Is(unicode.Cf, r), r == '\uFFFD':
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// languageOf is Chinese where there is a Chinese sign; other texts show theirs
// by the keyword.
func languageOf(s string) lang.Lang {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r):
			return lang.ZH
		case r >= 'a' && r <= 'z':
			return lang.EN
		}
	}
	return ""
}

// cutSourceFirst reads 用银行付8001 128.50.
func cutSourceFirst(s string) (string, Source, bool) {
	rest, ok := strings.CutPrefix(s, "用")
	if !ok {
		return s, "", false
	}
	for _, word := range []string{"银行账户", "银行卡", "银行", "信用卡", "卡", "钱包"} {
		if after, ok := strings.CutPrefix(rest, word); ok {
			return strings.TrimLeft(after, " ,"), sources[word], true
		}
	}
	return s, "", false
}

// refuse makes a refusal with the form nearest to what was meant.
func (p *parser) refuse(r Reason, meant Intent) (Order, *Refusal) {
	return Order{}, &Refusal{Reason: r, Hint: p.hint(meant), Written: p.written}
}

// hint is the form of an intent, with the payee where one was read.
func (p *parser) hint(meant Intent) string {
	forms := formsEN
	if p.written == lang.ZH {
		forms = formsZH
	}
	form, ok := forms[meant]
	if !ok {
		form = forms[Pay]
	}
	to := p.to
	if to == "" {
		to = map[bool]string{true: "13800138000", false: "8001"}[meant == Send]
	}
	amount := p.g.Currency.Format(p.g.Currency.Unit()*128 + p.g.Currency.Unit()/2)
	return strings.NewReplacer("{to}", to, "{amount}", amount).Replace(form)
}

// formsEN and formsZH are the nearest forms. Never written to.
var (
	formsEN = map[Intent]string{Pay: "PAY {to} {amount}", Send: "SEND {amount} {to}", Balance: "BAL", Last: "LAST", Help: "HELP", Yes: "YES",
		No: "NO", Again: "AGAIN", Lang: "LANG EN", Stop: "STOP", PIN: "PIN"}
	formsZH = map[Intent]string{Pay: "付 {to} {amount}", Send: "转 {amount} {to}", Balance: "余额", Last: "明细", Help: "帮助", Yes: "是",
		No: "否", Again: "再拨", Lang: "语言 ZH", Stop: "退订", PIN: "改密"}
)

// nearest is the intent that a misspelt text most likely means: two signs of
// difference in the first word, for words of four letters and more, else one.
func nearest(s string) Intent {
	word := s
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word = s[:i]
	}
	best, least := Pay, 3
	for _, k := range keywords {
		if len(k.word) < 3 || k.intent == "" {
			continue
		}
		if d := distance(word, k.word); d < least && d < len([]rune(k.word))-1 {
			best, least = k.intent, d
		}
	}
	return best
}

// distance is Levenshtein's, over runes, for short words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		last := row[0]
		row[0] = i + 1
		for j, q := range y {
			cost := last
			if r != q {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(y)]
}
