package engine

import (
	"fmt"

	"mpg/store"
)

// format is the version of the documents that this build writes. It grows with
// each change that an older build would not understand: such a build would drop
// the fields it does not know when it writes a document back.
const format = 2

// KeyName names a key that the books depend on, by its table in the
// configuration.
type KeyName string

// The keys.
const (
	PINKeyName  KeyName = "pin"
	SealKeyName KeyName = "seal"
)

// KeyError says that a key is not the one that the books were made under.
type KeyError struct {
	Key         KeyName
	Given, Want string // check values
}

// Error says which key it is, by check values, which reveal nothing about the
// key.
func (e *KeyError) Error() string {
	return fmt.Sprintf("engine: the books need the %s key with the check value %s, and the one given has %s", e.Key, e.Want, e.Given)
}

// Books holds the settings that an existing store fixes for good.
type Books struct {
	Keys     map[KeyName]string `json:"keys"` // check values
	Currency string             `json:"currency"`
}

// ReadBooks returns the settings that books fix, or nil if there are no books yet.
func ReadBooks(books store.Reader) (*Books, error) {
	s, err := settingsIn(books)
	if err != nil || s == nil {
		return nil, err
	}
	float, _ := books.Account(s.Accounts[AccountFloat])
	return &Books{Keys: s.Keys, Currency: float.Currency}, nil
}

// Books returns the settings that the books of e fix.
func (e *Engine) Books() Books {
	return Books{Keys: e.KeyChecks(), Currency: e.cfg.Currency.Code}
}

// KeyChecks returns the check values of the keys that the books depend on, or
// nil if there are no books yet. Only then may a key be made.
func KeyChecks(books store.Reader) (map[KeyName]string, error) {
	s, err := settingsIn(books)
	if err != nil || s == nil {
		return nil, err
	}
	return s.Keys, nil
}

// KeyChecks returns the check values of the keys in use.
func (e *Engine) KeyChecks() map[KeyName]string {
	return map[KeyName]string{PINKeyName: e.cfg.PINKey.CheckValue(), SealKeyName: e.cfg.SealKey.CheckValue()}
}

// sameKeys compares the given keys with those of the books.
func sameKeys(books, given map[KeyName]string) error {
	for _, name := range []KeyName{PINKeyName, SealKeyName} {
		if books[name] != given[name] {
			return &KeyError{Key: name, Given: given[name], Want: books[name]}
		}
	}
	return nil
}

// readable refuses documents of another format.
func readable(found int) error {
	switch {
	case found > format:
		return fmt.Errorf("engine: the books have format %d and this build knows %d: use the build that wrote them, or a newer one", found, format)
	case found < format:
		return fmt.Errorf("engine: the books have format %d, and this build only reads %d", found, format)
	}
	return nil
}
