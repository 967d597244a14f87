package call

import (
	"context"
	"time"

	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/pin"
)

// Call is a call to place: finished sentences, one language.
type Call struct {
	To    string // E.164
	Lang  lang.Lang
	Ref   string // for logs
	Steps []Step
	Soon  []string // sentences that OnInput is likely to say
	// OnInput is called once a step has its input. It may block; the line is silent
	// meanwhile. Its context does not end when the subscriber hangs up. digits is nil
	// at WantKey and is wiped after OnInput returns.
	OnInput func(ctx context.Context, step string, digits *pin.PIN) Verdict
	// OnNotMe is called when the person called says that they did not ask for this. It
	// blocks the subscriber and returns what to say; it returns nothing if the block
	// could not be committed. It may take a while, and its context does not end when
	// the subscriber hangs up.
	OnNotMe  func(ctx context.Context) []string
	OnAnswer func()    // called once when the phone is picked up
	Ordered  time.Time // when the order came, for its first call; else zero
}

// Step says something and waits for keys.
type Step struct {
	Name  string
	Say   []string
	Again []string // in place of Say when it is asked again, except after *; empty: Say
	Short []string // before Again, if # ended a PIN too early
	GoOn  []string // if a PIN stops half way; what was keyed is kept
	Bye   []string // the last words, if it was asked in vain
	Want  Want
}

// Want is what a step waits for.
type Want uint8

// What a step may wait for. At Key, 1 continues and 0 is "not me"; at PIN, 0# is.
const (
	WantKey Want = iota + 1
	WantPIN
)

// Verdict is what the call does next.
type Verdict struct {
	Say []string
	Do  Do
}

// Do is the step after a verdict.
type Do uint8

// What may follow a verdict.
const (
	GoOn     Do = iota + 1 // the next step, or a friendly end after the last
	AskAgain               // the same step once more
	HangUp
)

// Report says how a call ended, and who ended it.
type Report struct {
	End        End
	Answered   bool
	Ring, Talk time.Duration // to the answer, or the end without one; from the answer to the end
	HungUp     cdr.Party     // who ended an answered call
	SIP        int           // final status, RFC 3261 21; 0: none came
	Cause      int           // ITU-T Q.850, as RFC 3326 carries it; 0: none was told
	Text       string        // the network's own words; may be empty
	Step       string        // of the conversation at which it ended
}

// End is how a call ended.
type End uint8

// The ends of a call.
const (
	EndFinished End = iota + 1 // by its script
	EndBusy
	EndNoAnswer
	EndRejected
	EndUnreachable
	EndHungUp
	EndNotMe  // the "not me" key
	EndSilent // no key after being asked three times
	EndFailed // our side or the trunk's
)

// String returns the end as the label of a metric.
func (end End) String() string {
	switch end {
	case EndFinished:
		return "finished"
	case EndBusy:
		return "busy"
	case EndNoAnswer:
		return "no_answer"
	case EndRejected:
		return "rejected"
	case EndUnreachable:
		return "unreachable"
	case EndHungUp:
		return "hung_up"
	case EndNotMe:
		return "not_me"
	case EndSilent:
		return "silent"
	case EndFailed:
		return "failed"
	}
	return "unknown"
}
