package peers

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"

	"mpg/ivr/media"
	"mpg/ivr/voice"
)

// Payload types of G.711. RFC 3551 6
const (
	payloadPCMU = 0
	payloadPCMA = 8
)

// soundMax is the longest call that an ear takes in, in octets of G.711.
const soundMax = 5 * 60 * media.SampleRate

// packet is one RTP packet with sound from the daemon to a phone.
type packet struct {
	ssrc, timestamp uint32
	law             int // payload type
	payload         []byte
}

// sound is one stream, put together in the order of its timestamps. A gap between them
// is left out: a daemon that was held up continues where it stopped.
type sound struct {
	ssrc, next uint32 // next is the lowest timestamp that may follow
	law        int
	octets     []byte
}

// put adds a packet. None overtakes another between two ends on one machine.
func (s *sound) put(p packet) {
	late := int32(p.timestamp-s.next) < 0
	if p.law != s.law || late || len(s.octets)+len(p.payload) > soundMax {
		return
	}
	s.octets = append(s.octets, p.payload...)
	s.next = p.timestamp + uint32(len(p.payload))
}

// sounds are the streams in the order of their first packets.
type sounds []*sound

func (all *sounds) put(p packet) {
	for _, s := range *all {
		if s.ssrc == p.ssrc {
			s.put(p)
			return
		}
	}
	s := &sound{ssrc: p.ssrc, next: p.timestamp, law: p.law}
	s.put(p)
	*all = append(*all, s)
}

// holds returns where the clip begins in the sound, at or after from; -1 where
// it is not there octet for octet.
func (s *sound) holds(c *media.Clip, from int) int {
	octets := c.ALaw
	if s.law == payloadPCMU {
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
	w     *world
	seen  int // frames
	heard sounds
}

// hears reports whether some phone has been played the whole sentence.
func (e *ear) hears(sentence *media.Clip) bool {
	frames := e.w.capture.since(e.seen)
	e.seen += len(frames)
	for _, f := range frames {
		if p, ok := soundOf(f.octets); ok {
			e.heard.put(p)
		}
	}
	for _, s := range e.heard {
		if s.holds(sentence, 0) >= 0 {
			return true
		}
	}
	return false
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
	return packet{ssrc: r.SSRC, timestamp: r.Timestamp, law: law, payload: r.Payload}, law == payloadPCMA || law == payloadPCMU
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
