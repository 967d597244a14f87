package host

import (
	"time"

	"mpg/engine/bank/iso8583"
)

// Returns are judged as most banks do: one that names what it gives back must name a debit or a
// completion of the same account, and all returns of that together are at most what it took.

// returns reports whether the request gives back what an earlier one took.
func (d *booking) returns() bool {
	return d.mti == iso8583.FinancialRequest && d.processing == iso8583.ReturnToAccount
}

// decideReturn returns the bank's answer to a return into an account that it has.
func (b *book) decideReturn(asked *booking) string {
	if asked.original == "" {
		if b.namedReturns {
			return codeInvalid
		}
		return codeApproved
	}
	took := b.returned(asked)
	switch {
	case took == nil:
		return codeNotLocated
	case !took.approved() || took.reversed:
		return codeInvalid
	case asked.amount > took.amount-took.back:
		return codeAmount
	}
	return codeApproved
}

// returned returns the booking that a return names, or nil: one that took money.
func (b *book) returned(asked *booking) *booking {
	if !asked.returns() {
		return nil
	}
	if took := b.named(asked); took != nil && took.booked() == Debited {
		return took
	}
	return nil
}

// named returns the booking of the same account that asked names in its original data, or nil.
// They have no reference, so it is found by its type, its trace number and its date.
func (b *book) named(asked *booking) *booking {
	original, ok := iso8583.ParseOriginal(asked.original)
	if !ok {
		return nil
	}
	for key, made := range b.bookings {
		if key.Answer == original.MTI.Response() && key.STAN == original.STAN && made.account == asked.account && sameDay(key.Date, original.Transmitted) {
			return made
		}
	}
	return nil
}

// sameDay reports whether a date, MMDD, may be that of the original data. Those of ISO
// 8583:1993 have the local time, whose date may be a neighbour of the one of ISO 8583:1987 DE7.
func sameDay(date, transmitted string) bool {
	const leapYear, layout, mmdd = "2024", "20060102", 4
	const day, year = 24 * time.Hour, 366 * 24 * time.Hour
	one, wrong := time.Parse(layout, leapYear+date)
	other, wrongToo := time.Parse(layout, leapYear+transmitted[:mmdd])
	apart := one.Sub(other).Abs()
	return wrong == nil && wrongToo == nil && (apart <= day || apart >= year-day)
}
