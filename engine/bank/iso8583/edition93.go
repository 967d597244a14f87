package iso8583

import (
	"maps"
	"strconv"
	"strings"
	"time"
)

// A Message always speaks ISO 8583:1987. A dialect of the 1993 edition says the same in the
// words of that edition when it packs, and brings them back when it reads, by the tables below:
//
//	1987                                   1993
//	message type 0xyz                      1xyz; network messages 18x4
//	39 response code of an answer          39 action code, three digits
//	39 reason of a reversal                25 message reason code
//	12 time, 13 date, without a year       12 date and time, with the year
//	15 settlement date, MMDD               15, in totals 28, YYMMDD
//	25 condition, 70 network code          24 function code
//	66 whether totals agree                39 action code 500 or 501
//	90 original data                       56, by the local time of the original

// actions maps the action codes of 1993 to the response codes of 1987. The first of several
// that mean the same in 1987 is the one that is written. It is never written to. ISO 8583:1993
// table 24, ISO 8583:1987 DE39
var actions = [...]struct{ action, code string }{
	{"000", "00"}, {"001", "08"}, {"002", "10"}, {"003", "11"}, {"400", "00"}, {"500", "00"}, {"501", "00"}, {"600", "00"}, {"800", "00"},
	{"100", "05"}, {"101", "54"}, {"102", "59"}, {"103", "60"}, {"104", "62"}, {"105", "66"}, {"106", "75"}, {"107", "01"}, {"108", "02"},
	{"109", "03"}, {"110", "13"}, {"111", "14"}, {"112", "55"}, {"114", "52"}, {"115", "40"}, {"116", "51"}, {"117", "55"}, {"118", "56"},
	{"119", "57"}, {"120", "58"}, {"121", "61"}, {"122", "63"}, {"123", "65"}, {"124", "05"}, {"125", "05"}, {"180", "17"}, {"181", "32"},
	{"200", "04"}, {"201", "54"}, {"202", "59"}, {"203", "60"}, {"204", "62"}, {"205", "67"}, {"206", "75"}, {"207", "07"}, {"208", "41"}, {"209", "43"},
	{"902", "12"}, {"903", "19"}, {"904", "30"}, {"905", "31"}, {"906", "90"}, {"907", "91"}, {"908", "92"}, {"909", "96"}, {"910", "91"}, {"911", "91"},
	{"912", "91"}, {"913", "94"}, {"914", "25"}, {"915", "95"}, {"916", "63"}, {"917", "63"}, {"921", "63"}, {"923", "09"},
	{"980", "15"}, {"981", "06"}, {"982", "21"}, {"983", "22"}, {"984", "68"}, {"985", "76"}, {"986", "20"}, {"987", "98"},
}

// functions maps the network management codes of 1987 to the function codes of 1993. It is
// never written to.
var functions = [...]struct{ function, network string }{
	{"801", SignOn}, {"802", SignOff}, {"811", KeyChange}, {"821", CutOver}, {"822", CutOverDone}, {"831", Echo},
}

// reasons maps the reasons of reversals. It is never written to. ISO 8583:1993 DE25
var reasons = [...]struct{ reason, code string }{{"4021", TooLate}, {"4000", "17"}, {"4007", "22"}, {"4001", "06"}}

// Function codes and action codes of 1993.
const (
	functionAuthorization = "100"
	functionFinancial     = "200"
	functionAuthorized    = "201" // financial, after an authorization
	functionReversal      = "400"
	functionPartReversal  = "401"
	functionTotals        = "500"
	actionReversed        = "400"
	actionNetwork         = "800"
	actionBalanced        = "500"
	actionUnbalanced      = "501"
)

// The elements of 1993 that stand for others of 1987.
const (
	deFunction   DE = 24
	deReason     DE = 25
	deTotalsDate DE = 28
	deOriginal93 DE = 56
)

// classAt and originAt are places in a message type.
const (
	classAt  = 1
	originAt = 3
)

// iso93 returns the table of elements of 1993: those of 1987 with what has changed.
func iso93() []row {
	changed := map[DE]row{
		12: {12, n, fixed, 12, "date and time, local transaction"},
		15: {15, n, fixed, 6, "date, settlement"}, 16: {16, n, fixed, 4, "date, conversion"},
		22: {22, ans, fixed, 12, "point of service data code"}, 24: {24, n, fixed, 3, "function code"}, 25: {25, n, fixed, 4, "message reason code"},
		26: {26, n, fixed, 4, "card acceptor business code"}, 28: {28, n, fixed, 6, "date, reconciliation"}, 29: {29, n, fixed, 3, "reconciliation indicator"},
		30: {30, n, fixed, 24, "amounts, original"}, 31: {31, ans, ll, 99, "acquirer reference data"}, 39: {39, n, fixed, 3, "action code"},
		43: {43, ans, ll, 99, "card acceptor name and location"}, 44: {44, ans, ll, 99, "additional response data"}, 46: {46, ans, lll, 204, "amounts, fees"},
		49: {49, n, fixed, 3, "currency code, transaction"}, 50: {50, n, fixed, 3, "currency code, reconciliation"}, 51: {51, n, fixed, 3, "currency code, cardholder billing"},
		56: {56, n, ll, 35, "original data elements"}, 57: {57, n, fixed, 3, "authorization life cycle code"}, 58: {58, n, ll, 11, "authorizing agent institution identification code"},
		66: {66, ans, lll, 204, "amounts, original fees"}, 70: {70, n, fixed, 3, "country code, settlement institution"}, 71: {71, n, fixed, 8, "message number"},
		72: {72, ans, lll, 999, "data record"}, 90: {90, n, fixed, 10, "authorizations, reversal number"}, 95: {95, ans, ll, 99, "card issuer reference data"}, 96: {96, b, lll, 510, "key management data"},
	}
	rows := make([]row, 0, len(iso87))
	for _, r := range iso87 {
		if other, is := changed[r.de]; is {
			r = other
		}
		rows = append(rows, r)
	}
	return rows
}

// other returns the type with the version of the other edition.
func (t MTI) other() MTI {
	switch t[0] {
	case '0':
		return "1" + t[classAt:]
	case '1':
		return "0" + t[classAt:]
	}
	return t
}

// stamp returns the local date and time of m with the year, YYMMDDhhmmss, or "".
func (m *Message) stamp() string {
	if m.year == "" || m.Get(DELocalDate) == "" || m.Get(DELocalTime) == "" {
		return ""
	}
	return m.year + m.Get(DELocalDate) + m.Get(DELocalTime)
}

// stampBefore is stamp for a message that was sent before at, also if it was read in the words of
// 1987, which have no year: that is then the latest in which its local date is not after at.
func (m *Message) stampBefore(at time.Time) string {
	date := m.Get(DELocalDate)
	if m.year != "" || date == "" || m.Get(DELocalTime) == "" {
		return m.stamp()
	}
	if date > at.Format(layoutDate) {
		at = at.AddDate(-1, 0, 0)
	}
	return at.Format(layoutYear) + date + m.Get(DELocalTime)
}

// dated returns a date of m, MMDD, with its year: that of m, or of the neighbour at the turn of
// a year.
func (m *Message) dated(date string) string {
	year, err := strconv.Atoi(m.year)
	local := m.Get(DELocalDate)
	switch {
	case date == "" || err != nil:
		return ""
	case strings.HasPrefix(date, "01") && strings.HasPrefix(local, "12"):
		year++
	case strings.HasPrefix(date, "12") && strings.HasPrefix(local, "01"):
		year--
	}
	const century = 100
	return strconv.Itoa(century + (year+century)%century)[1:] + date
}

// in93 returns m in the words of 1993.
func (m *Message) in93() *Message {
	w := &Message{MTI: m.MTI.other(), fields: maps.Clone(m.fields), year: m.year, of: m.of}
	class := m.MTI[classAt]
	if class == '8' && m.MTI[originAt] <= '5' {
		w.MTI = w.MTI[:originAt] + MTI(m.MTI[originAt]+4)
	}
	stamp := m.stamp()
	for _, de := range [...]DE{DELocalTime, DELocalDate, DESettlementDate, DECondition, DEResponse, DEOriginalData, DEReplacement, DESettlementCode, DENetworkCode} {
		w.Set(de, "")
	}
	w.Set(DELocalTime, stamp)
	if class == '5' {
		w.Set(deTotalsDate, m.dated(m.Get(DESettlementDate)))
	} else {
		w.Set(DESettlementDate, m.dated(m.Get(DESettlementDate)))
	}
	w.Set(deFunction, m.function())
	if m.MTI.IsResponse() {
		w.Set(DEResponse, m.action())
	} else if m.Get(DEResponse) != "" {
		w.Set(deReason, m.reason(w))
	}
	if original, ok := ParseOriginal(m.Get(DEOriginalData)); ok && m.of != "" {
		acquirer := original.Acquirer
		w.Set(deOriginal93, "1"+string(original.MTI[classAt:])+original.STAN+m.of+strconv.Itoa(100 + len(acquirer))[1:]+acquirer)
	}
	return w
}

// function returns the function code of m.
func (m *Message) function() string {
	switch m.MTI[classAt] {
	case '1':
		return functionAuthorization
	case '2':
		if m.Get(DECondition) == Completion {
			return functionAuthorized
		}
		return functionFinancial
	case '4':
		if m.Get(DEReplacement) != "" {
			return functionPartReversal
		}
		return functionReversal
	case '5':
		return functionTotals
	}
	for _, one := range functions {
		if one.network == m.Get(DENetworkCode) {
			return one.function
		}
	}
	return m.Get(DENetworkCode)
}

// action returns the action code of an answer. One that has a meaning of its own in the class
// of the message comes before the table.
func (m *Message) action() string {
	code, class := m.Get(DEResponse), m.MTI[classAt]
	switch {
	case class == '5' && m.Get(DESettlementCode) == OutOfBalance:
		return actionUnbalanced
	case class == '5' && m.Get(DESettlementCode) == InBalance:
		return actionBalanced
	case code == "00" && class == '4':
		return actionReversed
	case code == "00" && class == '8':
		return actionNetwork
	}
	for _, one := range actions {
		if one.code == code {
			return one.action
		}
	}
	return code // the dialect refuses it, if it has no three digits
}

// reason returns the message reason code of a reversal. An advice that tells what was decided
// has its action code instead.
func (m *Message) reason(w *Message) string {
	if m.MTI[classAt] != '4' {
		w.Set(DEResponse, m.action())
		return ""
	}
	for _, one := range reasons {
		if one.code == m.Get(DEResponse) {
			return one.reason
		}
	}
	return reasons[0].reason
}

// from93 returns a message of 1993 in the words of 1987. What it cannot say there, such as an
// action code that is not in the table, stays as it is, and decides nothing.
func (m *Message) from93() *Message {
	w := m.clone()
	w.MTI = m.MTI.other()
	class := m.MTI[classAt]
	if origin := m.MTI[originAt]; class == '8' && origin >= '4' {
		w.MTI = w.MTI[:originAt] + MTI(origin-4)
	}
	for _, de := range [...]DE{DELocalTime, DELocalDate, DESettlementDate, deFunction, deReason, deTotalsDate, deOriginal93, DEResponse, DESettlementCode, DENetworkCode, DEOriginalData, DEReplacement} {
		w.Set(de, "")
	}
	const year, date = 2, 6
	if stamp := m.Get(DELocalTime); stamp != "" {
		w.year = stamp[:year]
		w.Set(DELocalDate, stamp[year:date])
		w.Set(DELocalTime, stamp[date:])
	}
	settled := m.Get(DESettlementDate)
	if class == '5' {
		settled = m.Get(deTotalsDate)
	}
	if settled != "" {
		w.Set(DESettlementDate, settled[year:])
	}
	w.take93(m)
	if class == '8' {
		w.Set(DENetworkCode, networkOf(m.Get(deFunction)))
	}
	if class == '2' && m.Get(deFunction) == functionAuthorized {
		w.Set(DECondition, Completion)
	}
	w.originalOf93(m.Get(deOriginal93))
	return w
}

// take93 takes over what the message of 1993 says was decided, or why.
func (m *Message) take93(from *Message) {
	class := from.MTI[classAt]
	if !from.MTI.IsResponse() && class == '4' {
		m.Set(DEResponse, TooLate)
		for _, one := range reasons {
			if one.reason == from.Get(deReason) {
				m.Set(DEResponse, one.code)
			}
		}
		if from.Get(deFunction) == functionPartReversal {
			m.Set(DEReplacement, strings.Repeat("9", replacementDigits)) // a part stands; how much is not looked at
		}
		return
	}
	action := from.Get(DEResponse)
	m.Set(DEResponse, action)
	for _, one := range actions {
		if one.action == action {
			m.Set(DEResponse, one.code)
			break
		}
	}
	switch {
	case class != '5':
	case action == actionBalanced:
		m.Set(DESettlementCode, InBalance)
	case action == actionUnbalanced:
		m.Set(DESettlementCode, OutOfBalance)
	}
}

// replacementDigits is the length of ISO 8583:1987 DE95.
const replacementDigits = 42

// networkOf returns the network management code of a function code.
func networkOf(function string) string {
	for _, one := range functions {
		if one.function == function {
			return one.network
		}
	}
	return function
}

// originalOf93 takes over the original data elements: the type, the trace number, the local date
// and time, and the acquirer with its length.
func (m *Message) originalOf93(content string) {
	const stampAt, acquirerAt, lengthDigits = mtiDigits + stanDigits, mtiDigits + stanDigits + 12, 2
	if len(content) < acquirerAt {
		return
	}
	m.of = content[stampAt:acquirerAt]
	original := Original{MTI: MTI("0" + content[classAt:mtiDigits]), STAN: content[mtiDigits:stampAt], Transmitted: m.of[lengthDigits:]}
	if rest := content[acquirerAt:]; len(rest) >= lengthDigits {
		original.Acquirer = rest[lengthDigits:]
	}
	m.Set(DEOriginalData, original.String())
}
