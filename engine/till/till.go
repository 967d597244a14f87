package till

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"mpg/engine/mac"
	"mpg/engine/merchant"
	"mpg/engine/tx"
	"mpg/store"
)

// The tables of the package.
const (
	Table         store.Table = 63 // Till by its ID
	RedeemedTable store.Table = 65 // Redeemed by the number of the payment
)

// Records returns an empty record of each kind that the package stores, by table.
func Records() map[store.Table]any {
	return map[store.Table]any{Table: Till{}, RedeemedTable: Redeemed{}}
}

// Till is a machine of a shop that may see the shop's payments. None is ever deleted, so that
// its name stays known and is never used again.
type Till struct {
	Shop    string    `cbor:"1,keyasint"` // code
	Name    string    `cbor:"2,keyasint"`
	Digest  []byte    `cbor:"3,keyasint"` // of its key; the key itself is kept nowhere
	Created time.Time `cbor:"4,keyasint"`
	AddedBy string    `cbor:"5,keyasint,omitempty"` // member of staff; empty: nobody was logged in

	Blocked   time.Time `cbor:"6,keyasint,omitzero"`  // when it was blocked for good; zero: it is not
	BlockedBy string    `cbor:"7,keyasint,omitempty"` // as AddedBy
}

// ID returns what a till is called among those of all shops: "8001/front".
func ID(shop, name string) string { return shop + "/" + name }

// ID returns what the till is called among those of all shops.
func (t *Till) ID() string { return ID(t.Shop, t.Name) }

// IsBlocked reports whether the till may see nothing any more.
func (t *Till) IsBlocked() bool { return !t.Blocked.IsZero() }

// NameWanted says in words what ValidName takes.
const NameWanted = "1 to 32 lower-case letters, digits and hyphens, beginning with a letter"

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// ValidName reports whether a till can have that name.
func ValidName(name string) bool { return nameForm.MatchString(name) }

// Errors of a key.
var (
	ErrKey     = errors.New("this key is not known")
	ErrBlocked = errors.New("this key is blocked")
)

// Keys makes the keys of tills and recognises them.
type Keys struct{ digests *mac.Key }

// NewKeys returns Keys with the given secret, which must stay the same for the life of the
// books.
func NewKeys(secret []byte) *Keys { return &Keys{mac.New(secret)} }

// secretBytes is the length of the secret part of a key before it is written as text.
const secretBytes = 32

// keyBytesMax is more than the length of any key.
const keyBytesMax = 128

// New returns a key for the till of that name, and the digest that is kept of it. A key begins
// with the shop and the name, so that people see whose it is.
func (k *Keys) New(shop, name string, random io.Reader) (key string, digest []byte, err error) {
	var secret [secretBytes]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return "", nil, fmt.Errorf("till: no randomness: %w", err)
	}
	key = shop + "." + name + "." + base64.RawURLEncoding.EncodeToString(secret[:])
	return key, k.digest(key), nil
}

func (k *Keys) digest(key string) []byte {
	code := k.digests.Of("till", key)
	return code[:]
}

// Of returns the till whose key that is, as it is now. The error is ErrKey, ErrBlocked or one
// of the store.
func (k *Keys) Of(t *tx.Tx, key string) (*Till, error) {
	shop, rest, _ := strings.Cut(key, ".")
	name, _, _ := strings.Cut(rest, ".")
	if len(key) > keyBytesMax || !merchant.ValidCode(shop) || !ValidName(name) {
		return nil, ErrKey
	}
	found, err := tx.Read[Till](t, Table, ID(shop, name))
	switch {
	case err != nil:
		return nil, err
	case found == nil, subtle.ConstantTimeCompare(found.Digest, k.digest(key)) != 1:
		return nil, ErrKey
	case found.IsBlocked():
		return nil, ErrBlocked
	}
	return found, nil
}
