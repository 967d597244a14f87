package engine

import (
	"context"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/outbox"
	"mpg/engine/pin"
)

// Ports are what the engine needs from outside. cmd/mpg/daemon fills them; no
// protocol is known here.
type Ports struct {
	// SendSMS hands one short message to the bind named by its Via. done is
	// called once, from any goroutine, and must not block. An error says that
	// it was not taken and done will not be called.
	SendSMS func(ctx context.Context, m SMS, done func(Sending)) error
	// SMSReady returns once the bind can take a text, or with ctx's error. If
	// nil, every bind always can.
	SMSReady func(ctx context.Context, via string) error
	// SMSUp reports whether the bind can take a text now. If nil, every bind can.
	SMSUp func(via string) bool
	// Call places a call, runs its steps and returns when the line is free.
	Call func(ctx context.Context, c Call) CallReport
	// Speaks reports whether there is a voice for l, so that a call can be made.
	Speaks func(l lang.Lang) bool
	// Banks are the connectors by name.
	Banks map[string]acquirer.Bank
}

// SMS is one text to one number.
type SMS struct {
	Via, From, To string // bind, short code, E.164
	Text, Ref     string
}

// Sending is how the SMSC took a text.
type Sending = outbox.Outcome

// The ways a text ends at the SMSC.
const (
	Accepted  = outbox.Accepted  // the SMSC has it
	Busy      = outbox.Busy      // throttled, full or not bound: try again
	Uncertain = outbox.Uncertain // it may have it: send again; the reference makes a copy harmless
	Unfit     = outbox.Unfit     // refused because of the bind's settings: kept until they are corrected
	Never     = outbox.Never     // refused because of the text or its recipient: dropped
)

// Call is a call to place: finished sentences, one language.
type Call struct {
	To       string // E.164
	Lang     lang.Lang
	Ref      string // for logs
	Steps    []CallStep
	Soon     []string // sentences that Judge is likely to say
	Judge    Judge
	NotMe    NotMe     // run when the person called says they did not ask for this
	Answered func()    // called once when the phone is picked up
	Ordered  time.Time // when the order came, for its first call; else zero
}

// CallStep says something and waits for keys.
type CallStep struct {
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

// Judge is asked once a step has its input. It may block; the line is silent
// meanwhile. Its context does not end when the caller hangs up. digits is nil
// at WantKey and is wiped after Judge returns.
type Judge func(ctx context.Context, step string, digits *pin.PIN) Verdict

// NotMe blocks the subscriber and returns what to say; it returns nothing if the
// block could not be committed. It may take a while, and its context does not
// end when the subscriber hangs up.
type NotMe func(ctx context.Context) []string

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

// CallReport says how a call ended, and who ended it.
type CallReport struct {
	End        CallEnd
	Answered   bool
	Ring, Talk time.Duration // to the answer, or the end without one; from the answer to the end
	HungUp     cdr.Party     // who ended an answered call
	SIP        int           // final status, RFC 3261 21; 0: none came
	Cause      int           // ITU-T Q.850, as RFC 3326 carries it; 0: none was told
	Text       string        // the network's own words; may be empty
	Step       string        // of the conversation at which it ended
}

// CallEnd is how a call ended.
type CallEnd uint8

// String returns the end as the label of a metric.
func (end CallEnd) String() string {
	switch end {
	case CallFinished:
		return "finished"
	case CallBusy:
		return "busy"
	case CallNoAnswer:
		return "no_answer"
	case CallRejected:
		return "rejected"
	case CallUnreachable:
		return "unreachable"
	case CallHungUp:
		return "hung_up"
	case CallNotMe:
		return "not_me"
	case CallSilent:
		return "silent"
	case CallFailed:
		return "failed"
	}
	return "unknown"
}

// The ends of a call.
const (
	CallFinished CallEnd = iota + 1 // by its script
	CallBusy
	CallNoAnswer
	CallRejected
	CallUnreachable
	CallHungUp
	CallNotMe  // the "not me" key
	CallSilent // no key after three askings
	CallFailed // our side or the trunk's
)
