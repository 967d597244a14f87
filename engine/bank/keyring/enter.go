package keyring

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"mpg/engine/bank/cbcmac"
)

// Slot is what a key that people enter is for.
type Slot string

// The slots.
const (
	Zone   Slot = "zone" // the zone master key, under which the bank sends others
	MACKey Slot = "mac"  // the key of the MACs itself, where the bank sends none
)

// Errors of Enter.
var (
	// ErrSamePerson says that the one who entered the first component wants to enter the
	// second: nobody may know both.
	ErrSamePerson = errors.New("the second component must come from another person")
	// ErrSameComponent says that both components are the same, which makes a key of zeros.
	ErrSameComponent = errors.New("this is the first component again")
	// ErrOtherKey says that a component of another key waits for its second half.
	ErrOtherKey = errors.New("the component that was entered first belongs to another key")
)

// Entry is one component that somebody enters.
type Entry struct {
	Slot      Slot
	Cipher    cbcmac.Cipher
	Component string // hexadecimal digits
	Check     string // its check value: the first four digits of it at least
	By        string // who enters it
	// Anew forgets a first component that waits.
	Anew bool
}

// Entered says what became of a component.
type Entered struct {
	Component string   // its check value
	Key       string   // check value of the key, once both components are there; otherwise empty
	By        []string // who entered the components
}

// Enter adds a component to the key file at path. The second one completes the key, which is
// the exclusive OR of both, and replaces the one that the slot held; a new zone master key
// drops what came under the one before. Keys that are entered are used from the next start.
func Enter(path string, now time.Time, entry Entry) (Entered, error) {
	secret, err := unhex(entry.Component)
	if err != nil {
		return Entered{}, err
	}
	defer clear(secret)
	half, err := checked(entry.Cipher, secret, entry.Check)
	if err != nil {
		return Entered{}, err
	}
	entered := Entered{Component: half.Check, By: []string{entry.By}}
	_, err = change(path, func(c *content) error {
		first := c.Component
		if first == nil || entry.Anew {
			c.Component = &component{Slot: entry.Slot, Cipher: entry.Cipher, Secret: half.Secret, By: entry.By}
			return nil
		}
		whole, err := join(first, secret, entry)
		if err != nil {
			return err
		}
		whole.Since, whole.By = now.UTC(), []string{first.By, entry.By}
		entered.Key, entered.By = whole.Check, whole.By
		c.Component = nil
		c.put(entry.Slot, whole)
		return nil
	})
	if err != nil {
		return Entered{}, err
	}
	return entered, nil
}

// join makes the key of both components.
func join(first *component, second []byte, entry Entry) (*key, error) {
	earlier, err := unhex(first.Secret)
	if err != nil {
		return nil, err
	}
	defer clear(earlier)
	switch {
	case first.Slot != entry.Slot || first.Cipher != entry.Cipher || len(earlier) != len(second):
		return nil, fmt.Errorf("%w: of the %s key, %d bits, for %s, entered by %s", ErrOtherKey, first.Slot, 8*len(earlier), first.Cipher, first.By)
	case first.By == entry.By:
		return nil, ErrSamePerson
	case subtle.ConstantTimeCompare(earlier, second) == 1:
		return nil, ErrSameComponent
	}
	subtle.XORBytes(earlier, earlier, second)
	check, err := cbcmac.CheckValue(entry.Cipher, earlier)
	if err != nil {
		return nil, err
	}
	return &key{Cipher: entry.Cipher, Secret: hex.EncodeToString(earlier), Check: check}, nil
}

// put puts a key into its slot.
func (c *content) put(slot Slot, whole *key) {
	if slot == MACKey {
		c.MAC, c.Before, c.Next = whole, c.MAC, nil
		return
	}
	c.Zone = whole
	for _, under := range []**key{&c.MAC, &c.Before, &c.Next} {
		if *under != nil && (*under).Sealed {
			*under = nil
		}
	}
}
