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

// line is the connection to one address of the host, again and again.
type line struct {
	link    *Link
	addr    string
	current atomic.Pointer[session] // signed on, or nil
}

// rising counts the lines that are signed on, so that each change of the link is told once,
// and in order.
type rising struct {
	mu    sync.Mutex
	count int
}

// first returns the first line that is signed on, or nil.
func (l *Link) first() *session {
	for _, one := range l.lines {
		if s := one.current.Load(); s != nil {
			return s
		}
	}
	return nil
}

// run keeps the line signed on until ctx ends.
func (n *line) run(ctx context.Context) {
	l := n.link
	pause := l.cfg.Reconnect.BackoffMin
	for ctx.Err() == nil {
		wasUp, err := n.runOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if wasUp {
			pause = l.cfg.Reconnect.BackoffMin
		}
		wait := l.jitter(pause)
		if errors.Is(err, errSignedOff) {
			// The host has said that it wants no requests, so give it time.
			wait = max(wait, l.cfg.Reconnect.SignOffWait+time.Duration(l.cfg.Rand(int64(l.cfg.Reconnect.SignOffWait/8)+1)))
		}
		l.cfg.Log.Warn("bank link is down", "addr", n.addr, "err", err, "again_in", wait)
		sleep(ctx, wait)
		pause = min(2*pause, l.cfg.Reconnect.BackoffMax)
	}
}

// runOnce is the life of one connection. It reports whether it was signed on.
func (n *line) runOnce(ctx context.Context) (wasUp bool, err error) {
	s, err := n.open(ctx)
	if err != nil {
		return false, fmt.Errorf("dial: %w", err)
	}
	if err := s.network(ctx, iso8583.SignOn, n.link.cfg.Timeout); err != nil {
		s.end(err)
		return false, fmt.Errorf("sign-on: %w", s.reason())
	}
	n.rise(s)
	defer n.fall()
	if s.attend(ctx) {
		return true, s.reason()
	}
	s.signOff(ctx)
	return true, ctx.Err()
}

// attend asks for a new key whenever one is due, until the line or ctx ends. It reports
// whether the line did.
func (s *session) attend(ctx context.Context) bool {
	for {
		due := s.link.guard.renewal()
		select {
		case <-s.line.Done():
			return true
		case <-ctx.Done():
			return false
		case <-due:
			s.renewKey(ctx)
		}
	}
}

// rise and fall are the only changes of a line; both are of the goroutine of run.
func (n *line) rise(session *session) {
	session.signedOn.Store(true)
	n.change(session, 1)
	n.link.cfg.Log.Info("bank link is up", "addr", n.addr)
}

func (n *line) fall() { n.change(nil, -1) }

// change sets the session and tells whether the link has gone up or down by it.
func (n *line) change(session *session, by int) {
	l := n.link
	l.risen.mu.Lock()
	defer l.risen.mu.Unlock()
	was := l.risen.count
	l.risen.count += by
	n.current.Store(session)
	if is := l.risen.count; l.cfg.OnChange != nil && (was == 0) != (is == 0) {
		l.cfg.OnChange(is > 0)
	}
}

// signOff tells the host that the line will end. It does not wait long, since nothing
// depends on the answer.
func (s *session) signOff(ctx context.Context) {
	s.of.current.Store(nil)
	err := s.network(context.WithoutCancel(ctx), iso8583.SignOff, min(signOffWait, s.link.cfg.Timeout))
	if err != nil {
		s.link.cfg.Log.Info("sign-off not answered", "addr", s.of.addr, "err", err)
	}
	s.end(errors.New("signed off"))
}
