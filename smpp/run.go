package smpp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

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
	shake, err := dial(ctx, &s.cfg, &s.count)
	if err != nil {
		return nil, err
	}
	// The end of ctx breaks off a bind that is not answered.
	stop := context.AfterFunc(ctx, shake.breakOff)
	defer stop()
	if err := shake.bind(); err != nil {
		_ = shake.conn.Close()
		return nil, err
	}
	return newLink(s, epoch, shake.conn, shake.in), nil
}

// serve runs a bound link to its end, and then ends the requests still waiting on it.
func (s *Session) serve(ctx context.Context, bound *link) error {
	var both sync.WaitGroup
	s.trouble.bound()
	s.setLink(bound)
	both.Go(bound.read)
	both.Go(bound.write)
	bound.watch(ctx)
	s.setLink(nil)
	both.Wait()
	bound.expire(time.Time{}, 0) // whatever waited for an answer when the link died
	return bound.end.cause()
}

// pause waits before the next attempt; false says that ctx has ended.
func (s *Session) pause(ctx context.Context, failures int, err error) bool {
	wait := s.cfg.Backoff.after(failures, err, s.cfg.Rand())
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
	own, err := s.window.fill(ctx)
	defer s.window.release(own)
	if err != nil {
		return fmt.Errorf("smpp: %d submit_sm unanswered: %w", len(s.window)-own, err)
	}
	for l := s.link.Load(); l != nil && l.inbox.unacked.Load() > 0; l = s.link.Load() {
		select {
		case <-s.drained:
		case <-l.dead:
			return nil // the SMSC delivers again what was not acknowledged
		case <-ctx.Done():
			return fmt.Errorf("smpp: %d deliver_sm unacknowledged: %w", l.inbox.unacked.Load(), ctx.Err())
		}
	}
	return nil
}
