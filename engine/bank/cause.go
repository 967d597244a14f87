package bank

import (
	"errors"
	"fmt"
	"time"

	"mpg/engine/bank/iso8583"
)

// The words for why a request or a reversal has no sure answer, or was not sent.
// They are labels of metrics.
const (
	causeTimeout    = "timeout"    // no answer came in time
	causeLine       = "line"       // the line broke
	causeStopped    = "stopped"    // the caller's context ended
	causeElement    = "element"    // an element of the answer differs from that of the request
	causeCode       = "code"       // the response code decides nothing
	causeNoCode     = "no_code"    // the answer has no response code
	causeUnreadable = "unreadable" // an answer came that cannot be read
	causeUnmatched  = "unmatched"  // an answer came that names no request, or another one
	causeType       = "type"       // an answer of another message type came
	causeDown       = "down"       // the link is not signed on
	causeBusy       = "busy"       // the same request is under way
	causeInvalid    = "invalid"    // no message can carry the request
	causeOther      = "other"
)

// causes are all the words, for a metric that begins with every label at 0. It is
// never written to.
var causes = [...]string{
	causeTimeout, causeLine, causeStopped, causeElement, causeCode, causeNoCode, causeUnreadable, causeUnmatched,
	causeType, causeDown, causeBusy, causeInvalid, causeOther,
}

// failure is an error of Authorize or Reverse with its cause.
type failure struct {
	base error  // ErrDown, ErrInvalid or ErrUnknown
	word string // of causes
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

// Unwrap gives both what it is and what caused it.
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

func invalid(err error) error { return &failure{ErrInvalid, causeInvalid, "packing", err} }

func unknown(word, text string, err error) error { return &failure{ErrUnknown, word, text, err} }

// silence says that wait is over; hint, if any, is what came in the meantime and
// could not be taken for the answer.
func silence(wait time.Duration, hint *hint) error {
	text := fmt.Sprintf("no answer within %v", wait)
	if hint == nil {
		return unknown(causeTimeout, text, nil)
	}
	return unknown(hint.word, text+"; "+hint.text, nil)
}

// hint is something that came while a request waited and was not its answer.
type hint struct{ word, text string }

// differs says which element of an answer is not as it was sent.
func differs(de iso8583.DE) *hint {
	return &hint{causeElement, element(de) + " differs"}
}

// element names de for people: element 49 (currency code, transaction).
func element(de iso8583.DE) string { return fmt.Sprintf("element %d (%s)", de, de.Name()) }
