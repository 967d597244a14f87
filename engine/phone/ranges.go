// Package phone reads phone numbers: whose text it is, from what an SMSC calls the sender,
// and which numbers may be in use in a country.
//
//	number.go   senders and numbers as people write them, in E.164
//	ranges.go   which numbers may be in use
//
// Senders are read for engine/intake, payees for the grammar, and what an operator types
// for the commands. It is pure and uses github.com/nyaruka/phonenumbers.
package phone

import (
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// e164Max is the length of the longest number without its plus sign, ITU-T E.164 6.2.
const e164Max = 15

// Ranges tells which numbers of a country may be a subscriber's. It remembers what it
// has found out, and is safe for concurrent use.
type Ranges struct {
	code   string // country code
	mobile int    // digits of the usual mobile number, without the country code; 0: not known

	mu   sync.RWMutex
	near map[key]bool // whether it has mobile numbers
}

// key stands for the numbers of one length with the same first digits.
type key struct {
	first  [nearDigits]byte
	length int
}

// NewRanges returns the ranges of a country, ISO 3166.
func NewRanges(country string) *Ranges {
	r := &Ranges{code: strconv.Itoa(phonenumbers.GetCountryCodeForRegion(country)), near: make(map[key]bool)}
	if example := phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE); example != nil {
		r.mobile = len(phonenumbers.GetNationalSignificantNumber(example))
	}
	return r
}

// Given reports whether a subscriber may have the number: either the library's tables
// know it, or it is as long as a mobile number and close to known ranges. Countries
// open new ranges more often than daemons are rebuilt.
func (r *Ranges) Given(parsed *phonenumbers.PhoneNumber) bool {
	return phonenumbers.IsValidNumber(parsed) || r.beside(parsed)
}

// IsMobile reports whether the tables know a number as a mobile one.
func IsMobile(parsed *phonenumbers.PhoneNumber) bool {
	kind := phonenumbers.GetNumberType(parsed)
	return kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
}

// MayBeMobile reports whether a number that the tables do not know may be a mobile one
// of this country: it is close to known ranges and has their length. For other
// countries only the tables count: +1 380 013 8000 is more often a mistyped
// 138 0013 8000 than a new range.
func (r *Ranges) MayBeMobile(parsed *phonenumbers.PhoneNumber) bool {
	return phonenumbers.GetNumberType(parsed) == phonenumbers.UNKNOWN &&
		len(phonenumbers.GetNationalSignificantNumber(parsed)) == r.mobile && r.beside(parsed)
}

// beside reports whether a number that the tables do not know is possible and close to
// known mobile ranges of this country.
func (r *Ranges) beside(parsed *phonenumbers.PhoneNumber) bool {
	return strconv.Itoa(int(parsed.GetCountryCode())) == r.code &&
		phonenumbers.IsPossibleNumberWithReason(parsed) == phonenumbers.IS_POSSIBLE &&
		r.Near(phonenumbers.GetNationalSignificantNumber(parsed))
}

// nearDigits is how many leading digits a number must share with a known mobile
// number of its length to pass for one.
const nearDigits = 2

// Near reports whether the country has mobile numbers with the length and the
// first digits of significant.
func (r *Ranges) Near(significant string) bool {
	if len(significant) < nearDigits+2 || len(significant) > e164Max {
		return false
	}
	k := key{[nearDigits]byte([]byte(significant[:nearDigits])), len(significant)}
	r.mu.RLock()
	near, known := r.near[k]
	r.mu.RUnlock()
	if known {
		return near
	}
	near = r.hasMobiles(significant[:nearDigits], len(significant))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.near[k] = near
	return near
}

// hasMobiles looks for one mobile number among those that begin with prefix.
func (r *Ranges) hasMobiles(prefix string, length int) bool {
	const ways = 100 // of the two digits after the prefix
	for i := range ways {
		digits := prefix + strconv.Itoa(ways + i)[1:]
		digits += strings.Repeat("1", length-len(digits))
		parsed, err := phonenumbers.Parse("+"+r.code+digits, "")
		if err != nil {
			continue
		}
		if IsMobile(parsed) {
			return true
		}
	}
	return false
}

// trunkDigitsMax is the length of the longest trunk prefix of national calls:
// 06 in Hungary.
const trunkDigitsMax = 2

// HasCarrier reports whether a national number is preceded by more than a trunk prefix.
// The library strips the code that selects a carrier, so that 12520 13800000001 becomes
// 13800000001. Such a sender is not that subscriber's phone but a network service that
// sends in the subscriber's name.
func HasCarrier(digits string, parsed *phonenumbers.PhoneNumber) bool {
	if parsed.GetCountryCodeSource() != phonenumbers.PhoneNumber_FROM_DEFAULT_COUNTRY {
		return false // it starts with the country code
	}
	before, ok := strings.CutSuffix(digits, phonenumbers.GetNationalSignificantNumber(parsed))
	return parsed.GetPreferredDomesticCarrierCode() != "" || ok && len(before) > trunkDigitsMax
}
