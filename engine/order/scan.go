package order

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"mpg/engine/lang"
	"mpg/store/money"
)

// numeralSigns are the characters of an amount in Chinese; a run of them and of
// digits is one number.
const numeralSigns = "〇零一二三四五六七八九十百千万亿两点壹贰弍叁肆伍陆柒捌玖拾佰仟角毛分整正"

// yuanSigns are the units that stand within a number: 128元5角, 3块2.
const yuanSigns = "元块圆"

// run takes the number at the front of text: digits with points and commas,
// Chinese numerals, and 元 or 块 among them.
func run(text string) (number, rest string) {
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9':
		case r == '.' || r == ',':
			if i == 0 {
				return "", text
			}
		case r < utf8.RuneSelf:
			return trimPoint(text, i)
		case strings.ContainsRune(numeralSigns, r):
		case i > 0 && strings.ContainsRune(yuanSigns, r):
			if after := i + utf8.RuneLen(r); codeBegins(text[after:]) || wordBegins(text[after:]) {
				return text[:after], text[after:]
			}
		case r == '钱' && endsInUnit(text[:i]):
			return text[:i+len("钱")], text[i+len("钱"):]
		default:
			return trimPoint(text, i)
		}
	}
	return trimPoint(text, len(text))
}

// wordBegins reports whether a word comes that begins with a numeral and can be
// no 角 and 分: 25元零食, 25元百合. In 三块五花肉 it can.
func wordBegins(text string) bool {
	for _, w := range [...]string{"零食", "零件", "零用", "零花", "零售", "一共", "一起"} {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	first, size := utf8.DecodeRuneInString(text)
	if endsMonth(text[size:]) {
		return phraseAt(text) > 0
	}
	return strings.ContainsRune("百千万亿", first) && longest(text, harmlessHan) > 0
}

// endsMonth reports whether text is the end of a month and what is paid for that month, the
// 月份房租 of 五月份房租.
func endsMonth(text string) bool {
	return strings.HasPrefix(text, "月份") || strings.HasPrefix(text, "月房租")
}

// codeBegins reports whether so many digits come that they are no 角 and 分: in
// 25元8001 they are a code.
func codeBegins(text string) bool {
	return len(text) >= codeDigitsMin && onlyDigits(text[:codeDigitsMin])
}

// trimPoint leaves points and commas at the end of the number to the rest.
func trimPoint(text string, end int) (string, string) {
	n := len(strings.TrimRight(text[:end], ".,"))
	return text[:n], text[n:]
}

// endsInUnit reports whether 钱 may follow: 五块钱, 五毛钱.
func endsInUnit(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return text != "" && strings.ContainsRune(yuanSigns+"角毛分", r)
}

// amountReader reads the amounts of one text.
type amountReader struct {
	currency money.Currency // of the operator
	sources  *sources
	text     string // folded, in lower case
	asks     bool   // there is a question mark
}

// amount is one that was read off the front of a text.
type amount struct {
	value  money.Amount
	marked bool   // by a point or a unit: it cannot be a code
	signed bool   // by nothing but a unit before it
	typed  string // the number as it stands in the text
}

// read takes an amount with its unit off the front of text.
func (r *amountReader) read(text string) (amount, string, Reason) {
	before, text := cutUnitBefore(strings.TrimLeft(text, " "))
	number, rest := run(text)
	if number == "" {
		return amount{}, text, BadAmount
	}
	after, rest := cutUnitAfter(number, rest)
	if after.after {
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "整"), "正") // 100 圆整
	}
	inside := strings.ContainsAny(number, yuanSigns+"角毛分")
	if !r.ours(before) || !r.ours(after) || inside && r.currency.Code != "CNY" {
		return amount{}, rest, OtherMoney
	}
	if _, jiao, _ := strings.Cut(number, "元"); jiao != "" && jiao != "钱" && after.code != "" {
		return amount{}, rest, BadAmount // 25元五¥: a character got in between
	}
	if !r.ends(number, after, rest) || rest == "" && r.asks && !isASCII(number) && r.askedBehind(number) {
		return amount{}, rest, BadAmount
	}
	v, reason := r.value(number)
	marked := inside || after.code != "" || strings.ContainsAny(number, ".点")
	return amount{v, marked || before.code != "", !marked, number}, rest, reason
}

// lostSigns are the characters that phones and networks show for one they lost.
const lostSigns = "?□▯■◻▢⍰"

// askedBehind reports whether a question mark follows a number in Chinese at the
// end of the text: 三十? may have been 三十五.
func (r *amountReader) askedBehind(number string) bool {
	at := strings.LastIndex(r.text, number)
	return at < 0 || strings.HasPrefix(r.text[at+len(number):], "?")
}

// ours reports whether a unit is of the currency that is counted in, or none.
func (r *amountReader) ours(found unit) bool {
	return found.code == "" || found.code == r.currency.Code || found.code == yenCode && (r.currency.Code == "CNY" || r.currency.Code == "JPY")
}

// operators behind a number make another one of it.
const operators = "%‰/*+=^\\@#_&×÷<>|"

// ends reports whether a number is over where the rest begins. Letters may
// follow at once only behind its unit: 25元午饭, but not 25k, 25斤, 25元一份 or
// 5分钟. What names payee or way of paying may always. A question mark may be a
// character that was lost on its way.
func (r *amountReader) ends(number string, after unit, rest string) bool {
	if rest == "" {
		return true
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " "))
	first, _ := utf8.DecodeRuneInString(rest)
	if strings.ContainsRune(operators, next) || strings.ContainsRune("-'~`—–’´"+lostSigns+numberFaces, first) || unicode.Is(unicode.Mn, first) {
		return false
	}
	if !unicode.IsLetter(next) && !unicode.IsNumber(next) || rest[0] == ' ' {
		return true
	}
	if _, to := cutTo(rest); to {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(number)
	if after.code != "" || strings.ContainsRune(yuanSigns+"钱整正", last) {
		return isDigit(rest) || !unicode.IsNumber(next) // 25元8001: see amountFirst
	}
	return r.sources.begins(rest) && !strings.ContainsAny(number, yuanSigns+"毛角")
}

// value reads the number itself.
func (r *amountReader) value(number string) (money.Amount, Reason) {
	c := r.currency
	tail := strings.TrimLeft(number, "0123456789.,")
	head := number[:len(number)-len(tail)]
	if head != "" && !r.grouped(head) {
		return 0, BadAmount // 1,23 and 1.234.5, 007
	}
	head = strings.ReplaceAll(head, ",", "")
	v, err := money.Amount(0), error(nil)
	if head != "" {
		v, err = c.Parse(head)
	}
	if head != "" && (tail == "" || strings.Trim(tail, yuanSigns+"整正钱") == "") && err != nil {
		return 0, reasonOf(err)
	}
	if tail != "" {
		var ok bool
		if v, ok = lang.ReadAmount(c, head+tail); !ok {
			return 0, BadAmount
		}
	}
	if v == 0 {
		return 0, ZeroAmount
	}
	return v, ""
}

// groupLen is how many digits stand between two thousands separators.
const groupLen = 3

// grouped reports whether text is a number in digits: no zero before it, at most
// one point, and commas, if any, before every three digits. Where the currency
// has three decimals, 1,234 may be meant as 1.234.
func (r *amountReader) grouped(text string) bool {
	whole, frac, point := strings.Cut(text, ".")
	groups := strings.Split(whole, ",")
	if groups[0] == "" || len(groups[0]) > 1 && groups[0][0] == '0' || point && !onlyDigits(frac) {
		return false
	}
	if len(groups) == 1 {
		return true
	}
	for _, g := range groups[1:] {
		if len(g) != groupLen {
			return false
		}
	}
	mayBePoint := len(groups) == 2 && !point && r.currency.Exponent == groupLen
	return len(groups[0]) <= groupLen && groups[0] != "0" && !mayBePoint
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

func onlyDigits(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
