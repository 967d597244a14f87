package media

import (
	"math"
	"testing"
	"time"
)

// aLawDecision lists the decision values of ITU-T G.711 table 1a, positive
// half, in 13 bits: 16 steps in each of 8 segments.
func aLawDecision() (starts []int) {
	at := 0
	for segment := range 8 {
		step := 2 << max(segment-1, 0)
		for range 16 {
			starts = append(starts, at)
			at += step
		}
	}
	return starts
}

// muLawDecision does so for table 2a, in 14 bits: the first interval is half
// as wide, since zero lies in its middle.
func muLawDecision() (starts []int) {
	at := 0
	for segment := range 8 {
		step := 2 << segment
		for i := range 16 {
			starts = append(starts, at)
			if segment == 0 && i == 0 {
				at++
			} else {
				at += step
			}
		}
	}
	return starts
}

// interval is the index of the last start that is not above v.
func interval(starts []int, v int) int {
	i := 0
	for i+1 < len(starts) && starts[i+1] <= v {
		i++
	}
	return i
}

// Both encoders must put each of the 65536 samples into the interval that the
// tables of the recommendation give.
func TestEncodersFollowTheTables(t *testing.T) {
	t.Parallel()
	aLaw, muLaw := aLawDecision(), muLawDecision()
	for s := math.MinInt16; s <= math.MaxInt16; s++ {
		a, mu, sign := s>>3, s>>2, byte(0x80)
		if s < 0 {
			a, mu, sign = -a-1, -mu-1, 0
		}
		if want := (sign | byte(interval(aLaw, a))) ^ 0x55; encodeALaw(int16(s)) != want {
			t.Fatalf("A-law of %d is %#x, want %#x", s, encodeALaw(int16(s)), want)
		}
		if want := sign | ^byte(interval(muLaw, mu))&0x7F; encodeULaw(int16(s)) != want {
			t.Fatalf("mu-law of %d is %#x, want %#x", s, encodeULaw(int16(s)), want)
		}
	}
}

// A decoder returns the middle of the interval: encoding that again gives the
// same octet, and no sample is off by more than half a step.
func TestDecodersInvertTheEncoders(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		if got := encodeALaw(decodeALaw(byte(b))); got != byte(b) {
			t.Errorf("A-law %#x comes back as %#x", b, got)
		}
		// Mu-law has two zeros; they are one sample.
		if got := encodeULaw(decodeULaw(byte(b))); got != byte(b) && b != 0x7F {
			t.Errorf("mu-law %#x comes back as %#x", b, got)
		}
	}
	for s := math.MinInt16; s <= math.MaxInt16; s++ {
		half := 0.032*math.Abs(float64(s)) + 8
		for _, got := range []int16{decodeALaw(encodeALaw(int16(s))), decodeULaw(encodeULaw(int16(s)))} {
			if off := math.Abs(float64(got) - float64(s)); off > half && math.Abs(float64(s)) < 32124 {
				t.Fatalf("%d comes back as %d", s, got)
			}
		}
	}
}

// Values that are known by heart.
func TestLandmarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codec  Codec
		sample int16
		octet  byte
	}{
		{PCMA, 0, 0xD5}, {PCMA, -1, 0x55}, {PCMA, 32767, 0xAA}, {PCMA, -32768, 0x2A},
		{PCMU, 0, 0xFF}, {PCMU, 32767, 0x80}, {PCMU, -32768, 0x00},
	} {
		if got := c.codec.Encode(nil, []int16{c.sample}); got[0] != c.octet {
			t.Errorf("%v of %d is %#x, want %#x", c.codec, c.sample, got[0], c.octet)
		}
	}
	if s := PCMU.Decode(nil, []byte{0xFF, 0x80, 0x00}); s[0] != 0 || s[1] != 32124 || s[2] != -32124 {
		t.Errorf("mu-law decodes to %v", s)
	}
	if s := PCMA.Decode(nil, []byte{0xD5, 0xAA, 0x2A}); s[0] != 8 || s[1] != 32256 || s[2] != -32256 {
		t.Errorf("A-law decodes to %v", s)
	}
	for _, c := range []Codec{PCMA, PCMU} {
		if got := c.Encode(nil, []int16{0})[0]; got != c.Silence() {
			t.Errorf("silence of %v is %#x, zero is %#x", c, c.Silence(), got)
		}
	}
}

func TestClipIsPaddedWithSilence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ samples, frames int }{{0, 0}, {1, 1}, {159, 1}, {160, 1}, {161, 2}} {
		pcm := make([]int16, c.samples)
		for i := range pcm {
			pcm[i] = 5000
		}
		clip := NewClip(pcm)
		if len(clip.ALaw) != c.frames*FrameSamples || len(clip.ULaw) != len(clip.ALaw) {
			t.Errorf("%d samples make %d and %d octets", c.samples, len(clip.ALaw), len(clip.ULaw))
		}
		if clip.Duration() != time.Duration(c.frames)*FrameDuration || clip.Size() != 2*len(clip.ALaw) {
			t.Errorf("%d samples last %v and take %d octets", c.samples, clip.Duration(), clip.Size())
		}
		for i := c.samples; i < len(clip.ALaw); i++ {
			if clip.ALaw[i] != PCMA.Silence() || clip.ULaw[i] != PCMU.Silence() {
				t.Fatalf("octet %d of the padding is not silent", i)
			}
		}
	}
}

func BenchmarkEncodeFrame(b *testing.B) {
	pcm, dst := make([]int16, FrameSamples), make([]byte, 0, FrameSamples)
	for i := range pcm {
		pcm[i] = int16(i * 401)
	}
	b.ReportAllocs()
	for b.Loop() {
		PCMA.Encode(dst, pcm)
	}
}

func BenchmarkDecodeFrame(b *testing.B) {
	payload, dst := make([]byte, FrameSamples), make([]int16, 0, FrameSamples)
	for i := range payload {
		payload[i] = byte(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		PCMA.Decode(dst, payload)
	}
}
