// Package card is the virtual credit card: what a subscriber pays a shop with in place of
// showing a card.
//
//	card.go    Card, Wallet     number.go   schemes, names of cards, what a card must have
//	expiry.go  when a card, and what is held on it, expires
//	record.go  an account verification at the issuer
//
// mpg never has the number of a card. It has a token, by which the issuer or its vault knows
// the card, sealed like an account number; the expiry and the holder's name are sealed too.
// People see how the holder calls the card, its scheme, and its last four digits. Everything
// here is pure; engine reads and writes the documents. The package imports store and
// engine/payment and engine/pan.
package card

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"mpg/engine/payment"
	"mpg/store"
)

// Tables of the package.
const (
	Table      store.Table = 60 // Wallet by number of the subscriber
	CheckTable store.Table = 61 // Check by number of the bank request
)

// Card is one card of a subscriber.
type Card struct {
	Nick   string `cbor:"1,keyasint"` // by which its holder calls it: visa1
	Issuer string `cbor:"2,keyasint"` // name of its [[bank]]
	Scheme string `cbor:"3,keyasint"`
	Last4  string `cbor:"4,keyasint"` // the last four digits of its number
	Token  uint64 `cbor:"5,keyasint"` // number of its sealed document
	Secret []byte `cbor:"6,keyasint"` // Secret, sealed
	// Named says that the holder agrees that shops may see the name on the card.
	Named bool      `cbor:"7,keyasint,omitempty"`
	Added time.Time `cbor:"8,keyasint"`
}

// Secret is what is kept sealed of a card besides its token.
type Secret struct {
	Expires string `json:"expires"` // its last month: 2029-08
	Holder  string `json:"holder"`  // the name on it
}

// Shown returns what people may see of the card.
func (c *Card) Shown() *payment.Card {
	return &payment.Card{Nick: c.Nick, Scheme: c.Scheme, Last4: c.Last4, Holder: c.Named}
}

// Max is how many cards a subscriber may have.
const Max = 5

// Wallet holds the cards of a subscriber. The first is the one that pays unless another is
// named.
type Wallet struct {
	User  uint64 `cbor:"1,keyasint"`
	Cards []Card `cbor:"2,keyasint"`
}

// Find returns the card that its holder calls nick, or nil. The empty nick is the first card.
func (w *Wallet) Find(nick string) *Card {
	if w == nil {
		return nil
	}
	i := slices.IndexFunc(w.Cards, func(c Card) bool { return nick == "" || c.Nick == nick })
	if i < 0 {
		return nil
	}
	return &w.Cards[i]
}

// ByToken returns the card whose token is in that sealed document, or nil.
func (w *Wallet) ByToken(token uint64) *Card {
	if w == nil {
		return nil
	}
	i := slices.IndexFunc(w.Cards, func(c Card) bool { return c.Token == token })
	if i < 0 {
		return nil
	}
	return &w.Cards[i]
}

// Remove takes out the card that its holder calls nick, and reports whether there was one.
func (w *Wallet) Remove(nick string) bool {
	before := len(w.Cards)
	w.Cards = slices.DeleteFunc(w.Cards, func(c Card) bool { return c.Nick == nick })
	return len(w.Cards) < before
}

// Nicks returns what the holder calls the cards, in their order: visa1, visa2.
func (w *Wallet) Nicks() string {
	var nicks []string
	if w != nil {
		for i := range w.Cards {
			nicks = append(nicks, w.Cards[i].Nick)
		}
	}
	return strings.Join(nicks, ", ")
}

// Sealer seals short secrets. *books.Books is one.
type Sealer interface {
	Seal(plain []byte, about string) []byte
	Open(sealed []byte, about string) ([]byte, error)
}

// Hide seals hidden into the card, whose Token must be set.
func (c *Card) Hide(hidden Secret, with Sealer) error {
	plain, err := json.Marshal(hidden)
	if err != nil {
		return err
	}
	defer clear(plain)
	c.Secret = with.Seal(plain, c.about())
	return nil
}

// Open returns what is kept sealed of the card. The caller keeps it nowhere.
func (c *Card) Open(with Sealer) (hidden Secret, err error) {
	plain, err := with.Open(c.Secret, c.about())
	if err != nil {
		return hidden, err
	}
	defer clear(plain)
	return hidden, json.Unmarshal(plain, &hidden)
}

// about names what is sealed about the card: its token, which is in a document of its own.
func (c *Card) about() string { return "card/" + payment.Key(c.Token) }
