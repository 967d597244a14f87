package ivr

import (
	"time"

	"mpg/ivr/flow"
	"mpg/ivr/sip"
)

// End is how a call ended. The list is closed.
type End uint8

// The ends of a call. Answered says whether somebody picked it up.
const (
	Finished    End = iota // the script, or its Judge, came to the end
	Busy                   // the line was engaged
	NoAnswer               // it rang in vain
	Rejected               // the subscriber or the network declined
	Unreachable            // no such number, switched off, out of coverage, or forwarded
	HungUp                 // the subscriber hung up before the script's end
	NotMe                  // the subscriber does not know of it
	Silent                 // three askings, or Config.Call, brought no usable key
	Failed                 // our side, the trunk, or a prompt without a voice
	Refused                // a guard: prefix not allowed, number in a call, lines full
	Cancelled              // the context given to Call ended first
	endCount
)

// String names the end for logs and metrics.
func (e End) String() string {
	names := [endCount]string{
		"finished", "busy", "no_answer", "rejected", "unreachable", "hung_up",
		"not_me", "silent", "failed", "refused", "cancelled",
	}
	if e < endCount {
		return names[e]
	}
	return "unknown"
}

// Answer is the result of a call.
type Answer struct {
	End      End
	SIPCode  int           // final SIP status; 0: none came
	Answered bool          // somebody picked up
	Ring     time.Duration // to the answer, or to the end without one
	Talk     time.Duration // from answer to end
	ByPeer   bool          // the peer ended the call that it had answered
	Cause    int           // ITU-T Q.850, as the peer gave it; 0: not given
	Text     string        // the peer's own words; may be empty
	Step     string        // the script's step where it ended; empty: past the last
	Err      error         // of Failed, Refused and Cancelled; holds no number
}

// endOfDial maps the causes of SIP. A forwarded call did not reach the
// subscriber: whether they would have answered is not known, and nobody else may
// hear of the payment.
func endOfDial(cause sip.Cause) End {
	switch cause {
	case sip.Busy:
		return Busy
	case sip.Rejected:
		return Rejected
	case sip.NoAnswer:
		return NoAnswer
	case sip.Unreachable, sip.Forwarded:
		return Unreachable
	case sip.Cancelled:
		return Cancelled
	default:
		return Failed
	}
}

func endOfFlow(ended flow.Ended) End {
	switch ended {
	case flow.Finished:
		return Finished
	case flow.HungUp:
		return HungUp
	case flow.NotMe:
		return NotMe
	case flow.Silent:
		return Silent
	default:
		return Failed
	}
}
