package order

import (
	"strings"
	"unicode"

	"mpg/engine/lang"
	"mpg/engine/phone"
	"mpg/store/money"
)

// textBytesMax bounds what is read: an SMS of one segment has at most 160 characters
// of a septet, or 70 of up to four bytes.
const textBytesMax = 800

// Grammar reads texts for one operator.
type Grammar struct {
	Currency money.Currency // of amounts without one
	Country  string         // ISO 3166 code: how numbers without + are read
	Ranges   *phone.Ranges  // of Country, to remember what was found out; nil: nothing is

	// Known reports whether a number in E.164 is a subscriber's, whatever the tables
	// say of its range; nil: none is known.
	Known func(number string) bool

	Words *Words // that begin orders; nil: the built-in ones
}

func (g Grammar) words() *Words {
	if g.Words != nil {
		return g.Words
	}
	return Builtin()
}

// Parse reads a text. Exactly one of the results is set: where the Refusal is
// nil the Order is whole.
func (g Grammar) Parse(text string) (Order, *Refusal) {
	p := parser{g: g, words: g.words(), written: languageOf(text)}
	if g.LooksLikePIN(text) {
		return p.warn(text)
	}
	if len(text) > textBytesMax {
		return p.refuse(Unknown, "")
	}
	plain, ok := fold(text)
	if !ok {
		return p.refuse(Unknown, "")
	}
	p.plain, p.text = plain, lower(plain)
	return p.read(p.text)
}

// warn refuses a text that holds a PIN, with the form of what its keyword orders.
func (p *parser) warn(text string) (Order, *Refusal) {
	plain, ok := fold(text)
	if !ok {
		return p.refuse(PINInText, "")
	}
	k, _, found := p.lead(lower(plain))
	if found && (p.written == "" || isLatin(k.word)) {
		p.written = k.lang
	}
	return p.refuse(PINInText, k.intent)
}

// Characters that mean nothing at the ends of a text.
const (
	endings    = " .。!?,;~…\"'”’)"
	beginnings = " .。!,;\"'“‘("
)

// read finds the keyword and obeys it.
func (p *parser) read(text string) (Order, *Refusal) {
	if text == "?" {
		return p.simple(keyword{intent: Help}, "")
	}
	p.asks = strings.Contains(text, "?")
	p.amounts = amountReader{currency: p.g.Currency, sources: p.words.sources, text: p.text, asks: p.asks}
	k, rest, ok := p.lead(text)
	if ok && k.intent == Refund {
		if p.written == "" || isLatin(k.word) {
			p.written = k.lang
		}
		if o, refusal, whole := (paidBack{p}).refund(rest); whole && p.source == "" {
			return o, refusal
		}
		if o, back := p.takesBack(text, ""); back {
			o.Refund = o.Intent == No
			return o, nil
		}
		return p.refuse(BadReference, Refund)
	}
	if ok && k.intent == No {
		if o, numbered := (personal{p}).numbered(k, rest); numbered {
			return o, nil
		}
	}
	moves := ok && k.intent.moves()
	if whole := strings.ContainsFunc(text, unicode.IsNumber); !moves || !whole || !isLatin(k.word) {
		found := k.intent
		if moves && !whole {
			found = "" // PAY without a number orders nothing
		}
		if o, ok := p.takesBack(text, found); ok {
			return o, nil
		}
	}
	if !ok {
		return p.unread(text, rest)
	}
	if p.written == "" || isLatin(k.word) {
		p.written = k.lang
	}
	return p.obey(k, rest)
}

// lead finds the keyword after courtesies and a way of paying, and what follows
// it; without one, what it was looked for in.
func (p *parser) lead(text string) (keyword, string, bool) {
	text = strings.TrimLeft(strings.TrimRight(text, endings), beginnings)
	text = cutGreeting(text)
	if source, rest := p.words.sources.leading(text); source != "" {
		p.source, text = source, rest
	}
	if k, rest, ok := p.words.find(text); ok {
		return k, rest, true
	}
	return p.words.payeeFirst(text)
}

// unread refuses a text without a keyword: one that agrees to a question that may
// be open, one that misspells a keyword, or any other.
func (p *parser) unread(text, rest string) (Order, *Refusal) {
	if agrees(text) {
		return p.refuse(Confirms, Yes)
	}
	meant, behind := p.words.nearest(rest)
	if meant == Pay || meant == Send {
		p.nearMisspelt(meant, behind)
	}
	return p.refuse(Unknown, meant)
}

// nearMisspelt takes what pya 8002 25 means, if it is an order with the keyword
// that is meant.
func (p *parser) nearMisspelt(meant Intent, behind string) {
	inner := parser{g: p.g, words: p.words, amounts: p.amounts, plain: p.plain, text: p.text, written: p.written, asks: p.asks}
	o, refusal := inner.obey(keyword{intent: meant}, behind)
	if refusal != nil {
		return
	}
	p.near = near{amount: o.Amount, typed: inner.typed, source: o.Source, whole: o.Memo == ""}
	if meant == Pay {
		p.near.to = o.To
	}
}

// obey reads what follows the keyword.
func (p *parser) obey(key keyword, rest string) (Order, *Refusal) {
	switch key.intent {
	case Pay:
		return p.pay(rest)
	case Send:
		return p.send(rest, Send)
	case TopUp:
		return ownMoney{p}.topUp(rest)
	case Out:
		return ownMoney{p}.out(rest)
	case In:
		return ownMoney{p}.cashIn(rest)
	}
	if p.source != "" {
		return p.refuse(BadSource, key.intent)
	}
	switch key.intent {
	case Ask:
		return personal{p}.ask(rest)
	case Name, Unname:
		return personal{p}.name(rest, key.intent)
	}
	return p.simple(key, rest)
}

// moves reports whether the orders of an intent name an amount.
func (i Intent) moves() bool {
	switch i {
	case Pay, Send, Ask, TopUp, Out, In:
		return true
	}
	return false
}

// parser reads one text.
type parser struct {
	g       Grammar
	words   *Words
	amounts amountReader
	plain   string // folded, in the case it was written in
	text    string // folded, in lower case
	written lang.Lang
	source  Source // said before the keyword
	asks    bool   // there is a question mark
	typed   string // the amount of the order, as it stands in the text
	marked  bool   // whether a point or a unit marks it
	near    near   // as much as was read, for the hint
}

// languageOf is Chinese where there is a Chinese character; other texts show theirs by the
// keyword.
func languageOf(text string) lang.Lang {
	written := lang.Lang("")
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			written = lang.EN
		case unicode.Is(unicode.Han, r):
			return lang.ZH
		}
	}
	return written
}

// greetings may stand before an order. Never written to.
var greetings = []string{"please", "pls", "hello", "hi", "您好", "你好", "请", "麻烦", "帮我", "我要", "我想"}

// cutGreeting takes courtesies off the front.
func cutGreeting(text string) string {
	for cut := true; cut; {
		cut = false
		for _, g := range greetings {
			rest, ok := strings.CutPrefix(text, g)
			if ok && !(isLatin(g) && isLatinLetter(rest)) {
				text, cut = strings.TrimLeft(rest, " ,.!。"), true
			}
		}
	}
	return text
}

// payeeFirst reads 给8001付25元 as 付 8001 25元; what it does not read it gives
// back.
func (w *Words) payeeFirst(text string) (keyword, string, bool) {
	rest, ok := strings.CutPrefix(text, "给")
	if !ok {
		rest, ok = strings.CutPrefix(text, "向")
	}
	for _, before := range shopWords {
		rest = strings.TrimPrefix(rest, before)
	}
	payee := strings.TrimLeft(rest, " +0123456789-")
	number := rest[:len(rest)-len(payee)]
	if !ok || strings.TrimSpace(number) == "" {
		return keyword{}, text, false
	}
	for _, behind := range shopSigns {
		payee = strings.TrimPrefix(payee, behind)
	}
	k, after, ok := w.find(payee)
	if !ok || k.intent != Pay && k.intent != Send {
		return keyword{}, text, false
	}
	return k, number + " " + after, true
}
