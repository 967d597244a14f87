package bank

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/bank/iso8583"
)

// Link is one line to one bank. Its methods may be called from any goroutine.
type Link struct {
	cfg       Config
	dialect   *iso8583.Dialect
	exchanges *exchanges
	counters  *counters
	limited   limiter
	oddities  oddities
	current   atomic.Pointer[session] // the signed-on line, or nil
	traces    atomic.Uint32           // of network messages; theirs is a class of its own
	life      context.Context         // ends with Close
	kill      context.CancelFunc

	takingSlots chan struct{} // takingMax of the host's reversals
	tasksMu     sync.Mutex
	tasks       sync.WaitGroup // goroutines other than the one that reads the line
	stopped     bool           // Run is over, and no task starts any more
}

// Open checks config and returns a Link that is down: Run brings it up. Its errors are
// sentences about the configuration.
func Open(config Config) (*Link, error) {
	config, d, err := config.complete()
	if err != nil {
		return nil, err
	}
	l := &Link{cfg: config, dialect: d, exchanges: newExchanges(), counters: newCounters(), takingSlots: make(chan struct{}, takingMax)}
	l.life, l.kill = context.WithCancel(context.Background())
	return l, nil
}

// Close makes Run sign off and return; the link stays down from then on.
func (l *Link) Close() error {
	l.kill()
	return nil
}

// Up reports whether the link is signed on.
func (l *Link) Up() bool { return l.current.Load() != nil }

// Stats returns the counters since Open.
func (l *Link) Stats() Stats {
	st := l.counters.stats()
	st.Outstanding = l.exchanges.outstanding()
	return st
}

// Run keeps the link signed on until ctx ends or Close is called, then signs off
// and returns nil. Call it once.
func (l *Link) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)()
	defer l.finish()
	pause := l.cfg.BackoffMin
	for ctx.Err() == nil {
		wasUp, err := l.runOnce(ctx)
		if ctx.Err() != nil {
			break
		}
		if wasUp {
			pause = l.cfg.BackoffMin
		}
		wait := l.jitter(pause)
		if errors.Is(err, errSignedOff) {
			// The host has said that it wants no requests, so give it time.
			wait = max(wait, l.cfg.SignOffWait+time.Duration(l.cfg.Rand(int64(l.cfg.SignOffWait/8)+1)))
		}
		l.cfg.Log.Warn("bank link is down", "err", err, "again_in", wait)
		sleep(ctx, wait)
		pause = min(2*pause, l.cfg.BackoffMax)
	}
	return nil
}

// background runs task until it ends, unless Run is over.
func (l *Link) background(task func()) {
	l.tasksMu.Lock()
	defer l.tasksMu.Unlock()
	if !l.stopped {
		l.tasks.Go(task)
	}
}

// finish waits for the tasks.
func (l *Link) finish() {
	l.tasksMu.Lock()
	l.stopped = true
	l.tasksMu.Unlock()
	l.tasks.Wait()
}

// runOnce is the life of one line. It reports whether the line was signed on.
func (l *Link) runOnce(ctx context.Context) (wasUp bool, err error) {
	s, err := l.open(ctx)
	if err != nil {
		return false, fmt.Errorf("dial: %w", err)
	}
	if err := s.network(ctx, iso8583.SignOn, l.cfg.Timeout); err != nil {
		s.end(err)
		return false, fmt.Errorf("sign-on: %w", s.reason())
	}
	l.rise(s)
	defer l.fall()
	select {
	case <-s.line.Done():
		return true, s.reason()
	case <-ctx.Done():
	}
	l.signOff(ctx, s)
	return true, ctx.Err()
}

// rise and fall are the only changes of Up; both are of the goroutine of Run.
func (l *Link) rise(session *session) {
	session.signedOn.Store(true)
	l.current.Store(session)
	l.cfg.Log.Info("bank link is up")
	if l.cfg.OnChange != nil {
		l.cfg.OnChange(true)
	}
}

func (l *Link) fall() {
	l.current.Store(nil)
	if l.cfg.OnChange != nil {
		l.cfg.OnChange(false)
	}
}

// signOff takes leave of the host, shortly: nothing depends on its answer.
func (l *Link) signOff(ctx context.Context, session *session) {
	l.current.Store(nil)
	err := session.network(context.WithoutCancel(ctx), iso8583.SignOff, min(signOffWait, l.cfg.Timeout))
	if err != nil {
		l.cfg.Log.Info("sign-off not answered", "err", err)
	}
	session.end(errors.New("signed off"))
}

// jitter spreads a wait over its second half, so that links that fell together do not
// come back together.
func (l *Link) jitter(wait time.Duration) time.Duration {
	half := wait / 2
	return half + time.Duration(l.cfg.Rand(int64(half)+1))
}

func sleep(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// trace numbers a network message, 1 to STANMax and again.
func (l *Link) trace() uint32 { return (l.traces.Add(1)-1)%STANMax + 1 }
