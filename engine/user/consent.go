package user

import (
	"time"

	"mpg/store"
)

// ConsentTable holds each Consent by ConsentKey.
const ConsentTable store.Table = 13

// ConsentText is the version of the texts that ask a subscriber for consent and
// confirm it. It grows when their meaning changes.
const ConsentText = 1

// Purpose is what a consent is about.
type Purpose string

// The purposes.
const (
	Offers Purpose = "offers" // advertising by text
)

// Consent is what the owner of a number last said about one purpose. The journal
// holds its history. The number need not be registered: somebody who never was a
// subscriber may not want offers either.
type Consent struct {
	Phone   string    `cbor:"1,keyasint"` // E.164
	Purpose Purpose   `cbor:"2,keyasint"`
	On      bool      `cbor:"3,keyasint"`
	Text    int       `cbor:"4,keyasint"` // version; see ConsentText
	At      time.Time `cbor:"5,keyasint"`
	Source  string    `cbor:"6,keyasint"` // keyed digest of the text that said so, in hex
}

// ConsentKey returns the document key of a Consent.
func ConsentKey(phone string, purpose Purpose) string { return phone + "/" + string(purpose) }
