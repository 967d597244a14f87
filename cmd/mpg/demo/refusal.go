package demo

import (
	"errors"
	"net/http"
)

// Errors of a request to the page.
var (
	errNoOrder   = errors.New("this is not a request to a handset")
	errNoHandset = errors.New("there is no such handset here")
)

// refusalHeader names the error of an answer, so that the page can show it in its own
// language. The body says it in English.
const refusalHeader = "Mpg-Refusal"

// refusals holds the names of errors; assets/words-en.js and words-zh.js have the texts.
var refusals = map[error]string{
	errNoCall: "no-call", errTalking: "answered", errNotTalk: "not-answered", errKeys: "keys", errGone: "gone",
	errEmptyText: "empty", errLongText: "long", errShortCode: "number", errNoHandset: "no-handset", errNoOrder: "no-order",
	errNoTill: "no-till", errTillQuiet: "till-quiet",
}

// refuse answers with an error.
func refuse(response http.ResponseWriter, status int, err error) {
	for known, name := range refusals {
		if errors.Is(err, known) {
			response.Header().Set(refusalHeader, name)
		}
	}
	http.Error(response, err.Error(), status)
}
