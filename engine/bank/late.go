package bank

import (
	"slices"
	"strconv"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Late is an answer that nothing is waiting for: it came after its time-out or
// after a restart, or it contradicts the first. An approval among them is
// money, whenever it comes.
type Late struct {
	STAN        uint32
	RRN         string       // may be empty where the host does not echo it
	Code        string       // ISO 8583:1987 DE39
	Approved    bool         // the code approves, even if only in part or under a condition
	AuthID      string       // ISO 8583:1987 DE38; may be empty
	Settlement  string       // ISO 8583:1987 DE15, MMDD; may be empty
	Amount      money.Amount // ISO 8583:1987 DE4, where AmountTold
	AmountTold  bool
	Processing  string // ISO 8583:1987 DE3; may be empty: compare with Kind.Processing
	Transmitted string // ISO 8583:1987 DE7; may be empty or the host's own
	Reversal    bool   // an answer to a reversal, not to a request
	Differs     string // the element that is not as it was sent, if the request is remembered; empty: none
}

// lateOf returns what message says. request, if known, is the one that message answers, and
// names it if the host does not; they are compared in the elements of the list.
func lateOf(list []iso8583.DE, message, request *iso8583.Message) Late {
	amount, told := message.Amount()
	named := func(de iso8583.DE) string {
		if request != nil {
			return request.Get(de)
		}
		return message.Get(de)
	}
	differs := ""
	if request != nil {
		if why := differing(list, request, message); why != nil {
			differs = why.text
		}
	}
	return Late{
		STAN: number(named(iso8583.DESTAN)), RRN: named(iso8583.DERRN), Code: message.Get(iso8583.DEResponse),
		Approved: approves(message.Get(iso8583.DEResponse)), AuthID: message.Get(iso8583.DEAuthID),
		Settlement: message.Get(iso8583.DESettlementDate), Amount: amount, AmountTold: told,
		Processing: message.Get(iso8583.DEProcessingCode), Transmitted: message.Get(iso8583.DETransmitted), Reversal: message.MTI == iso8583.ReversalAdviceResponse,
		Differs: differs,
	}
}

// aboutMoney lists the types of answers that say where money is. It is never written to.
var aboutMoney = []iso8583.MTI{
	iso8583.AuthorizationResponse, iso8583.FinancialResponse, iso8583.FinancialAdviceAnswer, iso8583.ReversalAdviceResponse,
}

// answered counts and logs an answer that nothing was waiting for, and passes
// it on if it may be money.
func (l *Link) answered(message *iso8583.Message, fate fate, request *iso8583.Message, why *hint) {
	name := []any{"mti", string(message.MTI), "stan", message.Get(iso8583.DESTAN), "rrn", message.Get(iso8583.DERRN), "code", message.Get(iso8583.DEResponse)}
	switch fate {
	case taken:
		return
	case duplicate:
		l.counters.add(seriesAnswers, answerDuplicate)
		l.limited.warn(l, "bank answer came twice", name...)
		return
	case late:
		l.counters.add(seriesAnswers, answerLate)
		l.cfg.Log.Warn("bank answer came too late", name...)
	case contradicting:
		l.counters.add(seriesAnswers, answerContradicting)
		l.cfg.Log.Warn("bank answer contradicts an earlier one", name...)
	default:
		l.counters.add(seriesAnswers, answerUnmatched)
		l.limited.warn(l, "bank answer matches no request that is waiting", append(name, "why", why.text)...)
	}
	if slices.Contains(aboutMoney, message.MTI) && l.cfg.OnLate != nil {
		l.cfg.OnLate(lateOf(l.cfg.Peer.Compare, message, request))
	}
}

// approves reports whether code says that the bank moved money, all or part of it.
func approves(code string) bool {
	switch code {
	case "00", "08", "10", "11", "16", "32":
		return true
	}
	return false
}

// number returns a STAN, or 0 if there is none.
func number(digits string) uint32 {
	v, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(v)
}
