package lang

import (
	"strings"

	"mpg/store/money"
)

// numeralRunesMax bounds a numeral; the longest below 10^16 has fewer characters.
const numeralRunesMax = 48

// Numeral reads a whole number in Chinese numerals: 一千零五, 两万, 十二, the
// financial 壹佰贰拾捌, and the spoken 两百五 (250), 一千五 (1500), 三万二
// (32000). It takes only what is written as the number is said: 一千二十, 两十
// or 三五 (three to five) have more than one reading, or none, and are refused.
func Numeral(words string) (int64, bool) { return numeral(words, true) }

// numeral is Numeral; tail says whether a unit may be left out at the end. It
// may not before a currency's unit: 一千五块 may be meant as 1005.
func numeral(words string, tail bool) (int64, bool) {
	if words == "" || len(words) > 4*numeralRunesMax {
		return 0, false
	}
	r := []rune(fold(words))
	if !liangPlaced(r) {
		return 0, false
	}
	said := strings.ReplaceAll(string(r), "两", "二")
	if tail {
		said = spokenTail(said)
	}
	if rest, ok := strings.CutPrefix(said, "一十"); ok {
		said = "十" + rest
	}
	said = cutZeroAfterWan(said)
	n, ok := reckon(said)
	if !ok || strings.ReplaceAll(zhPlain(n), "两", "二") != said {
		return 0, false
	}
	return n, true
}

// cutZeroAfterWan removes the 零 that may be written where there are no single 万:
// 107,000 is 壹拾万柒仟 or 壹拾万零柒仟.
func cutZeroAfterWan(words string) string {
	before, after, found := strings.Cut(words, "万零")
	if !found || !strings.HasSuffix(before, "十") && !strings.HasSuffix(before, "百") && !strings.HasSuffix(before, "千") {
		return words
	}
	if r := []rune(after); len(r) < 2 || r[1] != '千' {
		return words
	}
	return before + "万" + after
}

// fold replaces financial and traditional characters by the plain ones.
func fold(words string) string {
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(odd, r); i >= 0 {
			return []rune(plain)[len([]rune(odd[:i]))]
		}
		return r
	}, words)
}

// Characters beside the plain ones, and what they stand for, in the same order.
const (
	odd   = "〇壹贰貳弍叁參叄肆伍陆陸柒捌玖拾佰仟萬億兩圆圓块塊毛"
	plain = "零一二二二三三三四五六六七八九十百千万亿两元元元元角"
)

// liangPlaced reports whether each 两 is before 百, 千, 万 or 亿, or alone.
func liangPlaced(words []rune) bool {
	for i, c := range words {
		if c != '两' || len(words) == 1 {
			continue
		}
		if i+1 == len(words) || !strings.ContainsRune("百千万亿", words[i+1]) {
			return false
		}
	}
	return true
}

// spokenTail adds the unit that speech leaves out at the end: 二百五 is 二百五十.
func spokenTail(words string) string {
	r := []rune(words)
	if len(r) < 3 || digitOf(r[len(r)-1]) < 1 {
		return words
	}
	switch r[len(r)-2] {
	case '百':
		return words + "十"
	case '千':
		return words + "百"
	case '万':
		return words + "千"
	case '亿':
		return words + "千万"
	}
	return words
}

// reckon adds up plain numerals. The caller checks that they are in the order in
// which they are said.
func reckon(words string) (int64, bool) {
	var total, group, digit int64
	for _, r := range words {
		switch d := digitOf(r); {
		case d >= 0:
			digit = d
		case r == '十':
			group, digit = group+max(digit, 1)*10, 0
		case r == '百':
			group, digit = group+digit*100, 0
		case r == '千':
			group, digit = group+digit*1000, 0
		case r == '万':
			total, group, digit = total+(group+digit)*wan, 0, 0
		case r == '亿':
			total, group, digit = (total+group+digit)*yi, 0, 0
		default:
			return 0, false
		}
		if total > int64(money.Max) {
			return 0, false
		}
	}
	n := total + group + digit
	return n, n <= int64(money.Max)
}

// digitOf returns the value of a plain digit character, or -1.
func digitOf(r rune) int64 {
	for d, sign := range zhDigits {
		if r == sign {
			return int64(d)
		}
	}
	return -1
}

// ReadAmount reads an amount of currency in Chinese words, with or without its unit:
// 一百二十八元五角, 三块二毛五, 128块5, 五毛, 三块零五, 3万, 十点五元, 壹佰元整.
// ASCII digits may stand for the numerals, without separators. It reads back
// all that Amount writes in Chinese for a currency with 角 and 分, or without
// decimals. What has more than one reading is refused.
func ReadAmount(currency money.Currency, words string) (money.Amount, bool) {
	words = fold(words)
	words = strings.TrimSuffix(words, "钱")
	exact := strings.HasSuffix(words, "整") || strings.HasSuffix(words, "正")
	words = strings.TrimSuffix(strings.TrimSuffix(words, "整"), "正")
	if exact && !strings.HasSuffix(words, "元") && !strings.HasSuffix(words, "角") {
		return 0, false
	}
	whole, rest, hasUnit := cutUnit(currency, words)
	if !hasUnit && strings.ContainsAny(words, "角分") {
		whole, rest = "", words
	}
	var major money.Amount
	if whole != "" || rest == "" {
		var ok bool
		if major, ok = readWhole(currency, whole, !hasUnit); !ok {
			return 0, false
		}
	}
	if rest == "" {
		return major, true
	}
	if currency.Exponent != 2 || major%currency.Unit() != 0 || strings.ContainsAny(whole, ".点") {
		return 0, false
	}
	if whole != "" && major/currency.Unit()%10 == 0 {
		rest = cutZeroBeforeJiao(rest)
	}
	minor, ok := readMinor(rest, whole != "")
	return major + minor, ok && major+minor <= money.Max
}

// cutUnit splits s at the currency's unit.
func cutUnit(currency money.Currency, words string) (whole, rest string, found bool) {
	unit := "元"
	if name, ok := coins[currency.Code]; ok {
		unit = name.zh
	}
	whole, rest, found = strings.Cut(words, unit)
	if found && whole == "" {
		return words, "", false // a unit of nothing
	}
	return whole, rest, found
}

// readWhole reads what is before the unit, in minor units.
func readWhole(currency money.Currency, words string, tail bool) (money.Amount, bool) {
	if a, err := currency.Parse(words); err == nil {
		return a, true
	}
	if head, decimals, ok := strings.Cut(words, "点"); ok {
		return readPoint(currency, head, decimals)
	}
	n, ok := numeral(words, tail)
	if !ok {
		return readMixed(currency, words)
	}
	if n > int64(money.Max/currency.Unit()) {
		return 0, false
	}
	return money.Amount(n) * currency.Unit(), true
}

// readMixed reads digits with one unit after them: 3万, 1.5万.
func readMixed(currency money.Currency, words string) (money.Amount, bool) {
	for _, u := range [...]struct {
		sign string
		size money.Amount
	}{{"百", 100}, {"千", 1000}, {"万", wan}, {"亿", yi}} {
		head, ok := strings.CutSuffix(words, u.sign)
		if !ok {
			continue
		}
		a, err := currency.Parse(head)
		if err != nil || a > money.Max/u.size {
			return 0, false
		}
		return a * u.size, true
	}
	return 0, false
}

// readPoint reads 十点五: the decimals are said one by one.
func readPoint(currency money.Currency, head, decimals string) (money.Amount, bool) {
	n, ok := numeral(head, false)
	if !ok || n > int64(money.Max/currency.Unit()) || decimals == "" {
		return 0, false
	}
	a, step := money.Amount(n)*currency.Unit(), currency.Unit()
	for _, r := range decimals {
		d := digitOf(r)
		step /= 10
		if d < 0 || step == 0 {
			return 0, false
		}
		a += money.Amount(d) * step
	}
	return a, a <= money.Max
}

// cutZeroBeforeJiao removes the 零 that may be written where there are no single
// 元: ￥1,680.32 is 壹仟陆佰捌拾元零叁角贰分 or 壹仟陆佰捌拾元叁角贰分 (Payment and
// Settlement Rules of the People's Bank of China, annex 1, on zeros).
func cutZeroBeforeJiao(words string) string {
	rest, zero := cutZero(words)
	if zero && strings.Contains(rest, "角") && !strings.HasPrefix(rest, "0") {
		return rest
	}
	return words
}

// readMinor reads 角 and 分. After a whole amount 五 is five 角 and 零五 five 分.
func readMinor(words string, after bool) (money.Amount, bool) {
	zero := false
	if after {
		words, zero = cutZero(words)
	}
	jiao, fen, hasJiao := strings.Cut(words, "角")
	if !hasJiao {
		jiao, fen = "", words
	}
	bare := !strings.HasSuffix(fen, "分")
	fen = strings.TrimSuffix(fen, "分")
	j, okJ := readDigit(jiao, true)
	f, okF := readDigit(fen, !after && !hasJiao)
	switch {
	case hasJiao && fen == "" && bare:
		return j * 10, okJ && !zero
	case hasJiao:
		return j*10 + f, okJ && okF && !zero
	case bare && after && !zero:
		return f * 10, okF
	case bare && !after:
		return 0, false
	}
	return f, okF && (zero || !after || !bare)
}

// cutZero takes off the 零 that stands for no 角.
func cutZero(words string) (string, bool) {
	if rest, ok := strings.CutPrefix(words, "零"); ok {
		return rest, true
	}
	return strings.CutPrefix(words, "0")
}

// readDigit reads one digit of 1 to 9; two says whether 两 may be said.
func readDigit(word string, two bool) (money.Amount, bool) {
	r := []rune(word)
	if len(r) != 1 {
		return 0, false
	}
	switch {
	case r[0] >= '1' && r[0] <= '9':
		return money.Amount(r[0] - '0'), true
	case r[0] == '两':
		return 2, two
	}
	d := digitOf(r[0])
	return money.Amount(max(d, 0)), d > 0
}
