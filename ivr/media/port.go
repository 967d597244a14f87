package media

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// port is a local UDP port that many streams share.
type port struct {
	sock  *socket
	addr  netip.AddrPort
	shard *shard

	open atomic.Int32 // streams, started or not; changed under Engine.mu

	// Guarded by Engine.mu.
	peers map[netip.AddrPort]*Stream // remote addresses spoken for

	// Used by the wheel only.
	streams []*Stream                   // started, in the order of sending
	sources map[netip.AddrPort]*Stream  // who owns a packet
	left    map[netip.AddrPort]departed // sources that no stream owns any more
}

// departed is a source that belonged to a stream.
type departed struct {
	of        *Stream
	described netip.AddrPort // the address that the peer had described
	seen      time.Duration  // when it was released, or last sent since
}

// leftMax is how long a source that belonged to a call must be silent before
// another call may latch it.
const leftMax = 2 * time.Second

func newPort(sock *socket) *port {
	return &port{
		sock:    sock,
		addr:    sock.addr,
		peers:   make(map[netip.AddrPort]*Stream),
		sources: make(map[netip.AddrPort]*Stream),
		left:    make(map[netip.AddrPort]departed),
	}
}

// start puts a stream onto the wheel, or lets it follow its peer. If the peer has not moved,
// the latched source stays: a session refresh that changes nothing must change nothing
// (RFC 3264 8).
func (p *port) start(stream *Stream, target Remote) {
	switch {
	case !stream.started:
		stream.started = true
		stream.sender.lead = leadFrames
		stream.busy.Store(int64(p.shard.clock()))
		p.streams = append(p.streams, stream)
		p.shard.streams++
	case stream.remote.Addr != target.Addr:
		p.forget(stream)
		stream.latches, stream.heard = 0, false
	case target.Strict:
		p.unlatch(stream)
	}
	if target.Type == 0 {
		target.Type = uint8(target.Codec)
	}
	stream.remote = target
	stream.sender.to.set(target.Addr)
	if other := p.sources[target.Addr]; other != nil && other != stream {
		// It had latched a source that turns out to be this one's, and may latch again.
		other.latched, other.latches, other.heard = netip.AddrPort{}, 0, false
	}
	p.sources[target.Addr] = stream
	delete(p.left, target.Addr)
}

// end takes a stream off the wheel.
func (p *port) end(stream *Stream) {
	if !stream.started {
		return
	}
	p.forget(stream)
	i := slices.Index(p.streams, stream)
	p.streams = slices.Delete(p.streams, i, i+1)
	p.shard.streams--
	stream.started = false
}

// forget drops the sources of a stream. For a while no other stream may latch them:
// the peer of a call that has ended may go on sending.
func (p *port) forget(stream *Stream) {
	now := p.shard.clock()
	p.lingers(now)
	p.disown(stream.remote.Addr, stream)
	p.left[stream.remote.Addr] = departed{stream, stream.remote.Addr, now}
	p.unlatch(stream)
}

// unlatch drops the source that a stream latched. It is remembered like those of a stream
// that has ended: the peer may go on sending from there as well.
func (p *port) unlatch(stream *Stream) {
	if stream.latched.IsValid() {
		p.disown(stream.latched, stream)
		p.left[stream.latched] = departed{stream, stream.remote.Addr, p.shard.clock()}
		stream.latched = netip.AddrPort{}
	}
}

// disown takes src away from a stream, unless it belongs to another stream by then.
func (p *port) disown(src netip.AddrPort, stream *Stream) {
	if p.sources[src] == stream {
		delete(p.sources, src)
	}
}

// ofAnother reports whether src belonged to another stream a moment ago, and
// still sends. If the peer of this stream has described the same address as that stream's peer,
// the address and its source have passed to this call.
func (p *port) ofAnother(src netip.AddrPort, stream *Stream) bool {
	gone, ok := p.left[src]
	if !ok || gone.of == stream || gone.described == stream.remote.Addr {
		return false
	}
	return p.stillSends(src)
}

// stillSends notes that src has sent, and reports whether it belonged to a stream
// and has not been silent for leftMax since.
func (p *port) stillSends(src netip.AddrPort) bool {
	gone, ok := p.left[src]
	if !ok {
		return false
	}
	now := p.shard.clock()
	if now-gone.seen > leftMax {
		delete(p.left, src)
		return false
	}
	gone.seen = now
	p.left[src] = gone
	return true
}

// lingers forgets the sources that have been silent for long enough, and reports
// whether there are others that no stream has any more.
func (p *port) lingers(now time.Duration) bool {
	for src, gone := range p.left {
		if now-gone.seen > leftMax {
			delete(p.left, src)
		}
	}
	return len(p.left) > 0
}

// send sends the next packet of each stream; due is when it should have left.
func (p *port) send(sh *shard, due time.Duration) {
	if len(p.streams) == 0 {
		return
	}
	out := &sh.out
	out.reset()
	for _, s := range p.streams {
		if s.remote.Hold {
			s.rest(sh)
			continue
		}
		head, payload := s.next()
		out.add(&s.sender.to, head, payload)
	}
	p.sock.send(out)
	late := max(sh.clock()-due, 0)
	sent, i := uint64(0), 0
	for _, s := range p.streams {
		if s.remote.Hold {
			continue
		}
		s.stats.Due++
		if out.ok[i] {
			s.stats.Sent++
			sent++
		}
		i++
		s.stats.LateMax = max(s.stats.LateMax, late)
		s.tellPlayed()
	}
	sh.stats.Due += uint64(i)
	sh.stats.Sent += sent
	sh.stats.Lateness.record(late, sent)
}

// discard drops all packets that wait. They came while no stream was started, so
// none of them is for a stream that is started now.
func (p *port) discard(sh *shard) {
	for {
		in := &sh.in
		n := p.sock.receive(in)
		for i := range n {
			_, packet, _ := in.packet(i)
			clear(packet) // it may hold a key
		}
		sh.stats.Dropped.Source += uint64(n)
		if n < batchMax {
			return
		}
	}
}

// receive takes all packets that wait.
func (p *port) receive(sh *shard) {
	for {
		in := &sh.in
		n := p.sock.receive(in)
		for i := range n {
			src, packet, whole := in.packet(i)
			if !whole {
				sh.stats.Dropped.Malformed++
				continue
			}
			p.take(sh, src, packet)
		}
		if n < batchMax {
			return
		}
	}
}

// take hands a packet to its stream.
func (p *port) take(sh *shard, src netip.AddrPort, packet []byte) {
	s := p.sources[src]
	h, payload, ok := parseRTP(packet)
	if s == nil && ok {
		s = p.latch(src, h.payloadType)
	}
	switch {
	case s == nil && ok:
		sh.stats.Dropped.Source++
		p.stillSends(src)
		p.blame(src)
	case s == nil:
		sh.stats.Dropped.Malformed++
	case !ok:
		sh.stats.Dropped.Malformed++
		s.stats.Dropped.Malformed++
	default:
		if src == s.remote.Addr {
			p.unlatch(s)
		}
		s.take(sh, h, payload)
	}
}

// latch finds the one stream that may take src for its peer: see "Whose sound
// is taken" in the package comment. With two candidates nobody gets it.
func (p *port) latch(src netip.AddrPort, payloadType uint8) *Stream {
	var found *Stream
	for _, s := range p.streams {
		if !s.mayLatch(src, payloadType) {
			continue
		}
		if found != nil {
			return nil
		}
		found = s
	}
	if found != nil && p.ofAnother(src, found) {
		return nil
	}
	if found != nil {
		found.latched = src
		found.latches++
		p.sources[src] = found
	}
	return found
}

// blame counts a packet from a wrong source with the stream that it may have
// been meant for.
func (p *port) blame(src netip.AddrPort) {
	for _, s := range p.streams {
		if s.remote.Addr.Port() == src.Port() || s.remote.Addr.Addr() == src.Addr() {
			s.stats.Dropped.Source++
			return
		}
	}
}
