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
	Payee   string       `cbor:"3,keyasint"` // empty: of several, of whom the list was too long
	Sum     money.Amount `cbor:"4,keyasint"`
	Count   int64        `cbor:"5,keyasint"`
}

// usesKept is how many Uses are kept in any case, however old; above usesMax the oldest days
// keep their sums by product, but no longer by payee.
const (
	usesKept = 64
	usesMax  = 1000
)

// Add counts a payment. A date that goes back forgets nothing: only what is older than the
// month and the week of the payment is dropped, and that only from a long list, since a
// clock may have run ahead.
func (u *Usage) Add(date, product, payee string, amount money.Amount) {
	u.add(Use{date, product, payee, amount, 1})
	if len(u.Uses) <= usesKept {
		return
	}
	first := min(periodStart(month, date), periodStart(week, date))
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

// add adds to the Use of the same day, product and payee, of which there is one at most.
func (u *Usage) add(more Use) {
	i, found := slices.BinarySearchFunc(u.Uses, more, func(a, b Use) int {
		return strings.Compare(a.Date+" "+a.Product+" "+a.Payee, b.Date+" "+b.Product+" "+b.Payee)
	})
	if !found {
		u.Uses = slices.Insert(u.Uses, i, more)
		return
	}
	u.Uses[i].Sum += more.Sum
	u.Uses[i].Count += more.Count
}

// Remove takes amount, and count payments, off the day on which they were counted, if it is
// still known.
func (u *Usage) Remove(date, product, payee string, amount money.Amount, count int64) {
	for _, kept := range []string{payee, ""} {
		i := slices.IndexFunc(u.Uses, func(use Use) bool { return use.Date == date && use.Product == product && use.Payee == kept })
		if i < 0 {
			continue
		}
		use := &u.Uses[i]
		use.Sum, use.Count = max(0, use.Sum-amount), max(0, use.Count-count)
		if use.Count == 0 {
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

// in returns what was ordered in the period of date, by products, or by all if there are none,
// and for one payee, or for all.
func (u *Usage) in(span period, date string, products []string, payee string) (sum money.Amount, count int64) {
	if u == nil {
		return 0, 0
	}
	start := periodStart(span, date)
	for _, use := range u.Uses {
		if periodStart(span, use.Date) == start && (len(products) == 0 || slices.Contains(products, use.Product)) && (payee == "" || use.Payee == payee) {
			sum, count = sum+use.Sum, count+use.Count
		}
	}
	return sum, count
}
