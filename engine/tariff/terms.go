package tariff

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"mpg/store/money"
)

// Percent is a part of a whole, in hundred-thousandths of a percent: 0.25 % is 25,000.
type Percent int64

// Whole is 100 %.
const Whole Percent = 100 * percentUnit

// percentUnit is one percent; percentDecimals is how many decimals that is.
const (
	percentUnit     = 100_000
	percentDecimals = 5
)

var errPercent = errors.New("is not a percentage from 0 to 100 with at most five decimals, such as 0.25")

// ParsePercent reads a decimal number from 0 to 100, with at most five decimals.
func ParsePercent(text string) (Percent, error) {
	whole, fraction, point := strings.Cut(text, ".")
	digits := whole + fraction
	if whole == "" || point && fraction == "" || len(whole) > 3 || len(fraction) > percentDecimals || strings.Trim(digits, "0123456789") != "" {
		return 0, errPercent
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", percentDecimals-len(fraction)), 10, 64)
	if err != nil || Percent(n) > Whole {
		return 0, errPercent
	}
	return Percent(n), nil
}

// String writes the percentage with the decimals that it needs.
func (p Percent) String() string {
	text := fmt.Sprintf("%d.%0*d", p/percentUnit, percentDecimals, p%percentUnit)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Rounding says what becomes of the part of a fee that is smaller than the unit.
type Rounding string

// The ways of rounding.
const (
	Up       Rounding = "up"
	Down     Rounding = "down"
	HalfEven Rounding = "half_even" // to the nearest; from the middle to the even multiple
)

// Terms say how a fee is worked out. They are stored with the payment, so that the fee of an
// amount that becomes known later is still that of the row in force when it was ordered.
type Terms struct {
	Flat     money.Amount `cbor:"1,keyasint,omitempty"`
	Percent  Percent      `cbor:"2,keyasint,omitempty"` // of the amount, in addition to Flat
	Min      money.Amount `cbor:"3,keyasint,omitempty"` // of the fee
	Max      money.Amount `cbor:"4,keyasint,omitempty"` // of the fee; 0: none
	Rounding Rounding     `cbor:"5,keyasint"`
	Unit     money.Amount `cbor:"6,keyasint"` // that the fee is a multiple of, unless it is Min or Max
	// PayerShare is how much of the fee the payer pays, in addition to the amount. The payee
	// pays the rest out of what it receives.
	PayerShare Percent `cbor:"7,keyasint,omitempty"`
	TaxRate    Percent `cbor:"8,keyasint,omitempty"`  // of the fee without the tax, which the fee contains
	Account    string  `cbor:"9,keyasint"`            // name of the account that gets the fee without the tax
	Returned   bool    `cbor:"10,keyasint,omitempty"` // by a refund of the payment
}

// Parts are who pays how much of a fee, and how much of the whole is tax.
type Parts struct {
	Payer, Payee money.Amount
	Tax          money.Amount
}

// Sum returns the whole fee, with its tax.
func (p Parts) Sum() money.Amount { return p.Payer + p.Payee }

// Fee returns the fee on amount. The whole is rounded once; the last part is always what the
// others leave, so that the parts add up.
func (t *Terms) Fee(amount money.Amount) Parts {
	high, low := bits.Mul64(uint64(amount), uint64(t.Percent))
	moreHigh, moreLow := bits.Mul64(uint64(t.Flat), uint64(Whole))
	low, carry := bits.Add64(low, moreLow, 0)
	high, _ = bits.Add64(high, moreHigh, carry)
	fee := money.Amount(divide(high, low, uint64(t.Unit)*uint64(Whole), t.Rounding)) * t.Unit
	fee = max(fee, t.Min)
	if t.Max > 0 {
		fee = min(fee, t.Max)
	}
	payer := share(fee, t.PayerShare, Whole)
	return Parts{Payer: payer, Payee: fee - payer, Tax: t.TaxIn(fee)}
}

// TaxIn returns the part of a fee that is tax.
func (t *Terms) TaxIn(fee money.Amount) money.Amount { return share(fee, t.TaxRate, Whole+t.TaxRate) }

// share returns fee times part of whole, to the nearest minor unit.
func share(fee money.Amount, part, whole Percent) money.Amount {
	high, low := bits.Mul64(uint64(fee), uint64(part))
	return money.Amount(divide(high, low, uint64(whole), HalfEven))
}

// divide returns a number of 128 bits divided by another, rounded. The quotient must fit into
// 64 bits, and divisor into 63.
func divide(high, low, divisor uint64, rounding Rounding) uint64 {
	quotient, rest := bits.Div64(high, low, divisor)
	switch {
	case rest == 0 || rounding == Down:
		return quotient
	case rounding == Up:
		return quotient + 1
	case rest*2 > divisor, rest*2 == divisor && quotient%2 == 1:
		return quotient + 1
	}
	return quotient
}

// unitMax bounds Unit, so that the divisor of Fee fits into 63 bits.
const unitMax money.Amount = 100_000_000_000
