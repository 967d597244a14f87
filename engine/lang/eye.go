package lang

import (
	"fmt"
	"strings"
	"time"

	"mpg/store/money"
)

// Price writes a for the eye: CNY 128.50 in English, which the GSM alphabet
// holds; 128.50元 in Chinese.
func Price(l Lang, c money.Currency, a money.Amount) string {
	number := c.Format(a)
	if c.Code == "" {
		return number
	}
	if name, ok := coins[c.Code]; ok && l == ZH && name.short {
		return number + name.zh
	}
	return c.Code + " " + number
}

// Time writes the time of day of t, which is local: 14:05.
func Time(_ Lang, t time.Time) string { return t.Format("15:04") }

// Date writes the day of t, which is local: 22 Nov 2026, 2026年11月22日.
func Date(l Lang, t time.Time) string {
	if l == ZH {
		return t.Format("2006年1月2日")
	}
	return t.Format("2 Jan 2006")
}

// shortDate is Date for a text: without the year.
func shortDate(l Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if l == ZH {
		return t.Format("01-02")
	}
	return t.Format("2 Jan")
}

// SpokenTime words the time of day of t, which is local, by 24 hours.
func SpokenTime(l Lang, t time.Time) string {
	h, m := t.Hour(), t.Minute()
	if l == ZH {
		switch {
		case m == 0:
			return zhNumber(int64(h)) + "点整"
		case m < 10:
			return zhNumber(int64(h)) + "点零" + zhPlain(int64(m)) + "分"
		}
		return zhNumber(int64(h)) + "点" + zhPlain(int64(m)) + "分"
	}
	switch {
	case m == 0:
		return enNumber(int64(h)) + " hundred hours"
	case m < 10:
		return enNumber(int64(h)) + " oh " + enNumber(int64(m))
	}
	return enNumber(int64(h)) + " " + enNumber(int64(m))
}

// SpokenDate words the day of t, which is local, without the year.
func SpokenDate(l Lang, t time.Time) string {
	if l == ZH {
		return zhPlain(int64(t.Month())) + "月" + zhPlain(int64(t.Day())) + "日"
	}
	return fmt.Sprintf("%s %s", t.Month(), enOrdinal(t.Day()))
}

// Parts of a number that a mask leaves.
const (
	maskHead    = 3 // digits after the country code of China
	maskForeign = 4 // characters of another country's number, with the plus
	maskTail    = 4 // digits at the end
)

// Mask hides the middle of an E.164 number and writes one of China in its
// national form: +8613800000002 is 138****0002. Of a number too short to hide
// anything in, only the end is left.
func Mask(number string) string {
	head, tail := maskForeign, lastDigits(number)
	if home := national(number); home != number {
		number, head = home, maskHead
	}
	if len(number) < head+2*maskTail-1 {
		return "****" + tail
	}
	return number[:head] + "****" + tail
}

// national returns an E.164 number of China as people there write it, and other
// numbers unchanged.
func national(number string) string { return strings.TrimPrefix(number, "+86") }

// lastDigits are the digits by which the owner knows a number: four, or half
// of a short one.
func lastDigits(number string) string {
	return number[len(number)-min(maskTail, len(number)/2):]
}
