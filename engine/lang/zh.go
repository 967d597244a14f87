package lang

import "strings"

// zhDigits are the characters of the digits.
var zhDigits = [10]rune{'零', '一', '二', '三', '四', '五', '六', '七', '八', '九'} // never written to

// Sizes of the groups of Chinese numbers.
const (
	wan = 10_000
	yi  = 100_000_000
)

// zhNumber words a number that is not negative and is followed by what it
// counts: 2 is 两, 200 两百, 22 二十二, 20128 两万零一百二十八.
func zhNumber(number int64) string {
	if number == 2 {
		return "两"
	}
	s := zhPlain(number)
	if rest, ok := strings.CutPrefix(s, "二百"); ok {
		s = "两百" + rest
	}
	return s
}

// zhPlain is zhNumber for a number by itself: 2 is 二, 200 二百.
func zhPlain(number int64) string {
	if number == 0 {
		return "零"
	}
	var b strings.Builder
	zhAppend(&b, number)
	s := b.String()
	if rest, ok := strings.CutPrefix(s, "一十"); ok {
		s = "十" + rest
	}
	return s
}

// zhAppend writes n, which is positive. A 零 stands for zeros left out between
// two groups, once for any number of them.
func zhAppend(out *strings.Builder, number int64) {
	for _, g := range [...]struct {
		size int64
		sign rune
	}{{yi, '亿'}, {wan, '万'}} {
		if number < g.size {
			continue
		}
		high, low := number/g.size, number%g.size
		if high == 2 {
			out.WriteRune('两')
		} else {
			zhAppend(out, high)
		}
		out.WriteRune(g.sign)
		if low == 0 {
			return
		}
		if low < g.size/10 {
			out.WriteRune('零')
		}
		number = low
	}
	zhGroup(out, number)
}

// zhGroup writes a positive number below 10,000.
func zhGroup(out *strings.Builder, number int64) {
	begun, skipped := false, false
	for _, p := range [...]struct {
		size int64
		sign rune
	}{{1000, '千'}, {100, '百'}, {10, '十'}, {1, 0}} {
		d := number / p.size % 10
		if d == 0 {
			skipped = begun
			continue
		}
		if skipped {
			out.WriteRune('零')
		}
		begun, skipped = true, false
		if d == 2 && p.size == 1000 {
			out.WriteRune('两')
		} else {
			out.WriteRune(zhDigits[d])
		}
		if p.sign != 0 {
			out.WriteRune(p.sign)
		}
	}
}
