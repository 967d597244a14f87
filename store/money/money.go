// Package money counts money: an Amount is a whole number of a currency's
// minor units, a Currency says how many of them make one major unit.
//
// There are no floats here, and only Part rounds: what cannot be written exactly in
// minor units is refused. The package imports the standard library only.
package money

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Amount is a number of minor units (fen, cents). Amounts that move are
// positive; a negative one appears only as a difference of two.
type Amount int64

// Max is the largest amount that one transfer may move, in minor units. It
// leaves room to add nine thousand of them before an int64 overflows.
const Max Amount = 1_000_000_000_000_000

// Errors of Parse. They are told to people, so each is a sentence's end.
var (
	ErrSyntax    = errors.New("is not an amount such as 128.50")
	ErrPrecision = errors.New("has more decimals than the currency")
	ErrRange     = errors.New("is out of range")
)

// ErrOverflow says that a sum would not fit an Amount.
var ErrOverflow = errors.New("money: sum out of range")

// Add returns a+b, or ErrOverflow.
func Add(a, b Amount) (Amount, error) {
	if (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < math.MinInt64-b) {
		return 0, ErrOverflow
	}
	return a + b, nil
}

// Part returns a × part / of, rounded down, for what has the same part in a as part has in of.
// None may be negative, part at most of, and of must not be 0.
func (a Amount) Part(part, of Amount) Amount {
	high, low := bits.Mul64(uint64(a), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(of))
	return Amount(quotient)
}

// Format writes amount in major units with all decimals of c and no sign of the
// currency: 12850 fen is "128.50", 500 yen is "500".
func (c Currency) Format(amount Amount) string {
	return string(c.Append(make([]byte, 0, 24), amount))
}

// Append is Format into dst.
func (c Currency) Append(dst []byte, amount Amount) []byte {
	u := uint64(amount)
	if amount < 0 {
		dst, u = append(dst, '-'), -u
	}
	unit := c.unit()
	dst = strconv.AppendUint(dst, u/unit, 10)
	if c.Exponent == 0 {
		return dst
	}
	dst = append(dst, '.')
	rest := strconv.FormatUint(u%unit, 10)
	for range c.Exponent - len(rest) {
		dst = append(dst, '0')
	}
	return append(dst, rest...)
}

// Parse reads a plain amount in major units: digits, then at most one point
// with at most the currency's decimals. "128.5" is 128.50; signs, spaces,
// thousands separators and exponents are ErrSyntax.
func (c Currency) Parse(text string) (Amount, error) {
	whole, frac, point := strings.Cut(text, ".")
	if whole == "" || (point && frac == "") || !digits(whole) || !digits(frac) {
		return 0, ErrSyntax
	}
	if len(frac) > c.Exponent {
		return 0, ErrPrecision
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", c.Exponent-len(frac)), 10, 64)
	if err != nil || Amount(n) > Max {
		return 0, ErrRange
	}
	return Amount(n), nil
}

// Unit is the number of minor units in one major unit: 100 for CNY.
func (c Currency) Unit() Amount { return Amount(c.unit()) }

func (c Currency) unit() uint64 {
	u := uint64(1)
	for range c.Exponent {
		u *= 10
	}
	return u
}

func digits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
