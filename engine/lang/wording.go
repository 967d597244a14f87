package lang

import (
	"strconv"
	"strings"
	"unicode"
)

// wording fills the texts of one language with one set of values.
type wording struct {
	l Lang
	a Args
}

// fill replaces each {name} of text in one pass: what is filled in is not
// looked at again.
func (w wording) fill(text string) string {
	var b strings.Builder
	b.Grow(2 * len(text))
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(w.value(name))
		text = after
	}
}

// value is what stands for a {name}.
func (w wording) value(name string) string {
	a := &w.a
	switch name {
	case "ref":
		return a.Ref
	case "of":
		return a.Of
	case "code":
		return a.Code
	case "amount":
		return Price(w.l, a.Currency, a.Amount)
	case "balance":
		return Price(w.l, a.Currency, a.Balance)
	case "short":
		return Price(w.l, a.Currency, a.Short)
	case "limit":
		return Price(w.l, a.Currency, a.Limit)
	case "party":
		return w.party()
	case "at":
		return w.at()
	case "spoken-amount":
		return Amount(w.l, a.Currency, a.Amount)
	case "spoken-party":
		return w.spokenParty()
	}
	return w.remark(name)
}

// remark is what stands for the rest of the names.
func (w wording) remark(name string) string {
	switch name {
	case "tries":
		return w.tries()
	case "minutes":
		return w.minutes()
	case "hint":
		return w.hint()
	case "sample":
		return w.sample()
	case "reason":
		return or(w.pick(reasonsEN, reasonsZH), w.a.Reason, "refused")
	case "remedy":
		return or(w.pick(remediesEN, remediesZH), w.a.Reason, "")
	}
	panic("lang: a text names {" + name + "}") // the tests fill every text
}

func (w wording) pick(en, zh map[string]string) map[string]string {
	if w.l == ZH {
		return zh
	}
	return en
}

func or(words map[string]string, key, other string) string {
	if s, ok := words[key]; ok {
		return s
	}
	return words[other]
}

// say is zh or en.
func (w wording) say(zh, en string) string {
	if w.l == ZH {
		return zh
	}
	return en
}

// name brings a name into what a text of the language can carry.
func (w wording) name(s string) string {
	if w.l != ZH {
		return toGSM(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}

// party is the other side for the eye: name, masked number, or code.
func (w wording) party() string {
	switch {
	case w.a.Party != "":
		return w.a.Party
	case w.a.Number != "":
		return Mask(w.a.Number)
	case w.a.Code != "":
		return w.say("商家", "shop ") + w.a.Code
	}
	return w.say("对方", "the payee")
}

// briefly is the party in a few signs: the start of a name, the end of a number.
func (w wording) briefly() string {
	if w.a.Party == "" && w.a.Number != "" {
		return "*" + lastDigits(w.a.Number)
	}
	r := []rune(w.party())
	return string(r[:min(len(r), briefRunes)])
}

// spokenParty is the other side for the ear: of a number, the last digits.
func (w wording) spokenParty() string {
	switch {
	case w.a.Party != "":
		return w.a.Party
	case w.a.Number != "":
		return w.say("尾号", "the number ending in ") + Ref(w.l, lastDigits(w.a.Number)) + w.say("的用户", "")
	case w.a.Code != "":
		return w.say("商家", "shop ") + Ref(w.l, w.a.Code)
	}
	return w.say("对方", "the payee")
}

func (w wording) at() string {
	if w.a.At.IsZero() {
		return ""
	}
	return w.say(" ", " on ") + shortDate(w.l, w.a.At) + " " + Time(w.l, w.a.At)
}

func (w wording) tries() string {
	n := max(w.a.Tries, 0)
	if w.l == ZH {
		return zhNumber(int64(n)) + "次"
	}
	if n == 1 {
		return "1 try"
	}
	return strconv.Itoa(n) + " tries"
}

func (w wording) minutes() string {
	if w.a.Minutes < 1 {
		return w.say("1分钟", "1 min")
	}
	return strconv.Itoa(w.a.Minutes) + w.say("分钟", " min")
}

// hint is the nearest form of an order, or the form of a payment. One in signs
// that would make a text of 70 out of one of 160 is not printed.
func (w wording) hint() string {
	if _, ok := septets(w.a.Hint); w.a.Hint != "" && (ok || w.l == ZH) {
		return w.a.Hint
	}
	return w.say("付 8001 ", "PAY 8001 ") + w.sample()
}

// sample is an amount as an example, with the decimals of the currency.
func (w wording) sample() string {
	if w.a.Currency.Exponent == 0 && w.a.Currency.Code != "" {
		return "128"
	}
	return "128.50"
}
