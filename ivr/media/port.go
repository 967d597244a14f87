package media

import (
	"net/netip"
	"slices"
	"time"
)

// port is a local UDP port that many streams share.
type port struct {
	sock  *socket
	addr  netip.AddrPort
	shard *shard

	// Guarded by Engine.mu.
	open  int
	peers map[netip.AddrPort]*Stream // remote addresses spoken for

	// Used by the wheel only.
	streams []*Stream                  // started, in the order of sending
	sources map[netip.AddrPort]*Stream // who owns a packet
}

func newPort(sock *socket) *port {
	return &port{
		sock:    sock,
		addr:    sock.addr,
		peers:   make(map[netip.AddrPort]*Stream),
		sources: make(map[netip.AddrPort]*Stream),
	}
}

// start brings s onto the wheel, or lets it follow its peer.
func (p *port) start(s *Stream, r Remote) {
	if s.started {
		p.forget(s)
	} else {
		s.started = true
		s.sender.lead = leadFrames
		p.streams = append(p.streams, s)
		p.shard.streams++
	}
	if s.remote.Addr != r.Addr {
		s.latches = 0
	}
	s.remote = r
	s.sender.to.set(r.Addr)
	p.sources[r.Addr] = s
}

// end takes s off the wheel.
func (p *port) end(s *Stream) {
	if !s.started {
		return
	}
	p.forget(s)
	i := slices.Index(p.streams, s)
	p.streams = slices.Delete(p.streams, i, i+1)
	p.shard.streams--
	s.started = false
}

// forget drops the sources of s.
func (p *port) forget(s *Stream) {
	delete(p.sources, s.remote.Addr)
	p.unlatch(s)
}

func (p *port) unlatch(s *Stream) {
	if s.latched.IsValid() {
		delete(p.sources, s.latched)
		s.latched = netip.AddrPort{}
	}
}

// send sends the next packet of each stream; due is when it should have left.
func (p *port) send(sh *shard, due time.Duration) {
	if len(p.streams) == 0 {
		return
	}
	out := &sh.out
	out.reset()
	for _, s := range p.streams {
		head, payload := s.next()
		out.add(&s.sender.to, head, payload)
	}
	p.sock.send(out)
	late := max(sh.clock()-due, 0)
	sent := uint64(0)
	for i, s := range p.streams {
		s.stats.Due++
		if out.ok[i] {
			s.stats.Sent++
			sent++
		}
		s.stats.LateMax = max(s.stats.LateMax, late)
		s.tellPlayed()
	}
	sh.stats.Due += uint64(len(p.streams))
	sh.stats.Sent += sent
	sh.stats.Lateness.record(late, sent)
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
		if s.remote.Addr.Port() == src.Port() {
			s.stats.Dropped.Source++
			return
		}
	}
}
