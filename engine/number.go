package engine

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Length of an E.164 number with its plus sign, ITU-T E.164 6.2.
const (
	e164Min = 8
	e164Max = 16
)

// number brings a sender's number to E.164. A short code or a name is not one.
func (e *Engine) number(raw string) (string, bool) {
	if strings.HasPrefix(raw, "+") && len(raw) >= e164Min && len(raw) <= e164Max && digits(raw[1:]) {
		return raw, true
	}
	if !digits(raw) {
		return "", false
	}
	n, err := phonenumbers.Parse(raw, e.cfg.Grammar.Country)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
