package bank

import (
	"errors"
	"fmt"
	"time"

	"mpg/engine/bank/iso8583"
)

// Words that say why a request or a reversal has no certain answer, or was not
// sent. They are labels of metrics.
const (
	CauseTimeout    = "timeout"    // no answer came in time
	CauseLine       = "line"       // the line broke
	causeStopped    = "stopped"    // the caller's context ended
	CauseElement    = "element"    // an element of the answer differs from that of the request
	CauseCode       = "code"       // the response code decides nothing
	causeNoCode     = "no_code"    // the answer has no response code
	CauseUnreadable = "unreadable" // the answer cannot be read
	causeUnmatched  = "unmatched"  // the answer names no request, or another one
	causeType       = "type"       // the answer is of another message type
	causeDown       = "down"       // the link is not signed on
	causeBusy       = "busy"       // the same request is under way
	causeInvalid    = "invalid"    // no message can carry the request
	causeMAC        = "mac"        // the answer's MAC is missing or wrong
	causeKey        = "key"        // there is no key for the MAC
	causeOther      = "other"
)

// causes lists all the words, for a metric that starts with every label at 0. It
// is never written to.
var causes = [...]string{
	CauseTimeout, CauseLine, causeStopped, CauseElement, CauseCode, causeNoCode, CauseUnreadable, causeUnmatched,
	causeType, causeDown, causeBusy, causeInvalid, causeMAC, causeKey, causeOther,
}

// failure is an error of Authorize or Reverse with its cause.
type failure struct {
	base error  // ErrDown, ErrInvalid or ErrUnknown
	word string // one of causes
	text string // for people
	err  error  // may be nil
}

func (f *failure) Error() string {
	text := f.base.Error() + ": " + f.text
	if f.err != nil {
		text += ": " + f.err.Error()
	}
	return text
}

// Unwrap returns both the sentinel error and its cause.
func (f *failure) Unwrap() []error {
	if f.err == nil {
		return []error{f.base}
	}
	return []error{f.base, f.err}
}

// Cause returns one stable word for why Authorize or Reverse failed, such as
// timeout, line, element or code; empty for nil.
func Cause(err error) string {
	var f *failure
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.word
	}
	return causeOther
}

func down(word, text string, err error) error { return &failure{ErrDown, word, text, err} }

// Invalid returns an ErrInvalid because of err.
func Invalid(err error) error { return &failure{ErrInvalid, causeInvalid, "packing", err} }

func unknown(word, text string, err error) error { return &failure{ErrUnknown, word, text, err} }

// Down returns an ErrDown: nothing left this machine, because of err.
func Down(text string, err error) error { return down(causeDown, text, err) }

// Unknown returns an ErrUnknown. word is one of the exported causes, text is for people, and
// err may be nil.
func Unknown(word, text string, err error) error { return unknown(word, text, err) }

// silence returns the error for a request that got no answer within wait; hint, if
// any, is what came in the meantime and could not be taken as the answer.
func silence(wait time.Duration, hint *hint) error {
	text := fmt.Sprintf("no answer within %v", wait)
	if hint == nil {
		return unknown(CauseTimeout, text, nil)
	}
	return unknown(hint.word, text+"; "+hint.text, nil)
}

// hint describes something that came while a request waited but was not its
// answer.
type hint struct{ word, text string }

// differs says which element of an answer is not what was sent.
func differs(de iso8583.DE) *hint {
	return &hint{CauseElement, element(de) + " differs"}
}

// element names de for people: element 49 (currency code, transaction).
func element(de iso8583.DE) string { return fmt.Sprintf("element %d (%s)", de, de.Name()) }
