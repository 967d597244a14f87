package report

import (
	"regexp"
	"strings"

	"mpg/engine/lang"
)

// numberRun is what may be a phone number, or part of one, within a text.
var numberRun = regexp.MustCompile(`\+?[0-9](?:[ ().\-/]*[0-9]){5,}`)

// MaskText hides what may be phone numbers in a text that people wrote.
func MaskText(text string) string {
	return numberRun.ReplaceAllStringFunc(text, func(run string) string { return lang.Mask(digitsOf(run)) })
}

// digitsOf returns the digits of a number, and its plus sign.
func digitsOf(written string) string {
	return strings.Map(func(char rune) rune {
		if char == '+' || '0' <= char && char <= '9' {
			return char
		}
		return -1
	}, written)
}

// partyOf shows one side of a payment: a shop's code stays, a person's number is masked
// for those who may not see it.
func (r *Reader) partyOf(party string) string {
	if r.masked && strings.HasPrefix(party, "+") {
		return lang.Mask(party)
	}
	return party
}

// nameOf shows a person's name.
func (r *Reader) nameOf(name string) string {
	if r.masked {
		return lang.MaskName(name)
	}
	return name
}

// textOf shows a text that people wrote: a reason, the object of a command.
func (r *Reader) textOf(text string) string {
	if r.masked {
		return MaskText(text)
	}
	return text
}

// memoOf shows what a payer wrote. It may hold a name, which nothing marks as one.
func (r *Reader) memoOf(memo string) string {
	if r.masked {
		return ""
	}
	return memo
}

// accountOf shows the name of an account, such as purse:+8613800000001.
func (r *Reader) accountOf(account string) string {
	kind, owner, found := strings.Cut(account, ":")
	if !found {
		return account
	}
	return kind + ":" + r.partyOf(owner)
}
