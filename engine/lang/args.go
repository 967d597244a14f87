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
	Party    Party          `json:"party,omitzero"`  // the other side
	Code     string         `json:"code,omitempty"`  // merchant code that no shop has
	At       time.Time      `json:"at,omitzero"`     // local
	Tries    int            `json:"tries,omitempty"` // of the PIN that are left
	Minutes  int            `json:"minutes,omitempty"`
	Hint     string         `json:"hint,omitempty"`   // an order that repeats only what was texted
	Meant    string         `json:"meant,omitempty"`  // intent of a text that was not understood
	Source   string         `json:"source,omitempty"` // that such a text names
	Reason   string         `json:"reason,omitempty"` // funds, account, limit, refused or unavailable; of NotUnderstood, why
	Memo     string         `json:"memo,omitempty"`   // kept, never printed: a stranger's words in a text of ours would be believed
	Items    []Item         `json:"items,omitempty"`
	Bank     string         `json:"bank,omitempty"` // name in the configuration; not printed
}

// Item is one line of LAST. Amount is negative for what was paid.
type Item struct {
	Ref    string       `json:"ref,omitempty"`
	At     time.Time    `json:"at,omitzero"` // local
	Amount money.Amount `json:"amount"`
	Party  Party        `json:"party,omitzero"` // none: the operator
}
