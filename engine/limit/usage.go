package limit

import (
	"slices"
	"strings"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// Table of the package: Usage by the number of the payer.
const Table store.Table = 59

// Usage is what a subscriber has ordered lately. It is kept only while there are files of
// limits.
type Usage struct {
	Uses []Use `cbor:"1,keyasint"`
}

// Use sums up what was ordered on one local day by one product for one payee.
type Use struct {
	Date    string       `cbor:"1,keyasint"` // 2006-01-02
	Product string       `cbor:"2,keyasint"`
	Payee   string       `cbor:"3,keyasint"` // empty: several payees, since the list was too long
	Sum     money.Amount `cbor:"4,keyasint"`
	Count   int64        `cbor:"5,keyasint"`
	Class   string       `cbor:"6,keyasint,omitempty"` // of the payee
	Apart   bool         `cbor:"7,keyasint,omitempty"` // see Order
}

// usesKept is how many Uses are kept in any case, however old; above usesMax the oldest days
// keep their sums by product, but no longer by payee.
const (
	usesKept = 64
	usesMax  = 1000
)

// Add counts what is ordered. A date that goes back forgets nothing: only what is older than
// the month and the week of the payment is dropped, and that only from a long list, since a
// clock may have run ahead.
func (u *Usage) Add(order Order) {
	u.add(Use{order.Date, order.Product, order.Payee, order.Amount, 1, order.Class, order.Apart})
	if len(u.Uses) <= usesKept {
		return
	}
	first := min(periodStart(month, order.Date), periodStart(week, order.Date), daysBefore(order.Date, rollingMonth-1))
	u.Uses = slices.DeleteFunc(u.Uses, func(use Use) bool { return use.Date < first })
	for i := 0; len(u.Uses) > usesMax && i < len(u.Uses); i++ {
		if use := u.Uses[i]; use.Payee != "" {
			u.Uses = slices.Delete(u.Uses, i, i+1)
			use.Payee = ""
			u.add(use)
			i--
		}
	}
}

// More counts an amount that was added to a payment which is counted already.
func (u *Usage) More(order Order) {
	u.add(Use{order.Date, order.Product, order.Payee, order.Amount, 0, order.Class, order.Apart})
}

// add adds to the Use of the same day, product, payee and class, of which there is one at most.
func (u *Usage) add(more Use) {
	i, found := slices.BinarySearchFunc(u.Uses, more, func(a, b Use) int {
		return strings.Compare(a.key(), b.key())
	})
	if !found {
		u.Uses = slices.Insert(u.Uses, i, more)
		return
	}
	u.Uses[i].Sum += more.Sum
	u.Uses[i].Count += more.Count
}

// isFor reports whether the Use is for the payee of an order. If the order names none, every Use
// is.
func (u *Use) isFor(order Order) bool {
	return order.Payee == "" || u.Payee == order.Payee || u.Payee != "" && u.Payee == order.Before
}

// key sorts Uses, the days in their order.
func (u *Use) key() string { return u.Date + " " + u.Product + " " + u.Payee + " " + u.Class }

// Remove takes amount, and count payments, off the day on which they were counted, if it is
// still known. A sum that other payments have brought stays, even if the one that is removed
// was counted where the payees are no longer told apart.
func (u *Usage) Remove(order Order, count int64) {
	for _, kept := range []string{order.Payee, ""} {
		i := slices.IndexFunc(u.Uses, func(use Use) bool {
			return use.Date == order.Date && use.Product == order.Product && use.Payee == kept && use.Class == order.Class
		})
		if i < 0 {
			continue
		}
		use := &u.Uses[i]
		use.Sum, use.Count = max(0, use.Sum-order.Amount), max(0, use.Count-count)
		if use.Sum == 0 && use.Count == 0 {
			u.Uses = slices.Delete(u.Uses, i, i+1)
		}
		return
	}
}

// period is a span of local days.
type period uint8

const (
	day period = iota
	week
	month
)

// periodOf returns the period in which a limit counts.
func periodOf(kind Kind) period {
	switch kind {
	case Week, WeekCount:
		return week
	case Month, MonthCount:
		return month
	case Min, Max, Balance, Day, DayCount:
	}
	return day
}

// periodStart returns the first day of the period in which date lies.
func periodStart(span period, date string) string {
	at, err := time.Parse(time.DateOnly, date)
	switch {
	case err != nil || span == day:
		return date
	case span == month:
		return date[:len("2006-01")] + "-01"
	}
	sinceMonday := (int(at.Weekday()) + 6) % 7
	return at.AddDate(0, 0, -sinceMonday).Format(time.DateOnly)
}

// Lengths of rolling windows, in days.
const (
	rollingWeek  = 7
	rollingMonth = 30
)

// daysBefore returns the day that is so many days before date.
func daysBefore(date string, days int) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return at.AddDate(0, 0, -days).Format(time.DateOnly)
}

// sum returns what was ordered in the period that a limit of a row has on the date of an order, as
// far as the row counts it.
func (u *Usage) sum(kind Kind, row *Row, order Order) (sum money.Amount, count int64) {
	if u == nil {
		return 0, 0
	}
	span := periodOf(kind)
	start, rolling := periodStart(span, order.Date), ""
	if row.Rolling {
		rolling = daysBefore(order.Date, map[period]int{week: rollingWeek - 1, month: rollingMonth - 1}[span])
	}
	for i := range u.Uses {
		use := &u.Uses[i]
		within := periodStart(span, use.Date) == start
		if row.Rolling {
			within = use.Date >= rolling
		}
		if within && row.counts(use.Product, use.Class, use.Apart) && (!row.PerPayee || use.isFor(order)) {
			sum, count = sum+use.Sum, count+use.Count
		}
	}
	return sum, count
}
