package card

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// monthLayout is the form of the last month of a card.
const monthLayout = "2006-01"

// ErrExpires says that the last month of a card was not written as one.
var ErrExpires = errors.New("the expiry of a card is its last month: 2029-08")

// lastMonth returns the start of the month in which a card expires.
func lastMonth(expires string) (time.Time, error) {
	month, err := time.Parse(monthLayout, expires)
	if err != nil {
		return time.Time{}, ErrExpires
	}
	return month, nil
}

// Expired reports whether the card no longer pays on a local day, 2006-01-02: it pays to the
// end of its last month.
func (s *Secret) Expired(day string) bool {
	_, err := lastMonth(s.Expires)
	return err != nil || len(day) < len(monthLayout) || day[:len(monthLayout)] > s.Expires
}

// Hold says for how many days an issuer holds money.
type Hold struct {
	Scheme string // empty: of any scheme
	MCC    string // of the shop, ISO 18245; empty: any
	Days   int
}

// holdDays is for how many days an issuer holds money where no row says so.
const holdDays = 7

// holdMargin is by how much earlier mpg releases it: an issuer may count its days from
// another hour, and must not be asked for what it no longer keeps.
const holdMargin = 24 * time.Hour

// Holds is a table of Hold. The row that says most about a payment counts: one with both, with
// the scheme, with the MCC, with neither.
type Holds []Hold

// Keeps returns how long a shop has to capture what is held on a card.
func (h Holds) Keeps(scheme, mcc string) time.Duration {
	days, best := holdDays, -1
	for _, row := range h {
		if row.Scheme != "" && row.Scheme != scheme || row.MCC != "" && row.MCC != mcc {
			continue
		}
		rank := 0
		if row.Scheme != "" {
			rank += 2
		}
		if row.MCC != "" {
			rank++
		}
		if rank > best {
			days, best = row.Days, rank
		}
	}
	return time.Duration(days)*24*time.Hour - holdMargin
}

// Twice returns a row whose scheme and MCC another row has as well, or nil.
func (h Holds) Twice() *Hold {
	sorted := slices.SortedFunc(slices.Values(h), func(a, b Hold) int {
		return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.MCC, b.MCC))
	})
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Scheme == sorted[i-1].Scheme && sorted[i].MCC == sorted[i-1].MCC {
			return &sorted[i]
		}
	}
	return nil
}
