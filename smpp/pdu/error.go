package pdu

import "fmt"

// Error says which field of a PDU cannot be, why, and with which
// command_status the peer is to be told. It never holds a value of a field.
type Error struct {
	Field  string // as SMPP 3.4 calls it
	Reason Reason
	Status Status // what to answer
}

// Reason is what is wrong with a field.
type Reason uint8

// The reasons for which a PDU is refused.
const (
	Truncated Reason = iota + 1 // the body ends before the field does
	TooLong                     // longer than SMPP 3.4 allows
	HoldsNUL                    // a C-octet string with a NUL within (encoding only)
	Malformed                   // a length that contradicts the octets
)

// String is the reason in words.
func (r Reason) String() string {
	switch r {
	case Truncated:
		return "is cut short"
	case TooLong:
		return "is too long"
	case HoldsNUL:
		return "holds a NUL"
	case Malformed:
		return "is malformed"
	}
	return "is wrong"
}

// Error names the field, the reason and the command_status.
func (e *Error) Error() string {
	return fmt.Sprintf("smpp: %s %s (%s)", e.Field, e.Reason, e.Status.String())
}
