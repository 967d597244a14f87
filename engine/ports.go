package engine

import (
	"context"

	"mpg/engine/acquirer"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/outbox"
	"mpg/store/money"
)

// Ports are what the engine needs from outside. cmd/mpg/daemon fills them; no
// protocol is known here.
type Ports struct {
	// SendSMS hands one short message to the bind named by its Via. done is
	// called once, from any goroutine, and must not block. An error says that
	// it was not taken and done will not be called.
	SendSMS func(ctx context.Context, text SMS, done func(Sending)) error
	// Codes returns the short codes that a bind serves, behind which an address may have the
	// number of a payee. If nil, no text comes to such an address.
	Codes func(via string) []string
	// SMSReady returns once the bind can take a text, or with ctx's error. If
	// nil, every bind always can.
	SMSReady func(ctx context.Context, via string) error
	// SMSUp reports whether the bind can take a text now. If nil, every bind can.
	SMSUp func(via string) bool
	// Call places a call, runs its steps and returns when the line is free.
	Call func(ctx context.Context, call call.Call) call.Report
	// Speaks reports whether there is a voice for language, so that a call can be made.
	Speaks func(language lang.Lang) bool
	// Banks are the connectors by name.
	Banks map[string]acquirer.Bank
	// Owes is the most that each bank may owe, by name; 0: no limit. Breakers say when
	// orders for a bank that fails are refused.
	Owes     map[string]money.Amount
	Breakers map[string]acquirer.Breaker
}

// smsUp reports whether a bind takes texts now.
func (p *Ports) smsUp(via string) bool { return p.SMSUp == nil || p.SMSUp(via) }

// SMS is one text to one number.
type SMS = outbox.SMS

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
