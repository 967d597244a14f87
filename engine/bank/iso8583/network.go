package iso8583

import "time"

// The network management codes that mpg speaks. ISO 8583:1987 DE70
const (
	SignOn      = "001"
	SignOff     = "002"
	KeyChange   = "101" // brings a key, or asks for one
	CutOver     = "201" // the host closes its business date
	CutOverDone = "202"
	Echo        = "301"
)

// Network is the 0800 with code in ISO 8583:1987 DE70, sent now by acquirer.
func Network(code string, trace uint32, now time.Time, acquirer string) *Message {
	m := New(NetworkRequest)
	m.Set(DETransmitted, transmitted(now))
	m.Set(DESTAN, stan(trace))
	m.Set(DEAcquirer, acquirer)
	m.Set(DENetworkCode, code)
	m.year = now.UTC().Format(layoutYear)
	return m
}
