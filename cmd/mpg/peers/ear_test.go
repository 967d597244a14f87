package peers

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"

	"mpg/ivr/media"
	"mpg/ivr/voice"
)

// soundMax is the longest call that an ear takes in, in octets of G.711.
const soundMax = 5 * 60 * media.SampleRate

// packet is one RTP packet with sound from the daemon to a phone.
type packet struct {
	ssrc, timestamp uint32
	law             int // payload type: 8 is PCMA, 0 is PCMU. RFC 3551 6
	payload         []byte
}

// sound is one stream put together by its timestamps. What never came is zero,
// which is no silence in either law.
type sound struct {
	law    int
	octets []byte
}

// assemble puts the packets of each stream in their places.
func assemble(packets []packet) []sound {
	var order []uint32
	streams := make(map[uint32][]packet)
	for _, p := range packets {
		if streams[p.ssrc] == nil {
			order = append(order, p.ssrc)
		}
		streams[p.ssrc] = append(streams[p.ssrc], p)
	}
	var all []sound
	for _, ssrc := range order {
		all = append(all, place(streams[ssrc]))
	}
	return all
}

func place(stream []packet) sound {
	s := sound{law: stream[0].law}
	for _, p := range stream {
		at := int(p.timestamp - stream[0].timestamp)
		end := at + len(p.payload)
		if p.law != s.law || end > soundMax {
			continue
		}
		if end > len(s.octets) {
			s.octets = append(s.octets, make([]byte, end-len(s.octets))...)
		}
		copy(s.octets[at:], p.payload)
	}
	return s
}

// holds returns where the clip begins in the sound, at or after from; -1 where
// it is not there octet for octet.
func (s sound) holds(c *media.Clip, from int) int {
	octets := c.ALaw
	if s.law == 0 {
		octets = c.ULaw
	}
	i := bytes.Index(s.octets[min(from, len(s.octets)):], octets)
	if i < 0 {
		return -1
	}
	return from + i
}

// ear listens to what the phones of a world are played, while it is played.
type ear struct {
	w       *world
	seen    int // frames
	packets []packet
}

// hears reports whether some phone has been played the whole sentence.
func (e *ear) hears(sentence *media.Clip) bool {
	frames := e.w.capture.since(e.seen)
	e.seen += len(frames)
	for _, f := range frames {
		if p, ok := soundOf(f.octets); ok {
			e.packets = append(e.packets, p)
		}
	}
	return slices.ContainsFunc(assemble(e.packets), func(s sound) bool { return s.holds(sentence, 0) >= 0 })
}

// soundOf reads a frame that carries sound from a port of the daemon.
func soundOf(octets []byte) (p packet, ok bool) {
	const protocol, shortest = etherHead + 9, etherHead + 20 // RFC 791 3.1
	if len(octets) < shortest || octets[protocol] != unix.IPPROTO_UDP {
		return p, false
	}
	udp := octets[min(len(octets), etherHead+int(octets[etherHead]&0x0f)*4):]
	const udpHead = 8 // RFC 768
	if len(udp) < udpHead {
		return p, false
	}
	from := int(binary.BigEndian.Uint16(udp))
	var r rtp.Packet
	if from < daemonRTP || from >= daemonRTP+rtpPorts || r.Unmarshal(udp[udpHead:]) != nil {
		return p, false
	}
	law := int(r.PayloadType)
	return packet{ssrc: r.SSRC, timestamp: r.Timestamp, law: law, payload: r.Payload}, law == 8 || law == 0
}

// prompter makes the clips that the daemon makes: same sentence, same voice.
func prompter(t *testing.T) *voice.Cache {
	t.Helper()
	espeak, err := voice.NewEspeak(t.Context(), voice.EspeakConfig{})
	if err != nil {
		t.Fatal(err)
	}
	c := voice.NewCache(voice.CacheConfig{Voice: espeak})
	t.Cleanup(c.Close)
	return c
}

// clipsOf are sentences as clips.
func clipsOf(t *testing.T, c *voice.Cache, lang string, sentences []string) []*media.Clip {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	clips := make([]*media.Clip, len(sentences))
	for i, s := range sentences {
		var err error
		if clips[i], err = c.Clip(ctx, lang, s); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
	}
	return clips
}
