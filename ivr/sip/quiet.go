package sip

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
)

// quiet passes on the bare sentence of a library's log record and drops all
// its attributes: sipgo attaches whole messages, request lines and URIs to
// its records, and those hold telephone numbers and, in INFO bodies, digits.
// Everything is logged at Debug, since strangers' datagrams can provoke it, except the
// first message that could not be read: a trunk whose answers are dropped leaves
// phones ringing, and the operator must know.
type quiet struct {
	to     slog.Handler
	unread *atomic.Bool // such a message has been reported
}

func newQuiet(log *slog.Logger) *slog.Logger {
	return slog.New(quiet{log.Handler(), new(atomic.Bool)})
}

// unreadable is sipgo's log message for a message that its parser cannot read.
const unreadable = "failed to parse"

// Enabled follows the handler beneath.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return q.to.Enabled(ctx, slog.LevelDebug) || level >= slog.LevelError && q.to.Enabled(ctx, slog.LevelWarn)
}

// Handle writes the sentence without its attributes.
func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	if record.Message == unreadable && !q.unread.Swap(true) {
		warn := slog.NewRecord(record.Time, slog.LevelWarn, "a SIP message could not be read and was dropped; further ones are not reported", record.PC)
		return q.to.Handle(ctx, warn)
	}
	if !q.to.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	bare := slog.NewRecord(record.Time, slog.LevelDebug, "sip library: "+record.Message, record.PC)
	return q.to.Handle(ctx, bare)
}

// WithAttrs drops the attributes.
func (q quiet) WithAttrs([]slog.Attr) slog.Handler { return q }

// WithGroup drops the group.
func (q quiet) WithGroup(string) slog.Handler { return q }

// Mask hides the middle of a telephone number: +86138****0001. Short ones
// are hidden whole.
func Mask(number string) string {
	const head, tail = 6, 4
	if len(number) < head+tail+2 {
		return strings.Repeat("*", len(number))
	}
	return number[:head] + "****" + number[len(number)-tail:]
}
