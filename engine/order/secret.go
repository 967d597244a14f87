package order

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

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

// LooksLikePIN reports whether a text may hold a PIN: digits alone, also spaced
// out or in Chinese; digits behind a word for it; or six digits before or
// behind an order that has its numbers. It must be asked before a text is kept,
// logged or digested anywhere, and rather says yes.
func LooksLikePIN(text string) bool {
	s := plainDigits(text)
	if !strings.ContainsAny(s, "0123456789") {
		return isSecretAlone(strings.Map(hanDigit, s))
	}
	for _, w := range pinWords {
		if strings.Contains(s, w) && pinAfterWord.MatchString(s) {
			return true
		}
	}
	return isSecretAlone(strings.Map(hanDigit, s)) || isBesideOrder(s)
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

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
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
	if r < 0x80 {
		return r
	}
	if i := slices.Index([]rune("零一二三四五六七八九"), r); i >= 0 {
		return '0' + rune(i)
	}
	switch r {
	case '〇':
		return '0'
	case '幺':
		return '1'
	}
	return r
}

// pointForm is an amount with its decimals, with or without a code before it.
var pointForm = regexp.MustCompile(`^([0-9]{4,6}[ :,]+)?[0-9,]+\.[0-9]{1,2}$`)

// isSecretAlone reports whether a text is nothing but a PIN: four to eight
// digits in one piece or in equal groups, or six in any.
func isSecretAlone(s string) bool {
	s = strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	if len(s) > 4*pinDigitsMax || pointForm.MatchString(s) {
		return false
	}
	groups := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
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

// orderNumbers is how many numbers an order has: payee and amount.
const orderNumbers = 2

// isBesideOrder reports whether a text has a number more than an order needs,
// at either end, that has six digits.
func isBesideOrder(s string) bool {
	s = strings.TrimRightFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	numbers := numberTokens(s)
	if len(numbers) <= orderNumbers {
		return false
	}
	first, last := numbers[0], numbers[len(numbers)-1]
	return len(first) == pinDigits && onlyDigits(first) && strings.HasPrefix(strings.TrimLeft(s, " "), first) ||
		len(last) == pinDigits && onlyDigits(last) && strings.HasSuffix(s, last)
}

// groupedDigitsMin is how many digits a phone number in groups has at least.
const groupedDigitsMin = 10

// numberTokens are the numbers of a text; a phone number in groups is one.
func numberTokens(s string) []string {
	var tokens []string
	phone, end := false, 0
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i:]) {
			continue
		}
		start := i
		for i < len(s) && (isDigit(s[i:]) || s[i] == '.' || s[i] == ',') {
			i++
		}
		token := strings.TrimRight(s[start:i], ".,")
		last := len(tokens) - 1
		if joins(s[end:start]) && last >= 0 && grows(tokens[last], token, phone) {
			tokens[last] += token
		} else {
			phone = start > 0 && s[start-1] == '+' || strings.HasPrefix(token, "00")
			tokens = append(tokens, token)
		}
		end = i
	}
	return tokens
}

// grows reports whether a group goes on a phone number: behind a plus as long
// as it is short of one, else in the form 138 0013 8000.
func grows(number, group string, plus bool) bool {
	if plus {
		return len(number) < groupedDigitsMin
	}
	return onlyDigits(number) && (len(number) == 3 || len(number) == 7) && len(group) == 4 && number[0] == '1'
}

// Redact is what may be kept of a text that looks like a PIN: every digit, of
// any script, is an asterisk.
func Redact(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsNumber(r) || hanDigit(r) != r {
			return '*'
		}
		return r
	}, text)
}
