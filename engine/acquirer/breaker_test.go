package acquirer

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
)

// probed is a bank whose probes end as a test says. Nothing else of it is asked.
type probed struct {
	Bank
	fails  atomic.Bool
	probes atomic.Int32
}

func (p *probed) Probe(context.Context) error {
	p.probes.Add(1)
	if p.fails.Load() {
		return errors.New("no answer")
	}
	return nil
}

// TestBreakerOpensAndCloses follows a breaker through failures, probes and the trial.
func TestBreakerOpensAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, opens := new(probed), new(atomic.Int64)
		b := newBreaker(Breaker{After: 3, Wait: time.Minute}, one, slog.New(slog.DiscardHandler), opens)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() { b.run(ctx); close(ran) }()
		want := func(step string, open bool, count int64, probes int32) {
			t.Helper()
			synctest.Wait()
			if b.isOpen() != open || opens.Load() != count || one.probes.Load() != probes {
				t.Errorf("%s: open %t, opened %d times, %d probes; want %t, %d, %d", step, b.isOpen(), opens.Load(), one.probes.Load(), open, count, probes)
			}
		}
		for _, failed := range []bool{true, true, false, true, true} {
			b.note(failed)
		}
		want("failures that are not in a row", false, 0, 0)
		b.note(true)
		want("three in a row", true, 1, 0)
		b.note(true)
		b.note(false) // answers to what was asked before
		want("later answers", true, 1, 0)
		one.fails.Store(true)
		time.Sleep(2*time.Minute + time.Second)
		want("two probes that fail", true, 1, 2)
		one.fails.Store(false)
		time.Sleep(time.Minute)
		want("one that succeeds", false, 1, 3)
		b.note(true)
		want("one more failure", true, 2, 3)
		time.Sleep(time.Minute)
		want("another probe", false, 2, 4)
		b.note(false)
		b.note(true)
		b.note(true)
		want("after a success, two failures", false, 2, 4)
		cancel()
		<-ran
	})
}

// TestBreakerThatIsOff never opens.
func TestBreakerThatIsOff(t *testing.T) {
	t.Parallel()
	b := newBreaker(Breaker{}, new(probed), slog.New(slog.DiscardHandler), new(atomic.Int64))
	for range 100 {
		b.note(true)
	}
	if b.isOpen() {
		t.Error("it opened")
	}
}

// TestBreakerOfABankWithoutProbe: the next order is the probe.
func TestBreakerOfABankWithoutProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(Breaker{After: 1, Wait: time.Minute}, nil, slog.New(slog.DiscardHandler), new(atomic.Int64))
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() { b.run(ctx); close(ran) }()
		b.note(true)
		time.Sleep(time.Minute - time.Second)
		if synctest.Wait(); !b.isOpen() {
			t.Error("it closed too early")
		}
		time.Sleep(2 * time.Second)
		if synctest.Wait(); b.isOpen() {
			t.Error("it stays open")
		}
		cancel()
		<-ran
	})
}

func TestWhatCountsAsAFailure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reply bank.Reply
		err   error
		want  bool
	}{
		"silence":     {bank.Reply{}, bank.ErrUnknown, true},
		"not working": {bank.Reply{Code: "91", Reason: bank.Unavailable}, nil, true},
		"approved":    {bank.Reply{Approved: true, Code: "00", Reason: bank.Approved}, nil, false},
		"no money":    {bank.Reply{Code: "51", Reason: bank.Funds}, nil, false},
	} {
		if got := failed(tt.reply, tt.err); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
