// Package names keeps the numbers that a subscriber has given names, so that SEND 50 mum
// needs no number.
//
// All names of one subscriber are one sealed document: whom somebody pays, and by what names,
// is nobody else's business. The package imports store, engine/codec, engine/payment for the
// form of a key, engine/seal and the unit of work (engine/tx).
package names

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/engine/seal"
	"mpg/engine/tx"
	"mpg/store"
)

// Table holds a Book for each subscriber who has named a number, by payment.Key of the
// subscriber's number.
const Table store.Table = 66

// Max is how many names one subscriber may have.
const Max = 50

// ErrFull says that a subscriber has as many names as one may have.
var ErrFull = errors.New("names: there are too many already")

// Book holds the names of one subscriber.
type Book struct {
	User   uint64 `cbor:"1,keyasint"`
	Sealed []byte `cbor:"2,keyasint"` // entries, by name
}

// Entry is one name. It is stored only within a sealed Book.
type Entry struct {
	Name   string `cbor:"1,keyasint"` // in lower case
	Number string `cbor:"2,keyasint"` // E.164
}

// Compare compares the name of an entry with another one.
func (e Entry) Compare(name string) int { return cmp.Compare(e.Name, name) }

// Desk reads and writes the names.
type Desk struct{ key seal.Key }

// New returns a Desk that seals with key.
func New(key seal.Key) *Desk { return &Desk{key} }

// about names what a Book is sealed about.
func about(user uint64) string { return fmt.Sprintf("names/%d", user) }

// Of returns the names of a subscriber, sorted.
func (d *Desk) Of(t *tx.Tx, user uint64) ([]Entry, error) {
	book, err := tx.Read[Book](t, Table, payment.Key(user))
	if err != nil || book == nil {
		return nil, err
	}
	plain, err := d.key.Open(book.Sealed, about(user))
	if err != nil {
		return nil, fmt.Errorf("names of subscriber %d: %w", user, err)
	}
	var entries []Entry
	if err := codec.Decode(plain, &entries); err != nil {
		return nil, fmt.Errorf("names of subscriber %d: %w", user, err)
	}
	return entries, nil
}

// Keep gives a number a name, which then stands for no other number, and returns the one for
// which it stood before, if any. The error is ErrFull, or that of the store.
func (d *Desk) Keep(t *tx.Tx, user uint64, name, number string) (former string, err error) {
	entries, err := d.Of(t, user)
	if err != nil {
		return "", err
	}
	at, found := find(entries, name)
	switch {
	case found:
		former, entries[at].Number = entries[at].Number, number
	case len(entries) >= Max:
		return "", ErrFull
	default:
		entries = slices.Insert(entries, at, Entry{name, number})
	}
	return former, d.save(t, user, entries)
}

// Forget removes a name, and reports whether there was one.
func (d *Desk) Forget(t *tx.Tx, user uint64, name string) (bool, error) {
	entries, err := d.Of(t, user)
	if err != nil {
		return false, err
	}
	at, found := find(entries, name)
	if !found {
		return false, nil
	}
	return true, d.save(t, user, slices.Delete(entries, at, at+1))
}

// find returns where a name is, or would be, in sorted entries.
func find(entries []Entry, name string) (int, bool) {
	return slices.BinarySearchFunc(entries, name, Entry.Compare)
}

// save seals and writes the names of a subscriber.
func (d *Desk) save(t *tx.Tx, user uint64, entries []Entry) error {
	if len(entries) == 0 {
		tx.Drop(t, Table, payment.Key(user))
		return nil
	}
	plain, err := codec.Encode(entries)
	if err != nil {
		return err
	}
	tx.Save(t, Table, payment.Key(user), &Book{User: user, Sealed: d.key.Seal(plain, about(user))})
	return nil
}
