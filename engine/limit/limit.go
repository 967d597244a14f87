// Package limit says how much a subscriber may pay: a set of rows that the operator writes as
// files, what the subscriber has ordered lately, and the first limit that an order exceeds.
//
//	[mp2p-basic]
//	product   = "mp2p"
//	tier      = "0"
//	day       = "500.00"
//	day_count = "5"
//
// A row is for a tier of payers, or for all, and counts the payments of all products or only
// of those that it names, to all payees or to each one by itself (per = "payee"). For each of
// these, the value for the tier of the payer comes in place of the one for all tiers, and
// every value that is left holds: each limit by itself bounds what is paid. A row may also be
// for payees of some classes only. What does not count as spent, such as a top-up from one's
// own bank account, counts only in rows that name its product. Rows with direction = "in"
// bound what a purse may hold, and what it may receive in a period; see Incoming.
//
// What is counted is what the payer pays, fees included, on the local day of the order, in the
// payer's own document: no two payers wait for each other, and its version decides between
// two orders of one payer. A number is the same payee before its owner registers and after. A
// week begins on Monday, unless the window of its row is rolling: then it is the last seven
// days, and a month is the last thirty. What is not paid in the end is taken off the day on
// which it was counted.
//
//	limit.go  Set, Order, and the limit that an order exceeds     usage.go  what was ordered
//	load.go   rows from files                                     explain.go  limit by limit
//	incoming.go what a purse may receive
//
// The package imports engine/sheet, store and store/money.
package limit

import (
	"slices"
	"strings"

	"mpg/store/money"
)

// Kind says what a limit bounds.
type Kind string

// The kinds, by the keys of rows. The first group is of amounts, the second of numbers of
// payments.
const (
	Min     Kind = "payment_min"
	Max     Kind = "payment_max"
	Day     Kind = "day"
	Week    Kind = "week"
	Month   Kind = "month"
	Balance Kind = "balance_max" // of the payee's purse

	DayCount   Kind = "day_count"
	WeekCount  Kind = "week_count"
	MonthCount Kind = "month_count"
)

// kinds are all kinds for payers, in the order in which they are looked at.
var kinds = []Kind{Min, Max, Day, DayCount, Week, WeekCount, Month, MonthCount}

// Counts reports whether the kind bounds a number of payments.
func (k Kind) Counts() bool { return strings.HasSuffix(string(k), "_count") }

// Sums reports whether the kind bounds the sum of a period.
func (k Kind) Sums() bool { return k == Day || k == Week || k == Month }

// Row is one row of the files. An empty list of what it is for means all.
type Row struct {
	ID       string
	Products []string // sorted
	Tiers    []int
	Classes  []string // of payees
	PerPayee bool
	In       bool
	Rolling  bool           // weeks and months end with the day of the order
	Values   map[Kind]int64 // amounts in minor units, or numbers of payments

	place string
}

// Place returns the file and the line where the row stands.
func (r *Row) Place() string { return r.place }

// Set is all rows. A nil Set has no limits. A value never changes.
type Set struct {
	version string
	rows    []*Row
}

// Version returns the digest of the files, or "" without any.
func (s *Set) Version() string {
	if s == nil {
		return ""
	}
	return s.version
}

// scope is what the rows count that replace each other.
type scope struct {
	products string
	classes  string
	perPayee bool
	rolling  bool
	kind     Kind
}

func (r *Row) scope(kind Kind) scope {
	return scope{strings.Join(r.Products, " "), strings.Join(r.Classes, " "), r.PerPayee, r.Rolling, kind}
}

// Order is what is looked at.
type Order struct {
	Product string
	Tier    int          // of the payer
	Payee   string       // see Payee and Number
	Before  string       // what Payee was called before it was registered; empty: it always was, or is a shop
	Class   string       // of the payee: that of a shop, or Person; empty: none
	Apart   bool         // it counts only in rows that name its product
	Amount  money.Amount // that the payer pays
	Date    string       // local day on which it would count
}

// Person is the class of payees that are no shops.
const Person = "person"

// Exceeded is a limit that an order exceeds.
type Exceeded struct {
	Row      string
	Kind     Kind
	PerPayee bool
	Rolling  bool
	Limit    int64        // an amount, or a number of payments
	Left     money.Amount // of an amount in a period, at least 0
}

// Check returns the first limit that an order exceeds, or nil.
func (s *Set) Check(order Order, used *Usage) *Exceeded {
	for _, verdict := range s.Explain(order, used) {
		if verdict.Exceeded {
			return &Exceeded{verdict.Row.ID, verdict.Kind, verdict.Row.PerPayee, verdict.Row.Rolling, verdict.Limit, max(0, money.Amount(verdict.Limit-verdict.Used))}
		}
	}
	return nil
}

// Gives reports whether the set has a limit of that kind for all products and payees together,
// for payers of a tier. The one in mpg.toml then does not hold.
func (s *Set) Gives(tier int, kind Kind) bool {
	if s == nil {
		return false
	}
	return slices.ContainsFunc(s.rows, func(row *Row) bool {
		_, given := row.Values[kind]
		return given && !row.In && !row.PerPayee && !row.Rolling && len(row.Products)+len(row.Classes) == 0 && row.isFor(tier)
	})
}

// isFor reports whether the row is for a tier.
func (r *Row) isFor(tier int) bool { return len(r.Tiers) == 0 || slices.Contains(r.Tiers, tier) }

// counts reports whether the row counts payments by a product to payees of a class. apart says
// that it has to name the product.
func (r *Row) counts(product, class string, apart bool) bool {
	return (len(r.Products) == 0 && !apart || slices.Contains(r.Products, product)) && (len(r.Classes) == 0 || slices.Contains(r.Classes, class))
}
