package lang

import (
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"mpg/store/money"
)

// Lengths of one short message, 3GPP TS 23.038 4 and 6.2.1.
const (
	septetsMax = 160 // GSM 7-bit default alphabet
	unitsMax   = 70  // UCS-2
)

// Limits of what an operator may say in each text.
const (
	CareMax      = 12 // characters of a number to call
	ServiceENMax = 16 // of a name before each text
	ServiceZHMax = 8
)

// Operator holds what texts say about the operator. With the zero Operator the built-in
// texts say nothing about it.
type Operator struct {
	Care    string // number that subscribers may call
	Service Name   // goes before each text that has room for it
	Texts   *Texts // nil: the built-in ones
}

func (o Operator) texts() *Texts {
	if o.Texts != nil {
		return o.Texts
	}
	return Builtin()
}

// SMS returns the text of key, for the zero Operator.
func SMS(language Lang, key Key, args Args) string { return Operator{}.SMS(language, key, args) }

// SMS returns the text of key in language. It always fits in one segment: if there is no
// room, the name of the service is left out; if the values are longer than any real ones,
// the other party's name is cut, and then the time is left out. For a key that this build
// does not know, it returns "".
func (o Operator) SMS(language Lang, key Key, args Args) string {
	s := o.words(language, key, args)
	if s == "" {
		return ""
	}
	if signed := o.signature(language) + s; fits(signed) {
		return signed
	}
	return s
}

// signature returns the service's name as it goes before a text, or "" if the name
// would force the text into another alphabet.
func (o Operator) signature(language Lang) string {
	name := o.Service.In(language)
	switch _, ok := septets(name); {
	case name == "":
		return ""
	case language == ZH:
		return "【" + name + "】"
	case ok:
		return name + ": "
	}
	return ""
}

func (o Operator) words(language Lang, key Key, args Args) string {
	book := o.texts().in(language)
	if key == LastItems {
		if list := book.last(language, args); list != "" {
			return list
		}
		key = LastNone
	}
	w := book.wording(language, args)
	w.care = o.Care
	if key == HelpText {
		return w.help()
	}
	text := book.sms[key]
	if s, ok := w.inUCS2(text); ok {
		return s
	}
	s := w.fill(text)
	for !fits(s) && w.name != "" {
		w.name = cut(w.name)
		s = w.fill(text)
	}
	for !fits(s) && len(w.a.Items) > 1 {
		w.a.Items = w.a.Items[:len(w.a.Items)-1]
		s = w.fill(text)
	}
	if !fits(s) {
		w.a.At, w.a.Hint = time.Time{}, ""
		s = w.fill(text)
	}
	return clip(s)
}

// help returns HELP with as many orders of modules as there is room for. It prefers the
// brief HELP to leaving one of them out.
func (w *wording) help() string {
	for listed := len(w.book.orders); listed >= 0; listed-- {
		w.orders = w.book.orders[:listed]
		for _, k := range [...]Key{HelpText, HelpBrief} {
			if s := w.fill(w.book.sms[k]); fits(s) {
				return s
			}
		}
	}
	return clip(w.fill(w.book.sms[HelpBrief]))
}

// cut takes the last character off a name.
func cut(name string) string {
	r := []rune(name)
	return strings.TrimRight(string(r[:len(r)-1]), " ")
}

// clip is s as far as it fits.
func clip(text string) string {
	for !fits(text) {
		_, last := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-last]
	}
	return text
}

// fits reports whether s is one segment.
func fits(text string) bool {
	if n, ok := septets(text); ok {
		return n <= septetsMax
	}
	units := 0
	for _, r := range text {
		units += utf16.RuneLen(r)
	}
	return units <= unitsMax
}

// detail is how much a line of LAST tells.
type detail int

const (
	whole  detail = iota // date, amount, party, fee, reference
	noRef                // without the reference
	brief                // the party in a few characters
	noName               // date and amount only
)

// briefRunes is how many characters of a name a brief line keeps.
const briefRunes = 6

// itemsMax is how many payments LAST tells of.
const itemsMax = 3

// last lists the items, newest first; it prefers to list all of them briefly rather than
// only a few. Without items it returns nothing.
func (b *book) last(language Lang, args Args) string {
	items := args.Items[:min(len(args.Items), itemsMax)]
	for ; len(items) > 0; items = items[:len(items)-1] {
		for d := whole; d <= noName; d++ {
			if s := b.lines(language, args.Currency, items, d); fits(s) {
				return s
			}
		}
	}
	return ""
}

func (b *book) lines(language Lang, currency money.Currency, items []Item, shown detail) string {
	told := make([]string, len(items))
	for i, it := range items {
		told[i] = b.line(language, currency, it, shown)
	}
	return b.sms[LastItems] + strings.Join(told, b.part[partItemEnd])
}

func (b *book) line(language Lang, currency money.Currency, it Item, shown detail) string {
	w := b.wording(language, Args{Party: it.Party})
	s := strings.TrimSpace(shortDate(language, it.At) + " " + signed(language, currency, it.Amount))
	switch {
	case it.Party == (Party{}):
		s += w.byOperator(it.Amount)
	case shown == brief:
		s += w.toward(it.Amount, w.briefly())
	case shown < brief:
		s += w.toward(it.Amount, w.party())
	}
	if shown < brief && it.Fee > 0 {
		s += w.part(partItemFee, Price(language, currency, it.Fee))
	}
	if shown == whole && it.Ref != "" {
		s += w.part(partItemRef, it.Ref)
	}
	return s
}

// signed is Price with a plus sign before what was received.
func signed(language Lang, currency money.Currency, amount money.Amount) string {
	price, number := Price(language, currency, amount), currency.Format(amount)
	if amount <= 0 {
		return price
	}
	return strings.Replace(price, number, "+"+number, 1)
}
