package phone_test

import (
	"fmt"

	"github.com/nyaruka/phonenumbers"

	"mpg/engine/phone"
)

// Countries open new ranges of numbers more often than daemons are rebuilt. A number
// that the tables do not know is taken if it is close to one that they know.
func ExampleRanges_Given() {
	ranges := phone.NewRanges("CN")
	for _, number := range []string{"+8613800000001", "+8616000000001", "+8612800000001"} {
		parsed, err := phonenumbers.Parse(number, "CN")
		if err != nil {
			fmt.Println(number, err)
			continue
		}
		fmt.Println(number, phonenumbers.IsValidNumber(parsed), ranges.Given(parsed))
	}
	// Output:
	// +8613800000001 true true
	// +8616000000001 false true
	// +8612800000001 false false
}
