package user

import (
	"slices"
	"time"

	"mpg/store"
)

// KnownTable holds the Known of each payer, by number. It is kept only while the operator has
// first payments to a payee wait, or asks about them.
const KnownTable store.Table = 70

// knownMax bounds Known.Payees; the payee that was paid first is forgotten first.
const knownMax = 200

// Known lists whom a subscriber has paid.
type Known struct {
	Payees []KnownPayee `cbor:"1,keyasint"`
}

// KnownPayee is somebody whom a subscriber has paid.
type KnownPayee struct {
	Who   string `cbor:"1,keyasint"` // as limits call a payee
	Since int64  `cbor:"2,keyasint"` // Unix seconds of the order that paid first
}

// Pays reports whether who was paid by an order at least so long before now: otherwise a
// small payment just before a large one would make its payee known.
func (k *Known) Pays(who string, now time.Time, since time.Duration) bool {
	return k != nil && slices.ContainsFunc(k.Payees, func(known KnownPayee) bool {
		return known.Who == who && !time.Unix(known.Since, 0).After(now.Add(-since))
	})
}

// Add notes that an order at that time has paid who.
func (k *Known) Add(who string, at time.Time) {
	if slices.ContainsFunc(k.Payees, func(known KnownPayee) bool { return known.Who == who }) {
		return
	}
	if len(k.Payees) >= knownMax {
		k.Payees = k.Payees[len(k.Payees)-knownMax+1:]
	}
	k.Payees = append(k.Payees, KnownPayee{who, at.Unix()})
}
