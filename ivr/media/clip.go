package media

import (
	"slices"
	"time"
)

// Units of telephone audio.
const (
	SampleRate    = 8000                  // samples per second, one channel
	FrameDuration = 20 * time.Millisecond // audio in one packet; RFC 3551 4.2
	FrameSamples  = SampleRate / 50       // samples, and G.711 octets, in one packet
)

// Clip is a finished prompt, encoded once in both laws and padded with silence
// to whole frames. It is immutable: any number of streams play it at once.
type Clip struct {
	ALaw []byte // a multiple of FrameSamples
	ULaw []byte // as long as ALaw
}

// NewClip encodes pcm, 16-bit samples at SampleRate.
func NewClip(pcm []int16) *Clip {
	if over := len(pcm) % FrameSamples; over != 0 {
		pcm = append(slices.Clone(pcm), make([]int16, FrameSamples-over)...)
	}
	return &Clip{
		ALaw: PCMA.Encode(make([]byte, 0, len(pcm)), pcm),
		ULaw: PCMU.Encode(make([]byte, 0, len(pcm)), pcm),
	}
}

// Duration returns how long the clip plays.
func (c *Clip) Duration() time.Duration {
	return time.Duration(len(c.ALaw)) * time.Second / SampleRate
}

// Payload is the clip in a codec. It must not be changed.
func (c *Clip) Payload(codec Codec) []byte {
	if codec == PCMA {
		return c.ALaw
	}
	return c.ULaw
}

// Size is the memory the clip takes, in octets.
func (c *Clip) Size() int { return len(c.ALaw) + len(c.ULaw) }
