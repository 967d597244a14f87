package banktest

import (
	"context"
	"errors"
	"net"
	"sync"
)

// Pipes is a listener and a dialler without a network, so that a test in a bubble of synctest
// has all of its time for itself.
type Pipes struct {
	conns chan net.Conn

	mu     sync.Mutex
	closed chan struct{}
	off    bool
}

// NewPipes returns pipes that nobody has dialled.
func NewPipes() *Pipes { return &Pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

// Accept returns the next connection.
func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and Dial.
func (p *Pipes) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

// Addr returns an address that nobody can dial.
func (p *Pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// errUnplugged says that the network is cut.
var errUnplugged = errors.New("banktest: the network is unplugged")

// Unplug refuses new connections, or takes them again.
func (p *Pipes) Unplug(off bool) { p.mu.Lock(); defer p.mu.Unlock(); p.off = off }

// Dial connects to whoever accepts.
func (p *Pipes) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.mu.Lock()
	off := p.off
	p.mu.Unlock()
	if off {
		return nil, errUnplugged
	}
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
