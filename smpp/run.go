package smpp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// BindError is the SMSC's refusal of a bind.
type BindError struct{ Status pdu.Status }

// Error names the status.
func (e *BindError) Error() string { return "smpp: bind refused: " + e.Status.Error() }

// credentials reports whether only the operator can mend it. The session goes
// on trying, seldom: an SMSC may be repaired under a running daemon.
func (e *BindError) credentials() bool {
	return e.Status == pdu.RInvPaswd || e.Status == pdu.RInvSysID || e.Status == pdu.RInvSysTyp
}

// Run binds, and binds again whenever the link is lost, until ctx ends or Drain
// is done; it then unbinds, and returns ctx's error or nil. It runs once.
func (s *Session) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !s.start(cancel) {
		return ErrRun
	}
	defer close(s.ended)
	failures := 0
	for epoch := uint64(1); ; epoch++ {
		boundFor, err := s.once(ctx, epoch)
		if ctx.Err() != nil {
			break
		}
		if boundFor >= boundLongEnough {
			failures = 0
		}
		if !s.pause(ctx, failures, err) {
			break
		}
		failures++
	}
	if s.isDraining() {
		return nil
	}
	return ctx.Err()
}

func (s *Session) start(cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		return false
	}
	s.cancel = cancel
	return true
}

// once is the life of one link; its error says why it ended or never was.
func (s *Session) once(ctx context.Context, epoch uint64) (boundFor time.Duration, err error) {
	l, err := s.connect(ctx, epoch)
	if err != nil {
		s.count.bindFailures.Add(1)
		return 0, err
	}
	began := s.cfg.Now()
	s.count.binds.Add(1)
	s.cfg.Log.Info("bound", "smsc", s.cfg.Name, "addr", s.cfg.Addr)
	err = s.serve(ctx, l)
	s.count.linksLost.Add(1)
	return s.cfg.Now().Sub(began), err
}

// connect dials and binds.
func (s *Session) connect(ctx context.Context, epoch uint64) (*link, error) {
	dialCtx, cancel := context.WithTimeout(ctx, s.cfg.Timeouts.Dial)
	defer cancel()
	conn, err := s.cfg.Dial(dialCtx, s.cfg.Addr)
	if err != nil {
		return nil, err
	}
	// The end of ctx breaks off a bind that is not answered.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	in := wire.NewReader(conn, s.cfg.PDUMax)
	if err := s.bind(conn, in); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return newLink(s, epoch, conn, in), nil
}

// serve runs a bound link to its end and settles what was under way on it.
func (s *Session) serve(ctx context.Context, l *link) error {
	var both sync.WaitGroup
	s.trouble.bound()
	s.setLink(l)
	both.Go(l.read)
	both.Go(l.write)
	l.watch(ctx)
	s.setLink(nil)
	both.Wait()
	l.settle()
	return l.cause()
}

// pause waits before the next attempt; false says that ctx has ended.
func (s *Session) pause(ctx context.Context, failures int, err error) bool {
	wait := s.backoff(failures, err)
	s.trouble.set(err)
	var refused *BindError
	log := s.cfg.Log.Warn
	if errors.As(err, &refused) && refused.credentials() {
		log = s.cfg.Log.Error
	}
	log("not bound", "smsc", s.cfg.Name, "addr", s.cfg.Addr, "err", err, "again_in", wait)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// backoff returns a random share, at least half, of a ceiling that doubles. So the
// ESMEs of an SMSC that restarts do not all come back at once, and none of them
// retries immediately.
func (s *Session) backoff(failures int, err error) time.Duration {
	ceiling, most := s.cfg.Backoff.Base, s.cfg.Backoff.Max
	var refused *BindError
	if errors.As(err, &refused) {
		ceiling *= refusedFactor
		if refused.credentials() {
			ceiling = most
		}
	}
	for range failures {
		if ceiling >= most {
			break
		}
		ceiling *= 2
	}
	half := min(ceiling, most) / 2
	return half + time.Duration(s.cfg.Rand()*float64(half))
}

// Drain ends the session without losing anything: new deliver_sm are answered
// ESME_RX_T_APPN and Send refuses, what is under way both ways is waited for
// until ctx ends, then the link is unbound and closed and Run returns. Its
// error is ctx's when something was still under way.
func (s *Session) Drain(ctx context.Context) error {
	s.drain.Do(func() { close(s.draining) })
	err := s.idle(ctx)
	s.mu.Lock()
	cancel := s.cancel
	s.mu.Unlock()
	if cancel == nil {
		return err
	}
	cancel()
	<-s.ended // within the Unbind timeout
	return err
}

// idle waits until nothing is under way: it fills the window with tokens of its
// own, and then waits for the last acknowledgement.
func (s *Session) idle(ctx context.Context) error {
	own := 0
	defer func() {
		for range own {
			s.leave()
		}
	}()
	for ; own < cap(s.window); own++ {
		select {
		case s.window <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("smpp: %d submit_sm unanswered: %w", len(s.window)-own, ctx.Err())
		}
	}
	for l := s.link.Load(); l != nil && l.unacked.Load() > 0; l = s.link.Load() {
		select {
		case <-s.drained:
		case <-l.dead:
			return nil // the SMSC delivers again what was not acknowledged
		case <-ctx.Done():
			return fmt.Errorf("smpp: %d deliver_sm unacknowledged: %w", l.unacked.Load(), ctx.Err())
		}
	}
	return nil
}
