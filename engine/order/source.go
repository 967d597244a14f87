package order

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"mpg/engine/lang"
)

// sources holds the words for where the money comes from, and what finds them.
type sources struct {
	by    map[string]Source
	forms map[lang.Lang]map[Source]string // as in a hint

	latin []string // sorted; the words that misspelt compares with
	han   []string // longer ones first
	// form is a way of paying at the end of a Chinese word: 用银行, 走银行付款, 银行，谢谢. A 用 or 从
	// must separate it from what is before.
	form *regexp.Regexp
	// named is a word for a card, and what its holder calls it: card visa1, 卡visa1.
	named *regexp.Regexp
}

func newSources() *sources {
	return &sources{by: make(map[string]Source), forms: map[lang.Lang]map[Source]string{lang.EN: {}, lang.ZH: {}}}
}

// clone returns sources that may be added to.
func (s *sources) clone() *sources {
	return &sources{by: maps.Clone(s.by), forms: map[lang.Lang]map[Source]string{lang.EN: maps.Clone(s.forms[lang.EN]), lang.ZH: maps.Clone(s.forms[lang.ZH])}}
}

func (s *sources) add(word string, source Source) { s.by[word] = source }

// has reports whether there are words for a source.
func (s *sources) has(source Source) bool {
	return slices.Contains(slices.Collect(maps.Values(s.by)), source)
}

// index prepares the search.
func (s *sources) index() {
	s.latin, s.han = nil, nil
	for _, word := range slices.Sorted(maps.Keys(s.by)) {
		if isLatin(word) {
			s.latin = append(s.latin, word)
		} else {
			s.han = append(s.han, word)
		}
	}
	slices.SortStableFunc(s.han, func(a, b string) int { return len(b) - len(a) })
	s.form = regexp.MustCompile(`(请?(?:使用|用|从|走|刷|通过))?(?:我的|我)?` +
		`(` + strings.Join(s.han, "|") + `)(?:账户|帐户)?(?:里面?|上|中)?来?(?:付款|支付|付|扣款|扣|转账|转|出)?(?:谢谢您?|谢谢你|多谢|谢|吧|哦|啊|哈)?$`)
	s.indexCards()
}

// indexCards prepares the search for cards that are named.
func (s *sources) indexCards() {
	var latin, han []string
	for _, word := range slices.Sorted(maps.Keys(s.by)) {
		switch {
		case s.by[word] != FromCard:
		case isLatin(word):
			latin = append(latin, word)
		default:
			han = append(han, word)
		}
	}
	s.named = nil
	if len(latin) > 0 && len(han) > 0 {
		s.named = regexp.MustCompile(`((?:^|[^a-z0-9])(?:` + strings.Join(latin, "|") + `)[ ,:]+|(?:` + strings.Join(han, "|") + `)[ ,:]*)([a-z]{2,6}[0-9]{1,2})($|[^a-z0-9])`)
	}
}

// cutCard takes what the sender calls a card out of a memo, behind a word for a card. The
// digits in it make it a name: a word of letters alone may be anything.
func (s *sources) cutCard(memo string) (nick, rest string) {
	if s.named == nil {
		return "", memo
	}
	at := s.named.FindStringSubmatchIndex(memo)
	if at == nil {
		return "", memo
	}
	return memo[at[4]:at[5]], strings.TrimSpace(strings.TrimRight(memo[:at[3]], " ,:") + memo[at[5]:])
}

// leading reads the way of paying at the front of an order: 用银行付8001 128.50. It returns
// what it does not read.
func (s *sources) leading(text string) (Source, string) {
	for _, lead := range []string{"使用", "通过", "用", "从", "走", "刷", ""} {
		rest, ok := strings.CutPrefix(text, lead)
		if !ok {
			continue
		}
		if lead != "" {
			rest = strings.TrimPrefix(rest, "我的")
		}
		for _, word := range s.han {
			if after, ok := strings.CutPrefix(rest, word); ok && (lead != "" || strings.HasPrefix(after, "付") || strings.HasPrefix(after, "支付")) {
				return s.by[word], strings.TrimLeft(after, " ,")
			}
		}
	}
	return "", text
}

// sourceSpan is a span of a memo that names the way of paying; empty: none.
type sourceSpan struct {
	start, end  int
	first, last int    // words that it takes
	before      string // what stands before it in its first word
}

// others returns the words that do not belong to the way of paying.
func (f sourceSpan) others(ws []word) []word {
	if f.start == f.end {
		return ws
	}
	rest := append([]word(nil), ws[:f.first]...)
	if f.before != "" {
		rest = append(rest, word{text: f.before, start: f.start - len(f.before), end: f.start, han: true})
	}
	return append(rest, ws[f.last+1:]...)
}

// read finds the way of paying among the words of a memo: alone or beside
// courtesies, or anywhere with FROM or 用 before it. A bare word for one beside
// other words, such as in "bank holiday", may be meant or not: that is not
// guessed.
func (s *sources) read(ws []word) (sourceSpan, Source, Reason) {
	for i := range ws {
		span, source, led := s.at(ws, i)
		if source == "" {
			continue
		}
		if !led && !areCourtesies(span.others(ws)) || span.last+1 < len(ws) && narrowing[ws[span.last+1].text] {
			return sourceSpan{}, source, BadSource
		}
		return span, source, ""
	}
	return sourceSpan{}, "", ""
}

// Words that may stand around a way of paying. Never written to.
var (
	sourceLeads = map[string]bool{"from": true, "by": true, "with": true, "via": true, "using": true, "use": true, "through": true, "thru": true,
		"用": true, "从": true, "走": true, "请用": true, "使用": true, "刷": true, "通过": true}
	sourceOwners = map[string]bool{"my": true, "the": true, "our": true, "a": true, "我的": true}
	narrowing    = set(`of ending number no and or not then else instead at 或 或者 和 还是`) // they choose among several
	sourceTails  = map[string]bool{"account": true, "acct": true, "a/c": true}
)

// at reads the way of paying that begins at a word: FROM, MY, its name, ACCOUNT.
func (s *sources) at(ws []word, index int) (found sourceSpan, source Source, led bool) {
	at := index
	if sourceLeads[ws[at].text] && at+1 < len(ws) {
		at, led = at+1, true
	}
	if sourceOwners[ws[at].text] && at+1 < len(ws) {
		at++
	}
	if ws[at].odd {
		return sourceSpan{}, "", false
	}
	if ws[at].han {
		return s.hanAt(ws, index, at, led)
	}
	last := at
	source = s.by[ws[at].text]
	if at+1 < len(ws) && ws[at+1].text == "card" && !ws[at+1].odd && (ws[at].text == "credit" || ws[at].text == "debit") {
		source, last = s.by[ws[at].text+"card"], at+1
	}
	if source == "" {
		return sourceSpan{}, "", false
	}
	if last+1 < len(ws) && sourceTails[ws[last+1].text] {
		last++
	}
	return sourceSpan{start: ws[index].start, end: ws[last].end, first: index, last: last}, source, led
}

// hanAt reads the way of paying at the end of a Chinese word.
func (s *sources) hanAt(ws []word, first, at int, led bool) (sourceSpan, Source, bool) {
	text := ws[at].text
	m := s.form.FindStringSubmatchIndex(text)
	if m == nil {
		return sourceSpan{}, "", false
	}
	source := s.by[text[m[4]:m[5]]]
	if m[2] >= 0 {
		led = true
	}
	switch {
	case m[0] == 0:
		return sourceSpan{start: ws[first].start, end: ws[at].end, first: first, last: at}, source, led
	case first == at && m[2] >= 0:
		return sourceSpan{start: ws[at].start + m[0], end: ws[at].end, first: at, last: at, before: text[:m[0]]}, source, true
	}
	return sourceSpan{}, "", false
}

// begins reports whether what directly follows a number begins with a whole way of paying:
// 128.5银行, 25bank.
func (s *sources) begins(rest string) bool {
	ws, ok := split(rest)
	if !ok || len(ws) == 0 || ws[0].start != 0 {
		return false
	}
	span, source, _ := s.at(ws, 0)
	return source != "" && span.before == ""
}

// resembles reports whether a word is a way of paying or one mistake away
// from one.
func (s *sources) resembles(word string) bool {
	for _, name := range s.latin {
		if word == name || distance(word, name) <= 1 {
			return true
		}
	}
	return false
}

// misspelt refuses a memo in which a way of paying may be misspelt: behind
// FROM or BY, as the only word, or parted in two.
func (s *sources) misspelt(ws []word) Reason {
	latin, only := make([]word, 0, len(ws)), 0
	for _, w := range ws {
		if !w.han {
			latin = append(latin, w)
		}
		if !courtesyWords[w.text] {
			only++
		}
	}
	for i, w := range latin {
		led := i > 0 && sourceLeads[latin[i-1].text] || i > 1 && sourceLeads[latin[i-2].text] && sourceOwners[latin[i-1].text]
		if (led || only == 1 && !courtesyWords[w.text]) && s.resembles(w.text) {
			return BadSource
		}
		if i > 0 && s.by[latin[i-1].text+w.text] != "" || s.by[cutThanks(w.text)] != "" {
			return BadSource
		}
	}
	return ""
}

// cutThanks removes a courtesy that was written directly after a word.
func cutThanks(word string) string {
	for _, end := range [...]string{"thanks", "thankyou", "thank", "thx", "pls", "plz", "please", "ty"} {
		word = strings.TrimSuffix(word, end)
	}
	return word
}

// courtesyWords may stand beside a bare way of paying. Never written to.
var courtesyWords = set(`please pls plz thanks thank you u thx ty tks cheers ok okay kindly now only many so much very kind regards hi hello
	谢谢 多谢 谢 请 感谢 拜托 麻烦 麻烦了 谢谢你 谢谢您 谢了 好的 辛苦了 吧 哦 啊`)

func areCourtesies(ws []word) bool {
	for _, w := range ws {
		if !courtesyWords[w.text] {
			return false
		}
	}
	return true
}

// set returns the words of a list as a set.
func set(list string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
