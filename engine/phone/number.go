package phone

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// e164Min is the length of the shortest number without its plus sign.
const e164Min = 7

// AddressType says how the SMSC writes a sender. SMPP 3.4 5.2.5
type AddressType uint8

// The types of address.
const (
	AddressUnknown       AddressType = iota // as people in the country write it
	AddressInternational                    // with the country code
	AddressNational                         // without the country code
	AddressName                             // alphanumeric: never a subscriber
	AddressOther                            // a short code, or a number of the network's own: never a subscriber
)

// AmbiguousSender says how a bind reads a sender that is written as an
// international number and would also be a mobile number of the country:
// 13800000178 is either +1 380 000 0178 or +86 138 0000 0178.
type AmbiguousSender uint8

// The rules for such senders.
const (
	AmbiguousRefused       AmbiguousSender = iota // take no order: it might debit the wrong purse
	AmbiguousNational                             // the bind writes national numbers this way
	AmbiguousInternational                        // the bind means what it says
)

// SenderRefusal says why a sender is not a subscriber.
type SenderRefusal uint8

// The reasons. SenderTaken means that the sender is accepted.
const (
	SenderTaken      SenderRefusal = iota
	SenderName                     // alphanumeric
	SenderType                     // a short code, or a type of number that names no subscriber
	SenderCharacters               // neither digits nor what people put between them
	SenderAmbiguous                // it reads as two people's numbers: see AmbiguousSender
	SenderNoNumber                 // no country, or no subscriber of it, has such a number
)

// String returns the reason as the label of a metric.
func (r SenderRefusal) String() string {
	switch r {
	case SenderTaken:
		return "taken"
	case SenderName:
		return "name"
	case SenderType:
		return "type"
	case SenderCharacters:
		return "characters"
	case SenderAmbiguous:
		return "ambiguous"
	case SenderNoNumber:
		return "no_number"
	}
	return "unknown"
}

// SenderRefusals returns all reasons to refuse a sender.
func SenderRefusals() []SenderRefusal {
	return []SenderRefusal{SenderName, SenderType, SenderCharacters, SenderAmbiguous, SenderNoNumber}
}

// Reader reads phone numbers as people in one country write them. It may be used by any
// number of goroutines.
type Reader struct {
	country string // ISO 3166
	code    string // its country code
	mobile  int    // digits of its usual mobile number, without the country code
	such    string // how one is written, for somebody who has written none
	plain   bool   // a mobile number with its country code is never also a national number
	ranges  *Ranges
}

// NewReader returns the Reader of a country, ISO 3166.
func NewReader(country string) *Reader {
	n := &Reader{country: country, ranges: NewRanges(country)}
	n.code = strconv.Itoa(phonenumbers.GetCountryCodeForRegion(country))
	example := phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE)
	if example == nil {
		n.such = " with + and the code of its country"
		return n
	}
	significant := phonenumbers.GetNationalSignificantNumber(example)
	n.mobile = len(significant)
	n.such = fmt.Sprintf(" such as %s or %s", phonenumbers.Format(example, phonenumbers.E164),
		withoutGaps(phonenumbers.Format(example, phonenumbers.NATIONAL)))
	again, err := phonenumbers.Parse(n.code+significant, country)
	n.plain = err == nil && phonenumbers.GetNationalSignificantNumber(again) == significant
	return n
}

// Domestic reports whether a number in E.164 has the code of the country.
func (n *Reader) Domestic(number string) bool { return strings.HasPrefix(number, "+"+n.code) }

// Ranges returns the ranges of the country.
func (n *Reader) Ranges() *Ranges { return n.ranges }

// Such returns how a number of the country is written, to end a sentence for somebody who
// has written none.
func (n *Reader) Such() string { return n.such }

// Number brings a number as people write it to E.164. A short code or a name is not one.
func (n *Reader) Number(raw string) (string, bool) {
	number, why := n.Sender(raw, AddressUnknown, AmbiguousRefused)
	return number, why == SenderTaken
}

// Sender brings a sender to E.164, or says why it is not a subscriber. The type
// of number is what the SMSC claims, SMPP 3.4 5.2.5, and is not always right.
func (n *Reader) Sender(raw string, kind AddressType, rule AmbiguousSender) (string, SenderRefusal) {
	switch kind {
	case AddressName:
		return "", SenderName
	case AddressOther:
		return "", SenderType
	case AddressUnknown, AddressInternational, AddressNational:
	}
	written := withoutGaps(raw)
	digits, plus := strings.CutPrefix(written, "+")
	switch {
	case !allDigits(digits):
		return "", SenderCharacters
	case n.ordinary(digits):
		return "+" + digits, SenderTaken
	case plus && kind != AddressInternational:
		return n.international(digits)
	case kind != AddressInternational:
		return n.national(digits)
	}
	return n.claimedInternational(digits, plus, rule)
}

// ordinary reports cheaply whether digits are a mobile number of the country
// with its country code, and nothing else.
func (n *Reader) ordinary(digits string) bool {
	return n.plain && len(digits) == len(n.code)+n.mobile && strings.HasPrefix(digits, n.code) && n.ranges.Near(digits[len(n.code):])
}

// claimedInternational reads what the SMSC calls an international number. No
// country code begins with 0, ITU-T E.164 6.2.1: what follows 00, the
// international prefix of most countries, is the number meant, and a single 0
// begins a national number.
func (n *Reader) claimedInternational(digits string, plus bool, rule AmbiguousSender) (string, SenderRefusal) {
	if rest, ok := strings.CutPrefix(digits, "00"); ok && !plus {
		return n.international(rest)
	}
	abroad, refusal := n.international(digits)
	home, ambiguous := n.nationalMobile(digits)
	switch {
	case !ambiguous || home == abroad:
		return abroad, refusal
	case rule == AmbiguousNational:
		return home, SenderTaken
	case rule == AmbiguousInternational:
		return abroad, refusal
	}
	return "", SenderAmbiguous
}

// international reads digits that begin with a country code. Which ranges other
// countries have assigned is not for us to know, so only the length decides.
func (n *Reader) international(digits string) (string, SenderRefusal) {
	if len(digits) < e164Min || len(digits) > e164Max || digits[0] == '0' {
		return "", SenderNoNumber
	}
	parsed, err := phonenumbers.Parse("+"+digits, n.country)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(parsed) != phonenumbers.IS_POSSIBLE {
		return "", SenderNoNumber
	}
	if strings.HasPrefix(digits, n.code) && !n.ranges.Given(parsed) {
		return "", SenderNoNumber
	}
	number := phonenumbers.Format(parsed, phonenumbers.E164)
	if number == "+"+digits {
		return number, SenderTaken
	}
	// The library has dropped a trunk prefix, as in +44 07700 900123. If the rest looks
	// as if it had another one, it is nobody's number.
	if again, _ := n.international(number[1:]); again != number {
		return "", SenderNoNumber
	}
	return number, SenderTaken
}

// national reads digits as people of the country write them.
func (n *Reader) national(digits string) (string, SenderRefusal) {
	parsed, err := phonenumbers.ParseAndKeepRawInput(digits, n.country)
	if err != nil || HasCarrier(digits, parsed) || !n.ranges.Given(parsed) {
		return "", SenderNoNumber
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), SenderTaken
}

// nationalMobile reads digits as a mobile number that is written without the
// country code.
func (n *Reader) nationalMobile(digits string) (string, bool) {
	parsed, err := phonenumbers.Parse(digits, n.country)
	if err != nil {
		return "", false
	}
	significant := phonenumbers.GetNationalSignificantNumber(parsed)
	trunk := phonenumbers.GetNddPrefixForRegion(n.country, true)
	if digits != significant && digits != trunk+significant {
		return "", false
	}
	kind := phonenumbers.GetNumberType(parsed)
	if kind != phonenumbers.MOBILE && kind != phonenumbers.FIXED_LINE_OR_MOBILE && !n.ranges.Near(significant) {
		return "", false
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), true
}

// LastDigits returns the last count digits of a sender, or all of it if it has no more than
// that: they are the same however a bind writes the number.
func LastDigits(from string, count int) string {
	if len(from) > count && allDigits(from[len(from)-count:]) {
		return from[len(from)-count:]
	}
	from = withoutGaps(from)
	return from[max(0, len(from)-count):]
}

// withoutGaps removes what people put between digits.
func withoutGaps(text string) string {
	if allDigits(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()/\u00a0", r) {
			return -1
		}
		return r
	}, text)
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
