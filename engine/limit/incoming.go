package limit

import "mpg/store/money"

// Incoming is the most that a purse may receive in the period of a day.
type Incoming struct {
	Row   *Row
	Kind  Kind // Day, Week or Month
	Limit money.Amount
	Since string // first local day of the period
}

// incomingKinds are the kinds of what comes in, besides Balance.
var incomingKinds = []Kind{Day, Week, Month}

// CeilingRow returns the row that says what the purse of a subscriber of a tier may hold; nil:
// none does.
func (s *Set) CeilingRow(tier int) *Row { return s.incoming(tier, Balance) }

// Ceiling returns what the purse of a subscriber of a tier may hold; 0: any amount.
func (s *Set) Ceiling(tier int) money.Amount {
	if row := s.CeilingRow(tier); row != nil {
		return money.Amount(row.Values[Balance])
	}
	return 0
}

// Incoming returns the limits of what a subscriber of a tier may receive, for the periods in
// which date lies. What was received is not known here: a ledger account counts it, so that
// two payers who send at once cannot both use what is left.
func (s *Set) Incoming(tier int, date string) []Incoming {
	var all []Incoming
	for _, kind := range incomingKinds {
		if row := s.incoming(tier, kind); row != nil {
			all = append(all, Incoming{row, kind, money.Amount(row.Values[kind]), periodStart(periodOf(kind), date)})
		}
	}
	return all
}

// incoming returns the row that bounds what comes in to purses of a tier, or nil. One that
// names the tier comes before one for all tiers.
func (s *Set) incoming(tier int, kind Kind) *Row {
	var found *Row
	if s == nil {
		return nil
	}
	for _, row := range s.rows {
		if _, given := row.Values[kind]; !given || !row.In || !row.isFor(tier) {
			continue
		}
		if found = row; len(row.Tiers) > 0 {
			break
		}
	}
	return found
}
