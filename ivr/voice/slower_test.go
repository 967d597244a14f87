package voice

import (
	"math"
	"testing"

	"mpg/ivr/media"
)

// pitch is the frequency of a tone, by the times that it rises through zero.
func pitch(pcm []int16) float64 {
	mid, rises := pcm[len(pcm)/4:len(pcm)*3/4], 0
	for i := 1; i < len(mid); i++ {
		if mid[i-1] < 0 && mid[i] >= 0 {
			rises++
		}
	}
	return float64(rises) * media.SampleRate / float64(len(mid))
}

func TestSlowerIsLongerAtTheSamePitchAndLevel(t *testing.T) {
	t.Parallel()
	for _, hz := range []float64{120, 250, 700, 1900} {
		c, err := clip(sine(hz, 8000), 8000, 0)
		if err != nil {
			t.Fatal(err)
		}
		slow := Slower(c)
		if ratio := float64(slow.Duration()) / float64(c.Duration()); math.Abs(ratio-slowFactor) > 0.05 {
			t.Errorf("%.0f Hz: %.2f times as long, want %v", hz, ratio, slowFactor)
		}
		was, is := media.PCMA.Decode(nil, c.ALaw), media.PCMA.Decode(nil, slow.ALaw)
		if got := pitch(is[:len(sine(hz, 8000))]); math.Abs(got/hz-1) > 0.05 {
			t.Errorf("%.0f Hz became %.0f Hz", hz, got)
		}
		if a, b := gatedLevel(was), gatedLevel(is); math.Abs(a-b) > 1 {
			t.Errorf("%.0f Hz: %.1f dB became %.1f dB", hz, a, b)
		}
	}
	if got := stretch(nil); len(got) != 0 {
		t.Errorf("nothing became %d samples", len(got))
	}
}

func TestSlowSpeechIsStillSpeech(t *testing.T) {
	t.Parallel()
	c := newCache(t, CacheConfig{Voice: espeak(t)})
	for lang, text := range map[string]string{"zh": "金额是一百二十八元五角。", "en": "The amount is one hundred twenty-eight yuan and fifty fen."} {
		clip := mustClip(t, c, lang, text)
		slow := Slower(clip)
		if ratio := float64(slow.Duration()) / float64(clip.Duration()); math.Abs(ratio-slowFactor) > 0.02 {
			t.Errorf("%s: %.2f times as long", lang, ratio)
		}
		a, b := gatedLevel(media.PCMA.Decode(nil, clip.ALaw)), gatedLevel(media.PCMA.Decode(nil, slow.ALaw))
		if math.Abs(a-b) > 1 {
			t.Errorf("%s: %.1f dB became %.1f dB", lang, a, b)
		}
	}
}

func BenchmarkSlower(b *testing.B) {
	pcm := make([]int16, 3*media.SampleRate)
	for i := range pcm {
		pcm[i] = int16(i * 7919)
	}
	c := media.NewClip(pcm)
	for b.Loop() {
		Slower(c)
	}
}
