package card

import "time"

// Check is the record of an account verification: whether an issuer knows a token. It moves
// no money and needs no reversal. Its number is that of a bank request, so that no later
// request has its trace number.
type Check struct {
	No     uint64    `cbor:"1,keyasint"`
	User   uint64    `cbor:"2,keyasint"` // whose card it is about
	Issuer string    `cbor:"3,keyasint"`
	At     time.Time `cbor:"4,keyasint"`
	Code   string    `cbor:"5,keyasint,omitempty"` // of the answer, ISO 8583:1987 DE39; empty: none came
}

// Good reports whether the issuer knows the card and would let it pay: approved, or no reason
// to decline. ISO 8583:1987 DE39
func (c *Check) Good() bool { return c.Code == "00" || c.Code == "85" }
