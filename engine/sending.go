package engine

import (
	"time"

	"mpg/engine/attempt"
	"mpg/engine/notice"
	"mpg/engine/outbox"
)

// makeOutbox makes the dispatcher with a channel for each bind.
func (e *Engine) makeOutbox() error {
	tries, err := attempt.Load(e.ctx, e.run)
	if err != nil {
		return err
	}
	binds := &outbox.Binds{
		Submit: e.cfg.Ports.SendSMS, Ready: e.cfg.Ports.SMSReady, Ended: e.texted,
		Words: func(text *notice.Notice) string { return text.Words(e.Rules().Operator) },
		First: func() time.Duration { return e.Rules().NoticeRetry },
	}
	cfg := outbox.Config{Rows: e.cfg.Store.Outbox, Done: tries.Done, Dropped: tries.Dropped, Attempts: tries, Log: e.cfg.Log,
		Sent: func(outcome Sending) { e.stats.Sent.Add(outcome, 1) }}
	for _, via := range e.cfg.Binds {
		cfg.Channels = append(cfg.Channels, binds.Channel(via))
	}
	e.outbox, err = outbox.New(cfg)
	return err
}

// texted measures the time to the first text about the end of a payment that the SMSC
// accepts.
func (e *Engine) texted(text *notice.Notice, outcome Sending) {
	if outcome == Accepted && text.Args.Ref != "" && !text.Interim() {
		e.times.Receipt(text.Args.Ref, e.cfg.Now())
	}
}
