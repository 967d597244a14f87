package lang

import (
	"strings"

	"mpg/store/money"
)

// Amount words amount for the ear, exactly: 一百二十八元五角, one hundred
// twenty-eight yuan and fifty fen. No two amounts are worded alike. If the minor unit
// has no name, a decimal point is spoken: 十二点五零瑞士法郎; if the currency has no name
// either, its code is spelled.
func Amount(language Lang, currency money.Currency, amount money.Amount) string {
	minus := ""
	u := uint64(amount)
	if amount < 0 {
		u = -u
		minus = "minus "
		if language == ZH {
			minus = "负"
		}
	}
	unit := uint64(currency.Unit())
	major, minor := int64(u/unit), int64(u%unit)
	name, known := coins[currency.Code]
	switch {
	case !known:
		return minus + byPoint(language, currency, major, minor) + " " + strings.Join(strings.Split(currency.Code, ""), " ")
	case minor > 0 && !name.hasMinor(language):
		return minus + byPoint(language, currency, major, minor) + name.after(language)
	case language == ZH:
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

// jiaoFen words the hundredths. An amount begins with 两 and continues with 二, with
// units of money as with those of measure (Lü Shuxiang, 现代汉语八百词, 二 and 两): 两元,
// 两角二分, but 二十二元二角二分.
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
	count := func(number int64, one, many string) string {
		if number == 1 {
			return enNumber(number) + " " + one
		}
		return enNumber(number) + " " + many
	}
	switch {
	case minor == 0:
		return count(major, name.one, name.many)
	case major == 0:
		return count(minor, name.cent, name.cents)
	}
	return count(major, name.one, name.many) + " and " + count(minor, name.cent, name.cents)
}

// byPoint words a number digit by digit after the point.
func byPoint(language Lang, currency money.Currency, major, minor int64) string {
	decimals := ""
	if minor > 0 {
		_, decimals, _ = strings.Cut(currency.Format(money.Amount(minor)), ".")
	}
	var b strings.Builder
	if language == ZH {
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
	return b.String()
}
