package lang

import (
	"strings"

	"mpg/store/money"
)

// coin is how a currency and its minor unit are called.
type coin struct {
	zh, zhMinor    string
	one, many      string
	cent, cents    string
	short, jiaoFen bool // zh is short enough for a text; it counts in 角 and 分
}

// coins are the currencies with names; others are worded by their code. The
// map is never written to.
var coins = map[string]coin{
	"CNY": {zh: "元", one: "yuan", many: "yuan", cent: "fen", cents: "fen", short: true, jiaoFen: true},
	"HKD": {zh: "港元", one: "Hong Kong dollar", many: "Hong Kong dollars", cent: "cent", cents: "cents", short: true, jiaoFen: true},
	"USD": {zh: "美元", zhMinor: "美分", one: "dollar", many: "dollars", cent: "cent", cents: "cents", short: true},
	"EUR": {zh: "欧元", zhMinor: "欧分", one: "euro", many: "euros", cent: "cent", cents: "cents", short: true},
	"GBP": {zh: "英镑", zhMinor: "便士", one: "pound", many: "pounds", cent: "penny", cents: "pence", short: true},
	"JPY": {zh: "日元", one: "yen", many: "yen", short: true},
	"KRW": {zh: "韩元", one: "won", many: "won", short: true},
	"KWD": {zh: "科威特第纳尔", zhMinor: "费尔", one: "Kuwaiti dinar", many: "Kuwaiti dinars", cent: "fils", cents: "fils"},
}

// Amount words a for the ear, exactly: 一百二十八元五角, one hundred
// twenty-eight yuan and fifty fen. Two amounts are never worded alike. A
// currency without a name is worded with a point and its code.
func Amount(l Lang, c money.Currency, a money.Amount) string {
	minus := ""
	u := uint64(a)
	if a < 0 {
		u = -u
		minus = "minus "
		if l == ZH {
			minus = "负"
		}
	}
	unit := uint64(c.Unit())
	major, minor := int64(u/unit), int64(u%unit)
	name, known := coins[c.Code]
	switch {
	case !known:
		return minus + byPoint(l, c, major, minor)
	case l == ZH:
		return minus + zhAmount(name, major, minor)
	}
	return minus + enAmount(name, major, minor)
}

func zhAmount(name coin, major, minor int64) string {
	var b strings.Builder
	if major > 0 || minor == 0 {
		b.WriteString(zhNumber(major))
		b.WriteString(name.zh)
	}
	switch {
	case minor == 0:
	case name.jiaoFen:
		b.WriteString(jiaoFen(major > 0, minor))
	default:
		b.WriteString(zhNumber(minor))
		b.WriteString(name.zhMinor)
	}
	return b.String()
}

// jiaoFen words the hundredths: after an amount two is 二, alone it is 两.
func jiaoFen(after bool, minor int64) string {
	jiao, fen := minor/10, minor%10
	first := zhNumber
	if after {
		first = zhPlain
	}
	switch {
	case jiao == 0 && after:
		return "零" + zhPlain(fen) + "分"
	case jiao == 0:
		return first(fen) + "分"
	case fen == 0:
		return first(jiao) + "角"
	}
	return first(jiao) + "角" + zhPlain(fen) + "分"
}

func enAmount(name coin, major, minor int64) string {
	count := func(n int64, one, many string) string {
		if n == 1 {
			return enNumber(n) + " " + one
		}
		return enNumber(n) + " " + many
	}
	switch {
	case minor == 0:
		return count(major, name.one, name.many)
	case major == 0:
		return count(minor, name.cent, name.cents)
	}
	return count(major, name.one, name.many) + " and " + count(minor, name.cent, name.cents)
}

// byPoint words an amount digit by digit after the point, and the code letter
// by letter.
func byPoint(l Lang, c money.Currency, major, minor int64) string {
	decimals := ""
	if minor > 0 {
		_, decimals, _ = strings.Cut(c.Format(money.Amount(minor)), ".")
	}
	code := strings.Join(strings.Split(c.Code, ""), " ")
	var b strings.Builder
	if l == ZH {
		b.WriteString(zhPlain(major))
		for i, r := range decimals {
			if i == 0 {
				b.WriteString("点")
			}
			b.WriteString(zhPlain(int64(r - '0')))
		}
	} else {
		b.WriteString(enNumber(major))
		for i, r := range decimals {
			if i == 0 {
				b.WriteString(" point")
			}
			b.WriteString(" " + enSmall[r-'0'])
		}
	}
	if code != "" {
		b.WriteString(" " + code)
	}
	return b.String()
}
