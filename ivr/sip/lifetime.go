package sip

import (
	"context"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// byeGrace is how long Close waits for answers to the last BYEs.
const byeGrace = 2 * time.Second

// lifetime counts what an agent's Close must wait for: each Dial, and each BYE and CANCEL
// not yet answered.
type lifetime struct {
	closing chan struct{} // closed first: ringing calls are cancelled
	idle    chan struct{} // closed last: nothing is busy
	// over ends in between: whatever is still busy must end.
	over context.Context
	kill context.CancelFunc

	mu     sync.Mutex
	busy   int
	closed bool // no more Dial
	sealed bool // no more requests at all; idle is closed
}

func newLifetime() *lifetime {
	l := &lifetime{closing: make(chan struct{}), idle: make(chan struct{})}
	l.over, l.kill = context.WithCancel(context.Background())
	return l
}

// open counts one more Dial; false: Close has begun.
func (l *lifetime) open() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.busy++
	return true
}

// begin counts one more thing that Close must wait for; false: too late.
func (l *lifetime) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sealed {
		return false
	}
	l.busy++
	return true
}

// finish ends what open or begin counted.
func (l *lifetime) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy--
	if l.closed && !l.sealed && l.busy == 0 {
		l.sealed = true
		close(l.idle)
	}
}

// isClosed reports whether Close has begun.
func (l *lifetime) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// close lets no more calls begin; false: it was called before. settle must follow.
func (l *lifetime) close() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.closed = true
	l.busy++ // until settle
	close(l.closing)
	return true
}

// settle waits byeGrace for answers to the last requests, then ends them.
func (l *lifetime) settle() {
	l.finish()
	grace := time.NewTimer(byeGrace)
	defer grace.Stop()
	select {
	case <-l.idle:
	case <-grace.C:
	}
	l.kill()
	<-l.idle
}

// background runs task, which has 64*T1 to end; Close waits for it, and cuts it short. It
// reports false, and runs nothing, once the agent is closed.
func (l *lifetime) background(task func(ctx context.Context)) bool {
	if !l.begin() {
		return false
	}
	go func() {
		defer l.finish()
		ctx, cancel := context.WithTimeout(l.over, timeoutFactor*sip.T1)
		defer cancel()
		task(ctx)
	}()
	return true
}
