package media

import (
	"log/slog"
	"runtime"
	"sync"
	"time"
)

// The wheel.
const (
	slots   = 20                    // per revolution
	slot    = FrameDuration / slots // 1 ms
	lagMax  = 200 * time.Millisecond
	lagLogs = time.Minute // between two lines of log about lag
)

// shard is one wheel: a thread that sends and receives for the streams of its ports.
type shard struct {
	ports  []*port
	wheel  [slots][]*port // the ports that are sent in each slot
	poller *poller
	log    *slog.Logger
	origin time.Time
	wake   chan struct{} // holds one token while the inbox is not empty

	mu      sync.Mutex
	inbox   []func() // asked for by other goroutines
	closing bool
	stopped chan struct{}

	// Used by the wheel only.
	streams int
	spare   []func() // the other half of the inbox
	in      inBatch
	out     outBatch
	stats   Stats
	lagged  time.Duration // when lag was last logged
	before  time.Duration // threadCPU when the wheel got its thread, which may have served others
}

func newShard(ports []*port, log *slog.Logger) (*shard, error) {
	sh := &shard{
		ports:   ports,
		log:     log,
		origin:  time.Now(),
		wake:    make(chan struct{}, 1),
		stopped: make(chan struct{}),
		lagged:  -lagLogs,
	}
	sh.in.init()
	for i, p := range ports {
		p.shard = sh
		at := i * slots / len(ports) % slots
		sh.wheel[at] = append(sh.wheel[at], p)
	}
	var err error
	sh.poller, err = newPoller(ports)
	return sh, err
}

// clock is the shard's monotonic time.
func (sh *shard) clock() time.Duration { return time.Since(sh.origin) }

// do runs a task on the wheel, after all tasks given to it before. It reports false when
// the wheel has stopped.
func (sh *shard) do(task func()) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.closing {
		return false
	}
	sh.inbox = append(sh.inbox, task)
	sh.nudge()
	return true
}

func (sh *shard) nudge() {
	select {
	case sh.wake <- struct{}{}:
	default:
	}
}

func (sh *shard) stop() {
	sh.mu.Lock()
	sh.closing = true
	sh.nudge()
	sh.mu.Unlock()
}

// obey runs what was asked for and reports false when the wheel is to stop.
func (sh *shard) obey() bool {
	sh.mu.Lock()
	todo, closing := sh.inbox, sh.closing
	sh.inbox = sh.spare[:0]
	sh.mu.Unlock()
	for i, f := range todo {
		f()
		todo[i] = nil
	}
	sh.spare = todo
	return !closing
}

// run turns the wheel until stop. While no stream is started it rests; what comes
// meanwhile is for none that is started next.
func (sh *shard) run() {
	// Never unlocked: the thread and its priority die with the goroutine.
	runtime.LockOSThread()
	favourThread()
	sh.before = threadCPU()
	defer close(sh.stopped)
	defer sh.rest()
	for {
		if sh.streams == 0 {
			sh.discard()
		}
		if !sh.obey() {
			return
		}
		if sh.streams == 0 {
			<-sh.wake
			continue
		}
		if !sh.turn() {
			return
		}
	}
}

// discard drops what came while the wheel rested.
func (sh *shard) discard() {
	for _, p := range sh.ports {
		p.discard(sh)
	}
}

// rest ends the wheel: the last counts stay readable.
func (sh *shard) rest() {
	sh.stats.ThreadCPU = threadCPU() - sh.before
	sh.poller.close()
}

// turn goes round, slot by slot, until no stream is left and the peers of those that
// were there have fallen silent; it reports false when the wheel is to stop.
func (sh *shard) turn() bool {
	due := sh.clock()
	for i := 0; sh.streams > 0 || sh.lingers(); i = (i + 1) % slots {
		sleepFor(due - sh.clock())
		if !sh.obey() {
			return false
		}
		due += sh.catchUp(sh.clock() - due)
		for _, p := range sh.wheel[i] {
			p.send(sh, due)
		}
		sh.poller.ready(func(p *port) { p.receive(sh) })
		due += slot
	}
	return true
}

// lingers reports whether a source that a stream had may still send.
func (sh *shard) lingers() bool {
	now, any := sh.clock(), false
	for _, p := range sh.ports {
		any = p.lingers(now) || any
	}
	return any
}

// catchUp returns whole revolutions to be skipped when the wheel was held up
// for so long that sending them all would only burst.
func (sh *shard) catchUp(behind time.Duration) time.Duration {
	if behind < lagMax {
		return 0
	}
	n := behind / FrameDuration
	for _, p := range sh.ports {
		for _, s := range p.streams {
			s.skip(uint64(n))
			sh.stats.Due += uint64(n)
		}
	}
	if now := sh.clock(); sh.streams > 0 && now-sh.lagged >= lagLogs {
		sh.lagged = now
		sh.log.Warn("sound was held up: the machine is overloaded", "ms", behind.Milliseconds(), "streams", sh.streams)
	}
	return n * FrameDuration
}

// snapshot returns the shard's counts so far.
func (sh *shard) snapshot() Stats {
	reply := make(chan Stats, 1)
	asked := sh.do(func() {
		sh.stats.ThreadCPU = threadCPU() - sh.before
		reply <- sh.stats
	})
	if asked {
		return <-reply
	}
	<-sh.stopped
	return sh.stats
}
