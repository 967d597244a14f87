package smpp

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"mpg/smpp/pdu"
)

// Errors of using a Session for what it cannot do.
var (
	ErrRun      = errors.New("smpp: Run was called twice")
	ErrReceiver = errors.New("smpp: the bind is a receiver and sends nothing")
)

// Session keeps one account bound to one SMSC. All methods may be called from
// any goroutine.
type Session struct {
	cfg Config

	link     atomic.Pointer[link] // nil while not bound
	proofs   proofs
	throttle throttle
	trouble  trouble
	count    counters

	window   window        // the submit_sm without an answer
	draining chan struct{} // closed by the first Drain
	drained  chan struct{} // one token when the last deliver_sm was acknowledged
	ended    chan struct{} // closed when Run returns

	change signal    // of Bound and Working
	drain  sync.Once // closes draining

	mu     sync.Mutex
	cancel context.CancelFunc // ends Run; nil before Run
}

// New checks cfg. Nothing is dialled before Run.
func New(cfg Config) (*Session, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Session{
		cfg:      cfg,
		window:   make(window, cfg.Window),
		draining: make(chan struct{}),
		drained:  make(chan struct{}, 1),
		ended:    make(chan struct{}),
		change:   signal{next: make(chan struct{})},
	}
	s.SetRate(cfg.Rate)
	return s, nil
}

// Bound reports whether there is a link.
func (s *Session) Bound() bool { return s.link.Load() != nil }

// Changed is closed at the next change of Bound or of Working.
func (s *Session) Changed() <-chan struct{} { return s.change.wait() }

// WaitBound returns once there is a link, or with ctx's error.
func (s *Session) WaitBound(ctx context.Context) error {
	for {
		changed := s.Changed()
		if s.Bound() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Session) setLink(current *link) {
	s.link.Store(current)
	s.change.raise()
}

// signal wakes everyone who waits for the next change.
type signal struct {
	mu   sync.Mutex
	next chan struct{}
}

func (c *signal) wait() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

func (c *signal) raise() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.next)
	c.next = make(chan struct{})
}

// Ack answers a delivery with st: pdu.ROK once the message is safe, a transient
// status to have it again. It is called exactly once for each Message that
// Deliver took. When the link is gone nothing is sent, since its
// sequence_number may by now be another message's; the SMSC delivers again.
// SMPP 3.4 4.6.2
func (s *Session) Ack(delivery Delivery, st pdu.Status) AckToken {
	l := s.link.Load()
	if l == nil || l.epoch != delivery.epoch {
		s.count.acksDropped.Add(1)
		return AckToken{}
	}
	return l.ack(delivery, st)
}

// Acknowledged reports whether the SMSC is known to have received the
// acknowledgement in time: it left within two seconds of its deliver_sm, and the
// SMSC answered something that was sent behind it. It stays known for 64 links.
// False is not a denial.
func (s *Session) Acknowledged(token AckToken) bool { return s.proofs.holds(token) }

// Send hands a text to the SMSC. It waits for a place in the window and for the end
// of a pause that the SMSC asked for. After a nil, done is called exactly once,
// from a goroutine of the session, and must not block nor call Send; after an
// error it never is. Besides ctx's own, the errors are ErrNotBound, ErrDraining,
// ErrReceiver, ErrTooLong, ErrAddress, text.ErrUTF8 and a *pdu.Error.
func (s *Session) Send(ctx context.Context, out Outgoing, done func(Outcome)) error {
	var buf [submitMax]byte
	frame, err := appendSubmit(buf[:0], &out, s.cfg.Alphabet)
	if err != nil {
		return err
	}
	if !s.cfg.Mode.Sends() {
		return ErrReceiver
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	l := s.link.Load()
	if l == nil {
		s.window.leave()
		return ErrNotBound
	}
	if err := l.submit(frame, done); err != nil {
		s.window.leave()
		return err
	}
	return nil
}

// Submit is Send and the wait for its Outcome. With ctx's error the Outcome is
// Uncertain where the text was handed over already, and zero where it was not.
func (s *Session) Submit(ctx context.Context, out Outgoing) (Outcome, error) {
	answer := make(chan Outcome, 1)
	if err := s.Send(ctx, out, func(outcome Outcome) { answer <- outcome }); err != nil {
		return Outcome{}, err
	}
	select {
	case o := <-answer:
		return o, nil
	case <-ctx.Done():
		return Outcome{Verdict: Uncertain}, ctx.Err()
	}
}

// enter takes a place in the window. window.leave, or finish, gives it back.
func (s *Session) enter(ctx context.Context) error {
	if s.isDraining() {
		return ErrDraining
	}
	if !s.Bound() {
		return ErrNotBound
	}
	if err := s.throttle.wait(ctx, s.cfg.Now); err != nil {
		return err
	}
	return s.window.enter(ctx, s.draining)
}

// finish ends one submit.
func (s *Session) finish(request slot, outcome Outcome) {
	switch outcome.Verdict {
	case Accepted:
		s.count.accepted.Add(1)
	case Refused:
		s.count.refusals.add(uint32(outcome.Status))
	case Uncertain:
		s.count.uncertain.Add(1)
	}
	if outcome.Verdict != Uncertain {
		now := s.cfg.Now()
		if s.throttle.answered(outcome.Status, request.at, now) {
			s.count.throttled.Add(1)
		}
		if s.cfg.Answered != nil {
			s.cfg.Answered(now.Sub(request.at))
		}
	}
	request.done(outcome)
	s.window.leave()
}

func (s *Session) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}
