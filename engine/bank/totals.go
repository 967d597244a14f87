package bank

import (
	"cmp"
	"context"

	"mpg/engine/bank/iso8583"
)

// Totals are the counts and sums of one business date.
type Totals = iso8583.Totals

// Reconciliation is the totals of one side.
type Reconciliation struct {
	Date     string // of the business, MMDD; ISO 8583:1987 DE15
	Currency string // ISO 4217 numeric code; ISO 8583:1987 DE50
	Totals   Totals
	Told     bool // there are totals
}

// Reconciled is what a host has answered to our totals.
type Reconciled struct {
	Balanced bool
	Code     string // ISO 8583:1987 DE66, or DE39 of a host that refuses
	Theirs   Reconciliation
}

// Compared reports whether the host has compared the totals and told its own.
func (r *Reconciled) Compared() bool {
	return r.Theirs.Told && (r.Code == iso8583.InBalance || r.Code == iso8583.OutOfBalance)
}

// Reconcile tells the host our totals (0500), and returns its answer (0510). They balance if
// the host says so, and its own totals, if it tells any, are ours. Its errors are those of
// Authorize; an answer that does not come means nothing, and the totals may be sent again.
func (l *Link) Reconcile(ctx context.Context, ours Reconciliation) (Reconciled, error) {
	message := iso8583.TotalsOf(ours.Totals, ours.Date, ours.Currency, l.trace(), l.cfg.Now(), l.cfg.Identity.Acquirer)
	octets, err := l.dialect.Pack(message)
	if err != nil {
		return Reconciled{}, Invalid(err)
	}
	answer, err := l.ask(ctx, &opened{dialect: l.dialect, octets: octets, message: message})
	if err != nil {
		return Reconciled{}, err
	}
	said := Reconciled{Code: cmp.Or(answer.Get(iso8583.DESettlementCode), answer.Get(iso8583.DEResponse)), Theirs: reconciliationOf(answer)}
	same := !said.Theirs.Told || said.Theirs.Totals.Equal(ours.Totals)
	said.Balanced = same && answer.Get(iso8583.DESettlementCode) == iso8583.InBalance
	return said, nil
}

// reconciliationOf returns the totals in a message. A host that leaves out the date means that
// of its message.
func reconciliationOf(message *iso8583.Message) Reconciliation {
	const mmdd = 4
	totals, told := message.Totals()
	date := message.Get(iso8583.DESettlementDate)
	if sent := message.Get(iso8583.DETransmitted); date == "" && len(sent) >= mmdd {
		date = sent[:mmdd]
	}
	return Reconciliation{Date: date, Currency: cmp.Or(message.Get(iso8583.DESettlementCurrency), message.Get(iso8583.DECurrency)), Totals: totals, Told: told}
}

// serveTotals compares the host's totals with ours, and answers with ours and whether they are
// the same. ISO 8583:1987 MTI 0500, 0520
func (s *session) serveTotals(message *iso8583.Message) {
	told := reconciliationOf(message)
	if !told.Told || told.Date == "" || told.Currency == "" {
		s.link.limited.warn(s.link, "host totals are incomplete", "mti", string(message.MTI), "stan", message.Get(iso8583.DESTAN), "answer", codeFormat)
		s.answer(message, codeFormat)
		return
	}
	s.record(message, "totals", func() (*iso8583.Message, error) {
		ours, err := s.link.cfg.Peer.OnTotals(told)
		if err != nil {
			return nil, err
		}
		answer := message.Answer(codeApproved)
		answer.Set(iso8583.DESettlementDate, told.Date)
		answer.Set(iso8583.DESettlementCurrency, told.Currency)
		answer.SetTotals(ours)
		answer.Set(iso8583.DESettlementCode, iso8583.InBalance)
		if !told.Totals.Equal(ours) {
			answer.Set(iso8583.DESettlementCode, iso8583.OutOfBalance)
		}
		return answer, nil
	})
}
