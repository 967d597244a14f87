package order

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// numberForm is a phone number as people write one: with + or 00, or long
// enough not to be an amount, in one piece or in groups.
var numberForm = regexp.MustCompile(`(?:(?:\+|\b00)[0-9][0-9 ()-]{6,18}[0-9]|\b[0-9]{10,15}\b|\b[0-9]{3}[ -][0-9]{4}[ -][0-9]{4}\b|\b86[ -][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}\b)`)

// send reads an amount and a person's number, in either order: they cannot be
// taken for each other.
func (p *parser) send(s string) (Order, *Refusal) {
	spots := p.numbers(s)
	if len(spots) != 1 {
		return p.refuse(BadNumber, Send)
	}
	number, ok := p.mobile(s[spots[0][0]:spots[0][1]])
	if !ok {
		return p.refuse(BadNumber, Send)
	}
	before, after := strings.TrimSpace(s[:spots[0][0]]), s[spots[0][1]:]
	before, _ = cutTo(before)
	if before == "" {
		return p.sendAmount(number, after)
	}
	a, rest, reason := p.readAmount(before)
	if reason != "" {
		return p.refuse(reason, Send)
	}
	if rest, _ = cutTo(rest); strings.Trim(rest, " ,:") != "" {
		return p.refuse(TwoNumbers, Send)
	}
	return p.finishSend(number, a, after)
}

func (p *parser) sendAmount(number, s string) (Order, *Refusal) {
	a, rest, reason := p.readAmount(strings.TrimLeft(s, " ,:"))
	if reason != "" {
		return p.refuse(reason, Send)
	}
	return p.finishSend(number, a, rest)
}

func (p *parser) finishSend(number string, a amount, rest string) (Order, *Refusal) {
	if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return p.refuse(BadNumber, Send)
	}
	return p.finish(Order{Intent: Send, To: number}, a, rest)
}

// numbers are the places that look like phone numbers. Where Chinese signs
// stand beside digits, \b sees no border, so they are set apart first by the
// caller's eyes only: the pattern runs over a copy of the same length.
func (p *parser) numbers(s string) [][]int {
	apart := strings.Map(func(r rune) rune {
		if r > 0x7F {
			return r
		}
		return r
	}, s)
	return numberForm.FindAllStringIndex(apart, -1)
}

// mobile brings a number to E.164 if it is a mobile one.
func (p *parser) mobile(s string) (string, bool) {
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	n, err := phonenumbers.Parse(s, p.g.Country)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return phonenumbers.Format(n, phonenumbers.E164), true
	}
	return "", false
}
