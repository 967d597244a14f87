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
	"slices"
	"time"

	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/store"
	"mpg/store/money"
)

// Tables of the package.
const (
	Table      store.Table = 1 // User by number
	AliasTable store.Table = 2 // Alias by the keyed digest of a phone number
	CallTable  store.Table = 7 // the call to choose a PIN that is under way, by number
)

// Limits.
const (
	RecentMax   = 16              // orders remembered against repetition
	LastMax     = 3               // lines of the short statement: one segment
	HourWindow  = time.Hour       // of calls and answers
	QuestionFor = 5 * time.Minute // how long YES answers an "again?"
	NamedMax    = 10              // people whose names are spoken to a payer in one local day
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
	User  uint64    `cbor:"1,keyasint"`
	Since time.Time `cbor:"2,keyasint"`
}

// User is a subscriber.
type User struct {
	No    uint64          `cbor:"1,keyasint"`
	Phone string          `cbor:"2,keyasint"` // E.164
	Name  lang.Name       `cbor:"3,keyasint"`
	Lang  lang.Lang       `cbor:"4,keyasint,omitempty"` // empty: not chosen
	State State           `cbor:"5,keyasint"`
	Why   string          `cbor:"6,keyasint,omitempty"` // of a block
	Purse store.AccountID `cbor:"7,keyasint"`

	AtBank

	Secret

	Heard []Heard `cbor:"13,keyasint,omitempty"` // words whose acknowledgement is known to have arrived

	Open     uint64    `cbor:"14,keyasint,omitempty"` // number of the open payment; 0: none
	Latest   uint64    `cbor:"15,keyasint,omitempty"` // number of the last payment that was ordered
	Question *Question `cbor:"16,keyasint,omitempty"`
	Recent   []Recent  `cbor:"17,keyasint,omitempty"`
	Spending
	Named Named   `cbor:"20,keyasint,omitzero"`
	Last  []Entry `cbor:"21,keyasint,omitempty"` // the short statement, newest first
	Calls []int64 `cbor:"22,keyasint,omitempty"` // Unix seconds of the calls of the last hour

	Created time.Time `cbor:"23,keyasint"`
	Tier    int       `cbor:"25,keyasint,omitempty"` // how well the operator knows the subscriber; fees and limits depend on it
}

// Secret is the PIN of a subscriber, and what happened to it. Its fields are stored among
// those of the User.
type Secret struct {
	PIN   pin.Record `cbor:"11,keyasint,omitzero"`
	Tries int        `cbor:"12,keyasint,omitempty"` // wrong PINs in a row
	Reset *Reset     `cbor:"24,keyasint,omitempty"` // by the operator; nil: a PIN was chosen since, or there was none
}

// AtBank is the account at a bank that a subscriber may pay from. Its fields are stored
// among those of the User.
type AtBank struct {
	Bank        string `cbor:"8,keyasint,omitempty"`
	BankAccount uint64 `cbor:"9,keyasint,omitempty"`  // number of its sealed document; 0: none
	BankMask    string `cbor:"10,keyasint,omitempty"` // what people may see of it
	// ReceiveAtBank says that what others send goes to that account, not to the purse.
	ReceiveAtBank bool `cbor:"30,keyasint,omitempty"`
}

// ReceivesAtBank reports whether what others send goes to the account at the bank.
func (a *AtBank) ReceivesAtBank() bool { return a.ReceiveAtBank && a.BankAccount != 0 }

// Question is an "again? reply YES" that waits for its answer. It holds
// nothing.
type Question struct {
	Text  string    `cbor:"1,keyasint"` // the order as it was sent
	Until time.Time `cbor:"2,keyasint"`
	// Unpaid says that the equal order took nothing, so that YES pays it once.
	Unpaid bool `cbor:"3,keyasint,omitempty"`
	// What the order is about, as the question has told it.
	Amount   money.Amount `cbor:"4,keyasint,omitempty"`
	Currency string       `cbor:"5,keyasint,omitempty"`
	Party    lang.Party   `cbor:"6,keyasint,omitzero"`
	// First says that the question is about the first payment to Party, not about an equal order.
	First bool `cbor:"7,keyasint,omitempty"`
}

// Waits reports whether the question may still be answered. One that seems to have
// been asked later than now was timed by a clock that ran ahead.
func (q *Question) Waits(now time.Time) bool {
	return q != nil && !now.After(q.Until) && !now.Add(QuestionFor).Before(q.Until)
}

// Recent is an order of the last day, kept to know an equal one.
type Recent struct {
	Key string `cbor:"1,keyasint"` // what was ordered, in one word
	At  int64  `cbor:"2,keyasint"` // Unix seconds
	Ref string `cbor:"3,keyasint"`
	// Unpaid is set once the payment has ended and taken nothing.
	Unpaid bool `cbor:"4,keyasint,omitempty"`
}

// Entry is a line of the short statement.
type Entry struct {
	Ref      string       `cbor:"1,keyasint"`
	At       time.Time    `cbor:"2,keyasint"`
	Amount   money.Amount `cbor:"3,keyasint"` // negative: paid
	Currency string       `cbor:"4,keyasint"`
	Party    lang.Party   `cbor:"5,keyasint,omitzero"`  // none: the operator, in a top-up
	Fee      money.Amount `cbor:"6,keyasint,omitempty"` // that Amount contains, or that it is less by
}

// Named lists the people whose names were spoken to the subscriber on one local
// day. Without a limit, calls that name the payee would turn any list of numbers
// into a list of names.
type Named struct {
	Date  string   `cbor:"1,keyasint"` // 2006-01-02
	Users []uint64 `cbor:"2,keyasint"`
}

// MayHear reports whether the name of payee may be spoken to the subscriber on
// date, and counts it. A date that goes back does not start a new day.
func (u *User) MayHear(payee uint64, date string) bool {
	if date > u.Named.Date {
		u.Named = Named{Date: date}
	}
	if slices.Contains(u.Named.Users, payee) {
		return true
	}
	if len(u.Named.Users) >= NamedMax {
		return false
	}
	u.Named.Users = append(u.Named.Users, payee)
	return true
}

// MayPay reports whether the subscriber may order payments.
func (u *User) MayPay() bool { return u.State == Active }

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
func (u *User) Remember(order Recent, since time.Time) {
	kept := make([]Recent, 0, min(len(u.Recent)+1, RecentMax))
	for _, old := range u.Recent {
		if old.At >= since.Unix() {
			kept = append(kept, old)
		}
	}
	if len(kept) >= RecentMax {
		kept = kept[len(kept)-RecentMax+1:]
	}
	u.Recent = append(kept, order)
}

// TookNothing notes that the order of a payment has ended unpaid. It is still
// remembered: an equal text that comes soon after may be a copy of the first.
func (u *User) TookNothing(ref string) {
	for i := range u.Recent {
		if u.Recent[i].Ref == ref {
			u.Recent[i].Unpaid = true
		}
	}
}

// Enter adds a line to the short statement.
func (u *User) Enter(line Entry) {
	kept := u.Last[:min(len(u.Last), LastMax-1)]
	u.Last = append([]Entry{line}, kept...)
}
