package host

import (
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// business returns the business date of now, MMDD. The lock is held.
func business(h *Host) string {
	return h.now().UTC().AddDate(0, 0, h.cutOvers).Format("0102")
}

// Settlement is the business dates of a host, and its totals.
type Settlement struct{ Host *Host }

// CutOver closes the business date: it tells every line that is signed on, and books under the
// next date from then on. It returns the date that is closed, MMDD.
func (s Settlement) CutOver() string {
	h := s.Host
	h.mu.Lock()
	closed := business(h)
	h.cutOvers++
	h.traces++
	m := iso8583.Network(iso8583.CutOver, h.traces, h.now(), "")
	h.mu.Unlock()
	m.Set(iso8583.DESettlementDate, closed)
	h.Send(m)
	return closed
}

// Totals returns what the host has booked under a business date, MMDD, in a currency by its
// number in ISO 4217.
func (s Settlement) Totals(date, currency string) iso8583.Totals {
	h := s.Host
	h.mu.Lock()
	defer h.mu.Unlock()
	var sums iso8583.Totals
	for i := range h.journal.entries {
		if e := &h.journal.entries[i]; e.Day == date && e.Currency == currency {
			e.addTo(&sums)
		}
	}
	return sums
}

// addTo adds what the entry has moved to sums.
func (e *Entry) addTo(sums *iso8583.Totals) {
	switch e.Outcome {
	case Debited:
		sums.DebitCount, sums.DebitSum = sums.DebitCount+1, sums.DebitSum+e.Amount
	case Restored:
		sums.DebitBackCount, sums.DebitBackSum = sums.DebitBackCount+1, sums.DebitBackSum+e.Amount
	case Credited:
		sums.CreditCount, sums.CreditSum = sums.CreditCount+1, sums.CreditSum+e.Amount
	case Recalled:
		sums.CreditBackCount, sums.CreditBackSum = sums.CreditBackCount+1, sums.CreditBackSum+e.Amount
	case Held:
		sums.Authorizations++
	}
}

// SendTotals tells every line that is signed on the host's totals of a date, and returns how
// many lines that were.
func (s Settlement) SendTotals(date, currency string) int {
	h := s.Host
	sums := s.Totals(date, currency)
	h.mu.Lock()
	h.traces++
	m := iso8583.TotalsOf(sums, date, currency, h.traces, h.now(), "")
	h.mu.Unlock()
	return h.Send(m)
}

// Advise sends an advice about a request with these numbers to every line that is signed on:
// the host tells, by that code, what it has decided by itself. ISO 8583:1987 MTI 0120, 0220
func (s Settlement) Advise(mti iso8583.MTI, stan, rrn, code string, amount money.Amount, currency string) {
	h := s.Host
	h.mu.Lock()
	h.traces++
	about := iso8583.Transaction{MTI: mti, STAN: h.traces, RRN: rrn, At: h.now(), Amount: amount, Currency: currency}
	date := business(h)
	h.mu.Unlock()
	m := about.Request()
	m.Set(iso8583.DEOriginalData, iso8583.Original{MTI: iso8583.FinancialRequest, STAN: stan, Transmitted: m.Get(iso8583.DETransmitted)}.String())
	m.Set(iso8583.DEResponse, code)
	m.Set(iso8583.DESettlementDate, date)
	h.Send(m)
}

// totals compares the totals in a 0500 with the host's own, and answers.
func (l *line) totals(message *iso8583.Message) *iso8583.Message {
	date, currency := message.Get(iso8583.DESettlementDate), message.Get(iso8583.DESettlementCurrency)
	told, whole := message.Totals()
	e := l.entry(In, message, Network)
	if !whole || date == "" || currency == "" {
		e.Outcome, e.Code = Rejected, codeFormat
		l.host.note(e)
		return message.Answer(codeFormat)
	}
	own, code := Settlement{l.host}.Totals(date, currency), iso8583.InBalance
	if !own.Equal(told) {
		code = iso8583.OutOfBalance
	}
	e.Code = code
	l.host.note(e)
	answer := message.Answer(codeApproved)
	answer.Set(iso8583.DESettlementDate, date)
	answer.Set(iso8583.DESettlementCurrency, currency)
	answer.Set(iso8583.DESettlementCode, code)
	answer.SetTotals(own)
	return answer
}

// Answers returns the codes of the answers of that type that have come in, in order: whether
// totals agree, or else the response code.
func (s Settlement) Answers(mti iso8583.MTI) []string {
	h := s.Host
	var codes []string
	for _, e := range h.Journal() {
		if e.Dir == In && e.MTI == mti {
			codes = append(codes, e.Code)
		}
	}
	return codes
}
