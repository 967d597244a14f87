package phone_test

import (
	"testing"

	"github.com/nyaruka/phonenumbers"

	"mpg/engine/phone"
)

// TestNumbersInNewRanges: a number close to known ranges and of the country's mobile
// length may be a mobile number; a fixed line, a shorter number, and an unknown one
// abroad may not.
func TestNumbersInNewRanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country, number string
		mobile          bool
	}{
		{"CN", "13800138000", true}, {"CN", "14000000001", true}, {"CN", "14100000001", true}, {"CN", "14400000001", true},
		{"CN", "14600000001", true}, {"CN", "14800000001", true}, {"CN", "14900000001", true}, {"CN", "17400000001", true},
		{"CN", "15400000001", true}, {"CN", "19400000001", true}, {"CN", "+8614900000001", true},
		{"CN", "10000000001", false}, {"CN", "12000000001", false}, {"CN", "1490000001", false}, {"CN", "149000000011", false},
		{"CN", "01012345678", false}, {"CN", "4001234567", false}, {"CN", "10690000000", false},
		{"CN", "+13800138000", false}, {"CN", "+254109111111", false}, {"CN", "+254712345678", true}, {"CN", "+442071838750", false},
		{"KE", "0109111111", true}, {"KE", "109111111", true}, {"KE", "0119111111", true}, {"KE", "0712345678", true}, {"KE", "0202345678", false},
		{"KE", "0209111111", false}, {"NG", "08031234567", true}, {"GB", "02071838750", false}, {"GB", "07911123456", true},
		{"US", "2025550123", true}, {"US", "1115550123", false},
	} {
		parsed, err := phonenumbers.Parse(c.number, c.country)
		if err != nil {
			t.Fatal(err)
		}
		r := phone.NewRanges(c.country)
		for range 2 { // found out, and remembered
			if got := phone.IsMobile(parsed) || r.MayBeMobile(parsed); got != c.mobile {
				t.Errorf("%s: %s is mobile: %t", c.country, c.number, got)
			}
		}
	}
}
