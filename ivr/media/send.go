package media

import "mpg/ivr/dtmf"

// sender is what a stream keeps of what it sends.
type sender struct {
	to        sockaddr
	head      [headerSize]byte
	event     [dtmf.PayloadSize]byte
	ssrc      uint32
	sequence  uint16
	timestamp uint32 // of the next packet
	marker    bool   // the next packet is the first of a talkspurt. RFC 3551 4.1
	lead      int    // frames of silence still to be sent first
	ended     PlayID // ends with the packet just made; 0: none
}

// next makes the stream's next packet; both slices stay as they are until the next call.
// The sequence number rises by one for each packet, the timestamp with the sampling clock
// (RFC 3550 5.1); an event has the timestamp of its start and replaces sound (RFC 4733
// 2.2.1, 2.5.1). It does not allocate.
func (s *Stream) next() (head *[headerSize]byte, payload []byte) {
	out := &s.sender
	h := header{
		payloadType: s.remote.Type,
		marker:      out.marker,
		sequence:    out.sequence,
		timestamp:   out.timestamp,
		ssrc:        out.ssrc,
	}
	if ev, ok := s.nextEvent(); ok {
		h.payloadType, h.marker, h.timestamp = s.remote.SendEventPT, ev.Marker, ev.Timestamp
		out.event = ev.Payload
		payload = out.event[:]
	} else {
		payload = s.nextSound()
		out.marker = false
	}
	out.sequence++
	out.timestamp += FrameSamples
	putRTP(&out.head, h)
	return &out.head, payload
}

func (s *Stream) nextEvent() (dtmf.Out, bool) {
	if s.remote.SendEventPT == 0 || s.sender.lead > 0 {
		return dtmf.Out{}, false
	}
	s.keysMu.Lock()
	defer s.keysMu.Unlock()
	return s.keys.Next(s.sender.timestamp)
}

func (s *Stream) nextSound() []byte {
	var frame []byte
	if s.sender.lead > 0 {
		s.sender.lead--
	} else {
		frame, s.sender.ended = s.player.frame(s.remote.Codec)
	}
	if frame != nil {
		return frame
	}
	return s.engine.silence.Payload(s.remote.Codec)
}

// skip lets that many packet times pass unsent: the wheel was held up for so long that
// sending all of them would only cause a burst. The timestamp goes on, as RFC 3550 5.1
// wants it for silence: the peer hears a gap, not a jump.
func (s *Stream) skip(ticks uint64) {
	s.sender.timestamp += uint32(ticks) * FrameSamples
	s.stats.Due += ticks
}

// rest lets one packet time pass on hold: nothing is sent, playback waits, and the
// first packet afterwards begins a talkspurt (RFC 3551 4.1).
func (s *Stream) rest(sh *shard) {
	s.sender.timestamp += FrameSamples
	s.sender.marker = true
	s.busy.Store(int64(sh.clock()))
}

// tellPlayed tells the handler of a play that ended with the packet just sent.
func (s *Stream) tellPlayed() {
	id := s.sender.ended
	if id == 0 {
		return
	}
	s.sender.ended = 0
	if s.handler.Played != nil {
		s.handler.Played(id)
	}
}
