package lang

import (
	"time"

	"mpg/store/money"
)

// The longest names that a text always prints whole, in runes, with amounts up to eight digits
// before the point, or five in a text that names a fee or two amounts. Beside larger amounts a
// name is cut.
const (
	PartyRunesMaxEN = 30
	PartyRunesMaxZH = 12
)

// Args are what a text or a sentence is about. Only what its Key or Prompt
// uses need be set. It is part of a notice in the outbox.
type Args struct {
	Ref      string         `cbor:"1,keyasint,omitempty"` // reference of the payment
	Of       string         `cbor:"2,keyasint,omitempty"` // reference of the payment that Ref takes back
	Amount   money.Amount   `cbor:"3,keyasint,omitempty"`
	Balance  money.Amount   `cbor:"4,keyasint,omitempty"`
	Short    money.Amount   `cbor:"5,keyasint,omitempty"` // what the purse lacks
	Limit    money.Amount   `cbor:"6,keyasint,omitempty"` // that was exceeded
	Currency money.Currency `cbor:"7,keyasint,omitzero"`
	Party    Party          `cbor:"8,keyasint,omitzero"`   // the other side
	Code     string         `cbor:"9,keyasint,omitempty"`  // merchant code that no shop has
	At       time.Time      `cbor:"10,keyasint,omitzero"`  // local
	Tries    int            `cbor:"11,keyasint,omitempty"` // of the PIN that are left
	Minutes  int            `cbor:"12,keyasint,omitempty"`
	Hint     string         `cbor:"13,keyasint,omitempty"` // an order that repeats only what was texted
	Meant    string         `cbor:"14,keyasint,omitempty"` // intent of a text that was not understood
	Source   string         `cbor:"15,keyasint,omitempty"` // that such a text names
	Reason   string         `cbor:"16,keyasint,omitempty"` // funds, account, limit, refused or unavailable; of NotUnderstood, why
	Memo     string         `cbor:"17,keyasint,omitempty"` // kept, never printed: a stranger's words in a text of ours would be believed
	Items    []Item         `cbor:"18,keyasint,omitempty"`
	Bank     string         `cbor:"19,keyasint,omitempty"` // name in the configuration, which only calls say
	Figures
}

// AnySource is the Source of Args if a text names a way of paying that nobody can tell.
const AnySource = "any"

// Figures are what a text tells of fees, limits and cards. They are stored among the Args.
type Figures struct {
	// Fee is the reader's part of the fee. What the payer pays, Amount, contains it; what the
	// payee receives is Amount, which is less by it.
	Fee   money.Amount `cbor:"20,keyasint,omitempty"`
	Left  money.Amount `cbor:"21,keyasint,omitempty"` // of Limit
	Count int          `cbor:"22,keyasint,omitempty"` // of payments that are allowed, or the number of a request for money
	// Scheme and Last4 are what is shown of a card.
	Scheme string `cbor:"23,keyasint,omitempty"`
	Last4  string `cbor:"24,keyasint,omitempty"`
	// More is what is held in addition, or what a purse pays of a card payment; Amount contains it.
	More money.Amount `cbor:"28,keyasint,omitempty"`
}

// Item is one line of LAST. Amount is negative for what was paid.
type Item struct {
	Ref    string       `cbor:"1,keyasint,omitempty"`
	At     time.Time    `cbor:"2,keyasint,omitzero"` // local
	Amount money.Amount `cbor:"3,keyasint"`
	Party  Party        `cbor:"4,keyasint,omitzero"`  // none: the operator
	Fee    money.Amount `cbor:"5,keyasint,omitempty"` // as in Args
}
