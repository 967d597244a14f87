package acquirer

import (
	"slices"
	"time"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/reconcile"
)

// Some requests carry no business date, since their banks have not answered them. Nobody knows
// whether the bank booked such a request at all before it undid it, nor when. So the request makes
// no break by itself: the totals of a bank agree with ours if they are what we know of, plus
// something that these requests may have come to.

// sumsMax bounds how many sums are tried. Where there are more, the totals differ, and people
// compare them.
const sumsMax = 10_000

// undecided reports whether it is not known how a request ended.
func undecided(req *payment.Request) bool { return req.State == payment.RequestSent || req.Listed() }

// ways returns the totals that a request may have come to under a day, each once. There is only one
// if the outcome is known.
func (c *Comparison) ways(req *payment.Request, day string) []reconcile.Totals {
	booked, back := outcomeOf(req)
	open := undecided(req)
	if req.State == payment.RequestAnswered || !booked && !open {
		return []reconcile.Totals{amountOf(req, booked && c.dayOf(req.Settlement, req) == day, false)}
	}
	known, near := !open && req.Settlement != "", c.near(req, day)
	on := func(date string) []bool {
		switch {
		case date == "" && near, date != "" && c.dayOf(date, req) == day && !known:
			return []bool{false, true}
		case date != "" && c.dayOf(date, req) == day:
			return []bool{true}
		}
		return []bool{false}
	}
	undone := []bool{false}
	if back || open {
		undone = on(req.Back)
	}
	var all []reconcile.Totals
	for _, booked := range on(req.Settlement) {
		for _, back := range undone {
			if way := amountOf(req, booked, back); !slices.Contains(all, way) {
				all = append(all, way)
			}
		}
	}
	return all
}

// near reports whether a bank may have had that business date between the day before it was asked
// and the day after the request ended: its date may be ahead of ours, or behind.
func (c *Comparison) near(req *payment.Request, day string) bool {
	const most = 24 * time.Hour
	end := req.Since
	switch {
	case req.Resolved != nil:
		end = req.Resolved.At
	case undecided(req):
		end = c.cfg.Now()
	case end.Before(req.At):
		end = req.At
	}
	return req.At.Add(-most).In(c.cfg.Zone).Format(time.DateOnly) <= day && day <= end.Add(most).In(c.cfg.Zone).Format(time.DateOnly)
}

// explains reports whether requests of an unknown date explain all by which a bank's totals differ
// from ours.
func (d *DayTotals) explains(currency string, said *bank.Reconciled) bool {
	theirs := said.Theirs.Totals
	return said.Compared() && !theirs.Equal(bank.Totals(d.Sums[currency])) && d.agrees(currency, reconcile.Totals(theirs))
}

// agrees reports whether the totals of a bank are what is known plus, for each request that is open
// or undated, one of its ways.
func (d *DayTotals) agrees(currency string, theirs reconcile.Totals) bool {
	reached := map[reconcile.Totals]bool{d.known[currency]: true}
	for _, ways := range d.ways[currency] {
		next := make(map[reconcile.Totals]bool)
		for sum := range reached {
			for _, way := range ways {
				if more := sum.Plus(way); more.Within(theirs) {
					next[more] = true
				}
			}
		}
		if len(next) > sumsMax {
			return false
		}
		reached = next
	}
	for sum := range reached {
		if bank.Totals(sum).Equal(bank.Totals(theirs)) {
			return true
		}
	}
	return false
}
