// Package reconcile holds the records by which mpg and its banks find out whether they have
// booked the same: what was told about each business date of a bank, and each break, which is
// something that does not agree and waits for people.
//
// The dates are those that the bank gives in its answers. What is open when a date is closed is
// listed and carried over: closing never waits. The package is pure; it imports store and
// store/money.
package reconcile

import (
	"strconv"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// The tables. BreakTable holds each Break by BreakKey, and DayTable each Day by DayKey.
const (
	BreakTable store.Table = 73
	DayTable   store.Table = 74
)

// Records returns an empty record of each kind that the package stores, by table.
func Records() map[store.Table]any {
	return map[store.Table]any{BreakTable: Break{}, DayTable: Day{}}
}

// Totals are the counts and sums of one business date in one currency; see iso8583.Totals.
type Totals struct {
	CreditCount     uint64       `cbor:"1,keyasint" json:"credits"`
	CreditSum       money.Amount `cbor:"2,keyasint" json:"-"`
	CreditBackCount uint64       `cbor:"3,keyasint" json:"credit_reversals"`
	CreditBackSum   money.Amount `cbor:"4,keyasint" json:"-"`
	DebitCount      uint64       `cbor:"5,keyasint" json:"debits"`
	DebitSum        money.Amount `cbor:"6,keyasint" json:"-"`
	DebitBackCount  uint64       `cbor:"7,keyasint" json:"debit_reversals"`
	DebitBackSum    money.Amount `cbor:"8,keyasint" json:"-"`
	Authorizations  uint64       `cbor:"9,keyasint" json:"authorizations"`
}

// Plus returns the totals of both.
func (t Totals) Plus(other Totals) Totals {
	t.CreditCount, t.CreditSum = t.CreditCount+other.CreditCount, t.CreditSum+other.CreditSum
	t.CreditBackCount, t.CreditBackSum = t.CreditBackCount+other.CreditBackCount, t.CreditBackSum+other.CreditBackSum
	t.DebitCount, t.DebitSum = t.DebitCount+other.DebitCount, t.DebitSum+other.DebitSum
	t.DebitBackCount, t.DebitBackSum = t.DebitBackCount+other.DebitBackCount, t.DebitBackSum+other.DebitBackSum
	t.Authorizations += other.Authorizations
	return t
}

// Within reports whether no count and no sum of what was moved is greater in t than in other.
func (t Totals) Within(other Totals) bool {
	return t.CreditCount <= other.CreditCount && t.CreditSum <= other.CreditSum && t.CreditBackCount <= other.CreditBackCount && t.CreditBackSum <= other.CreditBackSum &&
		t.DebitCount <= other.DebitCount && t.DebitSum <= other.DebitSum && t.DebitBackCount <= other.DebitBackCount && t.DebitBackSum <= other.DebitBackSum
}

// Kind says what does not agree.
type Kind string

// The kinds of breaks.
const (
	OtherTotals   Kind = "totals" // of a business date
	UnknownAdvice Kind = "advice" // the bank tells of a request that we do not know
	LateApproval  Kind = "late"   // the bank has approved what had ended unpaid, and has not undone it
	OtherAdvice   Kind = "amount" // the bank tells of another amount, or of another kind of request, than ours
)

// Break is something on which we and a bank do not agree.
type Break struct {
	Bank     string    `cbor:"1,keyasint"`
	Kind     Kind      `cbor:"2,keyasint"`
	Day      string    `cbor:"3,keyasint"` // business date, 2006-01-02
	Currency string    `cbor:"4,keyasint,omitempty"`
	At       time.Time `cbor:"5,keyasint"` // when it was found first
	Last     time.Time `cbor:"6,keyasint"` // and last
	Ours     *Totals   `cbor:"7,keyasint,omitempty"`
	Theirs   *Totals   `cbor:"8,keyasint,omitempty"` // none: the bank has only said that they differ

	RRN      string       `cbor:"9,keyasint,omitempty"` // of the request that an advice names
	STAN     uint32       `cbor:"10,keyasint,omitempty"`
	Code     string       `cbor:"11,keyasint,omitempty"`
	Amount   money.Amount `cbor:"12,keyasint,omitempty"`
	Approved bool         `cbor:"13,keyasint,omitempty"`
	Payment  uint64       `cbor:"14,keyasint,omitempty"` // 0: none of ours

	Ended time.Time `cbor:"15,keyasint,omitzero"` // both sides agree since
}

// Day is what was told about one business date of a bank.
type Day struct {
	Bank   string    `cbor:"1,keyasint"`
	Day    string    `cbor:"2,keyasint"`           // 2006-01-02
	Closed time.Time `cbor:"3,keyasint,omitzero"`  // by the bank; zero: it has not said so
	Due    bool      `cbor:"4,keyasint,omitempty"` // our totals are to be sent
	Told   []Told    `cbor:"5,keyasint,omitempty"` // the last for each currency
}

// Told is what was told about one currency.
type Told struct {
	Currency string    `cbor:"1,keyasint"`
	At       time.Time `cbor:"2,keyasint"`
	ByBank   bool      `cbor:"3,keyasint,omitempty"` // the bank sent its totals, and we answered
	Balanced bool      `cbor:"4,keyasint,omitempty"`
	Code     string    `cbor:"5,keyasint,omitempty"` // ISO 8583:1987 DE66 or DE39 of the bank's answer
	Ours     Totals    `cbor:"6,keyasint"`
	Theirs   *Totals   `cbor:"7,keyasint,omitempty"`
}

// Tell keeps what was told last about a currency.
func (d *Day) Tell(told Told) {
	for i := range d.Told {
		if d.Told[i].Currency == told.Currency {
			d.Told[i] = told
			return
		}
	}
	d.Told = append(d.Told, told)
}

// DayKey returns the key of a day.
func DayKey(bank, day string) string { return bank + " " + day }

// Key returns the key of a break: the same break, found again, has the same.
func (b *Break) Key() string {
	key := b.Bank + " " + b.Day + " " + string(b.Kind) + " "
	if b.Kind == OtherTotals {
		return key + b.Currency
	}
	return key + b.RRN + " " + strconv.FormatUint(uint64(b.STAN), 10) + " " + b.Code
}

// layoutDay is the form of a business date.
const layoutDay = time.DateOnly

// DayOf returns the business date of a bank's MMDD: the one that is nearest to at, as the bank
// gives no year. Its zero form, "", means the date of at, in its location. ok is false for what
// is no date.
func DayOf(date string, at time.Time) (day string, ok bool) {
	if date == "" {
		return at.Format(layoutDay), true
	}
	best, least := "", time.Duration(-1)
	for year := at.Year() - 1; year <= at.Year()+1; year++ {
		found, err := time.ParseInLocation("20060102", strconv.Itoa(year)+date, at.Location())
		if err != nil || len(date) != len("0102") {
			continue // 29 February exists in one year of four
		}
		if away := at.Sub(found).Abs(); least < 0 || away < least {
			best, least = found.Format(layoutDay), away
		}
	}
	return best, best != ""
}

// Date returns the MMDD of a business date, or "" if day is not one.
func Date(day string) string {
	at, err := time.Parse(layoutDay, day)
	if err != nil {
		return ""
	}
	return at.Format("0102")
}
