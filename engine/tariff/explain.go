package tariff

import (
	"fmt"
	"slices"
	"strings"

	"mpg/store/money"
)

// Verdict is one row, and why it does not decide about an order.
type Verdict struct {
	Row *Row
	Why string // empty: this row decides
}

// Explain goes through all rows for an order, in the order of the files.
func (s *Set) Explain(order Order) []Verdict {
	decides := s.row(order)
	verdicts := make([]Verdict, 0, len(s.Rows()))
	for _, row := range s.Rows() {
		why := ""
		if row != decides {
			why = row.against(order)
			if why == "" {
				why = "row " + decides.ID + " is more specific"
			}
		}
		verdicts = append(verdicts, Verdict{row, why})
	}
	return verdicts
}

// against returns why the row is not for an order, or "" if it is.
func (r *Row) against(order Order) string {
	currency, _ := money.Lookup(r.Currency)
	switch {
	case !slices.Contains(r.Products, order.Product):
		return "is for " + strings.Join(r.Products, ", ")
	case r.Currency != order.Currency:
		return "is for " + r.Currency
	case len(r.Shops) > 0 && !slices.Contains(r.Shops, order.Shop):
		return "is for merchant " + strings.Join(r.Shops, ", ")
	case len(r.Classes) > 0 && !slices.Contains(r.Classes, order.Class):
		return "is for payees of class " + strings.Join(r.Classes, ", ")
	case len(r.Tiers) > 0 && !slices.Contains(r.Tiers, order.Tier):
		return "is for payers of tier " + strings.Trim(fmt.Sprint(r.Tiers), "[]")
	case len(r.Channels) > 0 && !slices.Contains(r.Channels, order.Channel):
		return "is for orders by " + strings.Join(r.Channels, ", ")
	case order.Date < r.Since:
		return "is in force from " + r.Since
	case !r.holdsOn(order.Date):
		return "was in force until " + r.Until
	case order.Amount < r.From:
		return "begins at " + currency.Format(r.From)
	case !r.covers(order.Amount):
		return "ends at " + currency.Format(r.To)
	}
	return ""
}
