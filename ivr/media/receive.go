package media

import (
	"net/netip"

	"mpg/ivr/dtmf"
)

// mayLatch reports whether a packet from src may be the peer's although its
// session description named another address.
func (s *Stream) mayLatch(src netip.AddrPort, payloadType uint8) bool {
	return !s.remote.Strict && s.latches == 0 && s.stats.Received == 0 &&
		src.Port() == s.remote.Addr.Port() && s.answered(payloadType)
}

// answered reports whether SDP agreed on a payload type for this direction.
func (s *Stream) answered(payloadType uint8) bool {
	return payloadType == uint8(s.remote.Codec) ||
		payloadType == s.remote.RecvEventPT && payloadType != 0
}

// take handles a packet of the stream's peer.
func (s *Stream) take(sh *shard, h header, payload []byte) {
	switch {
	case !s.answered(h.payloadType):
		s.stats.Dropped.PayloadType++
		sh.stats.Dropped.PayloadType++
		return
	case h.payloadType == uint8(s.remote.Codec):
		s.takeSound(h, payload)
	default:
		s.takeEvent(sh, h, payload)
	}
	s.stats.Received++
	sh.stats.Received++
}

func (s *Stream) takeSound(h header, payload []byte) {
	if s.handler.Frame != nil {
		s.handler.Frame(Frame{Codec: s.remote.Codec, Sequence: h.sequence, Timestamp: h.timestamp, Payload: payload})
	}
}

// takeEvent reads a key and wipes it from the receive buffer.
func (s *Stream) takeEvent(sh *shard, h header, payload []byte) {
	key, ok := s.decoder.Decode(dtmf.Packet{SSRC: h.ssrc, Timestamp: h.timestamp, At: sh.clock(), Payload: payload})
	clear(payload)
	if !ok {
		return
	}
	s.stats.Digits++
	sh.stats.Digits++
	if s.handler.Digit != nil {
		s.handler.Digit(key)
	}
}
