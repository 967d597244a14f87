package order

import (
	"strings"

	"mpg/engine/lang"
)

// Suffix divides an address that a text was sent to into one of some short codes and the
// number that follows it: 888813800138000 is 8888 and +8613800138000. It reports false if the
// address is anything else, or can be divided in two ways.
func (g Grammar) Suffix(address string, codes []string) (code, number string, ok bool) {
	digits := strings.TrimPrefix(strings.TrimSpace(address), "+")
	if !onlyDigits(digits) {
		return "", "", false
	}
	for _, one := range codes {
		rest, cut := strings.CutPrefix(digits, one)
		if !cut || len(rest) < numberDigitsMin {
			continue
		}
		found, mobile := g.plan().mobile(rest)
		if !mobile {
			found, mobile = g.plan().mobile("+" + rest)
		}
		switch {
		case !mobile:
		case ok:
			return "", "", false
		default:
			code, number, ok = one, found, true
		}
	}
	return code, number, ok
}

// Astray returns the order that an amount makes which was sent to one of some short codes with
// digits behind it that are no number: one without a payee, which is answered with what is
// missing. It reports false for any other text, and where the code itself may be another one.
// language is that of a text that shows none.
func (g Grammar) Astray(language lang.Lang, address, text string, codes []string) (code, order string, ok bool) {
	digits := strings.TrimPrefix(strings.TrimSpace(address), "+")
	if !onlyDigits(digits) || !g.isAmount(text) {
		return "", "", false
	}
	for _, one := range codes {
		if rest, cut := strings.CutPrefix(digits, one); !cut || len(rest) < astrayMin {
			continue
		}
		if ok {
			return "", "", false
		}
		code, ok = one, true
	}
	return code, sendWord(language, text) + " " + text, ok
}

// astrayMin is how many digits behind a short code were meant as a number: fewer may belong to
// another code.
const astrayMin = 5

// SendTo returns the order that a text makes by having been sent to the address of a number:
// 50 is SEND 50 to it. What stops something is returned as it is, and so is what may be a PIN:
// six digits alone are no amount. language is that of a text that shows none.
func (g Grammar) SendTo(language lang.Lang, number, text string) string {
	if o, refusal := g.Parse(text); refusal == nil && (o.Intent == No || o.Intent == Stop) {
		return text
	}
	if g.LooksLikePIN(text) && !g.isAmount(text) {
		return text
	}
	return sendWord(language, text) + " " + number + " " + text
}

// sendWord returns the word for SEND in the language of a text, or in language if it shows none.
func sendWord(language lang.Lang, text string) string {
	if written := languageOf(text); written == lang.ZH || written == "" && language == lang.ZH {
		return "转"
	}
	return "SEND"
}

// isAmount reports whether a text is nothing but an amount that cannot be a PIN.
func (g Grammar) isAmount(text string) bool {
	plain, ok := fold(text)
	if !ok || hasPINWord(plainDigits(text)) {
		return false
	}
	plain = lower(plain)
	amounts := amountReader{currency: g.Currency, sources: g.words().sources, text: plain}
	sum, rest, reason := amounts.read(plain)
	return reason == "" && strings.TrimSpace(rest) == "" && len(strings.Map(keepDigit, sum.typed)) != pinDigits
}
