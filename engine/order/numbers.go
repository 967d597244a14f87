package order

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"mpg/engine/phone"
)

// Limits of a phone number as people write one.
const (
	numberDigitsMin = 7
	numberDigitsMax = 15 // ITU-T E.164 6.1
	numberGroupsMax = 6
	firstGroupMin   = 3 // digits of the first group, if no country is given
)

// span is a number and its place in the text.
type span struct {
	start, end int
	number     string // E.164
}

func (s span) within(other span) bool {
	return other.start <= s.start && s.end <= other.end && s != other
}

// dialPlan finds mobile numbers in texts, as people of one country write them.
type dialPlan struct {
	country string        // ISO 3166 code
	ranges  *phone.Ranges // of country; nil: nothing is remembered
	known   func(number string) bool
}

// plan returns the dial plan of the operator's country.
func (g Grammar) plan() dialPlan { return dialPlan{g.Country, g.Ranges, g.Known} }

// only returns the one mobile number of a text. Two numbers, or groups of digits that may
// be split in two ways, are refused.
func (d dialPlan) only(text string) (span, Reason) {
	spans := d.all(text)
	if len(spans) == 0 {
		return span{}, BadNumber
	}
	best := spans[0]
	for _, n := range spans[1:] {
		if best.within(n) {
			best = n
		}
	}
	for _, n := range spans {
		switch {
		case n.number == best.number && n.within(best), n == best:
		case n.within(best):
			return span{}, BadNumber
		default:
			return span{}, TwoNumbers
		}
	}
	return best, ""
}

// all returns every span that can be read as a mobile number.
func (d dialPlan) all(text string) []span {
	groups := digitGroups(text)
	var found []span
	for i := range groups {
		for j := i; j < min(len(groups), i+numberGroupsMax); j++ {
			if j > i && !joins(text[groups[j-1][1]:groups[j][0]]) {
				break
			}
			if n, ok := d.at(text, leadOf(text, groups[i][0]), groups[i], groups[j][1]); ok {
				found = append(found, n)
			}
		}
	}
	return found
}

// digitGroups returns the places of runs of digits.
func digitGroups(text string) [][2]int {
	var groups [][2]int
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i:]) {
			continue
		}
		start := i
		for isDigit(text[i:]) {
			i++
		}
		groups = append(groups, [2]int{start, i})
	}
	return groups
}

// joins reports whether a gap may be part of a number.
func joins(gap string) bool {
	switch gap {
	case " ", "-", " - ", "(", ")", " (", ") ", ")-":
		return true
	}
	return false
}

// leadOf returns where a number begins whose digits begin at i: at its plus, or at its
// bracket.
func leadOf(text string, digits int) int {
	before := strings.TrimRight(text[:digits], " (")
	if strings.HasSuffix(before, "+") {
		return len(before) - 1
	}
	return len(strings.TrimSuffix(text[:digits], "("))
}

// at reads the digits from the first group to the end as a number. Digits that are part of
// an amount are not a number.
func (d dialPlan) at(text string, start int, first [2]int, end int) (span, bool) {
	digits := strings.Map(keepDigit, text[first[0]:end])
	if len(digits) < numberDigitsMin || len(digits) > numberDigitsMax+len("00") {
		return span{}, false
	}
	lead := text[first[0]:first[1]]
	plus := text[start] == '+'
	if !plus && !strings.HasPrefix(digits, "00") && !d.leads(lead, digits) {
		return span{}, false
	}
	if start > 0 && strings.ContainsAny(text[start-1:start], ".,-") || continues(text[end:]) {
		return span{}, false
	}
	if u, rest := cutUnitAfter(digits, text[end:]); u.code != "" && !(isDigit(strings.TrimLeft(rest, " ")) && !u.after) {
		return span{}, false
	}
	if plus {
		digits = "+" + digits
	}
	number, ok := d.mobile(digits)
	return span{start, end, number}, ok
}

// leads reports whether a group may begin a number that has no plus: a country's
// code, or enough digits. The 860 of 860 13800138000 is an amount, though 86 0
// could be a code and a trunk prefix.
func (d dialPlan) leads(group, digits string) bool {
	code := d.callingCode()
	return group == code || len(group) >= firstGroupMin && (group == digits || !strings.HasPrefix(group, code+"0"))
}

func keepDigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// continues reports whether digits go on after a point or a comma.
func continues(text string) bool {
	return len(text) > 1 && (text[0] == '.' || text[0] == ',') && isDigit(text[1:])
}

// callingCode returns the calling code of the operator's country, such as 86.
func (d dialPlan) callingCode() string {
	return strconv.Itoa(phonenumbers.GetCountryCodeForRegion(d.country))
}

// Domestic reports whether a number in E.164 has the calling code of the operator's country.
func (g Grammar) Domestic(number string) bool {
	return strings.HasPrefix(number, "+"+g.plan().callingCode())
}

// mobile converts a number to E.164 if it may be a mobile number or is a subscriber's.
func (d dialPlan) mobile(digits string) (string, bool) {
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits = "+" + rest
	}
	n, err := phonenumbers.Parse(digits, d.country)
	if err != nil || hasCarrier(digits, n) {
		return "", false
	}
	number := phonenumbers.Format(n, phonenumbers.E164)
	return number, phone.IsMobile(n) || d.inMobileRange(n) || d.known != nil && d.known(number)
}

// inMobileRange reports whether a number may be a mobile number not yet in the tables.
func (d dialPlan) inMobileRange(number *phonenumbers.PhoneNumber) bool {
	if d.ranges == nil {
		return phone.NewRanges(d.country).MayBeMobile(number)
	}
	return d.ranges.MayBeMobile(number)
}

// trunkDigitsMax is the longest prefix of a national call: 06 in Hungary.
const trunkDigitsMax = 2

// hasCarrier reports whether a number is preceded by more than its country code and a trunk
// prefix. The library reads 11000 13800138000 as a number with the selection code of a
// carrier; here 11000 is an amount.
func hasCarrier(digits string, number *phonenumbers.PhoneNumber) bool {
	before, ok := strings.CutSuffix(strings.TrimPrefix(digits, "+"), phonenumbers.GetNationalSignificantNumber(number))
	return ok && len(strings.TrimPrefix(before, strconv.Itoa(int(number.GetCountryCode())))) > trunkDigitsMax
}
