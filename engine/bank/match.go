package bank

import (
	"fmt"
	"slices"
	"strings"

	"mpg/engine/bank/iso8583"
)

// An answer is matched to a request by what it repeats of it. Hosts leave out or
// replace some of the elements that ISO 8583:1987 has them echo, so there are
// several proofs. The strongest one present counts, and none may contradict it.

// likeness says how certainly an answer belongs to a request.
type likeness uint8

const (
	unlike likeness = iota
	// byNumber: the STAN, and the amount or the local time and date; the host
	// echoes neither the reference nor the time of transmission.
	byNumber
	// byTime: the STAN and DE7 in full, which name a message for a year; the host
	// leaves the reference out or gives one of its own.
	byTime
	// byReference: the reference, which holds the STAN and the hour, or DE90.
	byReference
)

// relation compares one element of an answer with the request's.
type relation uint8

const (
	absent relation = iota // in one of the two, or in both
	equal
	different
)

// compare compares element de of the two. Trailing spaces mean nothing in elements
// of characters, nor do leading zeros in an institution's number.
func compare(request, answer *iso8583.Message, de iso8583.DE) relation {
	was, is := request.Get(de), answer.Get(de)
	switch {
	case was == "":
		return absent
	case answer.Unread(de):
		return different
	case is == "":
		return absent
	}
	if de == iso8583.DEAcquirer {
		was, is = strings.TrimLeft(was, "0"), strings.TrimLeft(is, "0")
	}
	if strings.TrimRight(was, " ") != strings.TrimRight(is, " ") {
		return different
	}
	return equal
}

// match says how certainly answer belongs to request, or why it does not. Both
// are of the same class.
func match(request, answer *iso8583.Message) (likeness, *hint) {
	trace := compare(request, answer, iso8583.DESTAN)
	if answer.MTI == iso8583.NetworkResponse || answer.MTI == iso8583.TotalsResponse {
		return matchNetwork(request, answer, trace)
	}
	if trace == different {
		return unlike, differs(iso8583.DESTAN)
	}
	reference := compare(request, answer, iso8583.DERRN)
	original := absent
	if names(request) {
		original = compare(request, answer, iso8583.DEOriginalData)
	}
	if reference == equal || reference == absent && original == equal {
		return byReference, nil
	}
	if trace == absent {
		return unlike, &hint{causeUnmatched, "the answer has neither STAN nor reference"}
	}
	time := compare(request, answer, iso8583.DETransmitted) == equal
	amount := compare(request, answer, iso8583.DEAmount) == equal
	local := compare(request, answer, iso8583.DELocalTime) == equal && compare(request, answer, iso8583.DELocalDate) == equal
	switch {
	case time && (amount || reference == absent):
		return byTime, nil
	case reference == different:
		return unlike, differs(iso8583.DERRN)
	case amount || local:
		return byNumber, nil
	}
	return unlike, &hint{causeUnmatched, "the answer names its request by the STAN alone"}
}

// names reports whether the original data of request tell it from all others: there is one
// reversal of a request, and one completion of an authorization, but any number of increases
// of that, and of returns of a payment.
func names(request *iso8583.Message) bool {
	return request.MTI != iso8583.AuthorizationRequest && request.MTI != iso8583.FinancialRequest
}

// matchNetwork compares the trace number, which no other network message of the
// line has, and no other message with totals, and what the message is about.
func matchNetwork(request, answer *iso8583.Message, trace relation) (likeness, *hint) {
	if trace != equal {
		return unlike, differs(iso8583.DESTAN)
	}
	for _, de := range [...]iso8583.DE{iso8583.DENetworkCode, iso8583.DESettlementDate, iso8583.DESettlementCurrency} {
		if compare(request, answer, de) == different {
			return unlike, differs(de)
		}
	}
	return byReference, nil
}

// DefaultCompare returns the elements that an answer must repeat as they were sent, or leave
// out, unless Peer.Compare says otherwise. match itself looks at DE7 and DE37.
func DefaultCompare() []iso8583.DE {
	return []iso8583.DE{
		iso8583.DEPAN, iso8583.DEProcessingCode, iso8583.DEAmount, iso8583.DESTAN, iso8583.DELocalTime, iso8583.DELocalDate,
		iso8583.DEAcquirer, iso8583.DETerminal, iso8583.DEMerchant, iso8583.DECurrency, iso8583.DEOriginalData, iso8583.DEAccount,
		iso8583.DEToAccount,
	}
}

// checkCompare refuses a list without the elements that say how much money has moved, and an
// element that no request has.
func checkCompare(list []iso8583.DE) error {
	for _, de := range [...]iso8583.DE{iso8583.DEAmount, iso8583.DECurrency} {
		if !slices.Contains(list, de) {
			return fmt.Errorf("%s is not compared: an answer about another amount or currency must never count", element(de))
		}
	}
	for _, de := range list {
		if !slices.Contains(DefaultCompare(), de) {
			return fmt.Errorf("%s cannot be compared: no request has it, or an answer need not repeat it", element(de))
		}
	}
	return nil
}

// differing finds the first element of a list that is in both request and answer but
// differs. The amount of a decline may be 0, as none is approved, and that of an approval in
// part is less.
func differing(list []iso8583.DE, request, answer *iso8583.Message) *hint {
	amount, told := answer.Amount()
	less := told && amount == 0 && !approves(answer.Get(iso8583.DEResponse)) || part(answer, request) > 0
	for _, de := range list {
		if compare(request, answer, de) == different && !(less && de == iso8583.DEAmount) {
			return differs(de)
		}
	}
	return nil
}

// changed finds the first element of answer that is not as it was sent. A DE2
// that the request lacks must be its account, which a debit has in DE102 and a credit in
// DE103.
func changed(list []iso8583.DE, request, answer *iso8583.Message) *hint {
	if why := differing(list, request, answer); why != nil {
		return why
	}
	pan := answer.Get(iso8583.DEPAN)
	if slices.Contains(list, iso8583.DEPAN) && request.Get(iso8583.DEPAN) == "" && (answer.Unread(iso8583.DEPAN) || pan != "" && pan != request.Account()) {
		return differs(iso8583.DEPAN)
	}
	return nil
}

// placed reports whether the response code of an answer that was not read to its
// end is certainly where it was found: an element before it and one after it are
// as they were sent.
func placed(request, answer *iso8583.Message) bool {
	if answer.Whole() {
		return true
	}
	const code = iso8583.DEResponse
	before, behind := false, false
	for _, de := range [...]iso8583.DE{
		iso8583.DESTAN, iso8583.DERRN, iso8583.DETerminal, iso8583.DEMerchant, iso8583.DECurrency, iso8583.DENetworkCode,
	} {
		same := compare(request, answer, de) == equal
		before, behind = before || same && de < code, behind || same && de > code
	}
	return before && behind
}

// oddness says what an answer that belongs to its request leaves out, replaces or
// holds unread; empty: nothing.
func oddness(request, answer *iso8583.Message) string {
	var odd []string
	for _, de := range [...]iso8583.DE{iso8583.DETransmitted, iso8583.DESTAN, iso8583.DERRN} {
		switch is := compare(request, answer, de); {
		case request.Get(de) == "":
		case is == absent:
			odd = append(odd, element(de)+" is not echoed")
		case is == different && !sameDay(request.Get(de), answer.Get(de)):
			odd = append(odd, element(de)+" is the host's own")
		}
	}
	for _, err := range answer.Odd() {
		odd = append(odd, err.Error())
	}
	return strings.Join(odd, "; ")
}

// sameDay reports whether two values of ISO 8583:1987 DE7 have the same date. A
// host may put the time of its answer there, which proves nothing.
func sameDay(was, is string) bool {
	const mmdd, all = 4, 10
	return len(was) == all && len(is) == all && was[:mmdd] == is[:mmdd]
}
