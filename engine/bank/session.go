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

// session is one connection to the host, from dial to its end.
type session struct {
	link     *Link
	of       *line
	line     *connection.Connection
	ready    chan struct{} // closed once line is set: the library reads before it returns it
	signedOn atomic.Bool
	echoing  atomic.Bool
	garbage  int // unreadable messages in a row; of the reading goroutine

	once sync.Once
	why  error // first reason of the end; see blame and reason
}

// open dials and starts reading.
func (n *line) open(ctx context.Context) (*session, error) {
	l := n.link
	dialing, cancel := context.WithTimeout(ctx, l.cfg.Reconnect.DialTimeout)
	defer cancel()
	conn, err := l.cfg.Dial(dialing, "tcp", n.addr)
	if err != nil {
		return nil, err
	}
	s := &session{link: l, of: n, ready: make(chan struct{})}
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
func (s *session) ReadMessage(line io.Reader) (*moov.Message, error) {
	<-s.ready
	octets, err := iso8583.ReadFrame(line)
	if err != nil {
		s.blame(err)
		return nil, err
	}
	if len(octets) == 0 {
		return nil, nil
	}
	m, err := s.link.dialect.Read(octets)
	if err != nil {
		return nil, s.unreadable(err)
	}
	if fault, ok := s.link.guard.authentic(m, octets); !ok {
		s.link.refuse(m, fault)
		return nil, nil
	}
	return nil, s.receive(m)
}

// unreadable counts a message that makes no sense. After several the frames
// themselves are in doubt, and only a new line finds their beginning again.
func (s *session) unreadable(err error) error {
	l := s.link
	l.counters.add(seriesAnswers, answerUnreadable)
	l.exchanges.garbage(err)
	l.limited.warn(l, "host message cannot be read", "err", err)
	s.garbage++
	if s.garbage < garbageMax {
		return nil
	}
	s.blame(errGarbage)
	return errGarbage
}

// receive handles a message that could be read, at least in part.
func (s *session) receive(message *iso8583.Message) error {
	if !message.MTI.IsResponse() {
		if !readable(message) {
			return s.unreadable(message.Odd()[0])
		}
		s.garbage = 0
		s.serve(message)
		return nil
	}
	f, request, why := s.link.exchanges.settle(message)
	if f == unreadable {
		return s.unreadable(fmt.Errorf("%s %s: %s", message.MTI, message.Get(iso8583.DESTAN), why.text))
	}
	s.garbage = 0
	s.link.answered(message, f, request, why)
	return nil
}

// say packs message and writes it. Its errors are ErrInvalid and those of write.
func (s *session) say(message *iso8583.Message) error {
	packed, err := s.link.dialect.Pack(message)
	if err != nil {
		return Invalid(err)
	}
	if packed, err = s.link.guard.authenticate(s.link.dialect, message.MTI, packed); err != nil {
		return err
	}
	return s.write(packed)
}

// write writes a packed message to the line in one piece. Its error is ErrDown if
// certainly nothing of it left, and ErrUnknown otherwise.
func (s *session) write(packed []byte) error {
	frame, err := iso8583.AppendFrame(make([]byte, 0, len(packed)+frameRoom), packed)
	if err != nil {
		return Invalid(err)
	}
	_, err = s.line.Write(frame)
	switch {
	case errors.Is(err, connection.ErrConnectionClosed):
		// The library says so only of what its writer never took.
		return down(causeDown, "the line is closed", err)
	case err != nil:
		s.blame(err)
		return unknown(CauseLine, "the line broke while the message was written", err)
	}
	return nil
}

// frameRoom is what a frame adds to a message, in bytes.
const frameRoom = 2

// ask writes packed, which is request, and waits for its answer. Its errors are
// those of write, and ErrUnknown if the answer does not come within wait.
func (s *session) ask(ctx context.Context, request *iso8583.Message, packed []byte, wait time.Duration) (*iso8583.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, down(causeStopped, "the caller has gone", err)
	}
	waiting, err := s.link.exchanges.begin(request)
	if err != nil {
		return nil, down(causeBusy, "it is under way", err)
	}
	if err := s.write(packed); err != nil {
		return s.unwritten(waiting, err)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var why error
	select {
	case got := <-waiting.answer:
		return got, nil
	case <-timer.C:
	case <-ctx.Done():
		why = unknown(causeStopped, "the caller has gone", ctx.Err())
	case <-s.line.Done():
		why = unknown(CauseLine, "the line broke", s.reason())
	}
	got, hint := s.link.exchanges.giveUp(waiting)
	switch {
	case got != nil:
		return got, nil
	case why != nil:
		return nil, why
	}
	return nil, silence(wait, hint)
}

// unwritten ends an exchange whose request was not, or perhaps not, written.
func (s *session) unwritten(waiting *exchange, err error) (*iso8583.Message, error) {
	if errors.Is(err, ErrDown) {
		s.link.exchanges.forget(waiting)
		return nil, err
	}
	if got, _ := s.link.exchanges.giveUp(waiting); got != nil {
		return got, nil
	}
	return nil, err
}

// network asks a 0800 and wants 00.
func (s *session) network(ctx context.Context, code string, wait time.Duration) error {
	_, err := s.askNetwork(ctx, code, wait)
	return err
}

// askNetwork asks a 0800 and returns the answer, if that is 00.
func (s *session) askNetwork(ctx context.Context, code string, wait time.Duration) (*iso8583.Message, error) {
	l := s.link
	m := iso8583.Network(code, l.trace(), l.cfg.Now(), l.cfg.Identity.Acquirer)
	packed, err := l.dialect.Pack(m)
	if err != nil {
		return nil, Invalid(err)
	}
	if packed, err = l.guard.authenticate(l.dialect, m.MTI, packed); err != nil {
		return nil, err
	}
	answer, err := s.ask(ctx, m, packed, wait)
	if err != nil {
		return nil, err
	}
	if got := answer.Get(iso8583.DEResponse); got != codeApproved {
		return nil, fmt.Errorf("bank: network request %s answered %q", code, got)
	}
	return answer, nil
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
