package voice

import (
	"errors"
	"math"
	"testing"
	"time"

	"mpg/ivr/media"
)

// sine is a tone of half a second at half of full scale.
func sine(hz float64, rate int) []int16 {
	pcm := make([]int16, rate/2)
	for i := range pcm {
		pcm[i] = int16(16384 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return pcm
}

// decibels is the level of the middle of pcm against that of sine.
func decibels(pcm []int16) float64 {
	mid := pcm[len(pcm)/4 : len(pcm)*3/4]
	sum := 0.0
	for _, s := range mid {
		sum += float64(s) * float64(s)
	}
	rms := math.Sqrt(sum / float64(len(mid)))
	return 20 * math.Log10(max(rms, 1e-3)/(16384/math.Sqrt2))
}

func TestResamplingKeepsSpeechAndNoAliases(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{11025, 16000, 22050, 24000, 44100, 48000} {
		for _, c := range []struct{ hz, low, high float64 }{
			{200, -0.5, 0.5},
			{1000, -0.5, 0.5},
			{3100, -1, 0.5},
			{4000, -200, -50},
			{4600, -200, -50}, // would come back at 3400
			{5000, -200, -50}, // would come back at 3000
		} {
			out := resample(sine(c.hz, rate), rate)
			if n := len(out); n < media.SampleRate/2-1 || n > media.SampleRate/2 {
				t.Fatalf("%d Hz: %d samples, want %d", rate, len(out), media.SampleRate/2)
			}
			if db := decibels(out); db < c.low || db > c.high {
				t.Errorf("%d Hz: a tone of %.0f Hz comes out at %.1f dB, want %.1f to %.1f", rate, c.hz, db, c.low, c.high)
			}
		}
	}
}

func TestClipIsTrimmedLevelledAndPadded(t *testing.T) {
	t.Parallel()
	quiet := make([]int16, 8000)
	pcm := append(append(append([]int16{}, quiet...), sine(700, 8000)...), quiet...)
	for i := range pcm {
		pcm[i] /= 20
	}
	c, err := clip(pcm, 8000, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.ALaw)%media.FrameSamples != 0 || len(c.ALaw) != len(c.ULaw) {
		t.Errorf("%d and %d octets are no whole frames", len(c.ALaw), len(c.ULaw))
	}
	want := 500*time.Millisecond + attack + tail + breath
	if d := c.Duration(); d < want-media.FrameDuration || d > want+media.FrameDuration {
		t.Errorf("lasts %v, want about %v", d, want)
	}
	if db := gatedLevel(media.PCMA.Decode(nil, c.ALaw)); math.Abs(db-speechLevel) > 1 {
		t.Errorf("level of %.2f dB, want %v", db, speechLevel)
	}
}

// A word that dies away below what counts as sound keeps its end.
func TestTheEndOfAWordIsKept(t *testing.T) {
	t.Parallel()
	const fade = 100 * time.Millisecond
	pcm := sine(700, 8000)
	for i := range samples(fade, 8000) { // 47 dB below
		pcm = append(pcm, int16(75*math.Sin(2*math.Pi*700*float64(i)/8000)))
	}
	c, err := clip(append(pcm, make([]int16, 8000)...), 8000, 0)
	if err != nil {
		t.Fatal(err)
	}
	heard := media.PCMA.Decode(nil, c.ALaw)
	end := heard[samples(500*time.Millisecond+fade/2, 8000):samples(500*time.Millisecond+fade, 8000)]
	if p := peak(end); p < 15 {
		t.Errorf("the end is cut: a peak of %d is left of it", p)
	}
	if d := c.Duration(); d < 500*time.Millisecond+tail+breath {
		t.Errorf("lasts %v", d)
	}
}

func TestSilenceIsNoClip(t *testing.T) {
	t.Parallel()
	noise := make([]int16, 8000)
	for i := range noise {
		noise[i] = int16(i * 7919 % 9)
	}
	for _, pcm := range [][]int16{nil, {}, make([]int16, 8000), noise} {
		if _, err := clip(pcm, 22050, 0); !errors.Is(err, errSilent) {
			t.Errorf("%d samples of silence: error %v", len(pcm), err)
		}
	}
}

func BenchmarkClipOfNineSeconds(b *testing.B) {
	pcm := make([]int16, 9*22050)
	for i := range pcm {
		pcm[i] = int16(i * 7919)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := clip(pcm, 22050, 0); err != nil {
			b.Fatal(err)
		}
	}
}
