package refusal_test

import (
	"fmt"

	"mpg/engine/lang"
	"mpg/engine/refusal"
)

// The text that answers an order says why it was refused. One that refuses nothing has
// no reason.
func ExampleOf() {
	for _, text := range []lang.Key{lang.Funds, lang.OverDay, lang.UnknownShop, lang.PaidPurse} {
		fmt.Println(refusal.Of(text))
	}
	// Output:
	// funds true
	// over_day_limit true
	// unknown_shop true
	//  false
}
