package phone

import (
	"cmp"
	"encoding/binary"
	"io"
	"slices"
	"sync"
	"time"

	mpgsip "mpg/ivr/sip"
)

const (
	octetsPerSecond = 8000 // RFC 3551 4.5.14
	loudOctets      = 4    // octets above the floor that make 20 ms speech
	floor           = 10   // of 127 quantisation steps; line noise stays below

	// cutFalls bounds how long speech that goes on after the keys may still be the prompt that
	// they cut short, as a multiple of the silence that ends one. The other side hears them
	// late.
	cutFalls = 3
)

// ear listens to RTP: it tells speech from silence and keeps what it hears.
type ear struct {
	keep bool
	fall int               // octets of silence that end a prompt
	turn func(speech bool) // told of each change

	mu      sync.Mutex
	talking bool // speech goes on, or fell silent a moment ago
	began   bool // speech began, or went on, since forget
	fell    bool // speech that began since forget has ended
	quiet   int  // octets of silence since the last speech
	cut     int  // octets of speech that may still be of the prompt that keys cut short
	changed chan struct{}
	frames  []frame
	octets  int
}

// frame is one RTP packet kept.
type frame struct {
	time    uint32 // RTP timestamp
	kind    uint8  // payload type
	payload []byte
}

func newEar(keep bool, quiet time.Duration, turn func(speech bool)) *ear {
	fall := int(quiet * octetsPerSecond / time.Second)
	return &ear{keep: keep, fall: fall, turn: turn, changed: make(chan struct{})}
}

// take hears one packet. The payload is copied if it is kept. With busy, because keys are
// still to be pressed, it is forgotten as by forget, and speech that simply goes on
// afterwards is taken for the same prompt.
func (e *ear) take(kind uint8, at uint32, payload []byte, busy bool) {
	loud := speaks(kind, payload)
	e.mu.Lock()
	if e.keep && e.octets < heardMax {
		e.frames = append(e.frames, frame{at, kind, slices.Clone(payload)})
		e.octets += len(payload)
	}
	knew := e.began
	turned := e.follow(loud, len(payload))
	if busy {
		e.began, e.fell, e.cut = false, false, 0
		if e.talking && e.quiet < e.fall/2 {
			e.cut = cutFalls * e.fall
		}
	}
	talking := e.talking
	if turned || e.began != knew {
		close(e.changed)
		e.changed = make(chan struct{})
	}
	e.mu.Unlock()
	if turned {
		e.turn(talking)
	}
}

// follow updates what is known of speech and reports whether it began or ended.
func (e *ear) follow(loud bool, octets int) (turned bool) {
	if loud {
		turned = !e.talking
		e.talking, e.quiet = true, 0
		e.began = e.began || e.cut <= 0
		e.cut -= octets
		return turned
	}
	e.quiet += octets
	if e.quiet >= e.fall/2 {
		e.cut = 0
	}
	if !e.talking || e.quiet < e.fall {
		return false
	}
	e.talking = false
	e.fell = e.began
	return true
}

// forget makes the next act wait for what comes from now on.
func (e *ear) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.began, e.fell = false, false
}

// speech reports whether a prompt has played since forget, and the channel closed at the
// next change. A short one may be over before anybody looks.
func (e *ear) speech() (bool, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.began, e.changed
}

// ended reports whether a prompt has ended since forget.
func (e *ear) ended() (bool, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fell, e.changed
}

// speaks reports whether 20 ms of G.711 are louder than a quiet line. Both
// laws are sign and magnitude once their inversions are undone (ITU-T G.711
// tables 1 and 2), so that magnitudes compare without decoding.
func speaks(kind uint8, payload []byte) bool {
	invert := byte(0xff)
	if kind == mpgsip.PCMA {
		invert = 0x55
	}
	loud := 0
	for _, b := range payload {
		if (b^invert)&0x7f > floor {
			loud++
		}
	}
	return loud >= loudOctets
}

// Heard is what a handset has heard.
type Heard struct {
	PayloadType uint8  // 8: A-law, 0: mu-law
	Octets      []byte // G.711 in the order of RTP timestamps; what was lost is silence
	Packets     int    // received
	Lost        int    // packets that never came
}

// Duration is how long it lasts.
func (h Heard) Duration() time.Duration {
	return time.Duration(len(h.Octets)) * time.Second / octetsPerSecond
}

func (e *ear) heard() Heard {
	e.mu.Lock()
	frames := slices.Clone(e.frames)
	e.mu.Unlock()
	if len(frames) == 0 {
		return Heard{}
	}
	first := frames[0].time
	slices.SortStableFunc(frames, func(left, right frame) int {
		// RFC 3550 5.1: timestamps wrap around.
		return cmp.Compare(int32(left.time-first), int32(right.time-first))
	})
	h := Heard{PayloadType: frames[0].kind, Packets: len(frames)}
	start := frames[0].time
	for _, f := range frames {
		at := int(f.time - start)
		if at < len(h.Octets) || at > heardMax {
			continue // a duplicate, or a jump of the clock
		}
		if gap := at - len(h.Octets); gap > 0 {
			h.Lost += gap / len(f.payload)
			h.Octets = append(h.Octets, silence(h.PayloadType, gap)...)
		}
		h.Octets = append(h.Octets, f.payload...)
	}
	return h
}

// silence returns octets of the smallest level. ITU-T G.711 tables 1a and 2a
func silence(kind uint8, octets int) []byte {
	octet := byte(0xff)
	if kind == mpgsip.PCMA {
		octet = 0xd5
	}
	return slices.Repeat([]byte{octet}, octets)
}

// WriteWAV writes it as a RIFF file of G.711, 8 kHz, one channel.
func (h Heard) WriteWAV(out io.Writer) error {
	const formatALaw, formatULaw = 6, 7 // WAVE_FORMAT_ALAW, WAVE_FORMAT_MULAW
	format := uint16(formatULaw)
	if h.PayloadType == mpgsip.PCMA {
		format = formatALaw
	}
	n := uint32(len(h.Octets))
	b := make([]byte, 0, 58)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, 50+n+n%2)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 18)
	b = binary.LittleEndian.AppendUint16(b, format)
	b = binary.LittleEndian.AppendUint16(b, 1)               // channels
	b = binary.LittleEndian.AppendUint32(b, octetsPerSecond) // samples per second
	b = binary.LittleEndian.AppendUint32(b, octetsPerSecond) // octets per second
	b = binary.LittleEndian.AppendUint16(b, 1)               // octets per sample
	b = binary.LittleEndian.AppendUint16(b, 8)               // bits per sample
	b = binary.LittleEndian.AppendUint16(b, 0)               // no extension
	b = append(b, "fact"...)
	b = binary.LittleEndian.AppendUint32(b, 4)
	b = binary.LittleEndian.AppendUint32(b, n)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, n)
	if _, err := out.Write(b); err != nil {
		return err
	}
	_, err := out.Write(append(h.Octets[:n:n], make([]byte, n%2)...))
	return err
}
