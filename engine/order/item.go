package order

import (
	"regexp"
	"strconv"
	"strings"

	"mpg/engine/lang"
)

// itemMax is the greatest number of a request for money. The codes of shops are longer, so
// that NO 8001 stops a payment to a shop.
const itemMax = 99

// Words around the number of a request for money, and behind it those by which all requests
// of the same person are refused. Never written to.
var (
	itemLead   = regexp.MustCompile(`^(?:request|number|nr|item|请求|收款|第|#|:|,| )+`)
	itemTail   = regexp.MustCompile(`^号?(?:的)?(?:收款)?(?:请求)?`)
	itemNumber = regexp.MustCompile(`^(?:[0-9]{1,2}|[零一二三四五六七八九十]{1,3})`)

	alwaysWords = set("always forever ever never 永远 总是 一律 以后都不 以后都不要 以后别再")
	itemFillers = set("again from this person him her them and for please 对方 这个人 以后 都 请")
)

// cutItem takes the number of a request for money off the front of a text, also one in
// Chinese, or reports false.
func cutItem(text string) (number, rest string, ok bool) {
	text = itemLead.ReplaceAllString(text, "")
	number = itemNumber.FindString(text)
	rest = text[len(number):]
	if number == "" {
		return "", text, false
	}
	if !isDigit(number) {
		n, read := lang.Numeral(number)
		if !read || n > itemMax {
			return "", text, false
		}
		number = strconv.FormatInt(n, 10)
	}
	if isDigit(rest) || isLatinLetter(rest) || len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && isDigit(rest[1:]) {
		return "", text, false
	}
	return number, rest[len(itemTail.FindString(rest)):], true
}

// numbered reads what follows YES or NO as the number of a request for money, or reports
// false.
func (p personal) numbered(key keyword, rest string) (Order, bool) {
	rest = strings.TrimLeft(strings.TrimRight(rest, endings), beginnings)
	number, after, ok := cutItem(rest)
	if !ok || key.cancel {
		return Order{}, false
	}
	item, err := strconv.Atoi(number)
	after = strings.Trim(after, " ,.!。#")
	o := Order{Intent: key.intent, Written: p.written, Item: item, HasItem: true, Always: key.intent == No && saysAlways(after)}
	if o.Written == "" || isLatin(key.word) {
		o.Written = key.lang
	}
	return o, err == nil && (after == "" || courtesies[after] || o.Always)
}

// saysAlways reports whether words refuse all requests of the same person, and say nothing
// else. A letter may be wrong in a long word.
func saysAlways(text string) bool {
	said := false
	for _, word := range wordsOf(text) {
		near := len(word) >= longWordMin-1 && (distance(word, "always") <= 1 || distance(word, "forever") <= 1)
		switch {
		case alwaysWords[word], near:
			said = true
		case !courtesyWords[word] && !itemFillers[word]:
			return false
		}
	}
	return said
}
