package lang

// Name is what somebody or something is called, by language.
type Name struct {
	EN string `cbor:"1,keyasint,omitempty"`
	ZH string `cbor:"2,keyasint,omitempty"`
}

// In returns the name in l, or the one in the other language if l has none.
func (n Name) In(language Lang) string {
	first, second := n.EN, n.ZH
	if language == ZH {
		first, second = n.ZH, n.EN
	}
	if first != "" {
		return first
	}
	return second
}

// Party is one side of a payment as people are told of it. wording.party decides
// how texts show it, and wording.spokenParty how it is spoken.
type Party struct {
	Name   Name   `cbor:"1,keyasint,omitzero"`  // of a shop; of a person only if it is to be spoken, masked
	Code   string `cbor:"2,keyasint,omitempty"` // of a shop
	Number string `cbor:"3,keyasint,omitempty"` // of a person, E.164; texts show it masked
	Own    Own    `cbor:"4,keyasint,omitempty"` // a place of the reader's own money, instead of all others
}

// Own is a place where a subscriber's own money is.
type Own string

// The places.
const (
	OwnPurse Own = "purse"
	OwnBank  Own = "bank"
)
