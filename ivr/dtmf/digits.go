package dtmf

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// DigitsMax is how many keys Digits holds. A PIN has six, a card number
// nineteen; card numbers are not collected.
const DigitsMax = 16

// masked is all that is ever printed of Digits. It does not tell how many there are.
const masked = "******"

// Digits is what a subscriber keyed: a secret that prints asterisks through
// fmt, slog, encoding/json and encoding.TextMarshaler, as value and as pointer.
// The zero value is empty.
//
// fmt cannot call methods on an unexported field of another struct: do not
// print structs that hold Digits.
type Digits struct {
	keys [DigitsMax]byte
	n    uint8
}

// Append adds a key and reports whether it did. It does not when d is full or
// key is none of 0-9, *, #, A-D.
func (d *Digits) Append(key byte) bool {
	if _, ok := EventOf(key); !ok || int(d.n) == DigitsMax {
		return false
	}
	d.keys[d.n] = key
	d.n++
	return true
}

// Len returns the number of keys in d.
func (d *Digits) Len() int { return int(d.n) }

// At returns the key at an index, from 0. It panics if there is none, as a slice does.
func (d *Digits) At(place int) byte { return d.keys[:d.n][place] }

// Wipe overwrites the keys and leaves d empty.
func (d *Digits) Wipe() {
	clear(d.keys[:])
	d.n = 0
}

// Equal compares in a time that does not depend on the keys.
func (d *Digits) Equal(other *Digits) bool {
	same := subtle.ConstantTimeCompare(d.keys[:], other.keys[:])
	return same&subtle.ConstantTimeByteEq(d.n, other.n) == 1
}

// String returns asterisks.
func (Digits) String() string { return masked }

// GoString returns asterisks.
func (Digits) GoString() string { return masked }

// Format writes asterisks for every verb.
func (Digits) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, masked) }

// LogValue returns asterisks.
func (Digits) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText returns asterisks.
func (Digits) MarshalText() ([]byte, error) { return []byte(masked), nil }

// MarshalJSON returns asterisks.
func (Digits) MarshalJSON() ([]byte, error) { return []byte(`"` + masked + `"`), nil }
