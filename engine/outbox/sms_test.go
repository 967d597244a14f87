package outbox_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/outbox"
)

// binds are Binds that answer each text with the next of outcomes, and fail once there
// is none.
type binds struct {
	outbox.Binds
	outcomes []outbox.Outcome
	sent     []outbox.SMS
	ended    []outbox.Outcome
	first    time.Duration
}

func newBinds(outcomes ...outbox.Outcome) *binds {
	b := &binds{outcomes: outcomes, first: time.Second}
	b.Binds = outbox.Binds{
		Submit: func(_ context.Context, m outbox.SMS, done func(outbox.Outcome)) error {
			if len(b.outcomes) == 0 {
				return errors.New("the bind is closed")
			}
			b.sent = append(b.sent, m)
			outcome := b.outcomes[0]
			b.outcomes = b.outcomes[1:]
			done(outcome)
			return nil
		},
		Words: func(n *notice.Notice) string { return "words of " + n.Args.Ref },
		First: func() time.Duration { return b.first },
		Ended: func(n *notice.Notice, outcome outbox.Outcome) {
			if n.Args.Ref != "REF00001" {
				outcome = 0
			}
			b.ended = append(b.ended, outcome)
		},
	}
	return b
}

// Every answer of the SMSC to a text is reported to the outbox and to Ended; a text that
// was not accepted at all is tried later, and has not ended.
func TestSMSChannelTellsTheOutcome(t *testing.T) {
	t.Parallel()
	for _, want := range []outbox.Outcome{outbox.Accepted, outbox.Busy, outbox.Uncertain, outbox.Unfit, outbox.Never} {
		b := newBinds(want)
		var done []outbox.Outcome
		n := notice.Notice{Via: "elsewhere", From: "8888", To: "+8613800000001", Args: lang.Args{Ref: "REF00001"}}
		b.Channel("main").Send(t.Context(), &n, func(o outbox.Outcome) { done = append(done, o) })
		sms := outbox.SMS{Via: "main", From: "8888", To: "+8613800000001", Text: "words of REF00001", Ref: "REF00001"}
		if !slices.Equal(b.sent, []outbox.SMS{sms}) || !slices.Equal(done, []outbox.Outcome{want}) || !slices.Equal(b.ended, done) {
			t.Errorf("%v: sent %+v, done %v, ended %v", want, b.sent, done, b.ended)
		}
		b.Channel("main").Send(t.Context(), &n, func(o outbox.Outcome) { done = append(done, o) })
		if !slices.Equal(done, []outbox.Outcome{want, outbox.Busy}) || len(b.ended) != 1 {
			t.Errorf("%v, and then not taken: done %v, ended %v", want, done, b.ended)
		}
	}
}

func TestSMSChannelIsReadyWhenItsBindIs(t *testing.T) {
	t.Parallel()
	b := newBinds()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	channel := b.Channel("main")
	if err := channel.Ready(t.Context()); err != nil {
		t.Errorf("a bind that always can: %v", err)
	}
	if err := channel.Ready(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	down := errors.New("down")
	b.Ready = func(_ context.Context, via string) error {
		if via == "main" {
			return nil
		}
		return down
	}
	if err := b.Channel("main").Ready(ended); err != nil {
		t.Errorf("main: %v", err)
	}
	if err := b.Channel("spare").Ready(t.Context()); !errors.Is(err, down) {
		t.Errorf("spare: %v", err)
	}
}

// The policy follows the settings of the moment, and a text is never given up within a
// day.
func TestSMSChannelRetriesByTheSettingsOfTheMoment(t *testing.T) {
	t.Parallel()
	b := newBinds()
	channel := b.Channel("main")
	if channel.Name() != "main" || channel.Medium() != notice.SMS {
		t.Errorf("%s carries %v", channel.Name(), channel.Medium())
	}
	for _, first := range []time.Duration{time.Second, 30 * time.Second} {
		b.first = first
		policy := channel.Retry()
		if policy.First != first || policy.Max != 16*first || policy.Lasts != 24*time.Hour || policy.Tries != 0 {
			t.Errorf("first %v: %+v", first, policy)
		}
	}
}
