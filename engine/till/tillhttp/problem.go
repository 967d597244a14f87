package tillhttp

import (
	"encoding/json"
	"errors"
	"net/http"

	"mpg/engine/admin"
	"mpg/engine/till"
)

// Problem is the body of an error. RFC 9457
type Problem struct {
	Type   string `json:"type"`   // "about:blank": Title says it all
	Title  string `json:"title"`  // of Status
	Status int    `json:"status"` // of the answer
	Detail string `json:"detail"` // for people; may change
	Code   string `json:"code"`   // for programs; never changes
}

// refusal is an error that this package makes.
type refusal struct {
	status       int
	code, detail string
}

// Error says what is wrong.
func (r refusal) Error() string { return r.detail }

// badRequest says what is wrong with the form of a request.
func badRequest(detail string) error {
	return refusal{http.StatusBadRequest, "bad_request", detail}
}

// Refusals of requests.
var (
	errNoRoute   error = refusal{http.StatusNotFound, "no_route", "there is nothing at this address, or it does not take this method"}
	errTooLong   error = refusal{http.StatusRequestEntityTooLarge, "too_long", "the body is too long"}
	errThrottled error = refusal{http.StatusTooManyRequests, "throttled", "too many requests in this hour"}
)

// known lists the errors that tills are told of. Of others they hear only that there was one.
func known() []struct {
	err    error
	status int
	code   string
	detail string // empty: the text of the error
} {
	const (
		unauthorized = http.StatusUnauthorized
		conflict     = http.StatusConflict
	)
	return []struct {
		err    error
		status int
		code   string
		detail string
	}{
		{till.ErrKey, unauthorized, "unknown_key", ""},
		{till.ErrBlocked, unauthorized, "blocked_key", ""},
		{till.ErrStreams, http.StatusTooManyRequests, "too_many_streams", ""},
		{till.ErrForm, http.StatusBadRequest, "bad_event_id", "Last-Event-ID is not the id of an event of this stream"},
		{till.ErrGone, http.StatusGone, "event_gone", "the event in Last-Event-ID is too long ago: connect without it, and ask for the payments that matter at /v1/payments/REF"},
		{till.ErrOther, http.StatusGone, "event_unknown", "the event in Last-Event-ID is not in these books, which may have been restored from a backup: connect without it, and ask for the payments that matter at /v1/payments/REF"},
		{till.ErrNoPayment, http.StatusNotFound, "no_payment", ""},
		{till.ErrNoTicket, conflict, "no_ticket", ""},
		{till.ErrUnpaid, conflict, "not_paid", ""},
		{till.ErrRefunded, conflict, "refunded", ""},
		{till.ErrRedeemed, conflict, "redeemed", ""},
		{till.ErrNotOffered, conflict, "not_offered", ""},
		{till.ErrDecided, conflict, "decided", ""},
		{till.ErrTooLate, conflict, "too_late", ""},
		{admin.ErrKeyBody, conflict, "key_used", "this Idempotency-Key was used for another request"},
		{admin.ErrNotSetAside, conflict, "not_set_aside", ""},
		{admin.ErrOverCapture, conflict, "over_capture", ""},
		{admin.ErrCaptureFee, conflict, "under_fee", ""},
		{admin.ErrCaptureLate, conflict, "capture_late", ""},
		{admin.ErrIncreasing, conflict, "increasing", ""},
		{admin.ErrNoIncrease, conflict, "no_increase", ""},
		{admin.ErrOverIncrease, conflict, "over_increase", ""},
		{admin.ErrPayerLimit, conflict, "payer_limit", "this is more than the customer may pay"},
		{admin.ErrPayerBarred, conflict, "payer_limit", "this is more than the customer may pay"},
		{admin.ErrPayeeClosed, conflict, "shop_closed", ""},
	}
}

// problem writes an error.
func (s *Server) problem(reply http.ResponseWriter, err error) {
	p := Problem{Type: "about:blank", Status: http.StatusInternalServerError, Code: "internal", Detail: "internal error: try again"}
	var own refusal
	if errors.As(err, &own) {
		p.Status, p.Code, p.Detail = own.status, own.code, own.detail
	}
	for _, k := range known() {
		if errors.Is(err, k.err) {
			p.Status, p.Code, p.Detail = k.status, k.code, k.detail
			if p.Detail == "" {
				p.Detail = err.Error()
			}
			break
		}
	}
	if p.Status == http.StatusInternalServerError {
		s.cfg.Log.Error("request of a till failed", "err", err)
	}
	if p.Status == http.StatusUnauthorized {
		reply.Header().Set("WWW-Authenticate", `Bearer realm="mpg"`)
	}
	p.Title = http.StatusText(p.Status)
	reply.Header().Set("Content-Type", "application/problem+json")
	reply.WriteHeader(p.Status)
	_ = json.NewEncoder(reply).Encode(p) // a till that is gone needs no answer
}
