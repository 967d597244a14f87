package order

import (
	"regexp"
	"strings"
	"unicode"

	"mpg/store/money"
)

// plateForm finds what may be a number plate in a memo, behind a word that announces one:
// "plate AB123C", 车牌沪A12345. Never written to.
var plateForm = regexp.MustCompile(`((?:^|[^a-z0-9])plate[ ,:]+|车牌号?[ ,:]*)(\p{Han}?[a-z]{1,3}[a-z0-9]{2,8})($|[^a-z0-9])`)

// cutPlate takes a number plate out of a memo. The word before it makes sure that its digits
// are not an amount; what begins like a sum of money is not a plate all the same.
func cutPlate(memo string) (plate, rest string) {
	at := plateForm.FindStringSubmatchIndex(memo)
	if at == nil {
		return "", memo
	}
	plate = memo[at[4]:at[5]]
	letters := strings.TrimRightFunc(strings.TrimLeftFunc(plate, func(r rune) bool { return unicode.Is(unicode.Han, r) }), unicode.IsNumber)
	if _, isMoney := money.Lookup(strings.ToUpper(letters)); isMoney || letters == "rmb" || !strings.ContainsFunc(plate, unicode.IsNumber) {
		return "", memo
	}
	before, behind := strings.TrimRight(memo[:at[3]], " ,:"), memo[at[5]:]
	before = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(before, "plate"), "车牌号"), "车牌")
	return plate, strings.Trim(before+behind, " .。,;:-")
}
