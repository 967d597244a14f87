package conf

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Limits of an amount as text: digits before and after the point. They bound the shape only;
// cmd/mpg checks amounts against the currency.
const (
	amountDigitsMax   = 12
	amountDecimalsMax = 4
)

var amountForm = regexp.MustCompile(
	fmt.Sprintf(`^[0-9]{1,%d}(\.[0-9]{1,%d})?$`, amountDigitsMax, amountDecimalsMax))

// Amount is an amount of money in major units, such as "128.50". It is checked to be a plain
// decimal that is not negative, and not yet compared with the decimals of a currency: an
// Amount may have more of them than that has.
type Amount string

// UnmarshalText takes a plain decimal.
func (a *Amount) UnmarshalText(text []byte) error {
	if !amountForm.Match(text) {
		return errors.New(`want an amount in major units such as "128.50"`)
	}
	*a = Amount(text)
	return nil
}

func (a Amount) isZero() bool { return strings.Trim(string(a), "0.") == "" }

// Ports is an inclusive range of UDP ports.
type Ports struct{ Min, Max int }

// String writes the range as it is read: "20000-20999".
func (p Ports) String() string { return fmt.Sprintf("%d-%d", p.Min, p.Max) }

// UnmarshalText takes "FIRST-LAST".
func (p *Ports) UnmarshalText(text []byte) error {
	first, last, _ := strings.Cut(string(text), "-")
	lo, loErr := strconv.ParseUint(first, 10, 16)
	hi, hiErr := strconv.ParseUint(last, 10, 16)
	if loErr != nil || hiErr != nil {
		return errors.New(`want a range of ports such as "20000-20999"`)
	}
	*p = Ports{Min: int(lo), Max: int(hi)}
	return nil
}
