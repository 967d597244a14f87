package voice

import (
	"math"
	"math/rand/v2"
	"testing"

	"mpg/ivr/media"
)

// gatedLevel measures the loudness of speech in a way other than the code's own: the
// power of the blocks of 20 ms that are at most 16 dB below the level itself.
func gatedLevel(pcm []int16) float64 {
	var blocks []float64
	for ; len(pcm) >= media.FrameSamples; pcm = pcm[media.FrameSamples:] {
		sum := 0.0
		for _, s := range pcm[:media.FrameSamples] {
			sum += float64(s) * float64(s)
		}
		blocks = append(blocks, sum/media.FrameSamples)
	}
	gate, mean := 0.0, 0.0
	for range 20 {
		sum, n := 0.0, 0
		for _, b := range blocks {
			if b > gate {
				sum += b
				n++
			}
		}
		mean = sum / float64(max(n, 1))
		gate = mean / 40
	}
	return 10 * math.Log10(mean/fullScale/fullScale)
}

func floats(pcm []int16) []float64 {
	all := make([]float64, len(pcm))
	for i, s := range pcm {
		all[i] = float64(s)
	}
	return all
}

// What P.56 measures of a signal that is never silent is its power, and half an
// hour of silence around it changes nothing.
func TestActiveLevelIsThePowerOfWhatIsActive(t *testing.T) {
	t.Parallel()
	for _, amplitude := range []float64{300, 3000, 30000} {
		pcm := make([]int16, 8*media.SampleRate)
		for i := range pcm {
			pcm[i] = int16(amplitude * math.Sin(2*math.Pi*440*float64(i)/media.SampleRate))
		}
		want := 20*math.Log10(amplitude/fullScale) - 10*math.Log10(2)
		padded := append(make([]int16, 20*media.SampleRate), append(pcm, make([]int16, 20*media.SampleRate)...)...)
		for name, sound := range map[string][]int16{"alone": pcm, "with silence around it": padded} {
			if got, ok := activeLevel(floats(sound)); !ok || math.Abs(got-want) > 0.3 {
				t.Errorf("a tone of %.0f, %s: %.2f dB, %v, want %.2f", amplitude, name, got, ok, want)
			}
		}
	}
	if _, ok := activeLevel(make([]float64, 8000)); ok {
		t.Error("silence has a level")
	}
}

// Speech of any loudness, with peaks that would not fit, comes out at one level
// and is never clipped.
func TestLevelIsTheSameForAll(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, gain := range []float64{0.003, 0.1, 1} {
		for _, crest := range []float64{1, 4, 12} { // how far some samples stand out
			pcm := make([]int16, 3*media.SampleRate)
			for i := range pcm {
				s := 2000 * math.Sin(2*math.Pi*300*float64(i)/media.SampleRate)
				if rnd.IntN(400) == 0 {
					s *= crest
				}
				if i/2000%5 == 4 { // pauses between words
					s = 0
				}
				pcm[i] = int16(s * gain)
			}
			out := level(pcm)
			if got, ok := activeLevel(floats(out)); !ok || math.Abs(got-speechLevel) > 0.5 {
				t.Errorf("gain %v, crest %v: level %.2f dB, want %v", gain, crest, got, speechLevel)
			}
			if p := peak(out); p > ceiling {
				t.Errorf("gain %v, crest %v: a sample of %d is clipped in G.711", gain, crest, p)
			}
		}
	}
}
