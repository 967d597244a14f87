package user

import (
	"time"

	"mpg/engine/lang"
	"mpg/store"
)

// Card is what people may see of a User: no PIN, no account number, nothing that decides
// the next payment. It is read from the same document.
type Card struct {
	No       uint64          `cbor:"1,keyasint"`
	Phone    string          `cbor:"2,keyasint"` // E.164
	Name     lang.Name       `cbor:"3,keyasint"`
	Lang     lang.Lang       `cbor:"4,keyasint,omitempty"`
	State    State           `cbor:"5,keyasint"`
	Why      string          `cbor:"6,keyasint,omitempty"`
	Purse    store.AccountID `cbor:"7,keyasint"`
	Bank     string          `cbor:"8,keyasint,omitempty"`
	BankMask string          `cbor:"10,keyasint,omitempty"`
	PIN      *struct{}       `cbor:"11,keyasint,omitempty"` // not nil: one was chosen
	Open     uint64          `cbor:"14,keyasint,omitempty"`
	Created  time.Time       `cbor:"23,keyasint"`
}
