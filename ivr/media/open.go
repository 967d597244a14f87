package media

import "net/netip"

// StreamConfig is what a Stream is made of.
type StreamConfig struct {
	Handler Handler
	// Peer is the remote address, by whoever knows it already: see "Which
	// packet belongs to which call" in the package comment. The zero value
	// says that it is not known.
	Peer netip.AddrPort
}

// Open reserves a place on a local port for a new stream. It fails with
// ErrPortsFull or ErrClosed.
func (e *Engine) Open(cfg StreamConfig) (*Stream, error) {
	peer := unmap(cfg.Peer)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	p := e.emptiest(peer)
	if p == nil {
		return nil, ErrPortsFull
	}
	s := newStream(e, p, cfg.Handler)
	p.open.Add(1)
	e.open++
	if peer.IsValid() {
		s.peer = peer
		p.peers[peer] = s
	}
	return s, nil
}

// emptiest is the port with the fewest streams among those where peer is free.
func (e *Engine) emptiest(peer netip.AddrPort) *port {
	var best *port
	for _, p := range e.ports {
		open := p.open.Load()
		if open == PortStreamsMax || p.peers[peer] != nil {
			continue
		}
		if best == nil || open < best.open.Load() {
			best = p
		}
	}
	return best
}

// claim makes peer the remote address of a stream.
func (e *Engine) claim(stream *Stream, peer netip.AddrPort) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || stream.closed {
		return ErrClosed
	}
	if holder := stream.port.peers[peer]; holder != nil && holder != stream {
		return ErrPeerTaken
	}
	delete(stream.port.peers, stream.peer)
	stream.peer = peer
	stream.port.peers[peer] = stream
	return nil
}

// retire bars a stream from further use; it reports false if that was done before.
func (e *Engine) retire(stream *Stream) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := stream.closed
	stream.closed = true
	return !was
}

// release frees the place of a stream, once the wheel no longer uses it.
func (e *Engine) release(stream *Stream) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(stream.port.peers, stream.peer)
	stream.port.open.Add(-1)
	e.open--
}

func unmap(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
