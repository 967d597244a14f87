package order

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// refLen is how many characters a reference has; people also write it in two halves.
const refLen = 8

// A word of letters and digits that has about as many characters is a reference that was
// mistyped.
const (
	refMistypedMin = 6
	refMistypedMax = 10
)

// refWords may stand before a reference; wholeWords, behind it, ask for all that is left.
// Never written to.
var (
	refWords   = []string{"for", "of", "ref", "reference", "payment", "no", "单号", "订单号", "订单", "参考号", "给", "号"}
	wholeWords = set("all full whole everything 全部 全额 全款 全退")
)

// paidBack reads the order of a shop to pay a customer back.
type paidBack struct{ *parser }

// refund reads REFERENCE, with or without an amount after it, or AMOUNT REFERENCE. It reports false
// for a text that names no reference, or goes on in words: 退款 and REFUND also begin what a
// payer texts to take a payment back.
func (p paidBack) refund(text string) (Order, *Refusal, bool) {
	reference, rest, ok := cutReference(text)
	if !ok {
		order, ok := p.amountFirst(text)
		return order, nil, ok
	}
	order := Order{Intent: Refund, Ref: reference, Written: p.written}
	rest = strings.TrimLeft(strings.TrimRight(rest, endings), " ,:=-")
	if words := wordsOf(rest); !slices.ContainsFunc(words, func(word string) bool { return !courtesyWords[word] && !wholeWords[word] }) {
		return order, nil, true
	}
	sum, after, why := p.amounts.read(cutAmountWord(rest))
	switch {
	case why == BadAmount && !hasNumber(rest):
		return Order{}, nil, false
	case why != "":
		_, refusal := p.refuse(why, Refund)
		return Order{}, refusal, true
	}
	for _, word := range wordsOf(after) {
		if !courtesyWords[word] {
			_, refusal := p.refuse(TooMuch, Refund)
			return Order{}, refusal, true
		}
	}
	order.Amount, order.Currency = sum.value, p.g.Currency
	return order, nil, true
}

// amountFirst reads AMOUNT REFERENCE, and nothing else but courtesies: beside other words, what
// looks like a reference may be one of them, such as MISTAKEN, in a text that takes a payment back.
func (p paidBack) amountFirst(text string) (Order, bool) {
	before, reference, ok := cutReferenceLast(text)
	if !ok {
		return Order{}, false
	}
	sum, rest, why := p.amounts.read(cutAmountWord(before))
	if why != "" || cutRefWords(rest) != "" {
		return Order{}, false
	}
	return Order{Intent: Refund, Ref: reference, Amount: sum.value, Currency: p.g.Currency, Written: p.written}, true
}

// cutReferenceLast takes a reference and courtesies off the end of a text, if a number stands
// before them. The reference must be whole, since nothing else tells it from a word.
func cutReferenceLast(text string) (before, reference string, ok bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || !isRefChar(byte(r)) })
	for len(words) > 0 && courtesyWords[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	if len(words) == 0 || len(words[len(words)-1]) != refLen {
		return "", "", false
	}
	last := words[len(words)-1]
	at := strings.LastIndex(text, last)
	before = text[:at]
	return before, strings.ToUpper(last), hasNumber(before)
}

// cutReference takes a reference off the front of a text, in capitals and without what
// stands within it. Whether there is such a payment is not known here, and a reference that
// was mistyped is returned as it is, so that its sender is told.
func cutReference(text string) (reference, rest string, ok bool) {
	text = cutRefWords(text)
	word, rest := cutRefWord(text)
	switch {
	case len(word) == refLen:
		return strings.ToUpper(word), rest, true
	case len(word) == refLen/2:
		if half, after := cutRefWord(strings.TrimLeft(rest, " -")); len(half) == refLen/2 {
			return strings.ToUpper(word + half), after, true
		}
	case len(word) >= refMistypedMin && len(word) <= refMistypedMax && hasNumber(word) && !onlyDigits(word):
		return strings.ToUpper(word), rest, true
	}
	return "", text, false
}

// cutRefWords takes words and marks that may stand before a reference off the front.
func cutRefWords(text string) string {
	for cut := true; cut; {
		cut = false
		text = strings.TrimLeft(text, " :#,.-")
		for _, word := range refWords {
			rest, found := strings.CutPrefix(text, word)
			if found && !(isLatin(word) && rest != "" && isRefChar(rest[0])) {
				text, cut = rest, true
			}
		}
	}
	return text
}

// cutRefWord takes the letters and digits of ASCII off the front.
func cutRefWord(text string) (word, rest string) {
	end := 0
	for end < len(text) && isRefChar(text[end]) {
		end++
	}
	return text[:end], text[end:]
}

func isRefChar(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// withoutRefund returns a text without the reference of a refund, and without an amount that
// a unit marks as one, so that six digits in them are not taken for a PIN. A reference of
// digits alone stays.
func (w *Words) withoutRefund(text string) string {
	plain, ok := fold(text)
	if !ok {
		return text
	}
	key, rest, ok := (&parser{words: w}).lead(lower(plain))
	if !ok || key.intent != Refund {
		return text
	}
	reference, after, ok := cutReference(rest)
	ok = ok && len(reference) == refLen && (after == "" || after[0] >= utf8.RuneSelf || !isRefChar(after[0]))
	if !ok {
		after, reference, ok = cutReferenceLast(rest)
	}
	if !ok || onlyDigits(reference) || hasPINWord(lower(reference)) {
		return text
	}
	return key.word + " " + withoutMarked(after)
}

// withoutMarked takes an amount with a unit off the front of a text.
func withoutMarked(text string) string {
	before, rest := cutUnitBefore(cutAmountWord(strings.TrimLeft(text, " ,:=-")))
	number, rest := run(rest)
	after, rest := cutUnitAfter(number, rest)
	marked := before.code != "" || after.code != "" || strings.ContainsAny(number, yuanSigns)
	if number == "" || !marked || hasPINWord(rest) {
		return text
	}
	return rest
}
