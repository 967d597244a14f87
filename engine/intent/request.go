package intent

import (
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/user"
	"mpg/store"
)

// Flaw says why a text can be no order, whatever it says.
type Flaw uint8

// The flaws. A text without one is read as an order.
const (
	TooLong     Flaw = iota + 1 // a long message of several parts
	FurtherPart                 // of a long message that is answered already
	Unreadable                  // an unknown alphabet or binary
	HoldsPIN                    // it looked like a PIN and is redacted
	HoldsCard                   // it held a card number, which is redacted
)

// Request is a text that waits for its answer. Whoever takes texts in fills the first group
// once and Sender in each try; the Service does the rest.
type Request struct {
	Via    string       // bind that answers
	By     string       // bind that the text came in by
	Code   string       // short code that it was sent to
	Phone  string       // the sender, E.164
	Body   string       // without PINs and card numbers
	Digest store.Digest // keyed, of sender, short code and text, whichever bind it came in by
	Flaw   Flaw         // 0: none
	Rules  Rules        // of the moment it came

	Sender *user.User  // as of this try; nil: not registered
	Order  order.Order // what is done in this try, at first what the text says
	Lang   lang.Lang   // of the answer: the sender's, or else that of the order
	Class  Class       // of the order; 0: the text is none

	read   order.Order // what the text says
	answer Handler
	named  string // what the text says, with the number in place of a name; empty: it has none
	confirmed
	no   uint64        // payment number, drawn once
	legs []payment.Leg // of the payment that this try orders

	refusalAsked bool   // whether it has been decided if a refusal of it is kept
	refusalNo    uint64 // number of the refusal; 0: not kept
}

// confirmed is what YES has said of the order of a try.
type confirmed struct {
	sure bool   // an equal order is wanted
	warn func() // notes that a YES to a request for money was answered by a question; nil: it need not be asked
}

// begin brings req to the start of a try, once its sender is known.
func (req *Request) begin(place local.Place) {
	req.sure, req.legs, req.named, req.warn = false, nil, "", nil
	req.mean(req.read, place)
}

// mean makes ordered the order of req, which is answered in its language from now on.
func (req *Request) mean(ordered order.Order, place local.Place) {
	req.Order, req.Lang = ordered, place.LangOf(req.Sender, ordered.Written)
}

// Notice returns a text to the sender of req.
func (req *Request) Notice(text lang.Key, args lang.Args) notice.Notice {
	return notice.Notice{Via: req.Via, From: req.Code, To: req.Phone, Lang: req.Lang, Text: text, Args: args}
}
