// Package notice is the outbox's record: one text to one party, kept as a
// template and its arguments until the moment it is sent.
//
// A Notice is written in the commit of what it tells of; delivery is at least
// once, and each carries the payment's reference, so that a copy is harmless.
// outcome.go says who is told what when a payment changes: a table, no rule of
// money. The package is pure; it imports engine/codec, engine/lang and engine/payment.
package notice

import (
	"cmp"

	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/store"
	"mpg/store/money"
)

// Medium is how a notice travels.
type Medium string

// SMS is a text message. A channel of another medium brings a name of its own.
const SMS Medium = "sms"

// Notice is one text.
type Notice struct {
	Medium Medium    `cbor:"1,keyasint"`
	Via    string    `cbor:"2,keyasint"` // the channel, such as a bind
	From   string    `cbor:"3,keyasint"` // short code
	To     string    `cbor:"4,keyasint"` // E.164
	Lang   lang.Lang `cbor:"5,keyasint"`
	Text   lang.Key  `cbor:"6,keyasint"`
	Args   lang.Args `cbor:"7,keyasint"`

	// Purse is the account whose balance the text tells; 0: none. The store
	// stamps the balance on the row in the same commit.
	Purse store.AccountID `cbor:"8,keyasint,omitempty"`

	// Class decides what may overtake the notice. Row sets that of the text where it is
	// the zero Class, Receipt, which takes no room in a row.
	Class lang.Class `cbor:"9,keyasint,omitempty"`
}

// Row is the notice as the outbox keeps it.
func (n Notice) Row() (store.Row, error) {
	n.Class = cmp.Or(n.Class, n.Text.Class())
	data, err := codec.Encode(&n)
	return store.Row{Data: data, Stamp: n.Purse}, err
}

// Read takes a notice from the outbox.
func Read(row store.OutRow) (*Notice, error) {
	n := new(Notice)
	err := codec.Decode(row.Data, n)
	if n.Purse != 0 {
		n.Args.Balance = row.Posted
	}
	return n, err
}

// Words returns the finished text, with what operator adds to it. It fits in one
// segment.
func (n Notice) Words(operator lang.Operator) string {
	return operator.SMS(n.Lang, n.Text, n.Args)
}

// Currency is the currency of code, or none.
func Currency(code string) money.Currency {
	c, _ := money.Lookup(code)
	return c
}
