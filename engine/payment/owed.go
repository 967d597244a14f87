package payment

import (
	"mpg/store"
	"mpg/store/money"
)

// OwedTable holds the Owed of each shop that has cleared some of its debt, by its code.
const OwedTable store.Table = 79

// Owed says how much of a shop's debt to the operator, for refunds and chargebacks, has been
// cleared. Its version keeps two commands that race from clearing a debt twice: the account of
// what a shop owes may fall below zero.
type Owed struct {
	Code       string       `cbor:"1,keyasint"`
	Paid       money.Amount `cbor:"2,keyasint,omitempty"`
	WrittenOff money.Amount `cbor:"3,keyasint,omitempty"`
}
