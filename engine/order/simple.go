package order

import (
	"slices"
	"strconv"
	"strings"

	"mpg/engine/lang"
)

// lastMax is the greatest n of LAST n; a larger one means it.
const lastMax = 3

// simple reads the intents that move nothing by themselves. Words after them
// are let pass where they cannot turn the answer round; YES, which lets money
// go, takes courtesies only.
func (p *parser) simple(key keyword, rest string) (Order, *Refusal) {
	o := Order{Intent: key.intent, Written: p.written, Cancel: key.cancel}
	rest = strings.TrimLeft(strings.TrimRight(rest, endings), beginnings)
	if key.rest {
		o.Rest = rest
		return o, nil
	}
	switch key.intent {
	case Help:
		o.Topic = p.words.topic(rest)
		return o, nil
	case Stop:
		return o, nil
	case Last:
		return p.last(o, rest)
	case Lang:
		return p.language(o, rest)
	case Start:
		if !saysNoMore(rest) {
			return p.refuse(TooMuch, Start)
		}
		return o, nil
	case Receive:
		return personal{p}.receive(o, rest)
	case Yes:
		if numbered, ok := (personal{p}).numbered(key, rest); ok {
			return numbered, nil
		}
		if rest != "" && !courtesies[rest] {
			return p.refuse(TooMuch, Yes)
		}
		return o, nil
	}
	if hasNumber(rest) || key.intent == Again && isUndoing(rest) {
		return p.refuse(TooMuch, key.intent)
	}
	return o, nil
}

// topic returns what HELP is asked about: "2", the word of an order, the word for the purse or
// one for a shop. Other words ask for all.
func (w *Words) topic(rest string) Topic {
	if rest == "2" || rest == "二" {
		return AboutMore
	}
	if w.sources.by[rest] == FromPurse {
		return AboutPurse
	}
	if slices.Contains(shopWords, rest) {
		return AboutShop
	}
	key, _, _ := w.find(rest)
	switch key.intent {
	case Pay:
		return AboutPay
	case Send:
		return AboutSend
	case TopUp, Out, Balance, Last:
		return AboutPurse
	case Refund, In:
		return AboutShop
	}
	return ""
}

// itemDigitsMax is the longest number of a request for money. The codes of shops are longer,
// so that NO 8001 stops a payment to a shop.
const itemDigitsMax = 2

// alwaysWords may follow NO and a number. Never written to.
var alwaysWords = set("always forever ever 永远 总是 一律 以后都不")

// numbered reads what follows YES or NO as the number of a request for money, or reports
// false.
func (p personal) numbered(key keyword, rest string) (Order, bool) {
	rest = strings.TrimLeft(strings.TrimRight(rest, endings), beginnings+"#")
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 || digits > itemDigitsMax || key.cancel {
		return Order{}, false
	}
	item, err := strconv.Atoi(rest[:digits])
	after := strings.Trim(rest[digits:], " ,.!。")
	o := Order{Intent: key.intent, Written: p.written, Item: item, HasItem: true, Always: key.intent == No && alwaysWords[after]}
	if o.Written == "" || isLatin(key.word) {
		o.Written = key.lang
	}
	return o, err == nil && (after == "" || courtesies[after] || o.Always)
}

// receive reads RECEIVE BANK and RECEIVE PURSE.
func (p personal) receive(order Order, rest string) (Order, *Refusal) {
	rest, _ = cutTo(rest)
	ws, ok := split(rest)
	span, source, _ := p.words.sources.read(ws)
	if !ok || hasNumber(rest) || source != FromPurse && source != FromBank || !areCourtesies(span.others(ws)) {
		return p.refuse(BadSource, Receive)
	}
	order.Source = source
	return order, nil
}

// isUndoing reports whether words after an order take it back.
func isUndoing(rest string) bool {
	return slices.ContainsFunc(wordsOf(rest), func(word string) bool { return backWords[word] }) || containsAny(rest, backHan)
}

// saysNoMore reports whether the words after START only say that offers are wanted.
// Nothing else is taken for consent.
func saysNoMore(rest string) bool {
	if strings.ContainsFunc(rest, isHan) {
		for _, w := range slices.Concat(aloneHan, offersHan) {
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	for _, w := range wordsOf(rest) {
		if !courtesyWords[w] && !offerWords[w] && !isFiller(w) && w != "again" && w != "to" {
			return false
		}
	}
	return true
}

// courtesies may follow YES. It is never modified.
var courtesies = map[string]bool{
	"please": true, "pls": true, "thanks": true, "thank you": true, "ok": true, "sure": true,
	"谢谢": true, "好的": true, "的": true, "吧": true, "再付": true, "再付一次": true,
}

// last reads LAST n.
func (p *parser) last(order Order, rest string) (Order, *Refusal) {
	n, err := strconv.Atoi(strings.TrimRight(rest, " 笔条"))
	switch {
	case err == nil && n >= 1:
		order.Count = min(n, lastMax)
	case hasNumber(rest):
		return p.refuse(TooMuch, Last)
	}
	return order, nil
}

// language reads LANG EN.
func (p *parser) language(order Order, rest string) (Order, *Refusal) {
	l, ok := lang.Parse(rest)
	if !ok {
		return p.refuse(BadLanguage, Lang)
	}
	order.Language = l
	return order, nil
}
