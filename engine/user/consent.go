package user

import (
	"time"

	"mpg/store"
)

// ConsentTable holds each Consent by ConsentKey.
const ConsentTable store.Table = 13

// ConsentText is the version of the texts in which a subscriber is asked for a
// consent and told of it. It grows when the meaning of their words changes.
const ConsentText = 1

// Purpose is what a consent is about.
type Purpose string

// The purposes.
const (
	Offers Purpose = "offers" // advertising by text
)

// Consent is what the owner of a number has last said of one purpose. The
// journal is its history. The number need not be registered: who never was a
// subscriber may want no offers either.
type Consent struct {
	Phone   string    `json:"phone"` // E.164
	Purpose Purpose   `json:"purpose"`
	On      bool      `json:"on"`
	Text    int       `json:"text"` // version; see ConsentText
	At      time.Time `json:"at"`
	Source  string    `json:"source"` // keyed digest of the text that said so, in hex
}

// ConsentKey is the document key of a Consent.
func ConsentKey(phone string, p Purpose) string { return phone + "/" + string(p) }
