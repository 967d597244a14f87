package demo

import (
	"errors"
	"net/http"
)

// Errors of an order to the page.
var (
	errNoOrder   = errors.New("this is no order for a handset")
	errNoHandset = errors.New("there is no such handset here")
)

// refusalHeader names the error of an answer, for the page's words in the
// language that was chosen there. The body says it in English.
const refusalHeader = "Mpg-Refusal"

// refusals are the names of errors; assets/words.js has the words.
var refusals = map[error]string{
	errNoCall: "no-call", errTalking: "answered", errNotTalk: "not-answered", errKeys: "keys", errGone: "gone",
	errEmptyText: "empty", errLongText: "long", errShortCode: "number", errNoHandset: "no-handset", errNoOrder: "no-order",
}

// refuse answers with an error.
func refuse(w http.ResponseWriter, status int, err error) {
	for known, name := range refusals {
		if errors.Is(err, known) {
			w.Header().Set(refusalHeader, name)
		}
	}
	http.Error(w, err.Error(), status)
}
