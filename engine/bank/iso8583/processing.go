package iso8583

import "cmp"

// The processing codes that mpg asks for: two digits for the type of the transaction,
// two for the kind of account that it debits and two for the kind that it credits; 00 is
// the default account. ISO 8583:1987 DE3
const (
	PurchaseFromAccount = "000000" // goods and services: money leaves the account
	ReturnToAccount     = "200000" // returns: money of an earlier purchase comes back into it
	DepositToAccount    = "210000" // deposits: money is paid into it
	// VerifyAccount asks whether the account is good. It is a code of the 1993 edition that
	// some hosts of the 1987 one take, too.
	VerifyAccount = "330000"
)

// processingDigits is the length of a processing code. ISO 8583:1987 DE3
const processingDigits = 6

// AccountElement returns the element that holds the account of a message with this
// processing code. Types 00 to 19 are debits, and money leaves the account in DE102; types
// 20 to 29 are credits, and money arrives in the account in DE103. known is false for all
// others, such as inquiries and transfers, and for anything that is not a processing code.
// ISO 8583:1987 DE3, DE102, DE103
func AccountElement(processing string) (holder DE, known bool) {
	if len(processing) != processingDigits {
		return 0, false
	}
	for i := range processingDigits {
		if processing[i] < '0' || processing[i] > '9' {
			return 0, false
		}
	}
	switch processing[0] {
	case '0', '1':
		return DEAccount, true
	case '2':
		return DEToAccount, true
	}
	return 0, false
}

// Account returns the account that m is about: the one in the element that its processing
// code says or, if the code says none, the first of DE102 and DE103 that is present. It is
// empty if m names no account.
func (m *Message) Account() string {
	if holder, known := AccountElement(m.Get(DEProcessingCode)); known {
		return m.Get(holder)
	}
	return cmp.Or(m.Get(DEAccount), m.Get(DEToAccount))
}
