package tariff

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"mpg/store/money"
)

// checkBands reports what is wrong between the rows of each table: on each day on which any
// of them holds, every amount must be in one band, and in no more than one.
func (s *Set) checkBands() {
	told := make(map[[2]*Row]bool)
	byName := func(a, b table) int {
		return cmp.Or(strings.Compare(a.product, b.product), strings.Compare(a.currency, b.currency), strings.Compare(a.shop, b.shop), cmp.Compare(a.tier, b.tier), strings.Compare(a.channel, b.channel))
	}
	for _, one := range slices.SortedFunc(maps.Keys(s.tables), byName) {
		rows := s.tables[one]
		slices.SortStableFunc(rows, func(a, b *Row) int { return cmp.Compare(a.From, b.From) })
		currency, _ := money.Lookup(one.currency)
		days := changes(rows)
		for i, date := range days {
			when := ""
			switch {
			case date != "":
				when = " on " + date
			case i < len(days)-1:
				when = " before " + days[i+1]
			}
			checkDay(rows, date, when, currency, told)
		}
	}
}

// changes returns the days on which the rows that hold differ from those of the day before.
// The empty day comes before all others.
func changes(rows []*Row) []string {
	days := []string{""}
	for _, row := range rows {
		days = append(days, row.Since)
		if at, err := time.Parse(time.DateOnly, row.Until); err == nil {
			days = append(days, at.AddDate(0, 0, 1).Format(time.DateOnly))
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// checkDay reports the gaps and overlaps of a table on a day, which when names. rows are
// sorted by From. Each pair of rows is reported once.
func checkDay(rows []*Row, date, when string, currency money.Currency, told map[[2]*Row]bool) {
	var before *Row // the row that reaches furthest so far
	for _, row := range rows {
		if !row.holdsOn(date) {
			continue
		}
		least := money.Amount(1)
		if before != nil {
			least = before.To + 1
		}
		pair := [2]*Row{before, row}
		switch {
		case told[pair]:
		case before != nil && (before.To == 0 || row.From < least):
			told[pair] = true
			row.fault("from", "the band overlaps that of row %s%s: both cover %s", before.named(), when, currency.Format(row.From))
		case row.From > least && before == nil:
			told[pair] = true
			row.fault("from", "no row of this price list covers %s to %s%s", currency.Format(least), currency.Format(row.From-1), when)
		case row.From > least:
			told[pair] = true
			row.fault("from", "between this row and row %s nothing covers %s to %s%s", before.named(), currency.Format(least), currency.Format(row.From-1), when)
		}
		if before == nil || before.To != 0 && (row.To == 0 || row.To > before.To) {
			before = row
		}
	}
	if last := [2]*Row{before, nil}; before != nil && before.To != 0 && !told[last] {
		told[last] = true
		before.fault("to", "no row of this price list covers more than %s%s; omit \"to\" in the last row", currency.Format(before.To), when)
	}
}
