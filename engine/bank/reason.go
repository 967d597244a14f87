package bank

import "strings"

// Reason is the class of a response code: what a subscriber can be told.
type Reason string

// The reasons.
const (
	Approved    Reason = "approved"
	Funds       Reason = "funds"       // not enough money
	Account     Reason = "account"     // no such account, or closed
	Limit       Reason = "limit"       // over the bank's limit of amount or count
	Unavailable Reason = "unavailable" // the bank or its switch is not working: later
	Expired     Reason = "expired"     // the card
	Restricted  Reason = "restricted"  // the card may not be used for this
	PIN         Reason = "pin"         // the bank wants its own PIN, or has locked it
	Refused     Reason = "refused"     // any other decline
	// Unclear is no decision: money may have moved, or in part, or under a
	// condition that cannot be met by telephone. It is never in a Reply.
	Unclear Reason = "unclear"
)

// ReasonOf classes a response code. Codes that the table lacks are declines, as
// Only the listed codes of ISO 8583:1987 DE39 approve. What is not two letters or
// digits is not a code, and Unclear.
func ReasonOf(code string) Reason {
	if !isCode(code) {
		return Unclear
	}
	switch code {
	case "00": // approved
		return Approved
	case "51": // not sufficient funds
		return Funds
	case "14", "39", "42", "52", "53", "56": // no such number, no account of the kind, no record
		return Account
	case "33", "54": // expired
		return Expired
	case "36", "57", "58", "62": // restricted, not permitted to the holder, or to the terminal
		return Restricted
	case "38", "55", "75": // too many tries of the PIN, a wrong one
		return PIN
	case "61", "65": // exceeds the amount limit, the frequency limit
		return Limit
	case "15", "90", "91", "92", "96": // no such issuer, cut-off, inoperative, no route, malfunction
		return Unavailable
	case "08", "10", "11", "16", "32": // approved with identification, in part, as VIP, after an update; done in part
		return Unclear
	case "06", "09", "68", "94": // error, in progress, too late, duplicate transmission
		return Unclear
	}
	return Refused
}

func isCode(code string) bool {
	const length = 2 // ISO 8583:1987 DE39 is "an 2"
	other := func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }
	return len(code) == length && !strings.ContainsFunc(code, other)
}
