package order

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"mpg/engine/lang"
	"mpg/store/money"
)

// numeralSigns are the signs of an amount in Chinese; a run of them and of
// digits is one number.
const numeralSigns = "〇零一二三四五六七八九十百千万亿两点壹贰叁肆伍陆柒捌玖拾佰仟萬億參貳陸兩角毛分整正"

// run takes the number at the front of s: digits with points and commas,
// Chinese numerals, and 元 or 块 among them.
func run(s string) (number, rest string) {
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9', strings.ContainsRune(numeralSigns, r):
		case (r == '.' || r == ',') && i > 0:
		case (r == '元' || r == '块' || r == '圆' || r == '塊') && i > 0:
		case r == '钱' && strings.HasSuffix(s[:i], "块"):
		default:
			return trimPoint(s, i)
		}
	}
	return trimPoint(s, len(s))
}

// trimPoint leaves points and commas at the end of the number to the rest.
func trimPoint(s string, end int) (string, string) {
	n := len(strings.TrimRight(s[:end], ".,"))
	return s[:n], s[n:]
}

// amount is one that was read off the front of a text.
type amount struct {
	value  money.Amount
	marked bool // by a point or a unit: it cannot be a code
}

// readAmount takes an amount with its unit off the front of s.
func (p *parser) readAmount(s string) (amount, string, Reason) {
	s = strings.TrimLeft(s, " ")
	before, s := cutUnit(s)
	number, rest := run(s)
	if number == "" {
		return amount{}, s, BadAmount
	}
	after, rest := cutUnit(rest)
	for _, code := range []string{before, after} {
		if code != "" && code != p.g.Currency.Code {
			return amount{}, rest, OtherMoney
		}
	}
	if strings.ContainsAny(number, "元块圆塊角毛分") && p.g.Currency.Code != "CNY" {
		return amount{}, rest, OtherMoney
	}
	if next, _ := utf8.DecodeRuneInString(rest); after == "" && next < unicode.MaxASCII && (unicode.IsLetter(next) || strings.ContainsRune("%/*+-_=#@^\\", next)) {
		return amount{}, rest, BadAmount // 5k, 10%, 3-4
	}
	v, reason := p.value(number)
	marked := before != "" || after != "" || strings.ContainsAny(number, ".元块圆塊角毛分点")
	return amount{v, marked}, rest, reason
}

// plain is a number in digits, with or without thousands separators.
var plain = regexp.MustCompile(`^(0|[1-9][0-9]*|[1-9][0-9]{0,2}(,[0-9]{3})+)(\.[0-9]+)?$`)

// value reads the number itself.
func (p *parser) value(number string) (money.Amount, Reason) {
	c := p.g.Currency
	var v money.Amount
	switch {
	case plain.MatchString(number):
		var err error
		if v, err = c.Parse(strings.ReplaceAll(number, ",", "")); err != nil {
			return 0, reasonOf(err)
		}
	case strings.Contains(number, ","), onlyDigits(strings.ReplaceAll(number, ".", "")):
		return 0, BadAmount // 1,23 and 1.234.5, 007
	default:
		var ok bool
		if v, ok = lang.ReadAmount(c, number); !ok {
			return 0, BadAmount
		}
	}
	if v == 0 {
		return 0, ZeroAmount
	}
	return v, ""
}

func reasonOf(err error) Reason {
	switch {
	case errors.Is(err, money.ErrPrecision):
		return TooFine
	case errors.Is(err, money.ErrRange):
		return TooLarge
	}
	return BadAmount
}

// unitRunesMax is the longest unit.
const unitRunesMax = 7

// cutUnit takes a unit of money off the front and tells its currency. A unit of
// letters must end there.
func cutUnit(s string) (code, rest string) {
	trimmed := strings.TrimLeft(s, " ")
	end, runes := 0, 0
	for i, r := range trimmed {
		if runes++; runes > unitRunesMax {
			break
		}
		n := i + utf8.RuneLen(r)
		c, ok := units[trimmed[:n]]
		next, _ := utf8.DecodeRuneInString(trimmed[n:])
		if ok && !(r < utf8.RuneSelf && unicode.IsLetter(r) && next < unicode.MaxASCII && unicode.IsLetter(next)) {
			code, end = c, n
		}
	}
	if end == 0 {
		return "", s
	}
	return code, strings.TrimLeft(trimmed[end:], " ")
}

func onlyDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// hasNumber reports whether a memo holds what could be one more number: a digit
// anywhere, or a word of Chinese numerals alone.
func hasNumber(s string) bool {
	if strings.ContainsFunc(s, unicode.IsDigit) {
		return true
	}
	for _, word := range strings.Fields(s) {
		if n, rest := run(word); n != "" && rest == "" {
			return true
		}
	}
	return false
}
