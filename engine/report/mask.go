package report

import (
	"cmp"
	"strings"

	"mpg/engine/lang"
	"mpg/engine/payment"
)

// mask reports whether whole phone numbers and names of people are hidden. Its methods show
// what a column holds.
type mask bool

// party shows one side of a payment: a shop's code stays, a person's number is masked
// for those who may not see it.
func (m mask) party(party string) string {
	if bool(m) && strings.HasPrefix(party, "+") {
		return lang.Mask(party)
	}
	return party
}

// name shows a person's name.
func (m mask) name(name string) string {
	if m {
		return lang.MaskName(name)
	}
	return name
}

// text shows a text that people wrote: a reason, the object of a command.
func (m mask) text(text string) string {
	if m {
		return lang.MaskText(text)
	}
	return text
}

// memo shows what a payer wrote. It may hold a name, which nothing marks as one.
func (m mask) memo(memo string) string {
	if m {
		return ""
	}
	return memo
}

// account shows the name of an account, such as purse:+8613800000001.
func (m mask) account(account string) string {
	kind, owner, found := strings.Cut(account, ":")
	if !found {
		return account
	}
	return kind + ":" + m.party(owner)
}

// object shows what a command was about.
func (m mask) object(object string) string {
	if m {
		return lang.MaskObject(object)
	}
	return object
}

// side shows one side of a payment of a product.
func (m mask) side(party, product string) string {
	return m.party(cmp.Or(party, payment.Party{}.Side(payment.Product(product))))
}

// recipient shows who got a text: a number, or an address of another medium.
func (m mask) recipient(address string) string {
	if name, domain, mail := strings.Cut(address, "@"); mail && bool(m) {
		return lang.MaskName(name) + "@" + domain
	}
	return m.party(address)
}
