package merchant_test

import (
	"fmt"
	"testing"

	"mpg/engine/merchant"
)

func ExampleValidCode() {
	for _, code := range []string{"8001", "123456", "800", "1234567", "80 01", "８００１"} {
		fmt.Println(code, merchant.ValidCode(code))
	}
	// Output:
	// 8001 true
	// 123456 true
	// 800 false
	// 1234567 false
	// 80 01 false
	// ８００１ false
}

// A code has ASCII digits only: others that people read as digits would be two shops of
// one name.
func TestValidCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"0000": true, "9999": true, "00001": true, "": false, "800": false, "8001234": false,
		"-800": false, "+8001": false, "80.1": false, "8001\n": false, "٨٠٠١": false, "8O01": false, "80\x001": false,
	} {
		if got := merchant.ValidCode(code); got != want {
			t.Errorf("%q: %t", code, got)
		}
	}
}
