package order

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A PIN has pinDigits digits; people who text one may be wrong by some.
const (
	pinDigits    = 6
	pinDigitsMin = 4
	pinDigitsMax = 8
)

// pinWords lead to a PIN; pinAfterWord is one that follows them.
var (
	pinWords     = []string{"pin", "mima", "passw", "pwd", "gm", "gaimi", "密", "口令", "验证码"} // never written to
	pinAfterWord = regexp.MustCompile(`(pin|mima|passw(or)?d|pwd|\bgm|gaimi|密码?|口令|验证码)[\s:=,.#'"]*(is|to|number|no|code|new|old|为|是|改为|改成|改|号码?|码)*[\s:=,.#'"]*[0-9]([ .,-]{0,3}[0-9]){3,7}([^0-9]|$)`)
)

// LooksLikePIN reports whether a text may hold a PIN: digits alone, also spaced out or in
// Chinese; digits beside a word for it; six digits that belong to no order, or are a number
// more than the order has. It must be asked before a text is kept, logged or digested
// anywhere, and when in doubt says yes, except about an order. The reference of a module's
// order is not looked at. Digits in words, as in "pin four eight", are not seen.
func (g Grammar) LooksLikePIN(text string) bool {
	return g.hidesPIN(g.words().withoutReference(text)) && g.hidesPIN(g.words().withoutRefund(text))
}

func (g Grammar) hidesPIN(text string) bool {
	s := plainDigits(text)
	han := strings.Map(hanDigit, s)
	if !strings.ContainsAny(han, "0123456789") {
		return false
	}
	worded := hasPINWord(s)
	return worded && pinAfterWord.MatchString(han) || isSecretAlone(han) || hasHanSecret(s) || g.isBesideOrder(text, s, worded)
}

// hasPINWord reports whether a word for a PIN is in a text.
func hasPINWord(text string) bool {
	for _, w := range pinWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// plainDigits is a text in lower case with the digits of every script and form
// as those of ASCII.
func plainDigits(text string) string {
	if isASCII(text) {
		return lower(text)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case r >= 0x80 && unicode.Is(unicode.Nd, r):
			return '0' + digitValue(r)
		}
		return r
	}, strings.ToLower(norm.NFKC.String(text)))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// digitValue is the value of a decimal digit: each script has its ten in a row.
func digitValue(r rune) rune {
	zero := r
	for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
		zero--
	}
	return r - zero
}

// hanDigit brings a Chinese digit to one of ASCII.
func hanDigit(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	switch r {
	case '零', '〇':
		return '0'
	case '一', '壹', '幺':
		return '1'
	case '二', '贰', '貳', '弍', '两', '兩':
		return '2'
	case '三', '叁', '參':
		return '3'
	case '四', '肆':
		return '4'
	case '五', '伍':
		return '5'
	case '六', '陆', '陸':
		return '6'
	case '七', '柒':
		return '7'
	case '八', '捌':
		return '8'
	case '九', '玖':
		return '9'
	}
	return r
}

// pointForm is an amount with its decimals, with or without a code before it.
var pointForm = regexp.MustCompile(`^([0-9]{4,6}[ :,]+)?[0-9,]+\.[0-9]{1,2}$`)

// isSecretAlone reports whether a text is nothing but a PIN: four to eight
// digits in one piece or in equal groups, or six in any.
func isSecretAlone(text string) bool {
	if strings.ContainsFunc(text, unicode.IsLetter) {
		return false
	}
	text = strings.TrimFunc(text, func(r rune) bool { return !unicode.IsNumber(r) })
	if len(text) > 4*pinDigitsMax || pointForm.MatchString(text) {
		return false
	}
	groups := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsNumber(r) })
	n, equal := 0, true
	for _, g := range groups {
		if !onlyDigits(g) {
			return false
		}
		n += len(g)
		equal = equal && len(g) == len(groups[0])
	}
	return n == pinDigits || n >= pinDigitsMin && n <= pinDigitsMax && equal
}

// hasHanSecret reports whether six Chinese digits in a row are in a text. No
// amount is written so: it has 十 or 百 among them.
func hasHanSecret(text string) bool {
	n := 0
	for _, r := range text {
		switch {
		case hanDigit(r) != r:
			n++
			continue
		case r == ' ' && n < pinDigits:
			continue
		case n == pinDigits:
			return true
		}
		n = 0
	}
	return n == pinDigits
}

// orderNumbers is how many numbers an order has: payee and amount.
const orderNumbers = 2

// isBesideOrder reports whether a text holds six digits that no order needs; a
// text with a word for a PIN that is no order, whether it holds the digits of
// one. written is the text before its digits were made plain.
func (g Grammar) isBesideOrder(written, text string, worded bool) bool {
	numbers := numberTokens(text)
	six := func(token string) bool { return len(token) == pinDigits && onlyDigits(token) }
	if !worded && !slices.ContainsFunc(numbers, six) && !endsSpacedOut(numbers) {
		return false // most texts: the order need not be known
	}
	intent := g.movesMoney(text)
	if intent.isOwn() {
		numbers = numberTokens(strings.ReplaceAll(text, " ", " , ")) // there is no phone number to put together
	}
	switch {
	case intent == "", intent.isOwn() && worded && len(numbers) == 1:
		return slices.ContainsFunc(numbers, six) || spacedOut(numbers) || worded && slices.ContainsFunc(numbers, isPINLong)
	case intent.isOwn() && len(numbers) <= intent.numbers():
		return (slices.ContainsFunc(numbers, six) || endsSpacedOut(numbers)) && !g.isOrder(written)
	case len(numbers) <= intent.numbers():
		return false
	case intent == TopUp:
		return slices.ContainsFunc(numbers, six) || endsSpacedOut(numbers)
	case intent == Out:
		return slices.ContainsFunc(numbers[1:], six) || endsSpacedOut(numbers)
	case intent == Pay:
		return slices.ContainsFunc(numbers[1:], six) || spacedOut(numbers[orderNumbers:])
	}
	// Without a whole phone number the six digits may be a part of it.
	return slices.ContainsFunc(numbers, isPhoneLong) && slices.ContainsFunc(numbers, six)
}

// isOrder reports whether a text is a whole order.
func (g Grammar) isOrder(text string) bool {
	plain, ok := fold(text)
	if !ok {
		return false
	}
	p := parser{g: g, words: g.words(), plain: plain, text: lower(plain)}
	_, refusal := p.read(p.text)
	return refusal == nil
}

// isOwn reports whether an order of an intent may be a word and an amount, and nothing else.
func (i Intent) isOwn() bool { return i == TopUp || i == Out }

// numbers returns how many numbers an order of an intent has: an amount, which may have six digits
// like any other, and, except in TOPUP, a payee.
func (i Intent) numbers() int {
	if i == TopUp {
		return 1
	}
	return orderNumbers
}

// endsSpacedOut reports whether the digits of a PIN are all of numbers, or all but the first, or
// all but the first two.
func endsSpacedOut(numbers []string) bool {
	for at := range min(orderNumbers, len(numbers)) + 1 {
		if spacedOut(numbers[at:]) {
			return true
		}
	}
	return false
}

// spacedOut reports whether numbers are the digits of a PIN in equal groups.
func spacedOut(numbers []string) bool {
	for _, token := range numbers {
		if len(token)*len(numbers) != pinDigits || !onlyDigits(token) {
			return false
		}
	}
	return len(numbers) > 0
}

func isPINLong(token string) bool {
	return len(token) >= pinDigitsMin && len(token) <= pinDigitsMax && onlyDigits(token)
}

func isPhoneLong(token string) bool { return len(token) >= groupedDigitsMin }

// movesMoney returns the intent of a text that begins, as the grammar finds it, with a keyword of
// an order that must have an amount; otherwise it is empty. The amount of a refund may be left
// out: six digits behind its reference are as likely to be a PIN.
func (g Grammar) movesMoney(text string) Intent {
	plain, ok := fold(text)
	if !ok {
		return ""
	}
	k, _, ok := (&parser{words: g.words()}).lead(lower(plain))
	if !ok || !k.intent.moves() {
		return ""
	}
	return k.intent
}

// Redact is what may be kept of a text that looks like a PIN: every digit, of
// any script and form, is an asterisk.
func Redact(text string) string {
	return strings.Map(func(r rune) rune {
		if isAnyDigit(r) || r >= utf8.RuneSelf && strings.ContainsFunc(norm.NFKC.String(string(r)), isAnyDigit) {
			return '*'
		}
		return r
	}, text)
}

func isAnyDigit(r rune) bool { return unicode.IsNumber(r) || hanDigit(r) != r }
