package limit

import (
	"encoding/hex"
	"strconv"
)

// Verdict is one limit, and how an order compares with it.
type Verdict struct {
	Row      *Row
	Kind     Kind
	Limit    int64  // an amount, or a number of payments
	Used     int64  // likewise, without the order
	Exceeded bool   // by the order
	Instead  string // row that holds in place of this one, because it is for the tier; empty: this one holds
}

// Explain goes through the limits that count payments such as order, by kind and then in the
// order of the files. used may be nil.
func (s *Set) Explain(order Order, used *Usage) []Verdict {
	if s == nil {
		return nil
	}
	var verdicts []Verdict
	for _, kind := range kinds {
		for _, row := range s.rows {
			limit, given := row.Values[kind]
			if !given || row.In || !row.isFor(order.Tier) || !row.counts(order.Product, order.Class, order.Apart) {
				continue
			}
			verdict := Verdict{Row: row, Kind: kind, Limit: limit}
			if by := s.forTier(row, kind, order.Tier); by != row {
				verdict.Instead = by.ID
			} else {
				verdict.Used, verdict.Exceeded = row.judge(kind, limit, order, used)
			}
			verdicts = append(verdicts, verdict)
		}
	}
	return verdicts
}

// forTier returns the row that holds for a tier in place of row: one for all tiers gives way
// to one that names the tier.
func (s *Set) forTier(row *Row, kind Kind, tier int) *Row {
	for _, other := range s.rows {
		if _, given := other.Values[kind]; given && !other.In && len(other.Tiers) > 0 && other.isFor(tier) && other.scope(kind) == row.scope(kind) {
			return other
		}
	}
	return row
}

// judge returns what counts towards a limit so far, and whether the order exceeds it.
func (r *Row) judge(kind Kind, limit int64, order Order, used *Usage) (before int64, exceeded bool) {
	amount := int64(order.Amount)
	switch kind {
	case Min:
		return 0, amount < limit
	case Max:
		return 0, amount > limit
	case Balance:
		return 0, false
	}
	sum, count := used.sum(kind, r, order)
	if kind.Counts() {
		return count, count >= limit
	}
	return int64(sum), int64(sum) > limit-amount
}

// Payee returns what a payee is called in an Order: a shop by its code, a person by number.
func Payee(shop string, user uint64) string {
	if shop != "" {
		return shop
	}
	return "u" + strconv.FormatUint(user, 10)
}

// numberLen is how many bytes of a digest tell the payees of one payer apart.
const numberLen = 8

// Number returns what an unregistered number with that keyed digest is called in an Order.
func Number(digest string) string {
	return "n" + hex.EncodeToString([]byte(digest[:min(numberLen, len(digest))]))
}
