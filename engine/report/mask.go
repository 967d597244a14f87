package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stays of a masked number at its end, what stands for the middle, and how long a
// number is of which the beginning stays too.
const (
	tailDigits = 4
	stars      = "****"
	longNumber = 11
)

// numberRun is what may be a phone number, or part of one, within a text.
var numberRun = regexp.MustCompile(`\+?[0-9](?:[ ().\-/]*[0-9]){5,}`)

// MaskNumber hides the middle of a phone number: +8613800000001 is +86138****0001.
// Anything too short to hide something in shows only its end.
func MaskNumber(number string) string {
	tail := number[max(0, len(number)-tailDigits):]
	if len(number) < longNumber {
		return stars + number[len(number)-min(len(number)/3, tailDigits):]
	}
	return number[:len(number)-2*tailDigits] + stars + tail
}

// MaskName shows the first part of a person's name and hides the rest: Wang F… of Wang
// Fang, 王* of 王芳.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	first, size := utf8.DecodeRuneInString(name)
	switch {
	case name == "":
		return ""
	case unicode.Is(unicode.Han, first):
		return name[:size] + strings.Repeat("*", max(1, utf8.RuneCountInString(name)-1))
	}
	words := strings.Fields(name)
	if len(words) == 1 {
		return string(first) + "…"
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return words[0] + " " + string(last) + "…"
}

// MaskText hides what may be phone numbers in a text that people wrote.
func MaskText(text string) string {
	return numberRun.ReplaceAllStringFunc(text, func(run string) string { return MaskNumber(digitsOf(run)) })
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
		return MaskNumber(party)
	}
	return party
}

// nameOf shows a person's name.
func (r *Reader) nameOf(name string) string {
	if r.masked {
		return MaskName(name)
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
