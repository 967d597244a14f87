package iso8583

import (
	"fmt"
	"strconv"
	"time"

	"mpg/store/money"
)

// Totals are the counts and sums of one business date in one currency, by which two sides find
// out whether they have booked the same. A credit pays money into an account. What is reversed
// counts with the requests and with the reversals. ISO 8583:1987 DE74 to DE89
type Totals struct {
	CreditCount     uint64
	CreditSum       money.Amount
	CreditBackCount uint64 // reversals of credits
	CreditBackSum   money.Amount
	DebitCount      uint64
	DebitSum        money.Amount
	DebitBackCount  uint64 // reversals of debits
	DebitBackSum    money.Amount
	Authorizations  uint64 // what was held
}

// Net returns how much more was debited than credited; negative: less.
func (t Totals) Net() money.Amount {
	return t.DebitSum - t.DebitBackSum - t.CreditSum + t.CreditBackSum
}

// Equal reports whether two sides have booked the same. A side need not count what is only
// held.
func (t Totals) Equal(other Totals) bool {
	if t.Authorizations == 0 || other.Authorizations == 0 {
		t.Authorizations, other.Authorizations = 0, 0
	}
	return t == other
}

// The values of ISO 8583:1987 DE66.
const (
	InBalance    = "1"
	OutOfBalance = "2"
)

// Digits of counts and sums.
const (
	countDigits = 10
	sumDigits   = 16
)

// countElements and sumElements return where each count and sum stands.
func (t *Totals) countElements() map[DE]*uint64 {
	return map[DE]*uint64{DECreditCount: &t.CreditCount, DECreditBackCount: &t.CreditBackCount, DEDebitCount: &t.DebitCount,
		DEDebitBackCount: &t.DebitBackCount, DEAuthorizationCount: &t.Authorizations}
}

func (t *Totals) sumElements() map[DE]*money.Amount {
	return map[DE]*money.Amount{DECreditSum: &t.CreditSum, DECreditBackSum: &t.CreditBackSum, DEDebitSum: &t.DebitSum, DEDebitBackSum: &t.DebitBackSum}
}

// TotalsOf returns the 0500 that tells totals of a business date, MMDD, in a currency of ISO
// 4217 by its number. ISO 8583:1987 DE15, DE50
func TotalsOf(totals Totals, date, currency string, trace uint32, now time.Time, acquirer string) *Message {
	m := New(TotalsRequest)
	m.Set(DETransmitted, transmitted(now))
	m.Set(DESTAN, stan(trace))
	m.Set(DESettlementDate, date)
	m.Set(DEAcquirer, acquirer)
	m.Set(DESettlementCurrency, currency)
	m.SetTotals(totals)
	m.year = now.UTC().Format(layoutYear)
	return m
}

// SetTotals puts totals into m, with their net amount: C before it if more was credited than
// debited, otherwise D. ISO 8583:1987 DE97
func (m *Message) SetTotals(totals Totals) {
	for de, count := range totals.countElements() {
		m.Set(de, fmt.Sprintf("%0*d", countDigits, *count))
	}
	for de, sum := range totals.sumElements() {
		m.Set(de, fmt.Sprintf("%0*d", sumDigits, int64(*sum)))
	}
	sign, net := "D", totals.Net()
	if net < 0 {
		sign, net = "C", -net
	}
	m.Set(DENet, fmt.Sprintf("%s%0*d", sign, sumDigits, int64(net)))
}

// Totals returns the totals in m. told is false unless m has all counts and sums of debits and
// credits; a count of authorizations may be missing.
func (m *Message) Totals() (totals Totals, told bool) {
	told = true
	for de, count := range totals.countElements() {
		value, err := strconv.ParseUint(m.Get(de), 10, 64)
		*count = value
		told = told && (err == nil || de == DEAuthorizationCount)
	}
	for de, sum := range totals.sumElements() {
		value, err := strconv.ParseInt(m.Get(de), 10, 64)
		*sum = money.Amount(value)
		told = told && err == nil
	}
	return totals, told
}
