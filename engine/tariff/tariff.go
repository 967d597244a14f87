// Package tariff says what a payment costs: a set of rows that the operator writes as files,
// the row that decides the fee of an order, and that fee.
//
//	[send-2]
//	product = "mp2p"
//	from    = "100.01"
//	percent = "0.5"
//	max     = "25.00"
//
// A row says for which orders it is: by product, channel, shop, tier of the payer, currency,
// amount and day. The rows for the same orders except for amount and day are a table, and at
// each day on which it holds, its bands cover every amount exactly once. Among the tables for
// an order, one for its shop comes before one for the class of its payee, then one for the
// tier of its payer, then one for its channel, then one for all. An order that no table is for
// costs nothing.
//
// A set is read whole or not at all. Its version is a digest of the files, and the payment
// keeps it together with the row and its Terms. The fee is worked out in whole minor units
// with products of 128 bits.
//
//	tariff.go  Set, and the row for an order     terms.go    the fee of a row
//	load.go    rows from files                   bands.go    gaps and overlaps
//	explain.go why a row is taken, and the others are not
//
// The package is pure. It imports engine/sheet and store/money.
package tariff

import (
	"slices"

	"mpg/store/money"
)

// Order is what a fee depends on.
type Order struct {
	Product  string
	Channel  string // such as "sms"
	Shop     string // code of the shop that is paid; empty: a person
	Class    string // of the payee; empty: none
	Tier     int    // of the payer
	Currency string // ISO 4217 code
	Amount   money.Amount
	Date     string // local day, 2006-01-02
}

// Fee is what an order costs, and by which row.
type Fee struct {
	Parts
	Applied
}

// Applied is the row by which a fee was worked out, as a payment keeps it.
type Applied struct {
	Row     string `cbor:"1,keyasint"`
	Version string `cbor:"2,keyasint"` // of the set
	Terms   Terms  `cbor:"3,keyasint"`
}

// Person is the class of payees that are no shops. No shop is of this class.
const Person = "person"

// ChannelSMS is the channel of orders by text.
const ChannelSMS = "sms"

// Row is one line of a tariff. An empty list of what it is for means all.
type Row struct {
	ID       string
	Products []string
	Channels []string
	Shops    []string
	Classes  []string // of payees
	Tiers    []int
	Currency string
	From, To money.Amount // both included; To 0: without end
	Since    string       // first local day; empty: always
	Until    string       // last local day; empty: for ever
	Terms

	place string // where it stands, for people
	fault func(key, format string, args ...any)
}

// Set is a tariff. A nil Set has no fees. A value never changes.
type Set struct {
	version string
	rows    []*Row
	tables  map[table][]*Row
}

// table is what the rows of one table are for. An empty text, and anyTier, mean all.
type table struct {
	product, currency string
	shop, class       string
	tier              int
	channel           string
}

// anyTier is the tier of a table for all of them.
const anyTier = -1

// Version returns the digest of the files, or "" without any.
func (s *Set) Version() string {
	if s == nil {
		return ""
	}
	return s.version
}

// Rows returns the rows in the order of the files. The caller must not change them.
func (s *Set) Rows() []*Row {
	if s == nil {
		return nil
	}
	return s.rows
}

// Fee returns the fee of an order, or false if no table is for it.
func (s *Set) Fee(order Order) (Fee, bool) {
	row := s.row(order)
	if row == nil {
		return Fee{}, false
	}
	return Fee{row.Fee(order.Amount), Applied{row.ID, s.version, row.Terms}}, true
}

// row returns the row for an order, or nil.
func (s *Set) row(order Order) *Row {
	if s == nil {
		return nil
	}
	for _, one := range tablesFor(order) {
		i := slices.IndexFunc(s.tables[one], func(row *Row) bool { return row.holdsOn(order.Date) && row.covers(order.Amount) })
		if i >= 0 {
			return s.tables[one][i]
		}
	}
	return nil
}

// tablesFor returns the tables that may be for an order, the most specific first.
func tablesFor(order Order) []table {
	shops := []string{order.Shop, ""}
	if order.Shop == "" {
		shops = shops[1:]
	}
	classes := []string{order.Class, ""}
	if order.Class == "" {
		classes = classes[1:]
	}
	all := make([]table, 0, 16)
	for _, shop := range shops {
		for _, class := range classes {
			for _, tier := range []int{order.Tier, anyTier} {
				for _, channel := range []string{order.Channel, ""} {
					all = append(all, table{order.Product, order.Currency, shop, class, tier, channel})
				}
			}
		}
	}
	return all
}

// tables returns the tables that the row belongs to.
func (r *Row) tables() []table {
	shops, classes, tiers, channels := r.Shops, r.Classes, r.Tiers, r.Channels
	if len(shops) == 0 {
		shops = []string{""}
	}
	if len(classes) == 0 {
		classes = []string{""}
	}
	if len(tiers) == 0 {
		tiers = []int{anyTier}
	}
	if len(channels) == 0 {
		channels = []string{""}
	}
	var all []table
	for _, product := range r.Products {
		for _, shop := range shops {
			for _, class := range classes {
				for _, tier := range tiers {
					for _, channel := range channels {
						all = append(all, table{product, r.Currency, shop, class, tier, channel})
					}
				}
			}
		}
	}
	return all
}

// Place returns the file and the line where the row stands.
func (r *Row) Place() string { return r.place }

// named returns the name of the row and its place.
func (r *Row) named() string { return r.ID + " (" + r.place + ")" }

// holdsOn reports whether the row is in force on a local day.
func (r *Row) holdsOn(date string) bool {
	return date >= r.Since && (r.Until == "" || date <= r.Until)
}

// covers reports whether amount is in the band of the row.
func (r *Row) covers(amount money.Amount) bool {
	return amount >= r.From && (r.To == 0 || amount <= r.To)
}
