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
	"元": {"CNY", true}, "块": {"CNY", true}, "块钱": {"CNY", true}, "元钱": {"CNY", true}, "圆": {"CNY", true}, "yuan": {"CNY", true}, "kuai": {"CNY", true},
	"¥": {yenCode, false}, "rmb": {"CNY", false}, "cny": {"CNY", false}, "人民币": {"CNY", false}, "cn¥": {"CNY", false},
	"$": {"USD", false}, "us$": {"USD", false}, "usd": {"USD", false}, "dollar": {"USD", true}, "dollars": {"USD", true},
	"美元": {"USD", true}, "美圆": {"USD", true}, "美金": {"USD", true}, "美刀": {"USD", true}, "刀": {"USD", true},
	"€": {"EUR", false}, "eur": {"EUR", false}, "euro": {"EUR", true}, "euros": {"EUR", true}, "欧元": {"EUR", true}, "欧圆": {"EUR", true},
	"£": {"GBP", false}, "gbp": {"GBP", false}, "pound": {"GBP", true}, "pounds": {"GBP", true}, "英镑": {"GBP", true}, "镑": {"GBP", true},
	"hk$": {"HKD", false}, "hkd": {"HKD", false}, "港币": {"HKD", true}, "港元": {"HKD", true}, "港圆": {"HKD", true}, "港纸": {"HKD", true}, "港蚊": {"HKD", true},
	"jpy": {"JPY", false}, "yen": {"JPY", true}, "日元": {"JPY", true}, "日圆": {"JPY", true}, "日币": {"JPY", true}, "円": {"JPY", true},
	"krw": {"KRW", false}, "韩元": {"KRW", true}, "韩圆": {"KRW", true}, "韩币": {"KRW", true}, "won": {"KRW", true},
	"澳元": {"AUD", true}, "澳币": {"AUD", true}, "澳刀": {"AUD", true}, "加元": {"CAD", true}, "加币": {"CAD", true}, "加刀": {"CAD", true},
	"新元": {"SGD", true}, "新币": {"SGD", true}, "坡币": {"SGD", true}, "台币": {"TWD", true}, "新台币": {"TWD", true}, "nt$": {"TWD", false},
	"₦": {"NGN", false}, "naira": {"NGN", true}, "₹": {"INR", false}, "₱": {"PHP", false}, "ksh": {"KES", false}, "฿": {"THB", false}, "baht": {"THB", true},
	"₫": {"VND", false}, "rm": {"MYR", false}, "ringgit": {"MYR", true}, "rupiah": {"IDR", true}, "rp": {"IDR", false}, "₩": {"KRW", false}, "₺": {"TRY", false},
	"瑞郎": {"CHF", true}, "瑞士法郎": {"CHF", true}, "澳门元": {"MOP", true}, "澳门币": {"MOP", true}, "葡币": {"MOP", true}, "泰铢": {"THB", true},
	"卢布": {"RUB", true}, "印度卢比": {"INR", true}, "越南盾": {"VND", true}, "印尼盾": {"IDR", true}, "令吉": {"MYR", true}, "林吉特": {"MYR", true}, "马币": {"MYR", true},
}

// unitRunesMax is the longest unit.
const unitRunesMax = 7

// cutUnit takes a unit of money off the front, with the blank before it. A unit
// of letters must end there.
func cutUnit(text string) (found unit, rest string) {
	trimmed := strings.TrimLeft(text, " ")
	if trimmed == "" || longest(trimmed, harmlessHan) > 0 {
		return unit{}, text // 25 元宵
	}
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
		return unit{}, text
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

// cutUnitBefore takes a unit off that can stand before its number, and what may separate the
// two: RMB 25, RMB:25, ¥=25.
func cutUnitBefore(text string) (unit, string) {
	u, rest := cutUnit(text)
	if u.after || u.code == "" {
		return unit{}, text
	}
	return u, strings.TrimLeft(rest, " :=")
}

// cutUnitAfter takes the unit of a number off what stands behind it. A unit that
// can stand before a number belongs to the one that comes: in 8001 ¥25 and in
// 8001 RMB:1500. With the same on both sides, as in 1500 RMB 8001, it may belong
// to either, which pay finds. Close behind what may be a code it is left, so that
// neither is read.
func cutUnitAfter(number, text string) (unit, string) {
	u, rest := cutUnit(text)
	if u.code == "" || u.after {
		return u, rest
	}
	next := strings.TrimLeft(rest, " :,=#")
	if begin, _ := run(next); begin == "" {
		return u, rest
	}
	apart, close := strings.HasPrefix(rest, " "), !strings.HasPrefix(text, " ")
	if strings.TrimLeft(rest, " ") != next || !apart && !close || apart && close && mayBeCode(number) {
		return unit{}, text
	}
	return u, rest
}

// mayBeCode reports whether a number has the form of a merchant code.
func mayBeCode(number string) bool {
	return len(number) >= codeDigitsMin && len(number) <= codeDigitsMax && onlyDigits(number)
}

// isMoneySign reports whether r is a sign of a currency.
func isMoneySign(r rune) bool { return unicode.Is(unicode.Sc, r) }
