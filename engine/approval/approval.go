// Package approval keeps the record of a command that needs two people: one gives it,
// and another approves it before it is carried out.
//
//	approval.go  the record        rules.go  who may end it, and how
//
// The command waits as a document that shows what it will change, before and after. What it
// was given may hold the number of an account, so it is sealed. An Approval ends once: its
// command is done or fails, the checker refuses it, the maker withdraws it, or nobody
// answers in time. Everything here is pure; engine/admin reads and writes the documents, and
// does what was approved in the step that ends the Approval. The package imports store and
// engine/auth.
package approval

import (
	"encoding/json"
	"slices"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// Tables of the package.
const (
	Table        store.Table = 17 // Approval by ID
	WaitingTable store.Table = 26 // the IDs of those that wait
	AlikeTable   store.Table = 55 // Alike by what a command would do
)

// State says how far an approval has come. The values are stored and do not change.
type State string

// The states. All but the first are ends.
const (
	Waiting   State = "waiting"
	Done      State = "done"      // its command was carried out
	Failed    State = "failed"    // approved, but its command could not be carried out
	Refused   State = "refused"   // by the checker
	Withdrawn State = "withdrawn" // by the maker
	Expired   State = "expired"   // nobody answered in time
)

// States returns all states.
func States() []State { return []State{Waiting, Done, Failed, Refused, Withdrawn, Expired} }

// Who is a person and the user id that they called with.
type Who struct {
	Name string `cbor:"1,keyasint"`
	UID  uint32 `cbor:"2,keyasint"`
}

// What is the command that waits, as the log and its record name it.
type What struct {
	Command string       `cbor:"2,keyasint"` // as it is typed: "purse topup"
	Object  string       `cbor:"3,keyasint"` // the number, code or reference that it acts on
	Amount  money.Amount `cbor:"4,keyasint,omitempty"`
	Reason  string       `cbor:"5,keyasint,omitempty"` // the maker's own words
	Args    []byte       `cbor:"6,keyasint"`           // what the command was given, sealed
	Key     string       `cbor:"7,keyasint"`           // of the maker's command
}

// Approval is a command that waits, or waited, for a second person.
type Approval struct {
	ID string `cbor:"1,keyasint"`
	What

	Before   json.RawMessage `cbor:"8,keyasint"` // what will change, as people see it
	After    json.RawMessage `cbor:"9,keyasint"` // and what it will be
	Versions []Version       `cbor:"10,keyasint,omitempty"`

	Maker   Who       `cbor:"11,keyasint"`
	Made    time.Time `cbor:"12,keyasint"`
	Expires time.Time `cbor:"13,keyasint"`

	State   State           `cbor:"14,keyasint"`
	Checker Who             `cbor:"15,keyasint,omitzero"` // who ended it; nobody: it has not ended, or has expired
	Ended   time.Time       `cbor:"16,keyasint,omitzero"`
	Word    string          `cbor:"17,keyasint,omitempty"` // what the person who ended it said
	Why     string          `cbor:"18,keyasint,omitempty"` // why its command failed
	Result  json.RawMessage `cbor:"19,keyasint,omitempty"` // of its command, once that is done

	Alike string `cbor:"20,keyasint,omitempty"` // its key in AlikeTable, while it waits
}

// Alike names the approval that waits for what its key is a digest of: a command and what it
// was given, but for the reason. Whoever gives the same command again joins it.
type Alike struct {
	ID string `cbor:"1,keyasint"`
}

// Open reports whether somebody can still end it.
func (a *Approval) Open(now time.Time) bool { return a.open(now) == nil }

// Version is the version of a document that the command depends on, as the maker saw it.
type Version struct {
	Table   store.Table `cbor:"1,keyasint"`
	Key     string      `cbor:"2,keyasint"`
	Version uint64      `cbor:"3,keyasint"` // 0: there was none
}

// Same reports whether the approval shows what before, after and versions say: whether its
// command would still do what the maker saw.
func (a *Approval) Same(before, after json.RawMessage, versions []Version) bool {
	return string(a.Before) == string(before) && string(a.After) == string(after) && slices.Equal(a.Versions, versions)
}
