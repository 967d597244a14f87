package lang

import (
	"time"

	"mpg/store/money"
)

// The longest names that a text always prints whole, in runes, with amounts up
// to eight digits before the point. Beside larger amounts a name is cut.
const (
	PartyRunesMaxEN = 30
	PartyRunesMaxZH = 12
)

// Args are what a text or a sentence is about. Only what its Key or Prompt
// uses need be set. It is kept in the outbox as JSON.
type Args struct {
	Ref      string         `json:"ref,omitempty"` // reference of the payment
	Of       string         `json:"of,omitempty"`  // reference of the payment that Ref takes back
	Amount   money.Amount   `json:"amount,omitempty"`
	Balance  money.Amount   `json:"balance,omitempty"`
	Short    money.Amount   `json:"short,omitempty"` // what the purse lacks
	Limit    money.Amount   `json:"limit,omitempty"` // that was exceeded
	Currency money.Currency `json:"currency,omitzero"`
	Party    string         `json:"party,omitempty"`  // the other party's name in the text's language
	Number   string         `json:"number,omitempty"` // the other party's, E.164; only ever printed masked
	Code     string         `json:"code,omitempty"`   // merchant code
	At       time.Time      `json:"at,omitzero"`      // local
	Tries    int            `json:"tries,omitempty"`  // of the PIN that are left
	Minutes  int            `json:"minutes,omitempty"`
	Hint     string         `json:"hint,omitempty"`   // nearest form of an order
	Reason   string         `json:"reason,omitempty"` // funds, account, limit, refused or unavailable
	Memo     string         `json:"memo,omitempty"`   // kept, never printed: a stranger's words in a text of ours would be believed
	Items    []Item         `json:"items,omitempty"`
	Bank     string         `json:"bank,omitempty"` // name in the configuration; not printed
}

// Item is one line of LAST. Amount is negative for what was paid.
type Item struct {
	Ref    string       `json:"ref,omitempty"`
	At     time.Time    `json:"at,omitzero"` // local
	Amount money.Amount `json:"amount"`
	Party  string       `json:"party,omitempty"`  // name of a shop
	Number string       `json:"number,omitempty"` // of a person, E.164; printed masked
}
