package staff

import (
	"fmt"
	"time"

	"mpg/engine/auth"
	"mpg/store"
)

// The tables of the package.
const (
	Table       store.Table = 50 // Member by name
	TokenTable  store.Table = 51 // Token by its keyed digest
	LookupTable store.Table = 52 // Lookup by LookupKey
)

// Records returns an empty record of each kind that the package stores, by table.
func Records() map[store.Table]any {
	return map[store.Table]any{Table: Member{}, TokenTable: Token{}, LookupTable: Lookup{}, RosterTable: Roster{}, EventTable: Event{}}
}

// State is whether a member of staff may log in. The values are stored.
type State string

// The states.
const (
	Active  State = "active"
	Blocked State = "blocked"
)

// Member is a member of staff. None is ever deleted: records name their people for ever.
type Member struct {
	Name     string    `cbor:"1,keyasint"`
	Role     auth.Role `cbor:"2,keyasint"`
	UID      uint32    `cbor:"3,keyasint,omitempty"` // the only user id that may log in; 0: any
	State    State     `cbor:"4,keyasint"`
	Password Password  `cbor:"5,keyasint,omitempty"` // not set: the one-time code stands in for it
	Code     []byte    `cbor:"6,keyasint,omitempty"` // keyed digest of the one-time code; empty: none is open
	CodeEnds time.Time `cbor:"7,keyasint"`           // when the one-time code expires
	Created  time.Time `cbor:"8,keyasint"`
	AddedBy  string    `cbor:"9,keyasint,omitempty"` // name; empty: root
	Changed  time.Time `cbor:"10,keyasint"`          // when the role, the state or the code last changed
	Why      string    `cbor:"11,keyasint,omitempty"`
	// Wrong counts the passwords tried since the last right one. A try is counted before the
	// password is compared.
	Wrong int       `cbor:"12,keyasint,omitempty"`
	Tried time.Time `cbor:"13,keyasint"` // when the last of them was
	// Round grows with each password and each block. A token of another round is void.
	Round  uint64   `cbor:"14,keyasint,omitempty"`
	Tokens []string `cbor:"15,keyasint,omitempty"` // keys of the tokens that were issued last

	ChangedBy string    `cbor:"16,keyasint,omitempty"` // who made the last change, or root; empty: it was made by an earlier build
	Recovered time.Time `cbor:"17,keyasint,omitzero"`  // when root last gave a code to the member
}

// Token says to whom a token was issued. Of the token itself only a keyed digest is kept.
type Token struct {
	Staff   string    `cbor:"1,keyasint"`
	UID     uint32    `cbor:"2,keyasint"`
	Round   uint64    `cbor:"3,keyasint,omitempty"` // of the member when it was issued
	Issued  time.Time `cbor:"4,keyasint"`
	Expires time.Time `cbor:"5,keyasint"`
}

// Lookup says that a member of staff has read what the books hold about a subscriber or
// from a payment. There is one for each person, object and hour: the first.
type Lookup struct {
	Person string    `cbor:"1,keyasint"`
	UID    uint32    `cbor:"2,keyasint"` // of the person's process
	What   string    `cbor:"3,keyasint"` // as it is typed: "user show"
	User   uint64    `cbor:"4,keyasint,omitempty"`
	Object string    `cbor:"5,keyasint,omitempty"` // a reference, or what else was read; never a number
	At     time.Time `cbor:"6,keyasint"`
}

// LookupKey returns the document key of a Lookup. The keys are in the order of the hours.
// Of what is about no single subscriber or payment, such as a list, each kind counts.
func LookupKey(lookup Lookup) string {
	object := lookup.Object
	if lookup.User == 0 && object == "" {
		object = lookup.What
	}
	return fmt.Sprintf("%08x/%s/u%d/%s", hourOf(lookup.At), lookup.Person, lookup.User, object)
}
