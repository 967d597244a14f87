package tillhttp

import (
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// silentMax is how long a till may leave data unacknowledged. One that was switched off would
// otherwise keep its place for a quarter of an hour.
const silentMax = 30 * time.Second

// Limit returns a listener that has at most that many connections open. Those beyond are
// closed at once, so that those who have one are not kept waiting; the server counts them.
func (s *Server) Limit(listener net.Listener, most int) net.Listener {
	return &limited{Listener: listener, server: s, places: make(chan struct{}, most)}
}

type limited struct {
	net.Listener
	server *Server
	places chan struct{} // one taken by each connection
}

// Accept returns the next connection for which there is a place.
func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.places <- struct{}{}:
			giveUpAfter(conn, silentMax)
			return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
		default:
			l.server.Counts.Full.Add(1)
			_ = conn.Close() // nothing was read or written
		}
	}
}

// placed is a connection that has a place.
type placed struct {
	net.Conn
	leave func()
}

// Close gives the place back.
func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// giveUpAfter has the kernel end a connection whose other side acknowledges nothing for that
// long. tcp(7), TCP_USER_TIMEOUT
func giveUpAfter(conn net.Conn, wait time.Duration) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return // it is closed
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(wait.Milliseconds()))
	})
}
