package books

import (
	"context"
	"fmt"

	"mpg/store"
)

// KeyName names a key that the books depend on, by its table in the configuration.
type KeyName string

// The keys.
const (
	PINKey  KeyName = "pin"
	SealKey KeyName = "seal"
)

// KeyError says that a key is not the one that the books were made under.
type KeyError struct {
	Key         KeyName
	Given, Want string // check values
}

// Error says which key it is, by check values, which reveal nothing about the key.
func (e *KeyError) Error() string {
	return fmt.Sprintf("engine: the books need the %s key with the check value %s, and the one given has %s", e.Key, e.Want, e.Given)
}

// KeyChecks returns the check values of the keys that the books depend on, or nil if
// there are no books yet. Only then may a key be made.
func KeyChecks(ctx context.Context, books store.Reader) (map[KeyName]string, error) {
	s, err := settingsIn(ctx, books)
	if err != nil || s == nil {
		return nil, err
	}
	return s.Keys, nil
}

// sameKeys compares the given keys with those of the books.
func sameKeys(books, given map[KeyName]string) error {
	for _, name := range []KeyName{PINKey, SealKey} {
		if books[name] != given[name] {
			return &KeyError{Key: name, Given: given[name], Want: books[name]}
		}
	}
	return nil
}
