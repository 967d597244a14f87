package iso8583

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"

	"mpg/store/money"
)

// Layouts of the dates and times, ISO 8583:1987 DE7, DE12, DE13.
const (
	layoutTransmitted = "0102150405"
	layoutTime        = "150405"
	layoutDate        = "0102"
	layoutYear        = "06"
)

// TooLate is the reason of a reversal whose request found no answer in time.
// ISO 8583:1987 DE39
const TooLate = "68"

// Completion is the condition under which a 0220 takes what a 0100 holds: the
// request was authorized before. ISO 8583:1987 DE25
const Completion = "06"

// What is said of a payment that the holder of a card has ordered by telephone, and of a
// request that only asks whether the card is good.
const (
	TokenWithoutPIN = "012" // the card's number, or a token for it, without a PIN; ISO 8583:1987 DE22
	TelephoneOrder  = "08"  // ISO 8583:1987 DE25
	Verification    = "51"  // the same
)

// Transaction holds what a request for money says.
type Transaction struct {
	MTI          MTI       // empty: FinancialRequest
	STAN         uint32    // 1 to 999999
	RRN          string    // twelve characters
	At           time.Time // of the request; its location gives the local time
	Processing   string    // ISO 8583:1987 DE3; empty: PurchaseFromAccount
	Account      string    // of the bank's customer, at most 28 ASCII characters
	Amount       money.Amount
	Currency     string // ISO 4217 numeric code
	Acquirer     string // our institution: up to 11 digits
	Terminal     string // up to 8 characters
	Merchant     string // up to 15 characters
	MerchantType string // four digits, ISO 18245; empty: not told
	Reference    string // of the payment; empty: not told
	Entry        string // how the account was read, ISO 8583:1987 DE22; empty: not told
	Condition    string // ISO 8583:1987 DE25; empty: Completion of a 0220, and otherwise not told
	// Of is the 0100 that a 0220 completes, or another 0100 increases, or the 0200 or 0220 that
	// a 0200 returns money of, and AuthID what the bank answered to it, which may be empty. ISO
	// 8583:1987 DE38
	Of     *Message
	AuthID string
}

// Request returns the 0100, 0200 or 0220 that asks for t. Its processing code decides which
// element holds the account; see AccountElement.
func (t *Transaction) Request() *Message {
	m := New(cmp.Or(t.MTI, FinancialRequest))
	processing := cmp.Or(t.Processing, PurchaseFromAccount)
	holder, known := AccountElement(processing)
	if !known {
		holder = DEAccount
	}
	m.Set(DEProcessingCode, processing)
	m.Set(DEAmount, fmt.Sprintf("%0*d", amountDigits, int64(t.Amount)))
	m.Set(DETransmitted, transmitted(t.At))
	m.Set(DESTAN, stan(t.STAN))
	m.Set(DELocalTime, t.At.Format(layoutTime))
	m.Set(DELocalDate, t.At.Format(layoutDate))
	m.Set(DEMerchantType, t.MerchantType)
	m.Set(DEEntry, t.Entry)
	m.Set(DECondition, t.Condition)
	m.Set(DEAcquirer, t.Acquirer)
	m.Set(DERRN, t.RRN)
	m.Set(DETerminal, t.Terminal)
	m.Set(DEMerchant, t.Merchant)
	m.Set(DEAdditional, t.Reference)
	m.Set(DECurrency, t.Currency)
	m.Set(holder, t.Account)
	m.year = t.At.Format(layoutYear)
	if t.Of != nil {
		if m.MTI == FinancialAdvice {
			m.Set(DECondition, Completion)
		}
		m.Set(DEAuthID, t.AuthID)
		m.Set(DEOriginalData, OriginalOf(t.Of).String())
		m.of = t.Of.stampBefore(t.At)
	}
	return m
}

// Repeat returns advice as it is sent again: with every element as it was, since whichever
// of them is answered, the answer is to both.
func Repeat(advice *Message) *Message {
	m := New(FinancialAdviceRepeat)
	maps.Copy(m.fields, advice.fields)
	m.year, m.of = advice.year, advice.of
	return m
}

// Reversal returns the 0420 that undoes request, or the 0421 if it was sent
// before. It carries every element of the request as that was sent; only the
// type, DE7, DE39 and DE90 differ, and DE90 is derived from the request. sent
// is when the reversal leaves.
func Reversal(request *Message, sent time.Time, repeat bool, reason string) *Message {
	m := New(ReversalAdvice)
	if repeat {
		m.MTI = ReversalAdviceRepeat
	}
	maps.Copy(m.fields, request.fields)
	m.Set(DETransmitted, transmitted(sent))
	m.Set(DEResponse, reason)
	m.Set(DEOriginalData, OriginalOf(request).String())
	m.year, m.of = request.year, request.stamp()
	return m
}

func stan(number uint32) string { return fmt.Sprintf("%0*d", stanDigits, number) }

func transmitted(at time.Time) string { return at.UTC().Format(layoutTransmitted) }

// Original names the request that another message is about: the one that a reversal undoes, a
// completion takes, an increase adds to or a return gives back. ISO 8583:1987 DE90
type Original struct {
	MTI         MTI
	STAN        string // ISO 8583:1987 DE11
	Transmitted string // ISO 8583:1987 DE7
	Acquirer    string // ISO 8583:1987 DE32, without leading zeros
}

// OriginalOf returns what names request in a message about it.
func OriginalOf(request *Message) Original {
	return Original{
		MTI: request.MTI, STAN: request.Get(DESTAN), Transmitted: request.Get(DETransmitted),
		Acquirer: request.Get(DEAcquirer),
	}
}

// Places in ISO 8583:1987 DE90, which ends with the forwarding institution.
const (
	originalSTAN        = mtiDigits
	originalTransmitted = originalSTAN + stanDigits
	originalAcquirer    = originalTransmitted + len(layoutTransmitted)
	originalForwarder   = originalAcquirer + institutionDigits
	originalEnd         = originalForwarder + institutionDigits
)

// String is the element's content, 42 digits where o is complete.
func (o Original) String() string {
	pad := max(0, institutionDigits-len(o.Acquirer))
	return string(o.MTI) + o.STAN + o.Transmitted +
		strings.Repeat("0", pad) + o.Acquirer + strings.Repeat("0", institutionDigits)
}

// ParseOriginal reads the element's content. It is false where the length is not
// that of the element.
func ParseOriginal(content string) (Original, bool) {
	if len(content) != originalEnd {
		return Original{}, false
	}
	return Original{
		MTI:         MTI(content[:originalSTAN]),
		STAN:        content[originalSTAN:originalTransmitted],
		Transmitted: content[originalTransmitted:originalAcquirer],
		Acquirer:    strings.TrimLeft(content[originalAcquirer:originalForwarder], "0"),
	}, true
}

// OriginalKey is the key of the request that reversal m undoes. It is false where
// m does not name one.
func (m *Message) OriginalKey() (Key, bool) {
	o, ok := ParseOriginal(m.Get(DEOriginalData))
	if !ok || !o.MTI.valid() {
		return Key{}, false
	}
	return Key{Answer: o.MTI.answer(), STAN: o.STAN, RRN: m.Get(DERRN), Date: date(o.Transmitted)}, true
}
