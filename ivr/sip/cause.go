package sip

import "fmt"

// Cause is why a call was not answered. The list is closed.
type Cause uint8

// The causes of a call that was not answered.
const (
	Failed      Cause = iota // the trunk, our side, or a response of no other meaning
	Busy                     // 486, 600
	Rejected                 // 603, 403: the subscriber or the network declines
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

// causeOf reads a final status code (RFC 3261 21, RFC 8197, RFC 8688).
func causeOf(code int) Cause {
	switch code {
	case 486, 600:
		return Busy
	case 403, 603, 607, 608:
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
