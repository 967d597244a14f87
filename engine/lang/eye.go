package lang

import (
	"fmt"
	"strings"
	"time"

	"mpg/store/money"
)

// Price writes amount for the eye: CNY 128.50 in English, which the GSM alphabet
// holds; 128.50元 in Chinese.
func Price(language Lang, currency money.Currency, amount money.Amount) string {
	number := currency.Format(amount)
	if currency.Code == "" {
		return number
	}
	if name, ok := coins[currency.Code]; ok && language == ZH && name.short {
		return number + name.zh
	}
	return currency.Code + " " + number
}

// Time writes the time of day of a local time: 14:05.
func Time(_ Lang, at time.Time) string { return at.Format("15:04") }

// Date writes the day of a local time: 22 Nov 2026, 2026年11月22日.
func Date(language Lang, at time.Time) string {
	if language == ZH {
		return at.Format("2006年1月2日")
	}
	return at.Format("2 Jan 2006")
}

// shortDate is Date for a text: without the year.
func shortDate(language Lang, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	if language == ZH {
		return at.Format("01-02")
	}
	return at.Format("2 Jan")
}

// SpokenTime words the time of day of a local time, by 24 hours.
func SpokenTime(language Lang, at time.Time) string {
	h, m := at.Hour(), at.Minute()
	if language == ZH {
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

// SpokenDate words the day of a local time, without the year.
func SpokenDate(language Lang, at time.Time) string {
	if language == ZH {
		return zhPlain(int64(at.Month())) + "月" + zhPlain(int64(at.Day())) + "日"
	}
	return fmt.Sprintf("%s %s", at.Month(), enOrdinal(at.Day()))
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
