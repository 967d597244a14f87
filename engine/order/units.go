package order

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mpg/store/money"
)

// unit is a sign or a word of money.
type unit struct {
	code  string // ISO 4217
	after bool   // it only ever stands behind its number
}

// yenCode is that of ¥, which is of two currencies: 元 and 円.
const yenCode = "CNY or JPY"

// units are those that people write. 元 and 块 are what a Chinese text means by
// itself. Never written to.
var units = map[string]unit{
	"元": {"CNY", true}, "块": {"CNY", true}, "块钱": {"CNY", true}, "元钱": {"CNY", true}, "圆": {"CNY", true}, "塊": {"CNY", true},
	"yuan": {"CNY", true}, "kuai": {"CNY", true}, "¥": {yenCode, false}, "rmb": {"CNY", false}, "cny": {"CNY", false}, "人民币": {"CNY", false},
	"$": {"USD", false}, "us$": {"USD", false}, "usd": {"USD", false}, "dollar": {"USD", true}, "dollars": {"USD", true},
	"美元": {"USD", true}, "美金": {"USD", true}, "€": {"EUR", false}, "eur": {"EUR", false}, "euro": {"EUR", true}, "euros": {"EUR", true},
	"欧元": {"EUR", true}, "£": {"GBP", false}, "gbp": {"GBP", false}, "pound": {"GBP", true}, "pounds": {"GBP", true}, "英镑": {"GBP", true},
	"hk$": {"HKD", false}, "hkd": {"HKD", false}, "港币": {"HKD", true}, "港元": {"HKD", true}, "jpy": {"JPY", false}, "yen": {"JPY", true},
	"日元": {"JPY", true}, "円": {"JPY", true}, "krw": {"KRW", false}, "韩元": {"KRW", true}, "won": {"KRW", true},
}

// unitRunesMax is the longest unit.
const unitRunesMax = 7

// cutUnit takes a unit of money off the front, with the blank before it. A unit
// of letters must end there.
func cutUnit(s string) (found unit, rest string) {
	trimmed := strings.TrimLeft(s, " ")
	end, runes := 0, 0
	for i, r := range trimmed {
		if runes++; runes > unitRunesMax || r == ' ' || isDigit(trimmed[i:]) {
			break
		}
		n := i + utf8.RuneLen(r)
		u, ok := unitOf(trimmed[:n])
		if ok && !(isLatinLetter(trimmed[i:]) && isLatinLetter(trimmed[n:])) {
			found, end = u, n
		}
	}
	if end == 0 {
		return unit{}, s
	}
	return found, trimmed[end:]
}

// unitOf is the unit that a word is: one of units, or any code of ISO 4217.
func unitOf(word string) (unit, bool) {
	if u, ok := units[word]; ok {
		return u, true
	}
	if len(word) != len("AED") || !isLatin(word) {
		return unit{}, false
	}
	c, ok := money.Lookup(word)
	return unit{code: c.Code}, ok
}

// cutUnitBefore takes a unit off that can stand before its number.
func cutUnitBefore(s string) (unit, string) {
	if u, rest := cutUnit(s); !u.after {
		return u, strings.TrimLeft(rest, " ")
	}
	return unit{}, s
}

// cutUnitAfter takes the unit of the number before s off. In 8001 ¥25 the sign
// is of the number that comes.
func cutUnitAfter(s string) (unit, string) {
	u, rest := cutUnit(s)
	if !u.after && strings.HasPrefix(s, " ") && isDigit(rest) {
		return unit{}, s
	}
	return u, rest
}

// foreign reports whether a memo begins with a word of money, such as dirhams
// or 卢比, or has one that is not ours: the amount before it was not of our
// currency.
func (p *parser) foreign(memo string) bool {
	if strings.ContainsFunc(memo, isMoneySign) {
		return true
	}
	for word := range strings.FieldsSeq(memo) {
		if u, ok := units[trimSigns(word)]; ok && !p.ours(u) {
			return true
		}
	}
	word, _, _ := strings.Cut(memo, " ")
	if u, _ := cutUnit(trimSigns(word)); u.code != "" {
		return true
	}
	word = trimSigns(word)
	for _, name := range []string{"元", "币", "镑", "盾", "铢", "卢比", "卢布", "比索", "法郎", "里拉", "第纳尔", "克朗", "林吉特", "先令"} {
		if strings.HasSuffix(word, name) {
			return true
		}
	}
	return foreignWords[word]
}

// isMoneySign reports whether r is a sign of a currency.
func isMoneySign(r rune) bool { return unicode.Is(unicode.Sc, r) }

// trimSigns takes all but letters, digits and signs of money off the ends of a
// word.
func trimSigns(word string) string {
	return strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !isMoneySign(r) })
}

// foreignWords are units of money that mpg does not count in. Never written to.
var foreignWords = map[string]bool{
	"quid": true, "buck": true, "bucks": true, "rupee": true, "rupees": true, "rs": true, "baht": true, "peso": true,
	"pesos": true, "franc": true, "francs": true, "ruble": true, "rubles": true, "roubles": true, "ringgit": true, "dong": true,
	"shilling": true, "shillings": true, "ksh": true, "dirham": true, "dirhams": true, "dinar": true, "dinars": true, "riyal": true,
	"naira": true, "rand": true, "real": true, "reais": true, "lira": true, "rupiah": true, "points": true, "btc": true, "usdt": true,
	"积分": true, "tl": true, "rp": true, "rm": true, "hk": true, "us": true, "nt": true, "nt$": true, "s$": true, "a$": true, "c$": true,
}

// changing are words that make another amount of the number before them.
// Never written to.
var changing = map[string]bool{
	"k": true, "w": true, "m": true, "mil": true, "mio": true, "mn": true, "bn": true, "b": true, "half": true, "and": true, "plus": true,
	"minus": true, "point": true, "dot": true, "or": true, "hundred": true, "hundreds": true, "thousand": true, "thousands": true,
	"million": true, "billion": true, "grand": true, "dozen": true, "percent": true, "pct": true, "cent": true, "cents": true, "fen": true,
	"jiao": true, "mao": true, "bai": true, "qian": true, "wan": true, "yi": true, "penny": true, "pennies": true, "pence": true, "p": true,
	"c": true, "x": true, "times": true, "each": true, "per": true, "to": true, "until": true, "ish": true, "off": true, "less": true,
	"lakh": true, "lakhs": true, "lac": true, "lacs": true, "crore": true, "crores": true, "cr": true, "mille": true, "oh": true,
	"zero": true, "one": true, "two": true, "three": true, "four": true, "five": true, "six": true, "seven": true, "eight": true,
	"nine": true, "ten": true, "eleven": true, "twelve": true, "fifteen": true, "twenty": true, "thirty": true, "forty": true,
	"fifty": true, "sixty": true, "seventy": true, "eighty": true, "ninety": true,
	"twice": true, "double": true, "triple": true, "approx": true, "approximately": true, "roughly": true, "max": true, "maximum": true,
	"min": true, "minimum": true, "more": true, "extra": true, "daily": true, "weekly": true, "monthly": true, "yearly": true,
	"every": true, "kg": true, "g": true, "lb": true, "pcs": true, "pieces": true, "items": true, "people": true, "persons": true,
}

// changingSigns begin such words in Chinese, 25元半, 25块多, 25元左右, and such
// words that are no single one.
var changingSigns = []string{"半", "多", "余", "几", "左右", "上下", "以上", "以下", "以内", "起", "每", "或", "加", "减", "乘", "除", "零", "又", "倍", "折",
	"各", "一半", "的一半", "打折", "翻倍", "翻番", "at most", "at least",
	"二", "两", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千", "万", "亿", "廿", "卅"} // never written to

// changes reports whether a memo begins with what makes another amount of the
// one before it.
func changes(memo string) bool {
	memo = trimSigns(memo)
	word, _, _ := strings.Cut(memo, " ")
	if word, _, _ = strings.Cut(word, "-"); changing[trimSigns(word)] {
		return true
	}
	if strings.HasPrefix(memo, "多谢") {
		return false
	}
	for _, s := range changingSigns {
		if strings.HasPrefix(memo, s) {
			return true
		}
	}
	return false
}

// undoing are the beginnings of a memo that take the order back. Never written
// to.
var undoing = []string{"not", "don't", "dont", "don’t", "do not", "cancel", "never mind", "别付", "不付", "先别", "先不", "不要付", "取消", "算了"}

// undoes reports whether a memo may mean that nothing is to be paid.
func undoes(memo string) bool {
	memo = trimSigns(memo)
	for _, w := range undoing {
		if rest, ok := strings.CutPrefix(memo, w); ok && !(isLatin(w) && isLatinLetter(rest)) {
			return true
		}
	}
	return false
}
