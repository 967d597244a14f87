package bank

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/bank/iso8583"
)

// Link is the connection to one bank: a line to each of its addresses, of which requests go
// by the first that is signed on. Its methods may be called from any goroutine.
type Link struct {
	cfg       Config
	dialect   *iso8583.Dialect
	exchanges *exchanges
	counters  *counters
	limited   limiter
	oddities  oddities
	lines     []*line
	risen     rising
	guard     *guard
	traces    atomic.Uint32   // of network messages; theirs is a class of its own
	life      context.Context // ends with Close
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
	l.guard = &guard{MAC: config.MAC, dialect: d, now: config.Now, log: config.Log, counters: l.counters}
	for _, addr := range append([]string{config.Addr}, config.Standby...) {
		l.lines = append(l.lines, &line{link: l, addr: addr})
	}
	l.life, l.kill = context.WithCancel(context.Background())
	return l, nil
}

// Close makes Run sign off and return; the link stays down from then on.
func (l *Link) Close() error {
	l.kill()
	return nil
}

// Up reports whether requests can be sent: a line is signed on, and there is a key for the
// MACs that they need.
func (l *Link) Up() bool { return l.first() != nil && l.guard.ready() }

// Stats returns the counters since Open.
func (l *Link) Stats() Stats {
	st := l.counters.stats()
	st.Outstanding = l.exchanges.outstanding()
	return st
}

// State returns which lines are signed on, and the check values of the keys.
func (l *Link) State() State {
	var state State
	for _, one := range l.lines {
		state.Lines = append(state.Lines, LineState{Addr: one.addr, Up: one.current.Load() != nil})
	}
	if l.cfg.MAC.Keys != nil {
		state.Keys = l.cfg.MAC.Keys.Checks()
	}
	return state
}

// Probe exchanges an echo with the host, by the first line that is signed on.
func (l *Link) Probe(ctx context.Context) error {
	s := l.first()
	if s == nil {
		return down(causeDown, "not signed on", nil)
	}
	return s.network(ctx, iso8583.Echo, l.cfg.Timeout)
}

// Run keeps the lines signed on until ctx ends or Close is called, then signs off
// and returns nil. Call it once.
func (l *Link) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)()
	defer l.finish()
	var lines sync.WaitGroup
	for _, one := range l.lines {
		lines.Go(func() { one.run(ctx) })
	}
	lines.Wait()
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
