package phone

import (
	"time"

	mpgsip "mpg/ivr/sip"
)

// Does is what a handset does with a call.
type Does uint8

// What handsets do.
const (
	Answers       Does = iota // 180, then 200 after Ring
	IsBusy                    // 486. RFC 3261 21.4.24
	Rejects                   // 603 after Ring. RFC 3261 21.6.2
	NeverAnswers              // 180 until CANCEL. RFC 3261 9.2
	IsUnreachable             // 404. RFC 3261 21.4.5
	IsOff                     // 480. RFC 3261 21.4.18
	IsForwarded               // 181, then NeverAnswers. RFC 3261 21.1.3
	Crosses                   // 180, and the 200 crosses the CANCEL. RFC 3261 9.1
	WaitsForHand              // 180; Call.Answer or Call.Reject decides
	Refuses                   // Code after Ring; without 180 if Ring is zero
)

// Wait is what an act waits for.
type Wait uint8

// What acts wait for.
const (
	Now    Wait = iota // nothing
	Speech             // a prompt begins, or has begun since the last act
	Quiet              // a prompt that began since the last act has ended
)

// Act is one thing a handset does in a call, after the acts before it.
type Act struct {
	Wait   Wait
	Delay  time.Duration // after what was waited for
	Keys   string        // pressed one after the other: 0-9 * # A-D
	HangUp bool
}

// Behaviour is how a handset takes a call. The zero value answers at once and
// listens until the other side hangs up.
type Behaviour struct {
	Does   Does
	Ring   time.Duration // from 180 to what Does says
	Code   int           // of Refuses: a final SIP status
	Acts   []Act         // in order, once answered
	Record bool          // keep what is heard
	Info   bool          // press keys by SIP INFO instead of RFC 4733
	// Codecs are the payload types it knows, in order; nil: PCMA, PCMU.
	Codecs []uint8
	// Audio receives each 20 ms that is heard, on the media thread: it must not
	// block and must not keep the payload. May be nil.
	Audio func(call *Call, payloadType uint8, payload []byte)
}

// codecs returns the payload types of RFC 3551 6 that the handset knows, in order.
func (b Behaviour) codecs() []uint8 {
	if b.Codecs != nil {
		return b.Codecs
	}
	return []uint8{mpgsip.PCMA, mpgsip.PCMU}
}
