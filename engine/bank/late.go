package bank

import (
	"strconv"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Late is an answer that nothing waits for: after its time-out, after a restart,
// or a second one that contradicts the first. An approval among them is money,
// whenever it comes.
type Late struct {
	STAN        uint32
	RRN         string       // may be empty where the host does not echo it
	Code        string       // ISO 8583:1987 DE39
	Approved    bool         // the code approves, be it in part or under a condition
	AuthID      string       // ISO 8583:1987 DE38; may be empty
	Settlement  string       // ISO 8583:1987 DE15, MMDD; may be empty
	Amount      money.Amount // ISO 8583:1987 DE4, where AmountTold
	AmountTold  bool
	Transmitted string // ISO 8583:1987 DE7; may be empty or the host's own
	Reversal    bool   // an answer to a reversal, not to a request
}

// Original names a request in a message about it, ISO 8583:1987 DE90.
type Original struct {
	STAN        uint32
	Transmitted string // DE7 of the request, MMDDhhmmss in UTC
	Acquirer    string // without leading zeros
}

// HostMessage is a reversal of the host's own: it says that it undoes a request.
type HostMessage struct {
	MTI      string // 0420, 0421, or 0400, 0401
	STAN     uint32
	RRN      string
	Original Original
	Amount   money.Amount // 0: not told
}

func lateOf(m *iso8583.Message) Late {
	amount, told := m.Amount()
	return Late{
		STAN: number(m.Get(iso8583.DESTAN)), RRN: m.Get(iso8583.DERRN), Code: m.Get(iso8583.DEResponse),
		Approved: approves(m.Get(iso8583.DEResponse)), AuthID: m.Get(iso8583.DEAuthID),
		Settlement: m.Get(iso8583.DESettlementDate), Amount: amount, AmountTold: told,
		Transmitted: m.Get(iso8583.DETransmitted), Reversal: m.MTI == iso8583.ReversalAdviceResponse,
	}
}

// approves reports whether code says that the bank took money, all or a part.
func approves(code string) bool {
	switch code {
	case "00", "08", "10", "11", "16", "32":
		return true
	}
	return false
}

// number is a STAN, 0 where there is none.
func number(digits string) uint32 {
	v, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(v)
}
