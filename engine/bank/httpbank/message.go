package httpbank

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"mpg/engine/bank"
	"mpg/store/money"
)

// payment is the body of POST payments.
type payment struct {
	Key       string    `json:"key"` // the same as in the header
	Kind      string    `json:"kind"`
	Account   string    `json:"account"`
	Amount    string    `json:"amount"`
	Currency  string    `json:"currency"`
	Merchant  string    `json:"merchant,omitempty"`
	Reference string    `json:"reference,omitempty"`
	At        time.Time `json:"at"`
	// Of is the key of the request that a completion takes, another preauth increases or a
	// refund gives back, and Authorization what the bank answered to it.
	Of            string `json:"of,omitempty"`
	Authorization string `json:"authorization,omitempty"`
}

// answer is what the bank says to a payment, to a question about one, or to a reversal.
type answer struct {
	Key           string `json:"key"`
	Status        string `json:"status"` // approved, declined, pending; reversed, refused
	Amount        string `json:"amount"`
	Currency      string `json:"currency"`
	Code          string `json:"code"`
	Reason        string `json:"reason"` // of a decline: a bank.Reason
	Authorization string `json:"authorization"`
	Settlement    string `json:"settlement_date"` // YYYY-MM-DD
}

// The statuses.
const (
	isApproved = "approved"
	isDeclined = "declined"
	isReversed = "reversed"
	isPending  = "pending"
)

// mark follows the name of the dialect in a bank.Packed.
const mark = '\n'

// keyOf returns what names a request at the bank for ever: its reference and trace number.
func keyOf(request *bank.Request) string { return fmt.Sprintf("%s-%06d", request.RRN, request.STAN) }

// Prepare makes the body of request. Its errors wrap bank.ErrInvalid.
func (c *Connector) Prepare(request bank.Request) (bank.Packed, error) {
	if err := request.Check(); err != nil {
		return nil, bank.Invalid(err)
	}
	p := payment{Key: keyOf(&request), Kind: request.Kind.String(), Account: request.Account, Amount: request.Currency.Format(request.Amount),
		Currency: request.Currency.Code, Merchant: request.Merchant, Reference: request.Ref, At: request.At.UTC(), Authorization: request.AuthID}
	if request.Of != nil {
		of, _, err := open(request.Of)
		switch {
		case err == nil:
			p.Of = of.Key
		case request.Kind != bank.Refund:
			return nil, err
		default: // packed by another connector
			p.Authorization = ""
		}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, bank.Invalid(err)
	}
	return append(append(bank.Packed(Dialect), mark), body...), nil
}

// errOther says that a stored request is not one of ours.
var errOther = errors.New("not a request of this kind")

// open reads a stored request.
func open(packed bank.Packed) (*payment, []byte, error) {
	name, body, found := bytes.Cut(packed, []byte{mark})
	if !found || string(name) != Dialect {
		return nil, nil, bank.Invalid(errOther)
	}
	p := new(payment)
	if json.Unmarshal(body, p) != nil || p.Key == "" {
		return nil, nil, bank.Invalid(errOther) // the error of JSON may quote it
	}
	return p, body, nil
}

// decision reads an answer to p. An error means that it decides nothing; cause is the word
// for it.
func (a *answer) decision(p *payment) (reply bank.Reply, cause, why string) {
	switch {
	case a.Key != "" && a.Key != p.Key:
		return reply, bank.CauseElement, "key differs"
	case a.Currency != "" && a.Currency != p.Currency:
		return reply, bank.CauseElement, "currency differs"
	}
	reply = bank.Reply{Code: word(a.Code, p), AuthID: word(a.Authorization, p), Settlement: monthDay(a.Settlement)}
	switch a.Status {
	case isApproved:
		granted, whole, ok := a.granted(p)
		if !ok {
			return bank.Reply{}, bank.CauseElement, "amount differs"
		}
		if !whole {
			reply.Granted = granted
		}
		reply.Approved, reply.Reason = true, bank.Approved
		if reply.Code == "" {
			reply.Code = approvedCode
		}
		return reply, "", ""
	case isDeclined:
		reply.Reason = reasonOf(a.Reason)
		return reply, "", ""
	case isPending:
		return bank.Reply{}, bank.CauseCode, "it is pending"
	}
	return bank.Reply{}, bank.CauseCode, "its status decides nothing"
}

// granted returns how much an approval is about. It is ok if it is about all, or, for an
// amount to be held, about less.
func (a *answer) granted(p *payment) (granted money.Amount, whole, ok bool) {
	if a.Amount == "" || a.Amount == p.Amount {
		return 0, true, true
	}
	currency, known := money.Lookup(p.Currency)
	if !known {
		return 0, false, false
	}
	asked, err := currency.Parse(p.Amount)
	if err != nil {
		return 0, false, false
	}
	granted, err = currency.Parse(a.Amount)
	switch {
	case err != nil:
		return 0, false, false
	case granted == asked:
		return 0, true, true
	}
	return granted, false, p.Kind == bank.PreAuth.String() && granted > 0 && granted < asked
}

// reasonOf returns the reason of a decline; a word that is not known is a refusal.
func reasonOf(word string) bank.Reason {
	switch r := bank.Reason(word); r {
	case bank.Funds, bank.Account, bank.Limit, bank.Unavailable:
		return r
	}
	return bank.Refused
}

// monthDay returns the MMDD of a date, or "".
func monthDay(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return at.Format("0102")
}

// wordMax is the length of the longest code that is kept; some banks have 36 characters.
const wordMax = 64

// word returns a code of the bank, which is kept, logged and shown, or "" if it is not a
// short word, or has the account number in it.
func word(code string, p *payment) string {
	other := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(code) > wordMax || strings.ContainsFunc(code, other) || strings.Contains(code, p.Account) {
		return ""
	}
	return code
}
