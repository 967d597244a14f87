package engine

import (
	"context"
	"time"

	"mpg/engine/attempt"
	"mpg/engine/notice"
	"mpg/engine/outbox"
)

// The retry policy for texts, beside Rules.NoticeRetry.
const (
	noticeSlower = 16             // the longest wait between two tries, as a multiple of NoticeRetry
	noticeLasts  = 24 * time.Hour // how long a text is tried that is refused while others are taken
)

// makeOutbox makes the dispatcher with a channel for each bind.
func (e *Engine) makeOutbox() error {
	tries, err := attempt.Load(e.ctx, e.run)
	if err != nil {
		return err
	}
	cfg := outbox.Config{
		Rows: e.cfg.Store.Outbox, Done: tries.Done, Attempts: tries, Log: e.cfg.Log,
		Sent: func(o Sending) { e.stats.Sent.Add(int(o)) },
	}
	for _, via := range e.cfg.Binds {
		cfg.Channels = append(cfg.Channels, smsChannel{e: e, via: via})
	}
	e.outbox, err = outbox.New(cfg)
	return err
}

// smsChannel is a bind as the outbox sees it.
type smsChannel struct {
	e   *Engine
	via string
}

// Name returns the name of the bind.
func (c smsChannel) Name() string { return c.via }

// Medium returns the one that binds carry.
func (c smsChannel) Medium() notice.Medium { return notice.SMS }

// Ready waits for the bind.
func (c smsChannel) Ready(ctx context.Context) error {
	if ready := c.e.cfg.Ports.SMSReady; ready != nil {
		return ready(ctx, c.via)
	}
	return ctx.Err()
}

// Send words n and hands it to the bind. A text that was not taken is sent
// later.
func (c smsChannel) Send(ctx context.Context, n notice.Notice, done func(Sending)) {
	m := SMS{Via: c.via, From: n.From, To: n.To, Text: n.Words(c.e.Rules().Operator), Ref: n.Args.Ref}
	ended := func(o Sending) {
		c.e.taken(&n, o)
		done(o)
	}
	if err := c.e.cfg.Ports.SendSMS(ctx, m, ended); err != nil {
		done(Busy)
	}
}

// Retry returns the policy under the current rules.
func (c smsChannel) Retry() outbox.Retry {
	first := c.e.Rules().NoticeRetry
	return outbox.Retry{First: first, Max: noticeSlower * first, Lasts: noticeLasts}
}
