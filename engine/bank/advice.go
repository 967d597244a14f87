package bank

import (
	"cmp"

	"mpg/engine/bank/iso8583"
)

// HostAdvice is an advice of the host: it tells what it has decided by itself, as while the
// account's own bank could not be asked. It is evidence like a late answer. ISO 8583:1987 MTI
// 0120, 0220
type HostAdvice struct {
	MTI      string
	Currency string // ISO 4217 numeric code; may be empty
	Late            // of the request that it names by our reference or by its original data
}

// adviceOf reads an advice. A host that gives no code tells of what it has done: only what says
// that it declined is no approval.
func adviceOf(message *iso8583.Message) HostAdvice {
	amount, told := message.Amount()
	code, rrn := message.Get(iso8583.DEResponse), message.Get(iso8583.DERRN)
	original, _ := iso8583.ParseOriginal(message.Get(iso8583.DEOriginalData))
	return HostAdvice{MTI: string(message.MTI), Currency: message.Get(iso8583.DECurrency), Late: Late{
		STAN: cmp.Or(number(original.STAN), STANOf(rrn), number(message.Get(iso8583.DESTAN))), RRN: rrn, Code: code,
		Approved: code == "" || approves(code), AuthID: message.Get(iso8583.DEAuthID), Settlement: message.Get(iso8583.DESettlementDate),
		Amount: amount, AmountTold: told, Processing: message.Get(iso8583.DEProcessingCode), Transmitted: original.Transmitted,
	}}
}

// serveAdvice lets the caller record an advice, and answers 00 once it is recorded, whatever it
// says: the host repeats it until then.
func (s *session) serveAdvice(message *iso8583.Message) {
	told := adviceOf(message)
	s.record(message, "advice", func() (*iso8583.Message, error) {
		if err := s.link.cfg.Peer.OnAdvice(told); err != nil {
			return nil, err
		}
		s.link.cfg.Log.Warn("advice initiated by the host", "mti", told.MTI, "stan", told.STAN, "rrn", told.RRN, "code", told.Code, "approved", told.Approved)
		return message.Answer(codeApproved), nil
	})
}
