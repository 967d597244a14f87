package payment

import (
	"errors"
	"time"
)

// How people may end what a bank left open.
const (
	ResolvedPaid     = "paid"     // the bank has the payer's money: the payment stands
	ResolvedReversed = "reversed" // the payer has the money: nothing is paid
)

// Refusals of a Resolution.
var (
	ErrNotInDoubt = errors.New("this payment is not in doubt; there is nothing to resolve")
	ErrStands     = errors.New("this payment has ended and cannot change")
)

// Resolution is how people ended what the bank left open.
type Resolution struct {
	As     string    `cbor:"1,keyasint"` // ResolvedPaid or ResolvedReversed
	Reason string    `cbor:"2,keyasint"`
	UID    uint32    `cbor:"3,keyasint"`
	At     time.Time `cbor:"4,keyasint"`
}
