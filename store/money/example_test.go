package money_test

import (
	"fmt"

	"mpg/store/money"
)

// Amounts are whole numbers of minor units. What cannot be written exactly is refused.
func ExampleCurrency_Parse() {
	for _, c := range []struct{ code, text string }{{"CNY", "128.5"}, {"JPY", "500"}, {"KWD", "1.234"}, {"CNY", "1.234"}, {"CNY", "1,000"}, {"CNY", "-5"}} {
		currency, _ := money.Lookup(c.code)
		amount, err := currency.Parse(c.text)
		if err != nil {
			fmt.Printf("%s %q %v\n", c.code, c.text, err)
			continue
		}
		fmt.Println(c.code, int64(amount), currency.Format(amount))
	}
	// Output:
	// CNY 12850 128.50
	// JPY 500 500
	// KWD 1234 1.234
	// CNY "1.234" has more decimals than the currency
	// CNY "1,000" is not an amount such as 128.50
	// CNY "-5" is not an amount such as 128.50
}
