package media

import (
	"net/netip"

	"mpg/ivr/dtmf"
)

// mayLatch reports whether a packet from src may be the peer's although its
// session description named another address: the same port of another host, as
// behind address translation, or another port of the same host, since no
// description says from which port RTP is sent (RFC 3550 11, RFC 3264 5.1). A
// trunk's calls all have the same host, and some send before they are answered:
// its other ports are told apart only where the local port serves no other call.
func (s *Stream) mayLatch(src netip.AddrPort, payloadType uint8) bool {
	described := s.remote.Addr
	return !s.remote.Strict && s.latches == 0 && !s.heard && s.answered(payloadType) &&
		(src.Port() == described.Port() || src.Addr() == described.Addr() && s.port.open.Load() == 1)
}

// answered reports whether SDP agreed on a payload type for this direction
// (RFC 3264 5.1). Others are ignored (RFC 3550 5.1).
func (s *Stream) answered(payloadType uint8) bool {
	return s.isSound(payloadType) || s.isEvent(payloadType)
}

// isSound reports whether a payload type is that of the codec: the one that we offered, as
// RFC 3264 5.1 wants, or the peer's own, which peers in the field send as well.
func (s *Stream) isSound(payloadType uint8) bool {
	return payloadType == uint8(s.remote.Codec) || payloadType == s.remote.Type
}

func (s *Stream) isEvent(payloadType uint8) bool {
	types := &s.remote.EventTypes
	return payloadType != 0 && (payloadType == types[0] || payloadType == types[1] || payloadType == types[2])
}

// take handles a packet of the stream's peer.
func (s *Stream) take(sh *shard, packet header, payload []byte) {
	switch {
	case s.isSound(packet.payloadType):
		s.takeSound(packet, payload)
	case s.isEvent(packet.payloadType):
		s.takeEvent(sh, packet, payload)
	default:
		s.stats.Dropped.PayloadType++
		sh.stats.Dropped.PayloadType++
		return
	}
	s.heard = true
	s.stats.Received++
	sh.stats.Received++
}

func (s *Stream) takeSound(packet header, payload []byte) {
	if s.handler.Frame != nil {
		s.handler.Frame(Frame{Codec: s.remote.Codec, Sequence: packet.sequence, Timestamp: packet.timestamp, Payload: payload})
	}
}

// takeEvent reads a key (RFC 4733 2.5.2) and erases it from the receive buffer.
func (s *Stream) takeEvent(sh *shard, packet header, payload []byte) {
	now := sh.clock()
	key, ok := s.decoder.Decode(dtmf.Packet{
		SSRC: packet.ssrc, Sequence: packet.sequence, Marker: packet.marker, Timestamp: packet.timestamp, At: now, Payload: payload,
	})
	clear(payload)
	if ok || s.decoder.Down() {
		s.busy.Store(int64(now))
	}
	if !ok {
		return
	}
	s.stats.Digits++
	sh.stats.Digits++
	if s.handler.Digit != nil {
		s.handler.Digit(key)
	}
}
