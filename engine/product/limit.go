package product

import (
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/payment"
	"mpg/store/money"
)

// OverLimit returns the refusal of a payment that takes amount, fees included, beyond one of
// the payer's limits, or nil. What does not count as spent is bound only by limits that name
// the product.
func OverLimit(name payment.Product, amount money.Amount, s Sides, set Settings) *Refusal {
	tier, today, spends := s.Payer.Tier, s.Payer.Today(s.Date), name.Spends()
	if spends && set.PaymentLimit > 0 && amount > set.PaymentLimit && !set.Limits.Gives(tier, limit.Max) {
		return &Refusal{Text: lang.OverPayment, Limit: set.PaymentLimit}
	}
	if spends && set.DayLimit > 0 && today.Sum > set.DayLimit-amount && !set.Limits.Gives(tier, limit.Day) {
		return overDay(set.DayLimit, set.DayLimit-today.Sum)
	}
	over := set.Limits.Check(s.order(name, amount), s.Used)
	if over == nil {
		return nil
	}
	most := money.Amount(over.Limit)
	switch {
	case over.Kind == limit.Min:
		return &Refusal{Text: lang.UnderPayment, Limit: most}
	case over.Kind == limit.Max:
		return &Refusal{Text: lang.OverPayment, Limit: most}
	case over.PerPayee:
		return &Refusal{Text: lang.OverPayee}
	case over.Rolling && over.Kind.Counts():
		return &Refusal{Text: lang.OverRollingCount}
	case over.Rolling:
		return &Refusal{Text: lang.OverRolling, Limit: most, Left: over.Left}
	case over.Kind == limit.Day:
		return overDay(most, over.Left)
	case over.Kind == limit.Week:
		return &Refusal{Text: lang.OverWeek, Limit: most, Left: over.Left}
	case over.Kind == limit.Month:
		return &Refusal{Text: lang.OverMonth, Limit: most, Left: over.Left}
	case over.Kind == limit.DayCount:
		return &Refusal{Text: lang.OverDayCount, Count: int(over.Limit)}
	case over.Kind == limit.WeekCount:
		return &Refusal{Text: lang.OverWeekCount, Count: int(over.Limit)}
	}
	return &Refusal{Text: lang.OverMonthCount, Count: int(over.Limit)}
}

// IncreaseFits reports whether added may be added to a payment that then takes whole, fees
// included. The limits of one payment bound the whole, and those of a period what is added: it
// is no further payment, and may be as small as it likes.
func IncreaseFits(name payment.Product, whole, added money.Amount, s Sides, set Settings) bool {
	tier, spends := s.Payer.Tier, name.Spends()
	if spends && set.PaymentLimit > 0 && whole > set.PaymentLimit && !set.Limits.Gives(tier, limit.Max) {
		return false
	}
	if today := s.Payer.Today(s.Date); spends && set.DayLimit > 0 && today.Sum > set.DayLimit-added && !set.Limits.Gives(tier, limit.Day) {
		return false
	}
	for _, verdict := range set.Limits.Explain(s.order(name, whole), s.Used) {
		if verdict.Exceeded && verdict.Kind == limit.Max {
			return false
		}
	}
	for _, verdict := range set.Limits.Explain(s.order(name, added), s.Used) {
		if verdict.Exceeded && verdict.Kind.Sums() {
			return false
		}
	}
	return true
}

// order returns what limits compare.
func (s *Sides) order(name payment.Product, amount money.Amount) limit.Order {
	return limit.Order{Product: string(name), Tier: s.Payer.Tier, Payee: s.payee(name), Before: s.Number, Class: s.class(name), Apart: !name.Spends(), Amount: amount, Date: s.Payer.Today(s.Date).Date}
}

// overDay returns the refusal of a payment beyond the limit of a day.
func overDay(most, left money.Amount) *Refusal {
	if left > 0 {
		return &Refusal{Text: lang.OverDayLeft, Limit: most, Left: left}
	}
	return &Refusal{Text: lang.OverDay, Limit: most}
}

// class returns the class of the payee, on which fees and limits may depend.
func (s *Sides) class(name payment.Product) string {
	if s.Shop != nil && name != payment.CashIn {
		return s.Shop.Class
	}
	return limit.Person
}

// payee returns what the payee is called in limits.
func (s *Sides) payee(name payment.Product) string {
	switch {
	case s.Shop != nil && name != payment.CashIn:
		return limit.Payee(s.Shop.Code, 0)
	case s.Payee != nil:
		return limit.Payee("", s.Payee.No)
	case s.Stranger != nil:
		return s.Number
	}
	return limit.Payee("", s.Payer.No)
}
