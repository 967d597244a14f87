package smsc

import (
	"cmp"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"mpg/smpp/pdu"
)

// Defaults.
const (
	WindowDefault = 100              // deliver_sm without a response, on each link
	BindTimeout   = 10 * time.Second // from the connection to its bind
	WriteTimeout  = 10 * time.Second // for one Write
)

// ErrClosed: the Server was closed.
var ErrClosed = errors.New("smsc: closed")

// Config is what a Server needs; Listen copies it.
type Config struct {
	Addr     string // host:port to listen on; port 0 takes a free one
	SystemID string // of the only account; also the name that the SMSC gives itself
	Password string

	// LongCredentials accepts a SystemID and a Password longer than SMPP 3.4
	// allows.
	LongCredentials bool

	// Window is the most deliver_sm without a response on one link; 0 is
	// WindowDefault.
	Window int
	// KeepSequence delivers again under the sequence_number of the first time.
	// Centres do either.
	KeepSequence bool
	// RetryAfter delivers again, after this time, what was refused for now
	// (pdu.Status.Transient). 0 reports the refusal instead.
	RetryAfter time.Duration

	// AckWithin is how long to wait for a deliver_sm_resp: after that the
	// message is delivered again, and a late response is ignored. 0 waits for
	// as long as the link lasts.
	AckWithin time.Duration

	// OnSubmit answers a submit_sm: the message_id, or why not. It runs on the
	// goroutine that reads the link and must not block. nil accepts everything
	// unread.
	OnSubmit func(Submit) (messageID string, st pdu.Status)
}

// Submit is a submit_sm. SMPP 3.4 4.4.1
type Submit struct {
	From, To   string
	FromTON    pdu.TON
	ToTON      pdu.TON
	DataCoding byte
	Text       string // as a handset would show it; empty where Err is not nil
	Err        error  // of smpp/text: why it cannot be read
}

// Server is a listening SMSC. All methods may be called from any goroutine.
type Server struct {
	cfg      Config
	listener net.Listener
	tasks    sync.WaitGroup
	forward  forward
	faults   faultState

	messages       atomic.Uint64 // message_ids given
	binds, submits atomic.Uint64

	mu    sync.Mutex
	shut  bool
	conns map[net.Conn]struct{} // every connection, bound or not
}

// Stats is what a Server has done so far.
type Stats struct {
	Binds       uint64 // successful
	Submits     uint64 // submit_sm received
	Delivered   uint64 // deliver_sm acknowledged with ESME_ROK
	Redelivered uint64 // deliver_sm sent once more
	Waiting     int    // messages not yet acknowledged, in the queue or on a link
}

// Listen starts a Server. Close ends it.
func Listen(cfg Config) (*Server, error) {
	cfg.Window = cmp.Or(cfg.Window, WindowDefault)
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, listener: l, conns: make(map[net.Conn]struct{})}
	s.forward = forward{cfg: &s.cfg, faults: &s.faults, tasks: &s.tasks, closed: make(chan struct{}), changed: make(chan struct{})}
	s.tasks.Go(s.accept)
	return s, nil
}

// Addr is the host:port it listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Stats is a snapshot.
func (s *Server) Stats() Stats {
	return Stats{
		Binds: s.binds.Load(), Submits: s.submits.Load(),
		Delivered: s.forward.delivered.Load(), Redelivered: s.forward.redelivered.Load(),
		Waiting: s.forward.waiting(),
	}
}

// Bound is the number of links.
func (s *Server) Bound() int {
	links, _ := s.forward.bound()
	return links
}

// WaitBound returns once that many links are bound, no more and no fewer, or with ctx's
// error.
func (s *Server) WaitBound(ctx context.Context, links int) error {
	return s.forward.waitBound(ctx, links)
}

// Close drops all links and returns when every goroutine has ended. Messages
// still waiting are lost, and their callbacks not called.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.shut {
		s.mu.Unlock()
		return ErrClosed
	}
	s.shut = true
	s.forward.close()
	err := s.listener.Close()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.tasks.Wait()
	return err
}

// accept serves each connection on goroutines of its own.
func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if !s.admit(conn) {
			_ = conn.Close()
			continue
		}
		s.tasks.Go(func() {
			newLink(s, conn).serve()
			s.dismiss(conn)
		})
	}
}

func (s *Server) admit(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut || s.faults.now().Down {
		return false
	}
	s.conns[conn] = struct{}{}
	return true
}

func (s *Server) dismiss(conn net.Conn) {
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}
