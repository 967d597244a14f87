package bank

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	connection "github.com/moov-io/iso8583-connection"

	moov "github.com/moov-io/iso8583"

	"mpg/engine/bank/iso8583"
)

// Why a line ended, beside the errors of the network.
var (
	errGarbage   = errors.New("the host sends what cannot be read")
	errSignedOff = errors.New("the host signed off")
	errNoEcho    = errors.New("the host does not answer an echo")
)

// session is one line to the host, from dial to its end.
type session struct {
	link     *Link
	line     *connection.Connection
	ready    chan struct{} // closed once line is set: the library reads before it returns it
	signedOn atomic.Bool
	echoing  atomic.Bool
	garbage  int // unreadable messages in a row; of the reading goroutine

	once sync.Once
	why  error // first reason of the end; see blame and reason
}

// open dials and starts reading.
func (l *Link) open(ctx context.Context) (*session, error) {
	dialing, cancel := context.WithTimeout(ctx, l.cfg.DialTimeout)
	defer cancel()
	conn, err := l.cfg.Dial(dialing, "tcp", l.cfg.Addr)
	if err != nil {
		return nil, err
	}
	s := &session{link: l, ready: make(chan struct{})}
	timed := &timedConn{Conn: conn, write: min(writeTimeout, l.cfg.Timeout), read: l.cfg.silenceMax()}
	line, err := connection.NewFrom(timed, nil, nil, nil,
		connection.SetMessageReader(s),
		connection.IdleTime(l.cfg.EchoEvery),
		connection.PingHandler(func(*connection.Connection) { s.echo() }),
	)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s.line = line
	close(s.ready)
	return s, nil
}

// end closes the line.
func (s *session) end(why error) {
	s.blame(why)
	s.line.TriggerFailure(why)
}

// blame keeps the first reason why the line ends.
func (s *session) blame(why error) { s.once.Do(func() { s.why = why }) }

// reason is why the line is done.
func (s *session) reason() error {
	s.blame(errors.New("line closed"))
	return s.why
}

// ReadMessage is the library's hook for reading. It takes the message itself and
// gives the library none, which makes it read on.
func (s *session) ReadMessage(r io.Reader) (*moov.Message, error) {
	<-s.ready
	octets, err := iso8583.ReadFrame(r)
	if err != nil {
		s.blame(err)
		return nil, err
	}
	if len(octets) == 0 {
		return nil, nil
	}
	m, err := s.link.dialect.Unpack(octets)
	if err != nil {
		return nil, s.unreadable(err)
	}
	s.garbage = 0
	s.receive(m)
	return nil, nil
}

// unreadable counts a message that makes no sense. After several the frames
// themselves are in doubt, and only a new line finds their beginning again.
func (s *session) unreadable(err error) error {
	s.link.exchanges.count(func(st *Stats) { st.Garbage++ })
	s.link.cfg.Log.Warn("message of the host cannot be read", "err", err)
	s.garbage++
	if s.garbage < garbageMax {
		return nil
	}
	s.blame(errGarbage)
	return errGarbage
}

func (s *session) receive(m *iso8583.Message) {
	switch {
	case m.MTI.IsResponse():
		if s.link.exchanges.settle(m) {
			s.link.late(m)
		}
	case m.MTI == iso8583.NetworkRequest:
		s.serve(m)
	default:
		s.link.exchanges.count(func(st *Stats) { st.Unasked++ })
	}
}

// Response codes that mpg gives to a host. ISO 8583:1987 DE39
const (
	codeApproved     = "00"
	codeNotSupported = "40"
	codeNotLocated   = "25"
)

// serve answers a network request of the host.
func (s *session) serve(m *iso8583.Message) {
	code := codeApproved
	switch m.Get(iso8583.DENetworkCode) {
	case iso8583.Echo, iso8583.SignOn, iso8583.SignOff:
	default:
		code = codeNotSupported
		s.link.exchanges.count(func(st *Stats) { st.Unasked++ })
	}
	if err := s.say(m.Answer(code)); err != nil {
		s.end(err)
		return
	}
	if m.Get(iso8583.DENetworkCode) == iso8583.SignOff {
		s.end(errSignedOff)
	}
}

// say packs m and writes it. Its errors are ErrInvalid and those of write.
func (s *session) say(m *iso8583.Message) error {
	packed, err := s.link.dialect.Pack(m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return s.write(packed)
}

// write puts a packed message into the line as one piece. Its error is ErrDown
// where surely nothing of it left, else ErrUnknown.
func (s *session) write(packed []byte) error {
	frame, err := iso8583.AppendFrame(make([]byte, 0, len(packed)+frameRoom), packed)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	_, err = s.line.Write(frame)
	switch {
	case errors.Is(err, connection.ErrConnectionClosed):
		// The library says so only of what its writer never took.
		return fmt.Errorf("%w: %w", ErrDown, err)
	case err != nil:
		s.blame(err)
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return nil
}

// frameRoom is what a frame adds to a message, in octets.
const frameRoom = 2

// ask writes packed, which is m, and waits for its answer. Its errors are those
// of write, and ErrUnknown where the answer does not come within wait.
func (s *session) ask(ctx context.Context, m *iso8583.Message, packed []byte, wait time.Duration) (*iso8583.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDown, err)
	}
	key := m.Key()
	answer, err := s.link.exchanges.begin(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDown, err)
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := s.write(packed); err != nil {
		return s.unwritten(key, answer, err)
	}
	select {
	case got := <-answer:
		return got, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.line.Done():
		err = connection.ErrConnectionClosed
	}
	if got := s.link.exchanges.giveUp(key, answer); got != nil {
		return got, nil
	}
	return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
}

// unwritten ends an exchange whose request was not, or perhaps not, written.
func (s *session) unwritten(key iso8583.Key, answer <-chan *iso8583.Message, err error) (*iso8583.Message, error) {
	if errors.Is(err, ErrDown) {
		s.link.exchanges.forget(key)
		return nil, err
	}
	if got := s.link.exchanges.giveUp(key, answer); got != nil {
		return got, nil
	}
	return nil, err
}

// network asks a 0800 and wants 00.
func (s *session) network(ctx context.Context, code string, wait time.Duration) error {
	l := s.link
	m := iso8583.Network(code, l.trace(), l.cfg.Now(), l.cfg.Acquirer)
	packed, err := l.dialect.Pack(m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	answer, err := s.ask(ctx, m, packed, wait)
	if err != nil {
		return err
	}
	if got := answer.Get(iso8583.DEResponse); got != codeApproved {
		return fmt.Errorf("bank: network request %s answered %q", code, got)
	}
	return nil
}

// echo asks whether the host is still there, and ends the line if it is not. Any
// answer will do.
func (s *session) echo() {
	if !s.signedOn.Load() || !s.echoing.CompareAndSwap(false, true) {
		return
	}
	defer s.echoing.Store(false)
	err := s.network(context.Background(), iso8583.Echo, s.link.cfg.Timeout)
	if errors.Is(err, ErrUnknown) {
		s.end(errNoEcho)
	}
}
