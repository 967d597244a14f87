package sip

import (
	"fmt"

	"github.com/emiago/sipgo/sip"
)

// Cause is why a call was not answered. The list is closed.
type Cause uint8

// The causes of a call that was not answered.
const (
	Failed      Cause = iota // by the trunk or our side, or a response without another meaning; 403 too
	Busy                     // 486, 600. RFC 3261 21.4.24, 21.6.1
	Rejected                 // 603, 607: the subscriber declines. RFC 3261 21.6.2, RFC 8197
	NoAnswer                 // 408, 487, or it rang for Config.Ring. RFC 3261 21.4.9, 21.4.25
	Unreachable              // 404, 484 and the like: no such number; 480: switched off, out of coverage, or not answered
	Forwarded                // 181 or 3xx: another phone would have rung. RFC 3261 21.1.3, 21.3
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

// causeOf reads a final status code (RFC 3261 21, RFC 8197, RFC 8688). An unknown code
// means the same as x00 of its class (RFC 3261 8.1.3.2). Codes not listed here are the
// trunk's failures, in which the subscriber was never asked: 403 is sent for lack of a
// route, of credit or of a known caller (21.4.4), and 608 by a machine on the way
// (RFC 8688 1). 480 does not tell whether the phone rang: it is sent for one that is
// not logged in (RFC 3261 21.4.18) and, by a gateway, for one that was not answered
// (RFC 3398 7.2.4.1). So it gets the meaning that is true of both.
func causeOf(code int) Cause {
	switch code {
	case 486, 600:
		return Busy
	case 603, 607:
		return Rejected
	case 408, 487:
		return NoAnswer
	case 404, 410, 480, 484, 485, 604:
		return Unreachable
	case 606, 608:
		return Failed
	}
	switch code / 100 {
	case 3:
		return Forwarded
	case 6:
		return Busy
	}
	return Failed
}

// causeOfResponse is causeOf, refined by the Reason of the telephone network or of a
// server further on (RFC 3326, RFC 6432), which were nearer to the subscriber than the
// server that chose the code. A redirection needs no Reason.
func causeOfResponse(res *sip.Response) Cause {
	cause := causeOf(res.StatusCode)
	if cause == Forwarded {
		return cause
	}
	if code := reasonOf(res, "SIP", 699).Cause; code >= 400 {
		cause = causeOf(code)
	}
	switch q850 := releaseOf(res).Cause; {
	case q850 == 17: // user busy
		return Busy
	case q850 == 18, q850 == 19: // no user responding, no answer
		return NoAnswer
	case q850 == 21 && res.StatusCode != sip.StatusForbidden:
		// Call rejected. Gateways turn 403 into 21 and back (RFC 3398 8.2.6.1).
		return Rejected
	case q850 == 1, q850 == 20, q850 == 22, q850 == 27, q850 == 28:
		// Unallocated number, subscriber absent, number changed, destination out of order,
		// invalid number format.
		return Unreachable
	case q850 == 2, q850 == 3, q850 >= 32 && q850 < 127:
		// No route, and the classes that are the network's (ITU-T Q.850 2.1).
		return Failed
	}
	return cause // 16 and 31 are normal, 127 is unknown
}

// Failure is the error of Dial: why the call did not come about.
type Failure struct {
	Cause Cause
	Code  int   // SIP status code; 0: no final response came
	Err   error // what lies beneath; may be nil

	Release Release // of the final response
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
