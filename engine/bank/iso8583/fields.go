package iso8583

// DE is the number of a data element: 2 to 128.
type DE uint8

// The data elements that mpg and its simulated host use, ISO 8583:1987 table 3.
const (
	DEPAN                DE = 2 // primary account number
	DEProcessingCode     DE = 3
	DEAmount             DE = 4  // minor units of DECurrency
	DETransmitted        DE = 7  // MMDDhhmmss in UTC
	DESTAN               DE = 11 // systems trace audit number, six digits
	DELocalTime          DE = 12 // hhmmss
	DELocalDate          DE = 13 // MMDD
	DESettlementDate     DE = 15 // MMDD
	DEMerchantType       DE = 18
	DEEntry              DE = 22 // point of service entry mode
	DECondition          DE = 25 // point of service condition code
	DEAcquirer           DE = 32 // acquiring institution identification code
	DEForwarder          DE = 33 // forwarding institution identification code
	DERRN                DE = 37 // retrieval reference number
	DEAuthID             DE = 38 // authorization identification response
	DEResponse           DE = 39 // response code; in a reversal the reason
	DETerminal           DE = 41 // card acceptor terminal identification
	DEMerchant           DE = 42 // card acceptor identification code
	DEAdditional         DE = 48 // additional data, private: our payment reference
	DECurrency           DE = 49 // ISO 4217 numeric code
	DESettlementCurrency DE = 50 // ISO 4217 numeric code
	DESettlementCode     DE = 66 // whether totals agree
	DENetworkCode        DE = 70 // network management information code
	DECreditCount        DE = 74 // totals of a business date: counts, then sums in minor units
	DECreditBackCount    DE = 75 // of reversals
	DEDebitCount         DE = 76
	DEDebitBackCount     DE = 77
	DEAuthorizationCount DE = 81
	DECreditSum          DE = 86
	DECreditBackSum      DE = 87
	DEDebitSum           DE = 88
	DEDebitBackSum       DE = 89
	DEOriginalData       DE = 90
	DEReplacement        DE = 95  // amounts that stand after a partial reversal
	DESecurity           DE = 96  // message security code: a key
	DENet                DE = 97  // amount, net settlement
	DESettler            DE = 99  // settlement institution identification code
	DEReceiver           DE = 100 // receiving institution identification code
	DEAccount            DE = 102 // account identification 1, the from account: money leaves it
	DEToAccount          DE = 103 // account identification 2, the to account: money arrives in it
)

// Numbers and lengths of the edition.
const (
	deFirst DE = 2   // 1 is the mark of the second bitmap
	deMax   DE = 128 // the edition has no third one

	fieldMTI    = 0 // the library numbers the message type and the bitmap, too
	fieldBitmap = 1

	mtiDigits         = 4
	bitmapOctets      = 8
	amountDigits      = 12
	stanDigits        = 6
	institutionDigits = 11
)

// kind says which characters an element holds: the letters are the standard's.
type kind uint8

const (
	n   kind = iota + 1 // digits
	xn                  // C or D, then digits
	ans                 // printable ASCII; also for a, an, as and z
	b                   // bits: two hexadecimal digits for each octet
	z                   // the code of a magnetic track
)

// size says whether an element's length is fixed or told by two or three digits.
type size uint8

const (
	fixed size = iota + 1
	ll
	lll
)

// digits returns how many digits tell the length; 0: it is fixed.
func (s size) digits() int {
	if s == fixed {
		return 0
	}
	return int(s)
}

// Name is the standard's name of the element, "" where the edition has none.
func (de DE) Name() string {
	for _, r := range iso87 {
		if r.de == de {
			return r.name
		}
	}
	return ""
}

// row is one data element of a dialect. max is its length, or the greatest one,
// in characters.
type row struct {
	de   DE
	kind kind
	size size
	max  int
	name string
}

// iso87 is ISO 8583:1987 table 3, the data elements. It is never written to.
var iso87 = [...]row{
	{2, n, ll, 19, "primary account number"},
	{3, n, fixed, 6, "processing code"},
	{4, n, fixed, 12, "amount, transaction"},
	{5, n, fixed, 12, "amount, settlement"},
	{6, n, fixed, 12, "amount, cardholder billing"},
	{7, n, fixed, 10, "transmission date and time"},
	{8, n, fixed, 8, "amount, cardholder billing fee"},
	{9, n, fixed, 8, "conversion rate, settlement"},
	{10, n, fixed, 8, "conversion rate, cardholder billing"},
	{11, n, fixed, 6, "systems trace audit number"},
	{12, n, fixed, 6, "time, local transaction"},
	{13, n, fixed, 4, "date, local transaction"},
	{14, n, fixed, 4, "date, expiration"},
	{15, n, fixed, 4, "date, settlement"},
	{16, n, fixed, 4, "date, conversion"},
	{17, n, fixed, 4, "date, capture"},
	{18, n, fixed, 4, "merchant type"},
	{19, n, fixed, 3, "acquiring institution country code"},
	{20, n, fixed, 3, "PAN extended, country code"},
	{21, n, fixed, 3, "forwarding institution country code"},
	{22, n, fixed, 3, "point of service entry mode"},
	{23, n, fixed, 3, "card sequence number"},
	{24, n, fixed, 3, "network international identifier"},
	{25, n, fixed, 2, "point of service condition code"},
	{26, n, fixed, 2, "point of service PIN capture code"},
	{27, n, fixed, 1, "authorization identification response length"},
	{28, xn, fixed, 9, "amount, transaction fee"},
	{29, xn, fixed, 9, "amount, settlement fee"},
	{30, xn, fixed, 9, "amount, transaction processing fee"},
	{31, xn, fixed, 9, "amount, settlement processing fee"},
	{32, n, ll, 11, "acquiring institution identification code"},
	{33, n, ll, 11, "forwarding institution identification code"},
	{34, ans, ll, 28, "primary account number, extended"},
	{35, z, ll, 37, "track 2 data"},
	{36, z, lll, 104, "track 3 data"},
	{37, ans, fixed, 12, "retrieval reference number"},
	{38, ans, fixed, 6, "authorization identification response"},
	{39, ans, fixed, 2, "response code"},
	{40, ans, fixed, 3, "service restriction code"},
	{41, ans, fixed, 8, "card acceptor terminal identification"},
	{42, ans, fixed, 15, "card acceptor identification code"},
	{43, ans, fixed, 40, "card acceptor name and location"},
	{44, ans, ll, 25, "additional response data"},
	{45, ans, ll, 76, "track 1 data"},
	{46, ans, lll, 999, "additional data, ISO"},
	{47, ans, lll, 999, "additional data, national"},
	{48, ans, lll, 999, "additional data, private"},
	{49, ans, fixed, 3, "currency code, transaction"},
	{50, ans, fixed, 3, "currency code, settlement"},
	{51, ans, fixed, 3, "currency code, cardholder billing"},
	{52, b, fixed, 16, "PIN data"},
	{53, n, fixed, 16, "security related control information"},
	{54, ans, lll, 120, "additional amounts"},
	{55, ans, lll, 999, "reserved, ISO"},
	{56, ans, lll, 999, "reserved, ISO"},
	{57, ans, lll, 999, "reserved, national"},
	{58, ans, lll, 999, "reserved, national"},
	{59, ans, lll, 999, "reserved, national"},
	{60, ans, lll, 999, "reserved, private"},
	{61, ans, lll, 999, "reserved, private"},
	{62, ans, lll, 999, "reserved, private"},
	{63, ans, lll, 999, "reserved, private"},
	{64, b, fixed, 16, "message authentication code"},
	{66, n, fixed, 1, "settlement code"},
	{67, n, fixed, 2, "extended payment code"},
	{68, n, fixed, 3, "receiving institution country code"},
	{69, n, fixed, 3, "settlement institution country code"},
	{70, n, fixed, 3, "network management information code"},
	{71, n, fixed, 4, "message number"},
	{72, n, fixed, 4, "message number, last"},
	{73, n, fixed, 6, "date, action"},
	{74, n, fixed, 10, "credits, number"},
	{75, n, fixed, 10, "credits, reversal number"},
	{76, n, fixed, 10, "debits, number"},
	{77, n, fixed, 10, "debits, reversal number"},
	{78, n, fixed, 10, "transfer, number"},
	{79, n, fixed, 10, "transfer, reversal number"},
	{80, n, fixed, 10, "inquiries, number"},
	{81, n, fixed, 10, "authorizations, number"},
	{82, n, fixed, 12, "credits, processing fee amount"},
	{83, n, fixed, 12, "credits, transaction fee amount"},
	{84, n, fixed, 12, "debits, processing fee amount"},
	{85, n, fixed, 12, "debits, transaction fee amount"},
	{86, n, fixed, 16, "credits, amount"},
	{87, n, fixed, 16, "credits, reversal amount"},
	{88, n, fixed, 16, "debits, amount"},
	{89, n, fixed, 16, "debits, reversal amount"},
	{90, n, fixed, 42, "original data elements"},
	{91, ans, fixed, 1, "file update code"},
	{92, ans, fixed, 2, "file security code"},
	{93, ans, fixed, 5, "response indicator"},
	{94, ans, fixed, 7, "service indicator"},
	{DEReplacement, ans, fixed, 42, "replacement amounts"},
	{96, b, fixed, 16, "message security code"},
	{97, xn, fixed, 17, "amount, net settlement"},
	{98, ans, fixed, 25, "payee"},
	{99, n, ll, 11, "settlement institution identification code"},
	{100, n, ll, 11, "receiving institution identification code"},
	{101, ans, ll, 17, "file name"},
	{102, ans, ll, 28, "account identification 1"},
	{103, ans, ll, 28, "account identification 2"},
	{104, ans, lll, 100, "transaction description"},
	{105, ans, lll, 999, "reserved, ISO"},
	{106, ans, lll, 999, "reserved, ISO"},
	{107, ans, lll, 999, "reserved, ISO"},
	{108, ans, lll, 999, "reserved, ISO"},
	{109, ans, lll, 999, "reserved, ISO"},
	{110, ans, lll, 999, "reserved, ISO"},
	{111, ans, lll, 999, "reserved, ISO"},
	{112, ans, lll, 999, "reserved, national"},
	{113, ans, lll, 999, "reserved, national"},
	{114, ans, lll, 999, "reserved, national"},
	{115, ans, lll, 999, "reserved, national"},
	{116, ans, lll, 999, "reserved, national"},
	{117, ans, lll, 999, "reserved, national"},
	{118, ans, lll, 999, "reserved, national"},
	{119, ans, lll, 999, "reserved, national"},
	{120, ans, lll, 999, "reserved, private"},
	{121, ans, lll, 999, "reserved, private"},
	{122, ans, lll, 999, "reserved, private"},
	{123, ans, lll, 999, "reserved, private"},
	{124, ans, lll, 999, "reserved, private"},
	{125, ans, lll, 999, "reserved, private"},
	{126, ans, lll, 999, "reserved, private"},
	{127, ans, lll, 999, "reserved, private"},
	{128, b, fixed, 16, "message authentication code"},
}
