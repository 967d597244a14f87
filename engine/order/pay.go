package order

import "strings"

// A merchant code has this many digits.
const (
	codeDigitsMin = 4
	codeDigitsMax = 6
)

// pay reads CODE AMOUNT, AMOUNT to CODE and, where the amount is marked by a
// point or a unit, AMOUNT CODE. A text with two of these readings, such as
// 1500 RMB 8001, is refused.
func (p *parser) pay(text string) (Order, *Refusal) {
	first, nearFirst, why := p.codeFirst(text)
	second, nearSecond, whyNot := p.amountFirst(text)
	switch {
	case why == "" && whyNot == "": // the hint takes neither side
		return p.refuse(BadAmount, Pay)
	case why == "":
		return first, nil
	case whyNot == "":
		return second, nil
	case nearFirst.to != "" && nearSecond.to != "":
		return p.refuse(why, Pay) // nor here
	case nearFirst.to != "":
		p.near = nearFirst
		return p.refuse(why, Pay)
	}
	p.near = nearSecond
	return p.refuse(whyNot, Pay)
}

// codeFirst reads CODE AMOUNT. Of what it refuses it gives as much as it read.
func (p *parser) codeFirst(text string) (Order, near, Reason) {
	text, _ = cutTo(text)
	code, rest, ok := cutCode(text)
	if !ok {
		return Order{}, near{}, BadCode
	}
	a, rest, reason := p.amounts.read(rest)
	if reason != "" {
		return Order{}, near{to: code}, reason
	}
	o, reason := p.finish(Order{Intent: Pay, To: code}, a, rest)
	return o, nearOf(near{to: code}, a, o.Source, reason), reason
}

// amountFirst reads AMOUNT to CODE, and AMOUNT CODE.
func (p *parser) amountFirst(text string) (Order, near, Reason) {
	a, rest, reason := p.amounts.read(text)
	if reason == BadAmount && !hasNumber(text) {
		return Order{}, near{}, BadCode // nothing at all
	}
	if reason != "" {
		return Order{}, near{}, reason
	}
	rest, to := cutTo(strings.TrimLeft(rest, " ,"))
	code, rest, ok := cutCode(rest)
	if !ok {
		return Order{}, near{}, BadCode
	}
	if !to && (!a.marked || a.signed && mayBeCode(a.typed)) {
		return Order{}, p.nearIfWhole(code, a, rest), BadCode // ¥1500 8001: the sign may stand in the wrong place
	}
	o, reason := p.finish(Order{Intent: Pay, To: code}, a, rest)
	return o, nearOf(near{to: code}, a, o.Source, reason), reason
}

// nearIfWhole returns what PAY 25 8002 may mean, if nothing else stands behind.
func (p *parser) nearIfWhole(code string, sum amount, rest string) near {
	o, reason := p.finish(Order{}, sum, rest)
	if reason != "" || len(sum.typed) >= codeDigitsMin {
		return near{}
	}
	return near{to: code, amount: sum.value, typed: sum.typed, source: o.Source, whole: true}
}

// shopWords may stand before a code, shopSigns behind it. Never written to.
var (
	shopWords = []string{"merchant", "shop", "store", "商家", "商户", "商店", "编号"}
	shopSigns = []string{"号商家", "号商户", "号店", "号", "商家", "商户"}
)

// cutCode takes a merchant code off the front, and what separates it from the amount. What
// goes on as a number, or has a unit behind it, is an amount.
func cutCode(text string) (code, rest string, ok bool) {
	text = strings.TrimLeft(text, " ,")
	for _, w := range shopWords {
		text = strings.TrimLeft(strings.TrimPrefix(text, w), " :#")
	}
	n := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if n < codeDigitsMin || n > codeDigitsMax {
		return "", text, false
	}
	code, rest = text[:n], text[n:]
	if u, after := cutUnit(rest); u.after || u.code != "" && rest[0] != ' ' && strings.HasPrefix(after, " ") {
		return "", text, false // 1500RMB 8001: either may be meant
	}
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && isDigit(rest[1:]) {
		return "", text, false
	}
	for _, w := range shopSigns {
		rest = strings.TrimPrefix(rest, w)
	}
	return code, cutAmountWord(strings.TrimPrefix(cutSeparator(rest), "- ")), true
}

// cutSeparator takes off what may separate a payee from an amount. A comma belongs to the
// payee, close behind it: one before the amount, as in 8001 ,89, may have lost the digits that
// stood before it.
func cutSeparator(text string) string {
	if len(text) > 1 && text[0] == ',' && !isDigit(text[1:]) {
		text = text[1:]
	}
	return strings.TrimLeft(text, " :=")
}

// amountWords may stand before an amount. Never written to.
var amountWords = []string{"amount", "amt", "sum", "total", "金额", "共计", "合计"}

// cutAmountWord takes a word for the amount off the front.
func cutAmountWord(text string) string {
	for _, w := range amountWords {
		rest, ok := strings.CutPrefix(text, w)
		if after := strings.TrimLeft(rest, " :="); ok && !(isLatin(w) && rest == after) {
			return after
		}
	}
	return text
}

// toWords stand between an amount and the payee, or before the payee. Never
// written to.
var toWords = []string{"付给", "转给", "给", "畀", "俾", "到", "至", "to"}

// cutTo takes a to-word off the front.
func cutTo(text string) (string, bool) {
	text = strings.TrimLeft(text, " ")
	for _, w := range toWords {
		rest, ok := strings.CutPrefix(text, w)
		if ok && !(isLatin(w) && isLatinLetter(rest)) {
			return strings.TrimLeft(rest, " :"), true
		}
	}
	return text, false
}
