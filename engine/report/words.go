package report

import (
	"fmt"
	"strings"
	"time"

	"mpg/engine/payment"
)

// wordOf returns in words why something was posted; see the codes of engine/payment.
func wordOf(code int) string {
	words := map[uint16]string{
		payment.CodePay: "payment", payment.CodeTopUp: "top-up", payment.CodeCorrection: "correction", payment.CodeBankIn: "from bank", payment.CodeBankOut: "to bank", payment.CodeFee: "fee",
		payment.CodeTax: "tax", payment.CodeDiscount: "discount", payment.CodeBack: "handed back", payment.CodeRefund: "refund", payment.CodeChargeback: "chargeback", payment.CodeClaim: "claimed",
		payment.CodeFund: "float funded", payment.CodeUnit: "counted", payment.CodeSuspense: "bank, late", payment.CodeWriteOff: "written off", payment.CodePayOut: "paid out", payment.CodeDebtPaid: "debt paid",
		payment.CodeSplit: "rest of a card payment",
	}
	if said, known := words[uint16(code)]; known {
		return said
	}
	return fmt.Sprintf("code %d", code)
}

// StateInWords returns in plain words what a payment has come to in a state, for those who do
// not know the states. The empty one is that of an order that has just come in.
func StateInWords(state string) string {
	words := map[payment.State]string{
		payment.None: "order came in", payment.Received: "order taken on", payment.Cooling: "waits, since the payee is new", payment.Calling: "call placed", payment.Waiting: "call failed", payment.Confirmed: "PIN correct, or none needed",
		payment.Sent: "bank asked", payment.Approved: "bank approved", payment.Declined: "bank declined", payment.Unknown: "bank silent", payment.Reversing: "reversal started",
		payment.Doubt: "in doubt", payment.Undone: "nothing taken by the bank", payment.Taken: "taken from the payer, or set aside", payment.Offered: "offered to the shop", payment.Agreed: "accepted by the shop", payment.Authorized: "authorised", payment.Captured: "amount known",
		payment.Advising: "bank or biller being told", payment.Released: "released by the payee", payment.Posted: "money moved", payment.Voided: "ended with nothing taken",
		payment.Returned: "handed back", payment.Done: "end",
	}
	if said, known := words[payment.State(state)]; known {
		return said
	}
	return state
}

// askedTo says what a request of a kind asks for.
func askedTo(kind payment.Kind) string {
	switch kind {
	case payment.PreAuth:
		return "asked to authorise"
	case payment.Completion:
		return "asked to take"
	case payment.Refund:
		return "asked to pay back"
	case payment.Notify:
		return "told of a bill of"
	}
	return "asked to " + string(kind)
}

// sentence joins the parts that are not empty.
func sentence(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ", ")
}

// named returns "what value", or nothing if there is no value.
func named(what, value string) string {
	if value == "" {
		return ""
	}
	return what + " " + value
}

// counted does what named does, for a number; 0 is none.
func counted(what string, value int64) string {
	if value == 0 {
		return ""
	}
	return fmt.Sprintf("%s %d", what, value)
}

// lasted does what named does, for a time in milliseconds; 0 is none.
func lasted(what string, millis int64) string {
	if millis == 0 {
		return ""
	}
	return what + " " + (time.Duration(millis) * time.Millisecond).String()
}
