package acquirer

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/bank"
)

// Breaker says when orders for a bank that fails are refused. The zero Breaker never refuses
// any.
type Breaker struct {
	After int           // requests in a row without an answer, or answered that the bank is not working
	Wait  time.Duration // before the bank is tried again
}

// Prober is a Bank that can be asked whether it works without asking it for money.
type Prober interface {
	// Probe returns nil if the bank answers.
	Probe(ctx context.Context) error
}

// breaker refuses orders for one bank that fails: a call and a PIN that could only end in a
// reversal help nobody. It is closed while the bank works. After too many failures in a row
// it is open. When its wait is over, it probes the bank; a bank that answers gets orders
// again, and one more failure opens it again.
type breaker struct {
	rules Breaker
	bank  Bank
	log   *slog.Logger
	opens *atomic.Int64 // how often any breaker opened

	mu       sync.Mutex
	failures int  // in a row
	open     bool // orders are refused
	changed  chan struct{}
}

func newBreaker(rules Breaker, one Bank, log *slog.Logger, opens *atomic.Int64) *breaker {
	return &breaker{rules: rules, bank: one, log: log, opens: opens, changed: make(chan struct{}, 1)}
}

// isOpen reports whether orders are refused.
func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}

// failed reports whether an outcome shows that the bank does not work. A request that was
// never sent shows nothing about it: the link itself shows that it is down.
func failed(reply bank.Reply, err error) bool {
	return err != nil || reply.Reason == bank.Unavailable
}

// note takes in how a request that was sent has ended.
func (b *breaker) note(failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !failed {
		b.failures = 0
		return
	}
	b.failures++
	if b.rules.After == 0 || b.open || b.failures < b.rules.After {
		return
	}
	b.open = true
	b.opens.Add(1)
	b.log.Error("bank is failing; orders for it are refused until it answers again", "failures", b.failures, "tried_in", b.rules.Wait)
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// run probes the bank whenever the breaker is open, until ctx ends.
func (b *breaker) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.changed:
		}
		for b.isOpen() {
			if timer := time.NewTimer(b.rules.Wait); !wait(ctx, timer) {
				return
			}
			b.probe(ctx)
		}
	}
}

// wait waits for timer, and reports false if ctx ends first.
func wait(ctx context.Context, timer *time.Timer) bool {
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// probe closes the breaker if the bank answers, so that the next failure opens it again. A
// bank that cannot be probed is tried by the next order.
func (b *breaker) probe(ctx context.Context) {
	if prober, ok := b.bank.(Prober); ok {
		if err := prober.Probe(ctx); err != nil {
			if ctx.Err() == nil {
				b.log.Warn("bank is still failing; orders for it are refused", "err", err)
			}
			return
		}
	}
	b.mu.Lock()
	b.open, b.failures = false, b.rules.After-1
	b.mu.Unlock()
	b.log.Warn("bank answers again; orders for it are taken")
}
