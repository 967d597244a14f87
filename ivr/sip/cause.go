package sip

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Cause is why a call was not answered. The list is closed.
type Cause uint8

// The causes of a call that was not answered.
const (
	Failed      Cause = iota // the trunk, our side, or a response of no other meaning; 403 too
	Busy                     // 486, 600
	Rejected                 // 603: the subscriber or the network declines
	NoAnswer                 // 480, 408, 487, or it rang for Config.Ring
	Unreachable              // 404, 484 and the like: no such number
	Forwarded                // 181 or 3xx: another phone would have rung
	Cancelled                // the caller's context ended
)

// String names the cause for logs.
func (c Cause) String() string {
	names := [...]string{"failed", "busy", "rejected", "no answer", "unreachable", "forwarded", "cancelled"}
	if int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// causeOf reads a final status code (RFC 3261 21, RFC 8197, RFC 8688). 403 is
// the trunk's: no route, no credit, a caller it does not know. The subscriber
// has not been asked (RFC 3261 21.4.4).
func causeOf(code int) Cause {
	switch code {
	case 486, 600:
		return Busy
	case 603, 607, 608:
		return Rejected
	case 408, 480, 487:
		return NoAnswer
	case 404, 410, 414, 416, 484, 485, 604:
		return Unreachable
	}
	if code >= 300 && code < 400 {
		return Forwarded
	}
	return Failed
}

// causeOfResponse is causeOf, made plainer by the Reason that a gateway copied
// from the telephone network (RFC 3326), where the code alone says little.
func causeOfResponse(res *sip.Response) Cause {
	cause := causeOf(res.StatusCode)
	switch res.StatusCode {
	case 480, 487, 500, 502, 503, 504, 603:
	default:
		return cause
	}
	for _, h := range res.GetHeaders("Reason") {
		for value := range strings.SplitSeq(h.Value(), ",") {
			if better, ok := causeOfReason(value); ok {
				return better
			}
		}
	}
	return cause
}

// causeOfReason reads "Q.850;cause=17;text=..." (ITU-T Q.850 2.2.7).
func causeOfReason(value string) (Cause, bool) {
	protocol, params, _ := strings.Cut(value, ";")
	number := 0
	for param := range strings.SplitSeq(params, ";") {
		name, text, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "cause") {
			number, _ = strconv.Atoi(strings.Trim(strings.TrimSpace(text), `"`))
		}
	}
	switch protocol = strings.ToUpper(strings.TrimSpace(protocol)); {
	case protocol == "SIP" && number >= 400:
		return causeOf(number), true
	case protocol != "Q.850":
		return Failed, false
	}
	switch number {
	case 17: // user busy
		return Busy, true
	case 18, 19, 20: // no user responding, no answer, subscriber absent
		return NoAnswer, true
	case 21: // call rejected
		return Rejected, true
	case 1, 22, 28: // unallocated number, number changed, invalid number format
		return Unreachable, true
	}
	return Failed, false
}

// Failure is the error of Dial: why the call did not come about.
type Failure struct {
	Cause Cause
	Code  int   // SIP status code; 0: no final response came
	Err   error // what lies beneath; may be nil
}

// Error says the cause and the code. It holds no telephone number.
func (f *Failure) Error() string {
	s := "call " + f.Cause.String()
	if f.Code != 0 {
		s += fmt.Sprintf(" (SIP %d)", f.Code)
	}
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

// Unwrap returns the error beneath.
func (f *Failure) Unwrap() error { return f.Err }
