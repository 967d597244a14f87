package bank

import (
	"fmt"

	"mpg/engine/bank/iso8583"
)

// Kind is what a request asks the bank to do with the account.
type Kind uint8

// The kinds of requests. The zero Kind is Debit.
const (
	// Debit takes money out of the account, for goods and services. The account is in
	// ISO 8583:1987 DE102, the from account.
	Debit Kind = iota
	// Credit pays money into the account, as a deposit. The account is in
	// ISO 8583:1987 DE103, the to account, and DE102 is absent.
	Credit
	// Refund pays money of an earlier debit or completion back into the account, as a return,
	// and names what it is of. The account is in ISO 8583:1987 DE103.
	Refund
	// PreAuth holds money in the account, ISO 8583:1987 MTI 0100. The account is in
	// DE102, as are those of the kind below.
	PreAuth
	// Completion takes what a PreAuth holds, or less, and frees the rest. It is an
	// advice, ISO 8583:1987 MTI 0220, for Advise.
	Completion
	// Verify asks whether the bank knows the account and would let it pay, ISO 8583:1987 MTI
	// 0100 with an amount of zero. It holds nothing, and is not reversed.
	Verify
)

// String returns the kind in one word for logs: debit, credit, refund, preauth, completion
// or verify.
func (k Kind) String() string {
	switch k {
	case Debit:
		return "debit"
	case Credit:
		return "credit"
	case Refund:
		return "refund"
	case PreAuth:
		return "preauth"
	case Completion:
		return "completion"
	case Verify:
		return "verify"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Processing returns the processing code of a request of this kind, or "" if there is no
// such kind. Messages from a bank about the request have the same code, or none. ISO
// 8583:1987 DE3
func (k Kind) Processing() string {
	switch k {
	case Debit, PreAuth, Completion, Verify:
		return iso8583.PurchaseFromAccount
	case Credit:
		return iso8583.DepositToAccount
	case Refund:
		return iso8583.ReturnToAccount
	}
	return ""
}

// mti returns the message type of a request of this kind.
func (k Kind) mti() iso8583.MTI {
	switch k {
	case PreAuth, Verify:
		return iso8583.AuthorizationRequest
	case Completion:
		return iso8583.FinancialAdvice
	}
	return iso8583.FinancialRequest
}
