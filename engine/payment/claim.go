package payment

import (
	"time"

	"mpg/store"
	"mpg/store/money"
)

// ClaimTable holds each Claim by the number of the payment that brought the money; see Key.
const ClaimTable store.Table = 68

// ClaimState says what has become of a Claim.
type ClaimState string

// The states of a Claim. What is kept is in UnclaimedTable, too: the payer's purse was closed.
const (
	ClaimOpen     ClaimState = "open"
	ClaimPaidOut  ClaimState = "paid"
	ClaimReturned ClaimState = "returned"
	ClaimKept     ClaimState = "kept"
)

// Claim is money that waits for the owner of a number to register.
type Claim struct {
	Payment  uint64       `cbor:"1,keyasint"` // that brought the money
	Payer    uint64       `cbor:"2,keyasint"`
	Amount   money.Amount `cbor:"3,keyasint"` // with the fees, which are due only once it is paid
	Currency string       `cbor:"4,keyasint"`
	Since    time.Time    `cbor:"5,keyasint"`
	Until    time.Time    `cbor:"6,keyasint"` // when it goes back
	Due      time.Time    `cbor:"7,keyasint"` // of its row of due work, while it is open
	State    ClaimState   `cbor:"8,keyasint"`
	Ended    time.Time    `cbor:"9,keyasint,omitzero"`
	By       uint64       `cbor:"10,keyasint,omitempty"` // number of the payment that ended it
}
