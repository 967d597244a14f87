package order_test

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mpg/engine/order"
	"mpg/store/money"
)

// readings are all amounts that a simple reader finds in a text: it adds up
// every stretch of digits, Chinese numerals and 元角分, with no idea of what an
// order is. It shares nothing with the grammar, whose amount must be among
// them.
func readings(c money.Currency, text string) []money.Amount {
	plain := strings.Map(narrowed, text)
	parted := strings.Map(narrowed, strings.NewReplacer("，", " ", "、", " ").Replace(text))
	var found []money.Amount
	for _, stretch := range append(stretches(plain), stretches(parted)...) {
		// A payee may stand close before or behind: 8001一百元, 25元8001.
		bare := strings.TrimLeft(stretch, "0123456789")
		for _, s := range []string{stretch, bare, upToYuan(stretch), upToYuan(bare), strings.TrimRight(stretch, "0123456789")} {
			if a, ok := minorUnits(c, s); ok {
				found = append(found, a)
			}
		}
	}
	return found
}

// saysAmount reports whether the amount of an order is in its text, and not only
// as the code it is paid to.
func saysAmount(text string, o order.Order) bool {
	if o.Intent != order.Pay {
		return slices.Contains(readings(o.Currency, text), o.Amount)
	}
	text = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' || unicode.Is(unicode.Cf, r) {
			return narrowed(r)
		}
		return r
	}, text)
	for at := 0; ; at++ {
		next := strings.Index(text[at:], o.To)
		if next < 0 {
			return false
		}
		at += next
		if slices.Contains(readings(o.Currency, text[:at]+" "+text[at+len(o.To):]), o.Amount) {
			return true
		}
	}
}

// narrowed is the plain character of a full-width one or a variant; characters without a width
// are dropped.
func narrowed(r rune) rune {
	const odd, plain = "〇壹贰貳弍两兩叁參肆伍陆陸柒捌玖拾佰仟萬億块圆圓塊毛点點", "零一二二二二二三三四五六六七八九十百千万亿元元元元角.."
	switch i := slices.Index([]rune(odd), r); {
	case i >= 0:
		return []rune(plain)[i]
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

func stretches(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("0123456789.,零一二三四五六七八九十百千万亿元角分", r)
	})
}

func upToYuan(s string) string {
	whole, _, _ := strings.Cut(s, "元")
	return whole
}

// minorUnits adds up one stretch.
func minorUnits(c money.Currency, s string) (money.Amount, bool) {
	whole, minor, yuan := strings.Cut(strings.Trim(s, ".,"), "元")
	if !yuan && strings.ContainsAny(whole, "角分") {
		whole, minor = "零", whole
	}
	major, ok := addUp(whole)
	if !ok {
		return 0, false
	}
	fen, ok := addUpFen(minor, yuan)
	sum := major.Mul(major, big.NewRat(int64(c.Unit()), 1))
	sum.Add(sum, big.NewRat(fen, 1))
	return money.Amount(sum.Num().Int64()), ok && sum.IsInt() && sum.Num().IsInt64()
}

var (
	readerGroups = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)
	readerPlain  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
)

// addUp reads a whole number or a decimal one: the greatest scale multiplies
// what stands before it, and a single digit behind it, as in 一千五, counts for
// a tenth of it.
func addUp(s string) (*big.Rat, bool) {
	if whole, decimals, ok := strings.Cut(s, "."); ok && strings.ContainsAny(whole, "十百千万亿") {
		n, okWhole := addUp(whole)
		part, okPart := addUp("0." + decimals)
		return n.Add(n, part), okWhole && okPart
	}
	for _, scale := range []struct {
		sign  string
		worth int64
	}{{"亿", 1e8}, {"万", 1e4}, {"千", 1000}, {"百", 100}, {"十", 10}} {
		at := strings.LastIndex(s, scale.sign)
		if at < 0 {
			continue
		}
		before, okBefore := big.NewRat(1, 1), true
		if at > 0 {
			before, okBefore = addUp(s[:at])
		}
		after, okAfter := addUpTail(s[at+len(scale.sign):], scale.worth)
		return before.Add(before.Mul(before, big.NewRat(scale.worth, 1)), after), okBefore && okAfter
	}
	s = asciiDigits(s)
	if readerGroups.MatchString(s) {
		s = strings.ReplaceAll(s, ",", "")
	}
	if !readerPlain.MatchString(s) {
		return new(big.Rat), false
	}
	return new(big.Rat).SetString(s)
}

func addUpTail(s string, worth int64) (*big.Rat, bool) {
	lower, zero := strings.CutPrefix(s, "零")
	switch {
	case s == "":
		return new(big.Rat), true
	case zero || len([]rune(s)) > 1 || worth == 10:
		return addUp(lower)
	}
	n, ok := addUp(s)
	return n.Mul(n, big.NewRat(worth/10, 1)), ok
}

// addUpFen reads what stands behind 元, or 角 and 分 alone: 5 is five 角 there,
// 零五 five 分.
func addUpFen(s string, afterYuan bool) (int64, bool) {
	s = asciiDigits(s)
	jiao, fen, hasJiao := strings.Cut(s, "角")
	if !hasJiao {
		jiao, fen = "", s
		if strings.TrimLeft(s, "0") == s && !strings.HasSuffix(s, "分") && afterYuan {
			jiao, fen = s, ""
		}
	}
	if hasJiao {
		jiao = strings.TrimPrefix(jiao, "0") // 壹仟陆佰捌拾元零叁角贰分
	}
	digits := jiao + strings.TrimPrefix(strings.TrimSuffix(fen, "分"), "0")
	if strings.Trim(digits, "0123456789") != "" || len(jiao) > 1 || len(digits) > len(jiao)+1 {
		return 0, false
	}
	var n int64
	if jiao != "" {
		n = 10 * int64(jiao[0]-'0')
	}
	if len(digits) > len(jiao) {
		n += int64(digits[len(jiao)] - '0')
	}
	return n, true
}

func asciiDigits(s string) string {
	return strings.NewReplacer("零", "0", "一", "1", "二", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9").Replace(s)
}

// The reader itself must read what the tables say.
func TestReaderFindsTheAmountsOfTheTables(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, file := range []string{"en.txt", "zh.txt"} {
		for _, r := range table(t, file, 1) {
			if o, refusal := g.Parse(r.text); refusal == nil && o.Amount != 0 && !saysAmount(r.text, o) {
				t.Errorf("%q: %d is not among %v", r.text, o.Amount, readings(g.Currency, r.text))
			}
		}
	}
}
