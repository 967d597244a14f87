package admin

import (
	"mpg/engine/notice"
	"mpg/engine/payment"
)

// RequestView shows what a bank was asked and what it said. It never holds an
// account number.
type RequestView struct {
	Kind       string     `json:"kind"`             // such as debit; see payment.Kind
	Advice     bool       `json:"advice,omitempty"` // it is repeated until it is answered
	Bank       string     `json:"bank"`             // or the biller
	Amount     string     `json:"amount"`
	Granted    string     `json:"granted,omitempty"` // how much of it was approved; left out: all of it
	Currency   string     `json:"currency"`
	STAN       uint32     `json:"stan"`
	RRN        string     `json:"rrn"`
	State      string     `json:"state"`
	Code       string     `json:"code,omitempty"` // of the answer, ISO 8583:1987 DE39
	AuthID     string     `json:"auth_id,omitempty"`
	Settlement string     `json:"settlement,omitempty"` // MMDD
	Answered   string     `json:"answered,omitempty"`
	Cause      string     `json:"cause,omitempty"`
	Since      string     `json:"since,omitempty"`    // start of the reversal, the advice, the doubt or the dispute
	Tries      int        `json:"tries"`              // to reverse the request, or of an advice
	Reversal   string     `json:"reversal,omitempty"` // code of the last answer to a reversal
	Late       []LateView `json:"late,omitempty"`
	LossView
	Resolved *ResolutionView `json:"resolved,omitempty"`
}

// LossView shows what a bank has paid out after the payer had the money back.
type LossView struct {
	Suspended  string `json:"suspended,omitempty"`   // it is to take that back
	WrittenOff string `json:"written_off,omitempty"` // it will not
}

// LateView shows something that the bank said when nobody was waiting for it.
type LateView struct {
	At   string `json:"at"`
	Says string `json:"says"` // approved, declined or reversed
	Code string `json:"code,omitempty"`
}

// ResolutionView shows how people ended what the bank left open.
type ResolutionView struct {
	As     string `json:"as"`
	Reason string `json:"reason"`
	UID    uint32 `json:"uid"`
	Person string `json:"person,omitempty"` // of staff; empty: nobody had logged in
	At     string `json:"at"`
}

// viewRequest shows a request to a bank.
func viewRequest(r *payment.Request) *RequestView {
	v := &RequestView{Kind: string(r.Kind), Advice: r.Kind.Advice(), Bank: r.Bank, Amount: notice.Currency(r.Currency).Format(r.Amount), Currency: r.Currency, STAN: r.STAN, RRN: r.RRN, State: string(r.State), Code: r.Code, AuthID: r.AuthID,
		Settlement: r.Settlement, Cause: r.Cause, Tries: r.Tries, Reversal: r.Reversal}
	if r.Granted != 0 {
		v.Granted = notice.Currency(r.Currency).Format(r.Granted)
	}
	if r.Suspended != 0 {
		v.Suspended = notice.Currency(r.Currency).Format(r.Suspended)
	}
	if r.WrittenOff != 0 {
		v.WrittenOff = notice.Currency(r.Currency).Format(r.WrittenOff)
	}
	if !r.Answered.IsZero() {
		v.Answered = rfc3339(r.Answered)
	}
	if !r.Since.IsZero() {
		v.Since = rfc3339(r.Since)
	}
	for _, s := range r.Late {
		v.Late = append(v.Late, LateView{rfc3339(s.At), string(s.What), s.Code})
	}
	if how := r.Resolved; how != nil {
		v.Resolved = &ResolutionView{how.As, how.Reason, how.UID, how.Person, rfc3339(how.At)}
	}
	return v
}
