package outbox

import (
	"context"
	"time"

	"mpg/engine/notice"
)

// The retry policy for texts, beside Binds.First.
const (
	smsSlower = 16             // the longest wait between two tries, as a multiple of First
	SMSLasts  = 24 * time.Hour // how long a text that is refused while others are accepted is tried
)

// SMS is one text to one number.
type SMS struct {
	Via, From, To string // bind, short code, E.164
	Text, Ref     string
}

// Binds is what the channels of the SMSC binds have in common.
type Binds struct {
	// Submit hands text to the bind named by its Via. done is called once, from any
	// goroutine, and must not block. An error says that text was not taken and done will
	// not be called.
	Submit func(ctx context.Context, text SMS, done func(Outcome)) error
	// Ready returns once the bind can take a text, or with ctx's error. If nil, every
	// bind always can.
	Ready func(ctx context.Context, via string) error
	Words func(text *notice.Notice) string           // what a notice says under the current settings
	First func() time.Duration                       // the current wait before a second try; see Retry
	Ended func(text *notice.Notice, outcome Outcome) // is told how each text ended, before the row is marked
}

// Channel returns the channel of the bind with that name.
func (b *Binds) Channel(via string) Channel { return smsChannel{b, via} }

// smsChannel is one bind.
type smsChannel struct {
	*Binds
	via string
}

// Name returns the name of the bind.
func (c smsChannel) Name() string { return c.via }

// Medium returns the medium that binds carry.
func (c smsChannel) Medium() notice.Medium { return notice.SMS }

// Ready waits for the bind.
func (c smsChannel) Ready(ctx context.Context) error {
	if c.Binds.Ready == nil {
		return ctx.Err()
	}
	return c.Binds.Ready(ctx, c.via)
}

// Send words the text and hands it to the bind. A text that was not accepted is sent later.
func (c smsChannel) Send(ctx context.Context, text *notice.Notice, done func(Outcome)) {
	m := SMS{Via: c.via, From: text.From, To: text.To, Text: c.Words(text), Ref: text.Args.Ref}
	ended := func(outcome Outcome) {
		c.Ended(text, outcome)
		done(outcome)
	}
	if err := c.Submit(ctx, m, ended); err != nil {
		done(Busy)
	}
}

// Retry returns the current policy.
func (c smsChannel) Retry() Retry {
	first := c.First()
	return Retry{First: first, Max: smsSlower * first, Lasts: SMSLasts}
}
