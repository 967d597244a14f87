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
			p.near.item, _, _ = cutItem(rest)
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
	switch w.sources.by[rest] {
	case FromPurse:
		return AboutPurse
	case FromBank:
		return AboutBank
	case FromCard:
		return AboutCard
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
	case Ask, Yes:
		return AboutAsk
	case Name, Names, Unname:
		return AboutName
	case Receive:
		return AboutTake
	case PIN:
		return AboutPIN
	case No, Stop, Start, Again:
		return AboutStop
	}
	return ""
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
	if rest == "" {
		return p.refuse(NoLanguage, Lang)
	}
	l, ok := lang.Parse(rest)
	if !ok {
		return p.refuse(BadLanguage, Lang)
	}
	order.Language = l
	return order, nil
}
