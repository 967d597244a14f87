// Package user is the subscriber: who they are, how they pay, and the few
// facts of theirs that a payment changes.
//
// A User is one document of the store, so that its version guards all of it:
// one open order at a time, tries of the PIN, sums of the day. Users have
// numbers of their own; a phone number is an Alias that points to one, since
// numbers are given to other people in time. Everything here is pure; engine
// reads and writes the documents. The package imports store and engine/lang,
// engine/pin.
package user

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/store"
	"mpg/store/money"
)

// Tables of the package.
const (
	Table      store.Table = 1 // User by number
	AliasTable store.Table = 2 // Alias by phone number, E.164
	CallTable  store.Table = 7 // the call to choose a PIN that is under way, by number
)

// Limits.
const (
	RecentMax   = 16              // orders remembered against repetition
	LastMax     = 3               // lines of the short statement: one segment
	HourWindow  = time.Hour       // of calls and answers
	QuestionFor = 5 * time.Minute // how long YES answers an "again?"
)

// State says what a subscriber may do.
type State string

// The states. Locked and blocked cannot pay and still receive.
const (
	Active  State = "active"
	Locked  State = "locked"  // too many wrong PINs
	Blocked State = "blocked" // by the operator, or by "not me" in a call
)

// Alias points from a phone number to its owner.
type Alias struct {
	User  uint64    `json:"user"`
	Since time.Time `json:"since"`
}

// User is a subscriber.
type User struct {
	No     uint64          `json:"no"`
	Phone  string          `json:"phone"` // E.164
	Name   string          `json:"name"`
	NameZH string          `json:"name_zh,omitempty"`
	Lang   lang.Lang       `json:"lang,omitempty"` // empty: not chosen
	State  State           `json:"state"`
	Why    string          `json:"why,omitempty"` // of a block
	Purse  store.AccountID `json:"purse"`

	Bank        string `json:"bank,omitempty"`
	BankAccount string `json:"bank_account,omitempty"`

	PIN   pin.Record `json:"pin,omitzero"`
	Tries int        `json:"tries,omitempty"` // wrong PINs in a row

	Heard []Heard `json:"heard,omitempty"` // words whose acknowledgement is known to have arrived

	Open     uint64    `json:"open,omitempty"` // number of the open payment; 0: none
	Question *Question `json:"question,omitempty"`
	Recent   []Recent  `json:"recent,omitempty"`
	Day      Day       `json:"day,omitzero"`
	Ahead    Day       `json:"ahead,omitzero"`  // of a clock that ran ahead, later than Day
	Last     []Entry   `json:"last,omitempty"`  // the short statement, newest first
	Calls    []int64   `json:"calls,omitempty"` // Unix seconds of the calls of the last hour

	Created time.Time `json:"created"`
}

// Question is an "again? reply YES" that waits for its answer. It holds
// nothing.
type Question struct {
	Text  string    `json:"text"` // the order as it was sent
	Until time.Time `json:"until"`
}

// Waits reports whether the question may be answered at now. One that seems to
// have been asked later is of a clock that ran ahead.
func (q *Question) Waits(now time.Time) bool {
	return q != nil && !now.After(q.Until) && !now.Add(QuestionFor).Before(q.Until)
}

// Recent is an order of the last day, kept to know an equal one.
type Recent struct {
	Key string `json:"k"` // what was ordered, in one word
	At  int64  `json:"t"` // Unix seconds
	Ref string `json:"r"`
}

// Entry is a line of the short statement.
type Entry struct {
	Ref      string       `json:"r"`
	At       time.Time    `json:"t"`
	Amount   money.Amount `json:"a"` // negative: paid
	Currency string       `json:"c"`
	Party    string       `json:"p,omitempty"` // name of a shop
	PartyZH  string       `json:"z,omitempty"`
	Number   string       `json:"n,omitempty"` // of a person, E.164
}

// MayPay reports whether the subscriber may order payments.
func (u *User) MayPay() bool { return u.State == Active }

// Called is the name in l, falling back on the other language's.
func (u *User) Called(l lang.Lang) string {
	if l == lang.ZH && u.NameZH != "" {
		return u.NameZH
	}
	return u.Name
}

// Equal returns an equal order of the time since then.
func (u *User) Equal(key string, since time.Time) (Recent, bool) {
	for i := len(u.Recent) - 1; i >= 0; i-- {
		if r := u.Recent[i]; r.Key == key && r.At >= since.Unix() {
			return r, true
		}
	}
	return Recent{}, false
}

// Remember keeps an order and drops those before since.
func (u *User) Remember(r Recent, since time.Time) {
	kept := make([]Recent, 0, min(len(u.Recent)+1, RecentMax))
	for _, old := range u.Recent {
		if old.At >= since.Unix() {
			kept = append(kept, old)
		}
	}
	if len(kept) >= RecentMax {
		kept = kept[len(kept)-RecentMax+1:]
	}
	u.Recent = append(kept, r)
}

// LastPaid is the newest line of the short statement where it is a payment by
// the subscriber, or nil.
func (u *User) LastPaid() *Entry {
	if len(u.Last) == 0 || u.Last[0].Amount >= 0 {
		return nil
	}
	return &u.Last[0]
}

// Enter adds a line to the short statement.
func (u *User) Enter(e Entry) {
	kept := u.Last[:min(len(u.Last), LastMax-1)]
	u.Last = append([]Entry{e}, kept...)
}
