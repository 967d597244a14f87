// Package merchant is the shop: its code, names, phone and account.
//
// A Merchant is one document of the store, by code. Everything here is pure;
// engine reads and writes the documents. The package imports store and
// engine/lang.
package merchant

import (
	"cmp"
	"time"

	"mpg/engine/lang"
	"mpg/store"
)

// Table of the package: Merchant by code.
const Table store.Table = 3

// Limits of a code, in digits.
const (
	CodeDigitsMin = 4
	CodeDigitsMax = 6
)

// Merchant is a shop that is paid.
type Merchant struct {
	Code    string          `cbor:"1,keyasint"`
	Name    lang.Name       `cbor:"2,keyasint"`
	Phone   string          `cbor:"3,keyasint,omitempty"` // E.164; empty: gets no receipts
	Account store.AccountID `cbor:"4,keyasint"`

	Bank        string    `cbor:"5,keyasint,omitempty"`
	BankAccount uint64    `cbor:"6,keyasint,omitempty"` // number of its sealed document; 0: none
	BankMask    string    `cbor:"7,keyasint,omitempty"` // what people may see of it
	Created     time.Time `cbor:"8,keyasint"`

	Closed time.Time `cbor:"9,keyasint,omitzero"`   // when it was closed for good; zero: it is open
	Why    string    `cbor:"10,keyasint,omitempty"` // the operator's reason for closing it

	Next *NextBank `cbor:"11,keyasint,omitempty"` // bank account to come; nil: none

	Cards Cards `cbor:"20,keyasint,omitzero"` // how it takes cards

	OldPhone string    `cbor:"12,keyasint,omitempty"` // E.164, before Phone; empty: there was none
	Moved    time.Time `cbor:"13,keyasint,omitzero"`  // when Phone came in its place

	Agent    bool     `cbor:"14,keyasint,omitempty"` // gives cash for money in purses, and takes it; Account is the float
	Class    string   `cbor:"15,keyasint,omitempty"` // on which fees and limits may depend; empty: none
	Vertical Vertical `cbor:"25,keyasint,omitempty"` // empty: Sale
}

// AgentTable holds the AgentPhone of each agent by the keyed digest of its phone number.
const AgentTable store.Table = 71

// AgentPhone says which agent a phone number belongs to.
type AgentPhone struct {
	Code string `cbor:"1,keyasint"`
}

// Vertical is the kind of business of a shop, where it decides how the shop is paid.
type Vertical string

// The kinds of business.
const (
	Sale    Vertical = "sale"    // goods for a price: what most shops do
	Fuel    Vertical = "fuel"    // the amount is held, and what was filled is captured within hours
	Hotel   Vertical = "hotel"   // the same within days
	Parking Vertical = "parking" // the tills of the shop see the memo
	Tickets Vertical = "tickets" // the reference is the number of a ticket, which is good once
)

// Verticals returns all kinds of business.
func Verticals() []Vertical { return []Vertical{Sale, Fuel, Hotel, Parking, Tickets} }

// Kind returns the kind of business of the shop.
func (m *Merchant) Kind() Vertical { return cmp.Or(m.Vertical, Sale) }

// Cards says how a shop takes cards.
type Cards struct {
	MCC string `cbor:"1,keyasint,omitempty"` // what it deals in, ISO 18245: four digits; empty: not known
	// Capture says when what a card issuer has approved is taken; empty: as the operator says.
	Capture Capture `cbor:"2,keyasint,omitempty"`
	// Asked says that the shop is asked whether it accepts what the issuer has approved.
	Asked bool `cbor:"3,keyasint,omitempty"`
	// Silence says what counts if a shop that is asked says nothing; empty: as the operator
	// says.
	Silence Silence `cbor:"4,keyasint,omitempty"`
}

// Capture says when money that is held on a card is taken.
type Capture string

// The times of a capture.
const (
	AtOnce Capture = "at_once"
	Later  Capture = "later" // the shop says when, and how much of it
)

// Silence says what the silence of a shop means.
type Silence string

// The meanings of silence.
const (
	Accepts Silence = "accept"
	Refuses Silence = "refuse"
)

// oldPhoneFor is how long the number that a shop had before is still told what matters.
const oldPhoneFor = 30 * 24 * time.Hour

// SetPhone gives the shop another number; empty: none. If there are several changes within
// a month, the first number is the one that is remembered.
func (m *Merchant) SetPhone(phone string, now time.Time) {
	if phone == m.Phone {
		return
	}
	if m.OldPhone == "" || now.Sub(m.Moved) >= oldPhoneFor {
		m.OldPhone, m.Moved = m.Phone, now.UTC()
	}
	m.Phone = phone
}

// Phones returns the numbers that are told about what matters to the shop: its own, and
// the one that it had until a month ago, so that whoever changes the number does not keep
// the shop from learning of it.
func (m *Merchant) Phones(now time.Time) []string {
	var phones []string
	if m.Phone != "" {
		phones = append(phones, m.Phone)
	}
	if m.OldPhone != "" && m.OldPhone != m.Phone && now.Sub(m.Moved) < oldPhoneFor {
		phones = append(phones, m.OldPhone)
	}
	return phones
}

// NextBank is the bank account that a shop will have once a change of it takes effect.
type NextBank struct {
	Bank    string    `cbor:"1,keyasint,omitempty"`
	Account uint64    `cbor:"2,keyasint,omitempty"` // number of its sealed document; 0: none
	Mask    string    `cbor:"3,keyasint,omitempty"` // what people may see of it
	From    time.Time `cbor:"4,keyasint"`           // when the change takes effect
}

// TakeBank gives the shop the bank account that was to come.
func (m *Merchant) TakeBank() {
	m.Bank, m.BankAccount, m.BankMask, m.Next = m.Next.Bank, m.Next.Account, m.Next.Mask, nil
}

// IsClosed reports whether the shop was closed: nobody can pay it any more.
func (m *Merchant) IsClosed() bool { return !m.Closed.IsZero() }

// IsAgent reports whether phone may order for an agent.
func (m *Merchant) IsAgent(phone string) bool {
	return m.Agent && !m.IsClosed() && phone != "" && m.Phone == phone
}

// ValidCode reports whether code can be a merchant's code.
func ValidCode(code string) bool {
	if len(code) < CodeDigitsMin || len(code) > CodeDigitsMax {
		return false
	}
	for _, d := range []byte(code) {
		if d < '0' || d > '9' {
			return false
		}
	}
	return true
}
