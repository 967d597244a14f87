package iso8583

import (
	"strconv"

	"mpg/store/money"
)

// MTI is a message type indicator: version, class, function, origin.
type MTI string

// The message types that mpg speaks, ISO 8583:1987 table 1.
const (
	AuthorizationRequest   MTI = "0100"
	AuthorizationResponse  MTI = "0110"
	FinancialRequest       MTI = "0200"
	FinancialResponse      MTI = "0210"
	FinancialAdvice        MTI = "0220"
	FinancialAdviceRepeat  MTI = "0221"
	FinancialAdviceAnswer  MTI = "0230"
	ReversalAdvice         MTI = "0420"
	ReversalAdviceRepeat   MTI = "0421"
	ReversalAdviceResponse MTI = "0430"
	TotalsRequest          MTI = "0500"
	TotalsResponse         MTI = "0510"
	NetworkRequest         MTI = "0800"
	NetworkResponse        MTI = "0810"
)

// mtiFunction is the place of the function in an MTI: even asks, odd answers.
const mtiFunction = 2

func (t MTI) valid() bool {
	if len(t) != mtiDigits {
		return false
	}
	for i := range mtiDigits {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
	}
	return true
}

// IsResponse reports whether t answers something: the function is odd.
func (t MTI) IsResponse() bool { return t.valid() && (t[mtiFunction]-'0')%2 == 1 }

// Response is the type that answers t: 0200 is answered by 0210, 0420 and its
// repeat 0421 by 0430, 0220 and 0221 by 0230. t must be a request or an advice.
func (t MTI) Response() MTI {
	return t[:mtiFunction] + MTI(t[mtiFunction]+1) + "0"
}

// Message is one message: its type and its data elements as text. The zero
// Message has neither. It is not for several goroutines at once.
type Message struct {
	MTI    MTI
	fields map[DE]string
	unread []DE    // elements whose content could not be read
	odd    []error // what could not be read
	cut    bool    // the end was not reached
	year   string  // of the local date, its last two digits; of a request, or where it was read
	of     string  // local date and time of the original, with the year, of a message about another
}

// New returns a message of type mti without elements.
func New(mti MTI) *Message { return &Message{MTI: mti, fields: make(map[DE]string, 16)} }

// Get returns element de, or "" where it is absent.
func (m *Message) Get(de DE) string { return m.fields[de] }

// Set puts value into element de; an empty value removes the element.
func (m *Message) Set(de DE, value string) {
	if value == "" {
		delete(m.fields, de)
		return
	}
	if m.fields == nil {
		m.fields = make(map[DE]string)
	}
	m.fields[de] = value
}

// Len is the number of elements that are there.
func (m *Message) Len() int { return len(m.fields) }

// Amount reads ISO 8583:1987 DE4. It is false where the element is absent.
func (m *Message) Amount() (money.Amount, bool) {
	v, err := strconv.ParseInt(m.Get(DEAmount), 10, 64)
	return money.Amount(v), err == nil
}

// Key tells an exchange from all others of a link and ties an answer to its
// request. A STAN alone does not: it comes again after 999,999 requests.
type Key struct {
	Answer MTI    // type of the answer; 0420 and 0421 have the same
	STAN   string // ISO 8583:1987 DE11
	RRN    string // ISO 8583:1987 DE37; empty in network messages
	Date   string // MMDD of ISO 8583:1987 DE7
}

// Key returns the key of m. A request and its answer have the same.
func (m *Message) Key() Key {
	return Key{Answer: m.MTI.answer(), STAN: m.Get(DESTAN), RRN: m.Get(DERRN), Date: date(m.Get(DETransmitted))}
}

// answer is the type of the exchange's second half; an invalid t has none.
func (t MTI) answer() MTI {
	if !t.valid() || t.IsResponse() {
		return t
	}
	return t.Response()
}

// date is the MMDD of a DE7.
func date(transmitted string) string {
	const mmdd = 4
	if len(transmitted) < mmdd {
		return ""
	}
	return transmitted[:mmdd]
}

// echoed are the elements that an answer brings back as they came. It is never
// written to.
var echoed = [...]DE{
	DEPAN, DEProcessingCode, DEAmount, DETransmitted, DESTAN, DELocalTime, DELocalDate, DEAcquirer, DEForwarder, DERRN,
	DETerminal, DEMerchant, DECurrency, DENetworkCode, DEOriginalData, DESettler, DEReceiver, DEAccount, DEToAccount,
}

// Answer is the response to m with code in ISO 8583:1987 DE39.
func (m *Message) Answer(code string) *Message {
	a := New(m.MTI.Response())
	for _, de := range echoed {
		a.Set(de, m.Get(de))
	}
	a.Set(DEResponse, code)
	a.year, a.of = m.year, m.of
	return a
}
